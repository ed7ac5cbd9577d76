/** @file Lanczos: a few extreme eigenpairs of a symmetric operator. */
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { checkInteger, checkNonNegative } from '../checks.ts';
import { ConvergenceError, ShapeError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { matmul, transpose } from '../products.ts';
import { checkRng, type Rng } from '../random/random.ts';
import { asOperator, type OperatorInput } from './checked-operator.ts';
import { LanczosProcess, type LanczosTarget, ritzSearch, selectRitz } from './lanczos-process.ts';

export type { LanczosTarget };

/** How the search ended. */
export type LanczosStatus = 'converged' | 'iteration-limit';

/** Options of {@link lanczos}. */
export interface LanczosOptions {
  /** Default 'magnitude'. */
  readonly target?: LanczosTarget;
  /** Done when every wanted pair has ‖A y − θ y‖ ≤ max(rtol, n ε) ‖A‖, ‖A‖ as estimated by the largest |θ|. Default 1e-10. */
  readonly rtol?: number;
  /** Products with A, and basis vectors kept; never more than n. Default max(20, 10k, 300). */
  readonly maxIterations?: number;
  /** 'throw' (default), or 'return' the best effort with its status. */
  readonly onFailure?: 'throw' | 'return';
}

/** What the eigenpairs are worth. */
export interface LanczosStats {
  readonly status: LanczosStatus;
  /** Products with A, which is the dimension of the Krylov space. */
  readonly iterations: number;
  /** The largest of `residuals`. */
  readonly residual: number;
  /** What it was to reach. */
  readonly tolerance: number;
  /** The largest residual bound of the wanted pairs at every check. */
  readonly history: Float64Array;
  /** The status as a sentence, with numbers. */
  readonly message: string;
}

/** Eigenpairs as {@link lanczos} returns them. */
export interface LanczosPairs {
  /** θ ascending, shape [k]. */
  readonly values: Vec;
  /** Y, shape [n, k], orthonormal columns, column i ↔ values[i]; the entry of largest magnitude is positive. */
  readonly vectors: Matrix;
  /** ‖A yᵢ − θᵢ yᵢ‖₂ from the recursion, shape [k]: some eigenvalue lies that close to θᵢ. */
  readonly residuals: Vec;
  readonly stats: LanczosStats;
}

const TARGETS: readonly LanczosTarget[] = ['magnitude', 'largest', 'smallest'];

/**
 * The k extreme eigenpairs of a symmetric A by the Lanczos process with full reorthogonalisation.
 *
 * A Krylov space that closes early (β = 0) is continued with a new random direction, so k pairs are always found. Ritz values approach
 * isolated extreme eigenvalues first, and inner or clustered ones late.
 *
 * @param operator - A, shape [n, n], symmetric. @param k - 1 ≤ k ≤ n.
 * @param random - Gives the start vector, and the directions that continue a closed space. Advanced by n normal numbers for each.
 * @returns values ascending, vectors in columns, residual bounds and `stats`; with `onFailure: 'return'` look at `stats.status`.
 * @throws {ShapeError} A is not square. @throws {DomainError} k or options. @throws {NonFiniteError} a product with A is not finite.
 * @throws {ConvergenceError} with onFailure 'throw', at the limit: carries the largest residual bound and the tolerance.
 * Not checked: symmetry; repeated eigenvalues: of m equal ones, one is found, and the others only after the space has closed.
 * Cost: j products with A, 8nj² flops for orthogonality in j steps, 2njk for the vectors; jn doubles.
 * Accuracy as tested: YᵀY = I to 4 n ε; the bounds hold to n ε ‖A‖; |θ − λ| ≤ residual² / gap for an isolated λ.
 * References: Lanczos (1950), J. Res. NBS 45; Parlett, The Symmetric Eigenvalue Problem (1998), chapter 13; Golub and Van Loan, Matrix
 * Computations (4th ed., 2013), §10.3.
 * @example lanczos(diagonalOperator(Float64Array.of(1, -5, 3)), 1, rng(0, 'start')).values; // [-5]
 */
export function lanczos(
  operator: OperatorInput,
  k: number,
  random: Rng,
  options: LanczosOptions = {},
): LanczosPairs {
  const where = 'lanczos';
  checkOptions(where, options, ['target', 'rtol', 'maxIterations', 'onFailure']);
  const op = asOperator(where, 'op', operator);
  checkRng(where, 'random', random);
  const n = op.cols;
  const { target = 'magnitude', rtol = 1e-10, onFailure = 'throw' } = options;
  if (op.rows !== n) throw new ShapeError(where, 'op', 'square', `[${op.rows}, ${n}]`);
  checkInteger(where, 'k', k, 1, n);
  const { maxIterations = Math.max(20, 10 * k, 300) } = options;
  checkOneOf(where, 'target', target, TARGETS);
  checkOneOf(where, 'onFailure', onFailure, ['throw', 'return']);
  checkNonNegative(where, 'rtol', rtol);
  checkInteger(where, 'maxIterations', maxIterations, k, Number.POSITIVE_INFINITY);
  const limit = Math.min(n, maxIterations);
  const relative = Math.max(rtol, n * Number.EPSILON);

  const process = new LanczosProcess(n, (v) => op.matvec(v), limit, random);
  const { converged, history, tolerance } = ritzSearch(process, k, target, relative, limit);
  const iterations = process.size;
  const residual = history[history.length - 1];
  if (!converged && onFailure === 'throw')
    throw new ConvergenceError(
      where,
      iterations,
      residual,
      tolerance,
      'Allow more iterations, or ask for fewer pairs.',
    );
  const numbers = `residual ${residual.toExponential(2)}, tolerance ${tolerance.toExponential(2)}, ${iterations} iterations`;
  const stats: LanczosStats = {
    status: converged ? 'converged' : 'iteration-limit',
    iterations,
    residual,
    tolerance,
    history: Float64Array.from(history),
    message: `${converged ? 'converged' : 'iteration limit: allow more, or ask for fewer pairs'} (${numbers})`,
  };
  return { ...pairsOf(process, k, target), stats };
}

/** The wanted Ritz pairs and the norms of their residuals. */
function pairsOf(
  process: LanczosProcess,
  k: number,
  target: LanczosTarget,
): { values: Vec; vectors: Matrix; residuals: Vec } {
  const all = process.diagonalise(Matrix.identity(process.size));
  const wanted = selectRitz(all.values, k, target);
  const coordinates = new Matrix(k, process.size);
  for (const [to, from] of wanted.entries()) coordinates.row(to).set(all.rows.row(from));
  const rows = matmul(coordinates, process.basis.rowRange(0, process.size));
  for (let i = 0; i < k; i++) makeLargestPositive(rows.row(i));
  return {
    values: Float64Array.from(wanted, (i) => all.values[i]),
    vectors: transpose(rows),
    residuals: Float64Array.from({ length: k }, (_, i) =>
      Math.abs(process.beta * coordinates.at(i, process.size - 1)),
    ),
  };
}

function makeLargestPositive(x: Vec): void {
  const largest = x.reduce((best, v) => (Math.abs(v) > Math.abs(best) ? v : best), 0);
  if (largest < 0) for (let i = 0; i < x.length; i++) x[i] = -x[i];
}
