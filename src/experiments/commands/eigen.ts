/** @file `eigen`: the eigendecomposition of a symmetric matrix in a file. */
import { symmetricEigen } from '../../linalg/index.ts';
import { writeNpy } from '../../linalg/io/index.ts';
import { writeFiles } from '../files/atomic-write.ts';
import { CommandError } from '../files/command-error.ts';
import { checkOutputs, namedPaths } from '../files/targets.ts';
import { command, type FlagsOf } from '../terminal/command.ts';
import { finiteResult } from '../terminal/finite-result.ts';
import { nonNegative, oneOf, parsed, text } from '../terminal/options.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import { readMatrix } from '../user-files/arrays.ts';

/** What a producer that computed in float32 leaves, as a part of the largest entry. Another matrix is refused. */
const ASYMMETRY = 1e-6;

const OPTIONS = {
  input: text(
    '<A.npy>',
    `square, symmetric; asymmetry up to ${ASYMMETRY} of the largest entry is averaged away`,
  ).required(),
  method: oneOf('<name>', 'algorithm', ['auto', 'jacobi', 'ql', 'dc']).or('auto'),
  above: parsed('<eps>', 'only eigenvalues with |λ| > eps', nonNegative),
  values: text('<w.npy>', 'written: [k]').required(),
  vectors: text('<V.npy>', 'written: [n, k]').required(),
};

export const addEigen = command({
  name: 'eigen',
  description: 'eigenvalues, ascending, and eigenvectors, in columns, of a real symmetric matrix',
  options: OPTIONS,
  run,
});

function run({ input, method, above, values, vectors }: FlagsOf<typeof OPTIONS>): Output {
  checkOutputs(namedPaths({ values, vectors }), namedPaths({ input }));
  const watch = new Stopwatch();
  const a = watch.time('read', () => readMatrix(input));
  if (a.rows !== a.cols)
    throw new CommandError(`${input}: expected a square matrix, got [${a.rows}, ${a.cols}].`);
  symmetrise(input, a.data, a.rows);
  const eigen = watch.time('eigen', () =>
    finiteResult(
      input,
      () => symmetricEigen(a, above === undefined ? { method } : { method, above }),
      (result) => result.values,
      [{ file: input, matrix: a }],
    ),
  );
  watch.time('write', () =>
    writeFiles([
      { path: values, bytes: writeNpy(eigen.values) },
      { path: vectors, bytes: writeNpy(eigen.vectors) },
    ]),
  );
  const kept = eigen.values.length;
  const seconds = watch.seconds();
  return {
    figures: {
      n: a.rows,
      kept,
      method,
      smallest: eigen.values[0] ?? null,
      largest: eigen.values[kept - 1] ?? null,
      values,
      vectors,
      seconds,
    },
    lines: [
      `${kept} of ${a.rows} eigenpairs in ${seconds['eigen']} s${kept > 0 ? `, from ${eigen.values[0]} to ${eigen.values[kept - 1]}` : ''}`,
      `values: ${values}, vectors in columns: ${vectors}`,
    ],
  };
}

function symmetrise(file: string, a: Float64Array, n: number): void {
  let scale = 0;
  for (const value of a) scale = Math.max(scale, Math.abs(value));
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const [lower, upper] = [a[i * n + j], a[j * n + i]];
      if (lower === upper) continue;
      if (!(Math.abs(lower - upper) <= ASYMMETRY * scale))
        throw new CommandError(
          `${file}: not symmetric: element [${i}, ${j}] is ${lower}, [${j}, ${i}] is ${upper}.`,
        );
      a[i * n + j] = a[j * n + i] = lower / 2 + upper / 2;
    }
}
