/** @file Arrays in .npz as examples: x, [n, …], and y, [n]. */
import { Matrix } from '../../../linalg/index.ts';
import { readNpz } from '../../../linalg/io/index.ts';
import { CommandError } from '../../files/command-error.ts';
import { parseInput } from '../../files/read-input.ts';
import { answersOf, FEWEST, leftOutSentences } from '../../tables/answers.ts';
import type { TableRequest } from '../../tables/read-table.ts';
import { skewWarnings } from '../../tables/skew.ts';
import type { AuditData } from '../audit-data.ts';

/** Names that the inputs go by. */
const INPUTS = ['x', 'X', 'inputs', 'data', 'images', 'features'];
/** Names that the answers go by, unless --target says another. */
const ANSWERS = ['y', 'Y', 'labels', 'targets', 'target', 'label'];

/** @throws {CommandError} no inputs or answers, as many of one as of the other, a number that is none. */
export function readNpzData({ file, target, task, id, inputs: wanted, hint }: TableRequest): AuditData {
  if (id !== undefined) throw new CommandError('--id is for tables: an .npz has no column that names rows.');
  const arrays = parseInput(file, (bytes) => readNpz(bytes));
  const names = [...arrays.keys()];
  const chosen = (known: readonly string[], what: string): string => {
    const name = known.find((one) => arrays.has(one));
    if (name === undefined)
      throw new CommandError(
        `${file}: no array of ${what}: looked for ${known.join(', ')}; it has ${names.join(', ') || 'none'}.`,
      );
    return name;
  };
  const [inputName, answerName] = [
    chosen(INPUTS, 'inputs'),
    chosen(target === undefined ? ANSWERS : [target], 'answers'),
  ];
  const [x, y] = [inputName, answerName].map(
    (name) => arrays.get(name) as NonNullable<ReturnType<typeof arrays.get>>,
  );
  const [n = 0, ...inner] = x.shape;
  const features = inner.reduce((a, b) => a * b, 1);
  // a column is one answer for each row, as scikit-learn and PyTorch often have it
  if (y.shape[0] !== n || y.shape.slice(1).some((length) => length !== 1))
    throw new CommandError(
      `${file}: ${answerName} must be [${n}], one answer for each row of ${inputName}, got [${y.shape.join(', ')}].`,
    );
  const values = Float64Array.from(y.data, Number);
  const used = Int32Array.from(values.keys()).filter((i) => Number.isFinite(values[i]));
  const infinite = [...values.keys()].filter((i) => Math.abs(values[i]) === Infinity);
  if (used.length < FEWEST)
    throw new CommandError(
      `${file}: ${used.length} rows have an answer; at least ${FEWEST} are needed for an audit.`,
    );
  const answers = answersOf(
    answerName,
    Array.from(used, (i) => `${values[i]}`),
    ',',
    task,
    hint,
  );
  const inputs = new Matrix(used.length, features);
  for (const [at, i] of used.entries())
    for (let k = 0; k < features; k++) {
      const value = Number(x.data[i * features + k]);
      inputs.data[at * features + k] = Number.isFinite(value) ? value : Number.NaN;
    }
  const gaps = inputs.data.reduce((count, value) => count + Number(Number.isNaN(value)), 0);
  if (wanted !== undefined && gaps > 0)
    throw new CommandError(`${file}: ${inputName} must be finite for a network of your own.`);
  const varies = Array.from({ length: features }, (_, k) => k).filter(
    (k) => wanted !== undefined || used.some((_, at) => inputs.data[at * features + k] !== inputs.data[k]),
  );
  if (varies.length === 0) throw new CommandError(`${file}: ${inputName} is the same in every row.`);
  const own = varies.map((k) => `${inputName}[${k}]`);
  if (wanted !== undefined && wanted !== 'columns' && String(wanted) !== String(own))
    throw new CommandError(
      `${file}: its ${own.length} inputs are ${own[0]} to ${own[own.length - 1]}, not the ${wanted.length} that are named; --inputs is for tables.`,
    );
  const kept = new Matrix(used.length, varies.length);
  for (let at = 0; at < used.length; at++)
    for (const [k, from] of varies.entries())
      kept.data[at * varies.length + k] = inputs.data[at * features + from];
  return {
    source: file,
    target: answerName,
    task: answers.task,
    rows: n,
    used,
    features: own,
    inputs: kept,
    answers: answers.values,
    classes: answers.classes,
    understood: [
      `${n} rows of ${features} numbers (${inputName}, [${x.shape.join(', ')}]).`,
      answers.told,
      ...leftOutSentences('answer', n - used.length - infinite.length, infinite),
      ...(gaps > 0
        ? [
            `${gaps} ${gaps === 1 ? 'number' : 'numbers'} of ${inputName} ${gaps === 1 ? 'is' : 'are'} NaN or infinite and ${gaps === 1 ? 'counts' : 'count'} as missing: the mean of the others stands there.`,
          ]
        : []),
      ...(varies.length < features
        ? [`${features - varies.length} numbers are the same in every row and are left out.`]
        : []),
    ],
    warnings:
      wanted === undefined && answers.task === 'regression' ? skewWarnings(answerName, answers.values) : [],
    shown: varies
      .slice(0, 8)
      .map((k) => ({ name: `${inputName}[${k}]`, cell: (at) => String(inputs.data[at * features + k]) })),
  };
}
