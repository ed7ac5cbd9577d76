/** @file Predictions for subsets, rule by rule, from gradients that were rotated into an eigenbasis once. */
import type { EigenOperator } from '../../../curvature/index.ts';
import { Matrix, matmul, type Vec } from '../../../linalg/index.ts';

/** Bounds on |σ| below which the share of the scores' variance is reported. */
export const SHARE_BOUNDS: readonly number[] = [1e-6, 1e-4, 1e-2];

/** What a rule predicts, and which eigenvalues the predictions come from. */
export interface Prediction {
  /** Shape [K, nQuery]: −Σ_{i∈S_j} score[q, i], the predicted outcome up to a constant per query. */
  readonly values: Matrix;
  /** Share of the predictions' variance over subsets that comes from directions with σ < 0; mean over queries. */
  readonly negativeShare: number;
  /** The same from directions with |σ| below each of {@link SHARE_BOUNDS}. */
  readonly sharesBelow: readonly number[];
}

/** A run of neighbouring eigenvalues, ascending, that belong to the same class. */
interface Band {
  readonly negative: boolean;
  /** How many of the bounds |σ| reaches. */
  readonly level: number;
  readonly places: Int32Array;
  readonly sums: Matrix;
  readonly queries: readonly Matrix[];
}

/**
 * score[q, i] = Σ_a (Qᵀ∇m_q)_a f_a (Qᵀ∇L_i)_a, so the sum over a subset needs the sum of its gradients only: a rule costs
 * one product [K, D] × [D, nQuery] instead of all scores.
 */
export class SpectralPredictions {
  private readonly bands: readonly Band[];

  /**
   * @param operator - Complete basis. @param subsetSums - Σ_{i∈S_j} ∇L_i, shape [K, D].
   * @param queryGradients - ∇m_q, shape [nQuery, D], per measurement.
   */
  constructor(operator: EigenOperator, subsetSums: Matrix, queryGradients: readonly Matrix[]) {
    const { basis, values } = operator;
    const sums = basis.rotate(subsetSums);
    const queries = queryGradients.map((gradients) => basis.rotate(gradients));
    this.bands = classes(values).map((band) => ({
      ...band,
      sums: gather(sums, band.places),
      queries: queries.map((rotated) => gather(rotated, band.places)),
    }));
  }

  /** Under weights f, in the order of the eigenvalues. `measurement` numbers the query gradients. */
  predict(f: Vec, measurement: number): Prediction {
    const parts = this.bands.map(({ sums, queries, places, negative, level }) => {
      const weights = Float64Array.from(places, (a) => -f[a]);
      return {
        negative,
        level,
        values: matmul(scaleColumns(sums, weights), queries[measurement], { transposeB: true }),
      };
    });
    const values = parts[0].values.clone();
    for (const part of parts.slice(1))
      for (let k = 0; k < values.data.length; k++) values.data[k] += part.values.data[k];
    const shares = parts.map((part) => varianceShare(part.values, values));
    const total = (keep: (part: (typeof parts)[number]) => boolean): number =>
      parts.reduce((sum, part, p) => sum + (keep(part) ? shares[p] : 0), 0);
    return {
      values,
      negativeShare: total((part) => part.negative),
      sharesBelow: SHARE_BOUNDS.map((_, b) => total((part) => part.level <= b)),
    };
  }
}

/** The spectrum by sign and size. A negative value within rounding of zero counts as zero. */
function classes(values: Vec): { negative: boolean; level: number; places: Int32Array }[] {
  const floor = negativeFloor(values);
  const found = new Map<string, { negative: boolean; level: number; members: number[] }>();
  for (const [a, sigma] of values.entries()) {
    const negative = sigma < floor;
    const level = SHARE_BOUNDS.filter((bound) => Math.abs(sigma) >= bound).length;
    const name = `${negative} ${level}`;
    const entry = found.get(name) ?? { negative, level, members: [] };
    entry.members.push(a);
    found.set(name, entry);
  }
  return [...found.values()].map(({ members, ...band }) => ({ ...band, places: Int32Array.from(members) }));
}

/** Eigenvalues below this are negative beyond rounding: −n·2⁻⁵²·max|σ|. */
export function negativeFloor(values: Vec): number {
  const scale = values.reduce((top, sigma) => Math.max(top, Math.abs(sigma)), 0);
  return -values.length * Number.EPSILON * scale;
}

/** Cov(part, total)/Var(total) over subsets, averaged over the queries with a variance; the parts' shares sum to 1. */
function varianceShare(part: Matrix, total: Matrix): number {
  let sum = 0;
  let count = 0;
  for (let q = 0; q < total.cols; q++) {
    let mean = 0;
    for (let j = 0; j < total.rows; j++) mean += total.data[j * total.cols + q] / total.rows;
    let both = 0;
    let own = 0;
    for (let j = 0, k = q; j < total.rows; j++, k += total.cols) {
      const gap = total.data[k] - mean;
      both += part.data[k] * gap;
      own += gap * gap;
    }
    if (!(own > 0)) continue;
    sum += both / own;
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/** The given columns of x, in that order. */
function gather(x: Matrix, places: Int32Array): Matrix {
  const out = new Matrix(x.rows, places.length);
  for (let i = 0, k = 0; i < x.rows; i++)
    for (let j = 0; j < places.length; j++, k++) out.data[k] = x.data[i * x.cols + places[j]];
  return out;
}

function scaleColumns(x: Matrix, weights: Vec): Matrix {
  const out = new Matrix(x.rows, x.cols);
  for (let i = 0, k = 0; i < x.rows; i++)
    for (let j = 0; j < x.cols; j++, k++) out.data[k] = x.data[k] * weights[j];
  return out;
}
