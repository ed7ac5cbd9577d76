/** @file docs/migration.md, run: our column gives NumPy's numbers and ml-matrix's, and those that the page states. */
import { readFileSync } from 'node:fs';
import * as ml from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import * as autodiff from '../../src/autodiff/index.ts';
import * as curvature from '../../src/curvature/index.ts';
import * as root from '../../src/index.ts';
import * as influence from '../../src/influence/index.ts';
import * as linalg from '../../src/linalg/index.ts';
import * as io from '../../src/linalg/io/index.ts';
import { expectClose } from '../helpers/close.ts';
import { sourceText } from '../helpers/sources.ts';

const PAGE = sourceText('docs/migration.md');
const golden = JSON.parse(readFileSync(new URL('../reference/migration.json', import.meta.url), 'utf8')) as {
  rows: { to: string; code: string; value: unknown }[];
};

/** The rows of the table with this heading, cell by cell. */
const tableOf = (heading: string): string[][] =>
  PAGE.split(`${heading} |`)[1]
    .split('\n\n')[0]
    .split('\n')
    .slice(2)
    .filter((line) => line.startsWith('|'))
    .map((line) => line.replace(/^\| | \|$/g, '').split(' | '));
const code = (cell: string): string => cell.replace(/^`|`$/g, '');

function run(source: string, names: Readonly<Record<string, unknown>>): unknown {
  const { default: _, ...usable } = names;
  return new Function(...Object.keys(usable), `return ${source};`)(...Object.values(usable));
}

/** Matrices of either library as lists of rows, vectors as lists, true as 1. */
function plain(value: unknown): unknown {
  if (value instanceof linalg.Matrix) return value.toArray();
  if (ml.AbstractMatrix.isMatrix(value)) return value.to2DArray();
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'object' && value !== null ? Array.from(value as ArrayLike<unknown>, plain) : value;
}
const numbers = (value: unknown): number[] =>
  Array.isArray(value) ? value.flatMap(numbers) : [value as number];
const shape = (value: unknown): unknown => (Array.isArray(value) ? value.map(shape) : 'number');

describe('linear algebra', () => {
  const lists = { A: [[4, 1, 2], [1, 3, 0], [2, 0, 5]], B: [[1, 2, 3], [4, 5, 6], [7, 8, 10]], T: [[1, 2], [3, 4], [5, 7]] }; // biome-ignore format: matrices
  const made = (make: (rows: number[][]) => unknown) => ({
    ...Object.fromEntries(Object.entries(lists).map(([name, rows]) => [name, make(rows)])),
    x: [3, 1, 2],
  });
  const rows = tableOf('| to | NumPy, SciPy | ml-matrix | here');

  test('NumPy has run every row of the page as it stands', () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.map(([to, numpy]) => [to, code(numpy)])).toEqual(
      golden.rows.map((row) => [row.to, row.code]),
    );
  });

  test.each(rows)('%s', (to, _, peer, ours) => {
    const expected = plain(golden.rows.find((row) => row.to === to)?.value);
    const actual = plain(run(code(ours), { ...io, ...linalg, ...made(linalg.Matrix.of) }));
    expect(shape(actual)).toEqual(shape(expected));
    expectClose(numbers(actual), numbers(expected), { rtol: 1e-12, atol: 1e-13 });
    if (peer === '—') return;
    const theirs = plain(run(code(peer), { ...ml, ...made((list) => new ml.Matrix(list)) }));
    expectClose(numbers(theirs), numbers(expected), { rtol: 1e-10, atol: 1e-12 });
  });
});

describe('networks and influence', () => {
  const { Matrix, rng } = linalg;
  const inputs = new Matrix(40, 2, rng(0, 'inputs').fillNormal(new Float64Array(80)));
  const train = { inputs, labels: Int32Array.from({ length: 40 }, (_, i) => Number(inputs.at(i, 0) > 0)) };
  const held = { inputs: Matrix.of([[1, 0], [-1, 0], [2, 1], [-2, 1]]), labels: Int32Array.of(1, 0, 1, 0) }; // biome-ignore format: a matrix
  const model = new autodiff.Mlp([2, 3, 2], 'tanh');
  const theta = new autodiff.Trainer(model, 'cross-entropy', train, { learningRate: 0.1 }).train();
  const fitted = { model, loss: 'cross-entropy', theta };
  const names = {
    ...io,
    ...linalg,
    ...curvature,
    ...influence,
    ...autodiff,
    ...root,
    train,
    test: held,
    model,
    theta,
    fitted,
  };
  const rows = tableOf('| to | PyTorch, kronfluence, TRAK | here | gives');

  test('there are fifteen and more', () => expect(rows.length).toBeGreaterThanOrEqual(15));

  test.each(rows)('%s', (_, __, ours, gives) => {
    const [actual, expected] = [plain(run(code(ours), names)), JSON.parse(gives) as unknown];
    expect(shape(actual)).toEqual(shape(expected));
    expectClose(numbers(actual), numbers(expected), { rtol: 1e-12 });
  });
});
