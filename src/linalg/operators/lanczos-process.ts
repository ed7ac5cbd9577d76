/** @file The Lanczos process itself, of a product with vectors; nothing is checked here. */

import { implicitQl } from '../eigen/implicit-ql.ts';
import { NonFiniteError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { exponentOf, scalingByPowerOfTwo } from '../power-of-two.ts';
import { dot, matvec } from '../products.ts';
import type { Rng } from '../random/random.ts';
import { norm2 } from '../sum.ts';

/** Which eigenvalues: the largest in magnitude, the algebraically largest, or the smallest (most negative). */
export type LanczosTarget = 'magnitude' | 'largest' | 'smallest';

/** v ↦ A v, with A symmetric. */
type Product = (v: Vec) => Vec;

/** A search that has ended. */
export interface RitzValues {
  /** The wanted eigenvalues of T, ascending, and a bound of the residual of each. */
  readonly values: Vec;
  readonly bounds: Vec;
  readonly converged: boolean;
  /** The largest bound at every check, and what it was to reach. */
  readonly history: readonly number[];
  readonly tolerance: number;
}

/** The next check of convergence comes after this much more of the basis. */
const CHECK_GROWTH = 1.15;

/** Extends the space until the k wanted Ritz values have residuals ≤ relative·max |θ|, or up to `limit` vectors. Arguments are not checked. */
export function ritzSearch(
  process: LanczosProcess,
  k: number,
  target: LanczosTarget,
  relative: number,
  limit: number,
): RitzValues {
  const history: number[] = [];
  let check = Math.min(limit, Math.max(k, 8));
  for (;;) {
    while (process.size < check) process.step();
    const { values, last } = process.ritzValues();
    const wanted = selectRitz(values, k, target);
    const bounds = Float64Array.from(wanted, (i) => Math.abs(process.beta * last[i]));
    const residual = Math.max(...bounds);
    const tolerance = relative * values.reduce((s, v) => Math.max(s, Math.abs(v)), 0);
    history.push(residual);
    const converged = residual <= tolerance;
    if (converged || check >= limit)
      return { values: Float64Array.from(wanted, (i) => values[i]), bounds, converged, history, tolerance };
    check = Math.min(limit, Math.max(check + 2, Math.ceil(check * CHECK_GROWTH)));
  }
}

/** The indices of the wanted ones among ascending values, in ascending order. */
export function selectRitz(values: Vec, k: number, target: LanczosTarget): number[] {
  const order = Array.from(values.keys());
  if (target === 'smallest') return order.slice(0, k);
  if (target === 'largest') return order.slice(values.length - k);
  order.sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]) || i - j);
  return order.slice(0, k).sort((i, j) => i - j);
}

/** A V = V T + β v eᵀ with orthonormal V in rows and tridiagonal T. */
export class LanczosProcess {
  size = 0;
  /** Couples the space with its next vector; 0 when it is closed. */
  beta = 0;
  private readonly n: number;
  private readonly product: Product;
  private readonly random: Rng;
  /** V in the first `size` rows. */
  readonly basis: Matrix;
  private readonly diagonal: Vec;
  private readonly offDiagonal: Vec;
  private next: Vec | undefined;
  private normT = 0;

  constructor(n: number, product: Product, limit: number, random: Rng) {
    this.n = n;
    this.product = product;
    this.random = random;
    this.basis = new Matrix(limit, n);
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
    const w = this.product(v).slice();
    const alpha = dot(v, w);
    if (!Number.isFinite(alpha)) {
      const at = w.findIndex((x) => !Number.isFinite(x));
      throw new NonFiniteError('lanczos', 'A v', Math.max(at, 0), at < 0 ? alpha : w[at]);
    }
    this.diagonal[j] = alpha;
    this.normT = Math.max(this.normT, norm2(w));
    this.orthogonalise(w);
    const beta = norm2(w);
    const closed = this.size === this.n || beta <= this.n * Number.EPSILON * this.normT;
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

  /** T = Gᵀ diag(values) G, ascending, and G times the given rows. */
  diagonalise(start: Matrix): { values: Vec; rows: Matrix } {
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
    const w = new Float64Array(this.n);
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
