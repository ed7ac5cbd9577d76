/** @file The GGN with neighbouring layers coupled: its block-tridiagonal part, and the chain that agrees with it. */
import type { Site } from '../autodiff/network.ts';
import { checkNonNegative } from '../linalg/checks.ts';
import { subtractMatrices } from '../linalg/elementwise.ts';
import { type Cholesky, cholesky } from '../linalg/factorisations/cholesky.ts';
import { solveTriangular } from '../linalg/factorisations/triangular.ts';
import { Matrix } from '../linalg/matrix.ts';
import { functionOperator, type LinearOperator } from '../linalg/operators/operator.ts';
import { matmul, syrk, transpose } from '../linalg/products.ts';
import { decompose } from './decompose.ts';
import type { EigenOperator } from './eigen-operator.ts';
import { ggnBandMatrix } from './ggn.ts';
import { asCurvatureProblem, type CurvatureOptions, type ProblemInput } from './problem.ts';

/**
 * The block-tridiagonal part T of the GGN in its own eigenbasis: every layer with itself and with its neighbours. With at
 * most two layers it is the GGN. It is closer to the GGN than the block-GGN, but need not be psd: its structure is 'symmetric',
 * and the rule decides what becomes of negative eigenvalues.
 *
 * @param problem - Not modified. @param options - Fisher type, `keepAbove`; the partition is not read.
 * Throws as {@link ggnMatrix}. Cost: as {@link ggn}, D² numbers and one eigendecomposition, O(D³): the eigenvectors of T have
 * no blocks. For a damped inverse {@link blockTridiagonalInverse} is far cheaper.
 * @example blockTridiagonal(problem).kept(PAPER_RULE).negative; // how indefinite it is
 */
export function blockTridiagonal(problem: ProblemInput, options: CurvatureOptions = {}): EigenOperator {
  const checked = asCurvatureProblem('blockTridiagonal', problem, options);
  const band = ggnBandMatrix(checked, 1, options.fisher);
  const kept = options.keepAbove === undefined ? {} : { keepAbove: options.keepAbove };
  return decompose(band, { ...kept, structure: 'symmetric', overwrite: true });
}

/**
 * (T + λI)⁻¹ by block Cholesky, T the block-tridiagonal part of the GGN.
 *
 * @param problem - Not modified. @param lambda - λ > −min σ(T), in the units of the mean-loss curvature.
 * @returns a psd operator of size D. @throws {NotPositiveDefiniteError} T + λI is indefinite: raise λ, or use
 *   {@link chainInverse}, which is always definite. @throws {DomainError} λ < 0 or not finite. Otherwise as {@link ggnMatrix}.
 * Cost: O(Σ d_l³) for layers of d_l parameters, Σ (d_l²/2 + d_l d_{l+1}) numbers; per vector 4 flops for each of them.
 * Accuracy as tested: the dense inverse to 1e-10.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §4.5.1 (block tridiagonal systems).
 * @example blockTridiagonalInverse(problem, 1e-2).applyRows(gradients);
 */
export function blockTridiagonalInverse(
  problem: ProblemInput,
  lambda: number,
  options: CurvatureOptions = {},
): LinearOperator {
  checkNonNegative('blockTridiagonalInverse', 'lambda', lambda);
  const checked = asCurvatureProblem('blockTridiagonalInverse', problem, options);
  const { sites: layers, parameterCount } = checked.model;
  const band = ggnBandMatrix(checked, 1, options.fisher);
  /** T + λI = L Lᵀ, L block bidiagonal: L_ll = `lower`, L_{l+1,l} = `next`ᵀ with `next` [d_l, d_{l+1}]. */
  const factors: { layer: Site; lower: Matrix; next: Matrix | undefined }[] = [];
  let before: Matrix | undefined;
  for (const layer of layers) {
    const own = damped(window(band, layer, layer), lambda);
    const { lower } = cholesky(
      before === undefined ? own : subtractMatrices(own, syrk(before, { transpose: true })),
    );
    const after = layers[layer.index + 1];
    const next = after && solveTriangular(lower, window(band, layer, after), { uplo: 'lower' });
    factors.push({ layer, lower, next });
    before = next;
  }
  const applyRows = (x: Matrix): Matrix => {
    const parts: Matrix[] = [];
    for (const [l, { layer, lower }] of factors.entries()) {
      const b = columnsOf(x, layer); // [d_l, k]
      const previous = factors[l - 1]?.next;
      if (previous !== undefined)
        matmul(previous, parts[l - 1], { transposeA: true, alpha: -1, out: b, accumulate: true });
      parts.push(solveTriangular(lower, b, { uplo: 'lower' }));
    }
    for (let l = factors.length - 1; l >= 0; l--) {
      const { lower, next } = factors[l];
      if (next !== undefined) matmul(next, parts[l + 1], { alpha: -1, out: parts[l], accumulate: true });
      parts[l] = solveTriangular(lower, parts[l], { uplo: 'lower', transpose: true });
    }
    const out = new Matrix(x.rows, parameterCount);
    for (const [l, { layer }] of factors.entries()) addColumns(out, layer, parts[l], 1);
    return out;
  };
  return functionOperator(parameterCount, applyRows, 'psd');
}

/**
 * The inverse of the chain that agrees with the damped GGN on every pair of neighbouring layers:
 *
 *   P = Σ_l pad((C_{l,l+1} + λI)⁻¹) − Σ_{inner l} pad((C_l + λI)⁻¹),
 *
 * C_{l,l+1} the GGN over the layers l and l + 1, C_l over l. P is block tridiagonal and positive definite, and P⁻¹ has the same
 * blocks as C + λI on and beside the diagonal; among all such matrices it has the largest determinant. Couplings further
 * off are not zero, as in {@link blockTridiagonalInverse}, but what a Markov chain over the layers implies.
 *
 * @param problem - Not modified. @param lambda - λ ≥ 0.
 * @returns P as a psd operator of size D. @throws {NotPositiveDefiniteError} λ = 0 with a singular pair.
 *   @throws {DomainError} λ < 0 or not finite. Otherwise as {@link ggnMatrix}.
 * Cost: O(Σ (d_l + d_{l+1})³), half as many numbers as the squares. Accuracy as tested: P (P⁻¹) = I to 1e-10.
 * References: Dempster 1972, Covariance selection, Biometrics 28; Grone, Johnson, Sá and Wolkowicz 1984, Positive definite
 * completions of partial Hermitian matrices; Martens and Grosse 2015, §4.3, who chain Kronecker factors this way.
 * @example chainInverse(problem, 1e-3).applyRows(gradients);
 */
export function chainInverse(
  problem: ProblemInput,
  lambda: number,
  options: CurvatureOptions = {},
): LinearOperator {
  checkNonNegative('chainInverse', 'lambda', lambda);
  const checked = asCurvatureProblem('chainInverse', problem, options);
  const { sites: layers, parameterCount } = checked.model;
  const band = ggnBandMatrix(checked, 1, options.fisher);
  const over = (first: Site, last: Site, sign: number): ChainPart => {
    const span = { offset: first.offset, size: last.offset + last.size - first.offset };
    return { span, sign, factor: cholesky(damped(window(band, span, span), lambda)) };
  };
  const parts =
    layers.length === 1
      ? [over(layers[0], layers[0], 1)]
      : [
          ...layers.slice(1).map((layer) => over(layers[layer.index - 1], layer, 1)),
          ...layers.slice(1, -1).map((layer) => over(layer, layer, -1)),
        ];
  const applyRows = (x: Matrix): Matrix => {
    const out = new Matrix(x.rows, parameterCount);
    for (const { span, sign, factor } of parts) addColumns(out, span, factor.solve(columnsOf(x, span)), sign);
    return out;
  };
  return functionOperator(parameterCount, applyRows, 'psd');
}

/** Consecutive parameters. */
interface Span {
  readonly offset: number;
  readonly size: number;
}

interface ChainPart {
  readonly span: Span;
  readonly sign: number;
  readonly factor: Cholesky;
}

/** The submatrix of two spans. */
function window(c: Matrix, rows: Span, cols: Span): Matrix {
  const out = new Matrix(rows.size, cols.size);
  for (let i = 0; i < rows.size; i++) {
    const start = (rows.offset + i) * c.cols + cols.offset;
    out.data.set(c.data.subarray(start, start + cols.size), i * cols.size);
  }
  return out;
}

/** a + λI, in place. */
function damped(a: Matrix, lambda: number): Matrix {
  for (let i = 0; i < a.rows; i++) a.data[i * a.cols + i] += lambda;
  return a;
}

/** The columns of a span, transposed: one vector per column, [size, k]. */
function columnsOf(x: Matrix, { offset, size }: Span): Matrix {
  const part = new Matrix(x.rows, size);
  for (let i = 0; i < x.rows; i++)
    part.data.set(x.data.subarray(i * x.cols + offset, i * x.cols + offset + size), i * size);
  return transpose(part);
}

/** Adds sign · partᵀ to the columns of a span. */
function addColumns(out: Matrix, { offset, size }: Span, part: Matrix, sign: number): void {
  for (let j = 0, k = 0; j < size; j++)
    for (let i = 0; i < out.rows; i++, k++) out.data[i * out.cols + offset + j] += sign * part.data[k];
}
