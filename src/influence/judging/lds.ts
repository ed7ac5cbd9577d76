/** @file Linear data-modelling score: how well scores predict the outcome of training on subsets. */
import { checkOptions } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import type { IntegersInput } from '../../linalg/border/integers.ts';
import { asMatrix, type MatrixInput } from '../../linalg/border/matrix.ts';
import { checkFinite, checkInteger, checkShape } from '../../linalg/checks.ts';
import { NonFiniteError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import {
  type Bootstrap,
  type BootstrapOptions,
  bcaInterval,
  bootstrap,
  type Interval,
  midpoint,
  percentileInterval,
} from './bootstrap.ts';
import { asIndexSet, scoreSums } from './group-effect.ts';
import { isUnrankable, meanCorrelation } from './mean-correlation.ts';
import { constantRows, resampledSpearman, type SortedRows, sortRows } from './resampled-spearman.ts';

export interface LdsInput extends BootstrapOptions {
  /** Attribution scores, shape [nQuery, nTrain], in the convention of `Attributor`. */
  readonly scores: MatrixInput;
  /** K lists of the training examples that each retraining KEPT, strictly ascending. */
  readonly subsets: readonly IntegersInput[];
  /** Measured outcomes, shape [K, nQuery]: m(z_q) after training on subset j, averaged over seeds. */
  readonly outcomes: MatrixInput;
  /** Coverage of the intervals. Default 0.95. */
  readonly level?: number;
}

/** Queries without a rank correlation, by the side that is constant over the subsets. Query numbers, ascending. */
export interface ConstantQueries {
  /** The scores predict the same for every subset: they say nothing about the query. */
  readonly predictions: readonly number[];
  /** Retraining gave the same for every subset: no method can rank them. */
  readonly outcomes: readonly number[];
}

export interface LdsResult {
  /** Spearman's ρ per query, shape [nQuery]; NaN where outcomes or predictions are constant over the subsets. */
  readonly perQuery: Vec;
  /** The LDS: the mean of `perQuery` over all queries, in which an undefined one counts as no correlation, 0. */
  readonly mean: number;
  /** How many entries of `perQuery` are NaN, and count as 0 in `mean`. */
  readonly undefinedQueries: number;
  /** Which they are, and why. */
  readonly constant: ConstantQueries;
  readonly percentile: Interval;
  readonly bca: Interval;
  /** Middle of the BCa interval, which some released code prints as the mean. For comparison only. */
  readonly bcaMidpoint: number;
  /** Replicates of `mean`; two results with equal seed and subsets are paired by `bootstrapDifference`. */
  readonly bootstrap: Bootstrap;
}

/**
 * Linear data-modelling score: LDS = mean over q of ρ_Spearman( outcome_j(q), prediction_j(q) : j = 1..K ).
 *
 * A positive score says that leaving the example out raises m; a subset that KEEPS it is thus predicted to have the
 * lower m, and the prediction is −Σ_{i∈S_j} score[q, i]. The sum over the removed examples differs from it by the
 * constant Σ_i score[q, i] and a factor 1/N makes no difference to ranks either; nor does subtracting the outcome of
 * full training, a constant per query. Perfect scores give 1 for every measurement.
 *
 * A query whose predictions are constant over the subsets has no rank correlation; it counts as 0, and so does one
 * whose outcomes are constant, for every method alike. The mean is thus always over all nQuery queries: zeroed rows
 * lower it, and two methods are compared on the same queries. In each resample the same holds.
 *
 * Intervals come from resampling subsets, jointly for all queries: queries share the retrained models, so they
 * are not independent items. Neither the draw of the queries nor the training seeds are resampled.
 *
 * @returns Per-query values, their mean, percentile and BCa intervals, and the replicates.
 * @throws {ShapeError} outcomes are not [K, nQuery]. @throws {DomainError} K < 2, no query, or a subset that is not
 * strictly ascending within 0..nTrain − 1. @throws {NonFiniteError} NaN in the outcomes (a retraining is missing), a
 * score that is not finite, or scores so large that their sums are not. An infinite outcome (a diverged training) is ranked.
 * Cost: O(nQuery Σ|S_j| + nQuery K (log K + B)).
 * Reference: Park et al., TRAK: Attributing Model Behavior at Scale (2023), who define the LDS; Ilyas et al., Datamodels (2022).
 * @example
 * const subsets = [Int32Array.of(0, 1), Int32Array.of(0, 2), Int32Array.of(1, 2)];
 * const outcomes = Matrix.of([[0.1], [0.4], [0.9]]);
 * linearDatamodellingScore({ scores: Matrix.of([[3, 2, 1]]), subsets, outcomes }).mean; // 1
 */
export function linearDatamodellingScore(input: LdsInput): LdsResult {
  const where = 'linearDatamodellingScore';
  checkOptions(where, input, ['scores', 'subsets', 'outcomes', 'level', 'resamples', 'seed'], 'input');
  const { scores: _s, subsets: _k, outcomes: _o, level = 0.95, ...options } = input;
  const scores = asMatrix(where, 'scores', input.scores);
  const outcomes = asMatrix(where, 'outcomes', input.outcomes);
  const subsets = asList(where, 'subsets', input.subsets, 'index lists');
  checkInteger(where, 'subsets.length', subsets.length, 2, Number.POSITIVE_INFINITY);
  checkInteger(where, 'scores.rows', scores.rows, 1, Number.POSITIVE_INFINITY);
  checkShape(where, 'outcomes', outcomes, subsets.length, scores.rows);
  checkFinite(where, 'scores', scores.data);
  for (const [i, value] of outcomes.data.entries())
    if (Number.isNaN(value)) throw new NonFiniteError(where, 'outcomes', i, value);

  const measured = sortColumns(outcomes);
  const predicted = sortColumns(subsetPredictions(scores, subsets));
  const perQuery = new Float64Array(scores.rows);
  resampledSpearman(measured, predicted, new Int32Array(subsets.length).fill(1), perQuery);

  const scratch = new Float64Array(scores.rows);
  const drawn = bootstrap(
    subsets.length,
    (weights) =>
      isUnrankable(weights)
        ? Number.NaN
        : meanCorrelation(resampledSpearman(measured, predicted, weights, scratch)),
    options,
  );
  const bca = bcaInterval(drawn, level);
  return {
    perQuery,
    mean: drawn.estimate,
    undefinedQueries: perQuery.filter(Number.isNaN).length,
    constant: { predictions: constantRows(predicted), outcomes: constantRows(measured) },
    percentile: percentileInterval(drawn, level),
    bca,
    bcaMidpoint: midpoint(bca),
    bootstrap: drawn,
  };
}

/**
 * What the scores predict for training on each kept subset, up to a constant and a scale per query:
 * prediction[j, q] = −Σ_{i∈S_j} score[q, i].
 *
 * @param given - Scores, shape [nQuery, nTrain]. @param subsets - K kept lists, strictly ascending.
 * @returns Shape [K, nQuery], the layout of outcomes. @throws {DomainError} as {@link linearDatamodellingScore}.
 * @throws {NonFiniteError} a sum overflows: ranks of ±∞ would be ties that are not there. Scale the scores of a query down.
 */
export function subsetPredictions(given: MatrixInput, subsets: readonly IntegersInput[]): Matrix {
  const scores = asMatrix('subsetPredictions', 'scores', given);
  asList('subsetPredictions', 'subsets', subsets, 'index lists');
  const out = new Matrix(subsets.length, scores.rows);
  for (const [j, set] of subsets.entries()) {
    const kept = asIndexSet('subsetPredictions', `subset ${j}`, set, scores.cols);
    out.row(j).set(scoreSums(scores, kept).map((total) => -total));
  }
  checkFinite('subsetPredictions', 'sums of scores', out.data);
  return out;
}

/** The columns of a [K, nQuery] table as sorted rows, one per query. */
export function sortColumns(table: Matrix): SortedRows {
  const columns = Array.from({ length: table.cols }, (_, q) => table.column(q));
  return sortRows(table.cols === 0 ? new Matrix(0, table.rows) : Matrix.of(columns));
}
