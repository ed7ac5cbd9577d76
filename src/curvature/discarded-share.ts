/** @file How much of a set of vectors an inverse rule leaves out. */
import { checkInstance } from '../linalg/border/instances.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { checkShape } from '../linalg/checks.ts';
import type { Vec } from '../linalg/matrix.ts';
import { maxAbs } from '../linalg/sum.ts';
import { EigenOperator } from './eigen-operator.ts';
import type { InverseRule } from './inverse-rule.ts';

/**
 * The share of Σ‖x‖² that lies in the directions which a rule sends to zero, over vectors that come in batches:
 *
 *   Σ_x Σ_{j: f(σ_j) = 0} (q_jᵀx)² / Σ_x ‖x‖².
 *
 * A truncated rule sends |σ| ≤ ε to zero, and σ < −ε where negatives are dropped. Damped, absolute and unrolled rules send nothing
 * there: their share is 0, and nothing is computed.
 *
 * @throws as `EigenOperator.inverseValues`.
 * Cost: one rotation per vector, 2nw flops in a dense basis. Squares are taken relative to the largest number, so that gradients of
 * 1e-200 count. Accuracy: 1e-15 absolute.
 * @example new DiscardedShare(operator, PAPER_RULE).add(gradients).value(); // 0.03
 */
export class DiscardedShare {
  private readonly operator: EigenOperator;
  private readonly inverse: Vec;
  /** Whether any direction is sent to zero. */
  readonly cuts: boolean;
  /** The largest number so far; sums are in units of its square. */
  private scale = 0;
  private total = 0;
  private kept = 0;

  constructor(operator: EigenOperator, rule: InverseRule) {
    checkInstance('DiscardedShare', 'operator', operator, EigenOperator, 'an EigenOperator');
    this.operator = operator;
    this.inverse = operator.inverseValues(rule);
    this.cuts = this.inverse.includes(0);
  }

  /** Counts the rows of the matrix, shape [k, n]. */
  add(vectors: MatrixInput): this {
    const x = asMatrix('DiscardedShare.add', 'vectors', vectors);
    checkShape('DiscardedShare.add', 'vectors', x, x.rows, this.operator.cols);
    const largest = maxAbs(x.data);
    if (!this.cuts || largest === 0) return this;
    if (largest > this.scale) {
      const shrink = (this.scale / largest) ** 2;
      this.total *= shrink;
      this.kept *= shrink;
      this.scale = largest;
    }
    const { inverse, scale, operator } = this;
    const z = operator.basis.rotate(x);
    for (let i = 0, k = 0; i < z.rows; i++)
      for (let j = 0; j < z.cols; j++, k++) {
        const square = (z.data[k] / scale) ** 2;
        if (operator.complete) this.total += square;
        if (inverse[j] !== 0) this.kept += square;
      }
    if (!operator.complete) for (const value of x.data) this.total += (value / scale) ** 2;
    return this;
  }

  /** The share in [0, 1]; undefined where every vector is 0. */
  value(): number | undefined {
    if (!this.cuts) return 0;
    return this.total === 0 ? undefined : Math.max(0, 1 - this.kept / this.total);
  }
}
