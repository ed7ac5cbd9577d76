/** @file Lanczos: a few extreme eigenpairs of a symmetric operator. */
import { checkOneOf, checkOptions } from './border/arguments.ts';
import { asOperator, type OperatorInput } from './checked-operator.ts';
import { checkInteger, checkNonNegative } from './checks.ts';
import { ConvergenceError, NonFiniteError, ShapeError } from './errors.ts';
import { implicitQl } from './implicit-ql.ts';
import type { LinearOperator } from './linear-operator.ts';
import { Matrix, type Vec } from './matrix.ts';
import { exponentOf, scalingByPowerOfTwo } from './power-of-two.ts';
import { dot, matmul, matvec, transpose } from './products.ts';
import { checkRng, type Rng } from './random.ts';
import { norm2 } from './sum.ts';

/** Which eigenvalues: the largest in magnitude, the algebraically largest, or the smallest (most negative). */
export type LanczosTarget = 'magnitude' | 'largest' | 'smallest';

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
/** The next check of convergence comes after this much more of the basis. */
const CHECK_GROWTH = 1.15;

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

  const process = new LanczosProcess(op, limit, random);
  const history: number[] = [];
  let check = Math.min(limit, Math.max(k, 8));
  for (;;) {
    while (process.size < check) process.step();
    const { values, last } = process.ritzValues();
    const wanted = select(values, k, target);
    const bounds = wanted.map((i) => Math.abs(process.beta * last[i]));
    const residual = Math.max(...bounds);
    const tolerance = relative * values.reduce((s, v) => Math.max(s, Math.abs(v)), 0);
    history.push(residual);
    const converged = residual <= tolerance;
    if (!converged && check < limit) {
      check = Math.min(limit, Math.max(check + 2, Math.ceil(check * CHECK_GROWTH)));
      continue;
    }
    const status: LanczosStatus = converged ? 'converged' : 'iteration-limit';
    if (!converged && onFailure === 'throw')
      throw new ConvergenceError(
        where,
        check,
        residual,
        tolerance,
        'Allow more iterations, or ask for fewer pairs.',
      );
    const numbers = `residual ${residual.toExponential(2)}, tolerance ${tolerance.toExponential(2)}, ${check} iterations`;
    const stats: LanczosStats = {
      status,
      iterations: check,
      residual,
      tolerance,
      history: Float64Array.from(history),
      message: `${converged ? 'converged' : 'iteration limit: allow more, or ask for fewer pairs'} (${numbers})`,
    };
    return { ...process.pairs(k, target), stats };
  }
}

/** The indices of the wanted ones among ascending values, in ascending order. */
function select(values: Vec, k: number, target: LanczosTarget): number[] {
  const order = Array.from(values.keys());
  if (target === 'smallest') return order.slice(0, k);
  if (target === 'largest') return order.slice(values.length - k);
  order.sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]) || i - j);
  return order.slice(0, k).sort((i, j) => i - j);
}

/** A V = V T + β v eᵀ with orthonormal V in rows and tridiagonal T. */
class LanczosProcess {
  size = 0;
  /** Couples the space with its next vector; 0 when it is closed. */
  beta = 0;
  private readonly op: LinearOperator;
  private readonly random: Rng;
  private readonly basis: Matrix;
  private readonly diagonal: Vec;
  private readonly offDiagonal: Vec;
  private next: Vec | undefined;
  private normT = 0;

  constructor(op: LinearOperator, limit: number, random: Rng) {
    this.op = op;
    this.random = random;
    this.basis = new Matrix(limit, op.cols);
    this.diagonal = new Float64Array(limit);
    this.offDiagonal = new Float64Array(limit);
  }

  /** One product with A. */
  step(): void {
    const j = this.size;
    const v = this.basis.row(j);
    v.set(this.next ?? this.fresh());
    if (j > 0) this.offDiagonal[j - 1] = this.beta;
    this.size++;
    const w = this.op.matvec(v).slice();
    const alpha = dot(v, w);
    if (!Number.isFinite(alpha)) {
      const at = w.findIndex((x) => !Number.isFinite(x));
      throw new NonFiniteError('lanczos', 'A v', Math.max(at, 0), at < 0 ? alpha : w[at]);
    }
    this.diagonal[j] = alpha;
    this.normT = Math.max(this.normT, norm2(w));
    this.orthogonalise(w);
    const beta = norm2(w);
    const closed = this.size === this.op.cols || beta <= this.op.cols * Number.EPSILON * this.normT;
    this.beta = closed ? 0 : beta;
    this.next = closed ? undefined : w.map((x) => x / beta);
  }

  /** Eigenvalues of T, ascending, and the last entries of its eigenvectors. */
  ritzValues(): { values: Vec; last: Vec } {
    const last = new Matrix(this.size, 1);
    last.data[this.size - 1] = 1;
    const { values, rows } = this.diagonalise(last);
    return { values, last: rows.data };
  }

  /** The wanted Ritz pairs and the norms of their residuals. */
  pairs(k: number, target: LanczosTarget): { values: Vec; vectors: Matrix; residuals: Vec } {
    const all = this.diagonalise(Matrix.identity(this.size));
    const wanted = select(all.values, k, target);
    const coordinates = new Matrix(k, this.size);
    for (const [to, from] of wanted.entries()) coordinates.row(to).set(all.rows.row(from));
    const rows = matmul(coordinates, this.basis.rowRange(0, this.size));
    for (let i = 0; i < k; i++) makeLargestPositive(rows.row(i));
    return {
      values: Float64Array.from(wanted, (i) => all.values[i]),
      vectors: transpose(rows),
      residuals: Float64Array.from({ length: k }, (_, i) =>
        Math.abs(this.beta * coordinates.at(i, this.size - 1)),
      ),
    };
  }

  /** T = Gᵀ diag(values) G, ascending, and G times the given rows. */
  private diagonalise(start: Matrix): { values: Vec; rows: Matrix } {
    const n = this.size;
    const exponent = this.normT === 0 ? 0 : exponentOf(this.normT); // the QL iteration wants T of size 1
    const down = scalingByPowerOfTwo(-exponent);
    const d = this.diagonal.slice(0, n).map(down);
    const e = this.offDiagonal.slice(0, n).map(down);
    implicitQl(n, d, 0, e, 0, { data: start.data, offset: 0, stride: start.cols, cols: start.cols });
    const up = scalingByPowerOfTwo(exponent);
    const order = Array.from(d.keys()).sort((i, j) => d[i] - d[j] || i - j);
    const rows = new Matrix(n, start.cols);
    for (const [to, from] of order.entries()) rows.row(to).set(start.row(from));
    return { values: Float64Array.from(order, (i) => up(d[i])), rows };
  }

  /** w ← w − Vᵀ V w, twice, which is enough (Parlett 1998, §6.9). */
  private orthogonalise(w: Vec): void {
    const basis = this.basis.rowRange(0, this.size);
    for (let pass = 0; pass < 2; pass++) {
      const along = matvec(basis, w);
      const inside = matvec(basis, along, { transpose: true });
      for (let i = 0; i < w.length; i++) w[i] -= inside[i];
    }
  }

  /** A random unit vector orthogonal to the space so far. */
  private fresh(): Vec {
    const w = new Float64Array(this.op.cols);
    for (;;) {
      this.random.fillNormal(w);
      const before = norm2(w);
      this.orthogonalise(w);
      const length = norm2(w);
      if (length > 1e-8 * before) {
        const unit = w.map((x) => x / length);
        this.orthogonalise(unit); // where little was left, cancellation has left errors
        const size = norm2(unit);
        return unit.map((x) => x / size);
      }
    }
  }
}

function makeLargestPositive(x: Vec): void {
  const largest = x.reduce((best, v) => (Math.abs(v) > Math.abs(best) ? v : best), 0);
  if (largest < 0) for (let i = 0; i < x.length; i++) x[i] = -x[i];
}
