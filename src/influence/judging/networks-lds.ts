/** @file The LDS of several base networks, each alone and together, resampled over networks and subsets for many methods at once. */
import { checkObject, checkOptions } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import type { IntegersInput } from '../../linalg/border/integers.ts';
import { asMatrix, type MatrixInput } from '../../linalg/border/matrix.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkShape } from '../../linalg/checks.ts';
import { NonFiniteError } from '../../linalg/errors.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { maxAbs } from '../../linalg/sum.ts';
import { BOOTSTRAP_RESAMPLES, type BootstrapOptions } from './bootstrap.ts';
import { sortColumns, subsetPredictions } from './lds.ts';
import { type NetworksLds, networkDifference } from './network-bootstrap.ts';
import { drawBoth, judgeNetworks } from './network-resamples.ts';

export interface NetworksLdsInput extends BootstrapOptions {
  /** By method, then by base network: scores [nQuery, nTrain]. Every method has scores of the same networks, in one order. */
  readonly scores: readonly (readonly MatrixInput[])[];
  /** K lists of the training examples that each retraining KEPT, strictly ascending. */
  readonly subsets: readonly IntegersInput[];
  /** Measured outcomes, shape [K, nQuery]: m(z_q) after training on subset j, averaged over seeds. */
  readonly outcomes: MatrixInput;
}

/**
 * LDS of several methods at M base networks, with a hierarchical bootstrap over networks and subsets.
 *
 * Two readings, which are different questions: `single` is mean over m of LDS(scores of network m), what a reader of one network may
 * expect; `ensemble` is LDS(mean over m of scores), what a reader who averages M networks may expect. In resample b every network
 * occurs v times (stream rng(seed, 'bootstrap', 'networks', b)) and every subset w times (stream rng(seed, 'bootstrap', b), the one
 * of `bootstrap`): single = Σ v_m LDS_m(w) / M, and ensemble = LDS on w of Σ v_m scores_m / M. All networks are judged by the same
 * retrainings, so networks and subsets are crossed: one draw of subsets serves all networks, queries and methods. Two methods are
 * thus paired, draw by draw: {@link networksDifference}. {@link networkInterval} makes intervals.
 *
 * A query without a rank correlation counts as 0, as in `linearDatamodellingScore`.
 *
 * @returns One entry per method, in their order. With M = 1 both readings are the LDS, and their intervals cover subsets only.
 * @throws {ShapeError} scores of another shape, outcomes that are not [K, nQuery]. @throws {DomainError} no method, no network, not the
 * same number of networks for each, K < 2, no query, or a subset that is not strictly ascending. @throws {NonFiniteError} NaN in the
 * outcomes, a score that is not finite, or sums of scores that overflow.
 * Cost: for each method O(nQuery K B (M + c)), c about 20 for the sorting of resampled ensembles. Outcomes are ranked once for all.
 * Reference: Owen, The pigeonhole bootstrap (Annals of Applied Statistics 2007), for resampling two crossed factors.
 * @example
 * const subsets = [Int32Array.of(0, 1), Int32Array.of(0, 2), Int32Array.of(1, 2)];
 * const outcomes = Matrix.of([[0.1], [0.4], [0.9]]);
 * const scores = [[Matrix.of([[3, 2, 1]]), Matrix.of([[1, 2, 3]])]]; // one method, two networks
 * Array.from(ldsOverNetworks({ scores, subsets, outcomes })[0].perNetwork); // [1, -1]
 */
export function ldsOverNetworks(input: NetworksLdsInput): NetworksLds[] {
  const where = 'ldsOverNetworks';
  checkOptions(where, input, ['scores', 'subsets', 'outcomes', 'resamples', 'seed'], 'input');
  const { resamples = BOOTSTRAP_RESAMPLES, seed = 0 } = input;
  checkInteger(where, 'resamples', resamples, 1, 2 ** 31 - 1);
  checkInteger(where, 'seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const subsets = asList(where, 'subsets', input.subsets, 'index lists');
  checkInteger(where, 'subsets.length', subsets.length, 2, Number.POSITIVE_INFINITY);
  const methods = asList(where, 'scores', input.scores, 'lists of matrices, one a network');
  checkInteger(where, 'scores.length', methods.length, 1, Number.POSITIVE_INFINITY);
  const scores = methods.map((networks, k) =>
    asList(where, `scores[${k}]`, networks, 'matrices').map((one, m) =>
      asMatrix(where, `scores[${k}][${m}]`, one),
    ),
  );
  const networks = scores[0].length;
  checkInteger(where, 'scores[0].length', networks, 1, Number.POSITIVE_INFINITY);
  const outcomes = asMatrix(where, 'outcomes', input.outcomes);
  for (const [k, list] of scores.entries()) {
    checkInteger(where, `scores[${k}].length`, list.length, networks, networks);
    for (const [m, one] of list.entries()) {
      checkInteger(where, `scores[${k}][${m}].rows`, one.rows, 1, Number.POSITIVE_INFINITY);
      checkShape(where, `scores[${k}][${m}]`, one, scores[0][0].rows, scores[0][0].cols);
      checkFinite(where, `scores[${k}][${m}]`, one.data);
    }
  }
  checkShape(where, 'outcomes', outcomes, subsets.length, scores[0][0].rows);
  for (const [i, value] of outcomes.data.entries())
    if (Number.isNaN(value)) throw new NonFiniteError(where, 'outcomes', i, value);
  const draws = drawBoth(networks, subsets.length, resamples, seed);
  const measured = sortColumns(outcomes);
  const predictions = scores.map((list) => list.map((one) => subsetPredictions(one, subsets)));
  const largest = predictions.flat().reduce((most, one) => Math.max(most, maxAbs(one)), 0);
  checkFinite(where, 'sums of scores over subsets and networks', Float64Array.of(largest * networks));
  return judgeNetworks(measured, predictions, draws, seed);
}

/**
 * a − b of two methods that were judged together, in both readings, paired network by network and draw by draw.
 *
 * @throws {DomainError} not drawn alike. @throws {ShapeError} other numbers of networks.
 * @example
 * const subsets = [Int32Array.of(0, 1), Int32Array.of(0, 2), Int32Array.of(1, 2)];
 * const scores = [[Matrix.of([[3, 2, 1]])], [Matrix.of([[1, 2, 3]])]]; // two methods, one network
 * const [a, b] = ldsOverNetworks({ scores, subsets, outcomes: Matrix.of([[0.1], [0.4], [0.9]]) });
 * networksDifference(a, b).single.estimate; // 2
 */
export function networksDifference(a: NetworksLds, b: NetworksLds): NetworksLds {
  const where = 'networksDifference';
  checkObject(where, 'a', a);
  checkObject(where, 'b', b);
  const [x, y] = [a, b].map(({ perNetwork }, i) => asVector(where, `${'ab'[i]}.perNetwork`, perNetwork));
  const [r, s] = [a, b].map((of, i) =>
    asMatrix(where, `${'ab'[i]}.perNetworkReplicates`, of.perNetworkReplicates),
  );
  checkLength(where, 'b.perNetwork', y, x.length);
  checkShape(where, 'b.perNetworkReplicates', s, r.rows, r.cols);
  const perNetwork = x.map((value, m) => value - y[m]);
  const perNetworkReplicates = new Matrix(
    r.rows,
    r.cols,
    r.data.map((value, i) => value - s.data[i]),
  );
  return {
    perNetwork,
    perNetworkReplicates,
    single: networkDifference(a.single, b.single),
    ensemble: networkDifference(a.ensemble, b.ensemble),
  };
}
