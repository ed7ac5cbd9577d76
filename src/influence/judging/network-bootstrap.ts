/** @file A statistic of base networks and subsets, resampled over both: its parts of variance, and studentised intervals. */
import { asMatrix } from '../../linalg/border/matrix.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkLength, checkShape } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { asBootstrap, type Bootstrap, bcaInterval, checkLevel, type Interval } from './bootstrap.ts';
import { variance } from './network-components.ts';
import { studentQuantile } from './student-quantile.ts';

/** A bootstrap over M networks and K subsets. `jackknife` leaves out subsets. */
export interface NetworkBootstrap extends Bootstrap {
  /** Replicates with every network once and subsets resampled, shape [B]: the draw of subsets alone. */
  readonly subsetReplicates: Vec;
  /** The statistic without network m, shape [M]; empty with one network, whose draw nothing tells of. */
  readonly withoutNetwork: Vec;
  /** The statistic without network m and subset k, shape [M, K]; [0, K] with one network. */
  readonly withoutBoth: Matrix;
}

/** One method at M base networks, in two readings. */
export interface NetworksLds {
  /** The LDS of each network's own scores, shape [M]. */
  readonly perNetwork: Vec;
  /** The same on each resample of the subsets, shape [M, B]. */
  readonly perNetworkReplicates: Matrix;
  /** What one network's scores reach: the mean of `perNetwork`. */
  readonly single: NetworkBootstrap;
  /** What the mean of M networks' scores reaches. */
  readonly ensemble: NetworkBootstrap;
}

/** What an interval covers. */
export type NetworkCoverage = 'subsets' | 'networks and subsets';

/** Networks and subsets, or subsets alone where there is one network. */
export function networkCoverage(given: NetworkBootstrap): NetworkCoverage {
  const { withoutNetwork } = asNetworkBootstrap('networkCoverage', 'drawn', given);
  return withoutNetwork.length === 0 ? 'subsets' : 'networks and subsets';
}

/**
 * 95 % (or `level`) interval that covers the draw of the networks and that of the subsets: estimate ± t s, with
 * s² = V_networks + V_subsets − V_both, V_networks = (M − 1)/M Σ_m (θ₍₋ₘ₎ − mean)² by leaving out each network, V_subsets the variance of
 * the statistic over resampled subsets times K/(K − 1), and V_both what the two count twice, where it is known. t is Student's with the
 * degrees of freedom of Satterthwaite, s⁴ / (V_networks²/(M − 1) + V_subsets²/(K − 1)).
 *
 * With one network it covers subsets alone ({@link networkCoverage} says so), and is the BCa interval.
 *
 * The percentile interval of the replicates, which `percentileInterval` gives, is too short with few networks: for a mean over networks
 * its variance is (M − 1)/M of the right one and its quantiles are normal; a resampled ensemble holds fewer distinct networks, so that
 * the replicates lie below the estimate. In 200 simulated worlds with 3 networks 95 % intervals held the truth in 93 % (this one), 84 and
 * 88 % (percentile, single and ensemble), 60 and 75 % (subsets alone); with 6 networks in 94, 92 and 90, 57 and 82 %
 * (test/influence/network-coverage.test.ts). Where one network in ten dominates an ensemble it holds less: 87 %.
 *
 * @param given - A reading of `ldsOverNetworks`, or a difference of two. @param level - In (0, 1).
 * @returns [NaN, NaN] where the estimate is NaN. Ends are not cut off at ±1. @throws {DomainError} `level` outside, or no such bootstrap.
 * Reference: Satterthwaite (Biometrics Bulletin 1946); Efron & Tibshirani (1993), §11 and §12.
 */
export function networkInterval(given: NetworkBootstrap, level = 0.95): Interval {
  checkLevel('networkInterval', level);
  const drawn = asNetworkBootstrap('networkInterval', 'drawn', given);
  if (drawn.withoutNetwork.length === 0) return bcaInterval(drawn, level);
  const { variance: total, degrees } = partsOf(drawn);
  if (Number.isNaN(drawn.estimate) || Number.isNaN(total)) return [Number.NaN, Number.NaN];
  const reach = total === 0 ? 0 : studentQuantile((1 + level) / 2, degrees) * Math.sqrt(total);
  return [drawn.estimate - reach, drawn.estimate + reach];
}

/** What the variance of a statistic is made of. */
export interface VarianceParts {
  /** From the draw of the networks; NaN with one. */
  readonly networks: number;
  /** From the draw of the subsets. */
  readonly subsets: number;
  /** Of the statistic: both, less what they count twice, and never less than the larger of them. */
  readonly variance: number;
  /** Degrees of freedom of `variance`. */
  readonly degrees: number;
}

/** The parts behind {@link networkInterval}. @throws {DomainError} no such bootstrap. */
export function varianceParts(given: NetworkBootstrap): VarianceParts {
  return partsOf(asNetworkBootstrap('varianceParts', 'drawn', given));
}

function partsOf(drawn: NetworkBootstrap): VarianceParts {
  const { subsetReplicates, withoutNetwork, jackknife } = drawn;
  const [m, k] = [withoutNetwork.length, jackknife.length];
  const subsets = (variance(subsetReplicates) * k) / (k - 1);
  if (m === 0) return { networks: Number.NaN, subsets, variance: subsets, degrees: k - 1 };
  const networks = ((m - 1) ** 2 / m) * variance(withoutNetwork);
  const total = Math.max(networks, subsets, networks + subsets - countedTwice(drawn));
  return {
    networks,
    subsets,
    variance: total,
    degrees: total ** 2 / (networks ** 2 / (m - 1) + subsets ** 2 / (k - 1)),
  };
}

/** (M − 1)(K − 1)/(MK) Σ (θ₍₋ₘ₋ₖ₎ − θ₍₋ₘ₎ − θ₍₋ₖ₎ + θ)²: of networks that answer unlike to a draw of subsets. NaN terms are left out. */
function countedTwice({ estimate, withoutNetwork, jackknife, withoutBoth }: NetworkBootstrap): number {
  const { rows, cols } = withoutBoth;
  let sum = 0;
  for (let m = 0; m < rows; m++)
    for (let k = 0; k < cols; k++) {
      const both = withoutBoth.at(m, k) - withoutNetwork[m] - jackknife[k] + estimate;
      if (!Number.isNaN(both)) sum += both * both;
    }
  return (sum * (rows - 1) * (cols - 1)) / (rows * cols);
}

/**
 * The bootstrap of a mean over networks, from values and resamples of each.
 *
 * @param values - Shape [M]. @param replicates - Of each network on resampled subsets, shape [M, B].
 * @param jackknife - Of each network without each subset. @param networks - How often each network occurs in resample b.
 */
export function meanOverNetworks(
  values: Vec,
  replicates: Matrix,
  jackknife: readonly Vec[],
  networks: readonly Vec[],
  seed: number,
): NetworkBootstrap {
  const m = values.length;
  const estimate = values.reduce((sum, value) => sum + value, 0) / m;
  const weighted = (b: number, weight: (network: number) => number): number => {
    let sum = 0;
    for (let n = 0; n < m; n++) if (weight(n) !== 0) sum += weight(n) * replicates.at(n, b);
    return sum / m;
  };
  const withoutSubset = jackknife[0].map((_, k) => jackknife.reduce((sum, one) => sum + one[k], 0) / m);
  const without = (mean: number, value: number): number => (m * mean - value) / (m - 1);
  const withoutNetwork = m < 2 ? new Float64Array(0) : values.map((value) => without(estimate, value));
  const withoutBoth = new Matrix(withoutNetwork.length, withoutSubset.length);
  for (let n = 0; n < withoutBoth.rows; n++)
    withoutBoth.row(n).set(withoutSubset.map((mean, k) => without(mean, jackknife[n][k])));
  const subsetReplicates = Float64Array.from({ length: replicates.cols }, (_, b) => weighted(b, () => 1));
  return {
    estimate,
    replicates: m < 2 ? subsetReplicates : subsetReplicates.map((_, b) => weighted(b, (n) => networks[b][n])),
    subsetReplicates,
    jackknife: withoutSubset,
    withoutNetwork,
    withoutBoth,
    seed,
  };
}

/** A bootstrap that was read from JSON or cloned, its numbers as vectors. @throws {DomainError} it is none. */
export function asNetworkBootstrap(
  where: string,
  argument: string,
  drawn: NetworkBootstrap,
): NetworkBootstrap {
  const plain = asBootstrap(where, argument, drawn);
  const subsetReplicates = asVector(where, `${argument}.subsetReplicates`, drawn.subsetReplicates);
  checkLength(where, `${argument}.subsetReplicates`, subsetReplicates, plain.replicates.length);
  const withoutNetwork = asVector(where, `${argument}.withoutNetwork`, drawn.withoutNetwork);
  if (withoutNetwork.length === 1)
    throw new DomainError(
      where,
      `${argument}.withoutNetwork`,
      'empty, or of at least two networks',
      1,
      'one',
    );
  const withoutBoth = asMatrix(where, `${argument}.withoutBoth`, drawn.withoutBoth);
  checkShape(where, `${argument}.withoutBoth`, withoutBoth, withoutNetwork.length, plain.jackknife.length);
  return { ...plain, subsetReplicates, withoutNetwork, withoutBoth };
}

/**
 * The bootstrap of a − b, paired draw by draw: what both share (a lucky network, easy queries, the subsets) cancels.
 *
 * @throws {DomainError} the two were not drawn alike (other seed, resamples, subsets or networks).
 * That both describe the same networks in the same order is not checked.
 */
export function networkDifference(first: NetworkBootstrap, second: NetworkBootstrap): NetworkBootstrap {
  const where = 'networkDifference';
  const a = asNetworkBootstrap(where, 'a', first);
  const b = asNetworkBootstrap(where, 'b', second);
  const drawn = (of: NetworkBootstrap): string =>
    `seed ${of.seed}, ${of.replicates.length} resamples of ${of.jackknife.length} subsets and ${of.withoutNetwork.length || 1} networks`;
  if (drawn(a) !== drawn(b)) throw new DomainError(where, 'b', `drawn as a (${drawn(a)})`, drawn(b));
  const [x, y] = [a.withoutBoth, b.withoutBoth];
  const minus = (x: Vec, y: Vec): Vec => x.map((value, i) => value - y[i]);
  return {
    estimate: a.estimate - b.estimate,
    replicates: minus(a.replicates, b.replicates),
    subsetReplicates: minus(a.subsetReplicates, b.subsetReplicates),
    jackknife: minus(a.jackknife, b.jackknife),
    withoutNetwork: minus(a.withoutNetwork, b.withoutNetwork),
    withoutBoth: new Matrix(x.rows, x.cols, minus(x.data, y.data)),
    seed: a.seed,
  };
}
