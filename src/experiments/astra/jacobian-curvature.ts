/** @file The Gauss–Newton matrix of a network from the gradients that it is made of, in any coordinates. */
import { type CurvatureSource, steepestSteps } from '../../influence/index.ts';
import { dot, functionOperator, type LinearOperator, Matrix, matmul, rng } from '../../linalg/index.ts';

export interface JacobianOptions {
  /** B, or 'full'. */
  readonly batch: number | 'full';
  readonly seed: number;
  /** Batches are drawn from rng(seed, ...path, 'curvature-batch', repeat, step); default none. */
  readonly path?: readonly (string | number)[];
  /** Rows of each example, which lie behind each other; default 1. */
  readonly rowsPerExample?: number;
  /** G, where there is a cheaper way to it than through the rows. */
  readonly mean?: LinearOperator;
}

/**
 * G = (1/N) Σ jᵢ jᵢᵀ for the rows jᵢ of J, of which every example has one or several: the GGN of ½(u − t)² where they are the gradients of the output, that of any loss where
 * Σ jjᵀ of an example is its JᵀΛJ. A source for stochastic solvers: batches are those of the library's
 * `minibatchCurvature` with the same seed and path, drawn with replacement. Two matrix
 * products per step, which for many right-hand sides beats tangent sweeps several times.
 *
 * @param jacobian - J, [N · rows per example, n], in orthonormal coordinates of one's choice. Kept by reference.
 * @param options - Cost: 4 k B n flops for k right-hand sides and each row of an example; a copy of the rows of a batch.
 */
export function jacobianCurvature(jacobian: Matrix, options: JacobianOptions): CurvatureSource {
  const { batch, seed, path = [], rowsPerExample: each = 1 } = options;
  const { rows: all, cols: size } = jacobian;
  const n = all / each;
  const product = (rows: Matrix, j: Matrix): Matrix =>
    matmul(matmul(rows, j, { transposeB: true }), j, { alpha: each / j.rows });
  const mean = options.mean ?? functionOperator(size, (rows) => product(rows, jacobian), 'psd');
  const exact = batch === 'full' || batch >= n;
  const chosen = new Matrix(exact ? 0 : batch * each, size);
  const batchAt = (repeat: number, step: number): Int32Array => {
    const random = rng(seed, ...path, 'curvature-batch', repeat, step);
    return Int32Array.from({ length: chosen.rows / each }, () => random.integer(n));
  };
  const rowsOf = (example: number): Float64Array =>
    jacobian.data.subarray(example * each * size, (example + 1) * each * size);
  return {
    size,
    structure: 'psd',
    mean,
    exact,
    at(repeat, step) {
      if (exact) return mean;
      return functionOperator(
        size,
        (rows) => {
          for (const [i, example] of batchAt(repeat, step).entries())
            chosen.data.set(rowsOf(example), i * each * size);
          return product(rows, chosen);
        },
        'psd',
      );
    },
    ...(exact
      ? {}
      : {
          steepest: (repeats, steps, count) => {
            const traces = Float64Array.from({ length: n }, (_, i) => dot(rowsOf(i), rowsOf(i)));
            return steepestSteps(batchAt, traces, repeats, steps, count);
          },
        }),
  };
}
