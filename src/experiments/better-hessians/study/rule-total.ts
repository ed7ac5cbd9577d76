/** @file What one rule gives, summed over base models. */
import { CLASS_MEASUREMENTS } from '../../../influence/index.ts';
import { Matrix, type Vec } from '../../../linalg/index.ts';
import {
  negativeFloor,
  type Prediction,
  SHARE_BOUNDS,
  type SpectralPredictions,
} from './spectral-predictions.ts';

/** What a rule did to a spectrum and to the scores; means over base models. */
export interface RuleDiagnostics {
  /** Eigenvalues inverted, and those of them below zero. */
  readonly rank: number;
  readonly negative: number;
  /** The smallest number that anything is divided by, 1/max|f|: |σ| of the last kept eigenvalue, or |σ + λ|. */
  readonly smallestDivisor: number;
  /** Shares of the predictions' variance, for the first measurement; see `Prediction`. */
  readonly negativeShare: number;
  readonly sharesBelow: readonly number[];
}

/** Means over base models. */
export interface RuleMean {
  /** Shape [K, nQuery] per measurement: predictions of the mean score, up to the factor 1/models. */
  readonly predictions: readonly Matrix[];
  /** Per measurement the same without each base model in turn; none of a single one. */
  readonly without: readonly (readonly Matrix[])[];
  readonly error: number;
  readonly diagnostics: RuleDiagnostics;
}

/** Adds up base models. One model without a finite inverse leaves no mean. */
export class RuleTotal {
  /** By measurement and model, each [K, nQuery]. */
  private readonly parts: readonly Matrix[][] = CLASS_MEASUREMENTS.map(() => []);
  private readonly rows: number[][] = [];
  private undefinedModels = 0;

  /** Adds one model: eigenvalues, their inverse weights, and where predictions and Eq. 9 come from. */
  add(
    values: Vec,
    weights: Vec | undefined,
    predictions: SpectralPredictions,
    error: ((f: Vec) => number) | undefined,
  ): void {
    if (weights === undefined) {
      this.undefinedModels++;
      return;
    }
    const made = CLASS_MEASUREMENTS.map((_, m) => predictions.predict(weights, m));
    for (const [m, { values: part }] of made.entries()) this.parts[m].push(part);
    this.rows.push([error?.(weights) ?? Number.NaN, ...inverted(values, weights), ...shares(made[0])]);
  }

  /** The means; undefined when a model had no finite inverse, or predictions overflowed. */
  mean(): RuleMean | undefined {
    if (this.undefinedModels > 0 || this.rows.length === 0) return undefined;
    const predictions = this.parts.map(sumOf);
    if (!predictions.every(({ data }) => data.every(Number.isFinite))) return undefined;
    const column = (c: number): number => this.rows.reduce((sum, row) => sum + row[c], 0) / this.rows.length;
    const [error, rank, negative, smallestDivisor, negativeShare, ...sharesBelow] = this.rows[0].map((_, c) =>
      column(c),
    );
    return {
      predictions,
      without: this.parts.map((all) =>
        all.length < 2 ? [] : all.map((_, left) => sumOf(all.filter((_, m) => m !== left))),
      ),
      error,
      diagnostics: { rank, negative, smallestDivisor, negativeShare, sharesBelow },
    };
  }
}

function sumOf(parts: readonly Matrix[]): Matrix {
  const [{ rows, cols }] = parts;
  const sum = new Matrix(rows, cols);
  for (const { data } of parts) for (let k = 0; k < data.length; k++) sum.data[k] += data[k];
  return sum;
}

/** How many eigenvalues are inverted, how many of them negative beyond rounding, and the smallest divisor. */
function inverted(values: Vec, weights: Vec): [rank: number, negative: number, smallest: number] {
  const floor = negativeFloor(values);
  let rank = 0;
  let negative = 0;
  let largest = 0;
  for (const [a, sigma] of values.entries()) {
    if (weights[a] === 0) continue;
    rank++;
    if (sigma < floor) negative++;
    largest = Math.max(largest, Math.abs(weights[a]));
  }
  return [rank, negative, 1 / largest];
}

function shares({ negativeShare, sharesBelow }: Prediction): number[] {
  return [negativeShare, ...SHARE_BOUNDS.map((_, b) => sharesBelow[b])];
}
