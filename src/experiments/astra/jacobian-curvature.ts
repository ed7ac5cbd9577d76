/** @file The Gauss–Newton matrix of a network with one output, from the gradients of its outputs, in any coordinates. */
import { type CurvatureSource, steepestSteps } from '../../influence/index.ts';
import { dot, functionOperator, Matrix, matmul, rng } from '../../linalg/index.ts';

/**
 * G = (1/N) Σ jᵢ jᵢᵀ for the rows jᵢ of J, the GGN of ½(u − t)², as a source for stochastic solvers. Batches are those of the library's
 * `minibatchCurvature` with the same seed: drawn with replacement from rng(seed, 'curvature-batch', repeat, step). Two matrix
 * products per step, which for many right-hand sides beats tangent sweeps several times.
 *
 * @param jacobian - J, [N, n], one example per row, in orthonormal coordinates of one's choice. Kept by reference.
 * @param options - `batch`: B, or 'full'. Cost: 4 k B n flops for k rows; a copy of B rows.
 */
export function jacobianCurvature(
  jacobian: Matrix,
  options: { readonly batch: number | 'full'; readonly seed: number },
): CurvatureSource {
  const { batch, seed } = options;
  const { rows: n, cols: size } = jacobian;
  const product = (rows: Matrix, j: Matrix): Matrix =>
    matmul(matmul(rows, j, { transposeB: true }), j, { alpha: 1 / j.rows });
  const mean = functionOperator(size, (rows) => product(rows, jacobian), 'psd');
  const exact = batch === 'full' || batch >= n;
  const chosen = new Matrix(exact ? 0 : batch, size);
  const batchAt = (repeat: number, step: number): Int32Array => {
    const random = rng(seed, 'curvature-batch', repeat, step);
    return Int32Array.from({ length: chosen.rows }, () => random.integer(n));
  };
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
            chosen.row(i).set(jacobian.row(example));
          return product(rows, chosen);
        },
        'psd',
      );
    },
    ...(exact
      ? {}
      : {
          steepest: (repeats, steps, count) => {
            const traces = Float64Array.from({ length: n }, (_, i) => dot(jacobian.row(i), jacobian.row(i)));
            return steepestSteps(batchAt, traces, repeats, steps, count);
          },
        }),
  };
}
