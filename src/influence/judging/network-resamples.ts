/** @file LDS of many methods at many networks on many resamples: outcomes ranked once for all of them. */
import { allocate } from '../../linalg/border/allocate.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { rng } from '../../linalg/random/random.ts';
import { isUnrankable } from './mean-correlation.ts';
import { MixedRow } from './mixed-row.ts';
import { meanOverNetworks, type NetworksLds } from './network-bootstrap.ts';
import {
  correlateRow,
  type Multiplicities,
  multiplicities,
  rankRow,
  type SortedRows,
  sortRows,
} from './resampled-spearman.ts';

/** Multiplicities of a hierarchical bootstrap. */
interface Draws {
  /** Of the networks, resample by resample. */
  readonly networks: readonly Vec[];
  /** Of the subsets: all once; without each in turn; then the B resamples. */
  readonly subsets: readonly Multiplicities[];
}

/** B draws of networks, from rng(seed, 'bootstrap', 'networks', b), and of subsets, from rng(seed, 'bootstrap', b). */
export function drawBoth(networks: number, subsets: number, count: number, seed: number): Draws {
  const drawn = (n: number, ...names: (string | number)[]): Vec => {
    const stream = rng(seed, 'bootstrap', ...names);
    const weights = new Float64Array(n);
    for (let draw = 0; draw < n; draw++) weights[stream.integer(n)]++;
    return weights;
  };
  const ones = new Float64Array(subsets).fill(1);
  const without = Array.from({ length: subsets }, (_, k) => ones.map((one, i) => (i === k ? 0 : one)));
  const resampled = Array.from({ length: count }, (_, b) => drawn(subsets, b));
  return {
    networks: Array.from({ length: networks < 2 ? 0 : count }, (_, b) => drawn(networks, 'networks', b)),
    subsets: [ones, ...without, ...resampled].map(multiplicities),
  };
}

/** Sums over queries of the correlations of one method. */
interface Sums {
  /** Of each network, and of several their ensemble, on every draw of the subsets. */
  readonly fixed: readonly Vec[];
  /** Of the ensemble without each network, on all subsets and without each. */
  readonly without: readonly Vec[];
  /** Of resampled ensembles on resampled subsets. */
  readonly resampled: Vec;
}

/**
 * Query by query, so that what is ranked stays at hand; sums over queries in ascending order.
 *
 * Kernel: checks nothing. @param predictions - By method and network, [K, nQuery]; all of one shape.
 */
export function judgeNetworks(
  measured: SortedRows,
  predictions: readonly (readonly Matrix[])[],
  draws: Draws,
  seed: number,
): NetworksLds[] {
  const networks = predictions[0].length;
  const items = measured.cols;
  const room = (length: number): Vec => allocate('ldsOverNetworks', length);
  const several = networks > 1;
  const sums = predictions.map(
    (): Sums => ({
      fixed: Array.from({ length: several ? networks + 1 : 1 }, () => room(draws.subsets.length)),
      without: Array.from({ length: several ? networks : 0 }, () => room(1 + items)),
      resampled: room(draws.networks.length),
    }),
  );
  for (let q = 0; q < measured.rows; q++)
    for (const [k, method] of predictions.entries()) addQuery(measured, method, q, draws, sums[k]);
  const unrankable = draws.subsets.map(({ weights }) => isUnrankable(weights));
  const mean = (sum: Vec, from: number, to?: number, first = 0): Vec =>
    sum
      .slice(from, to)
      .map((total, i) => (unrankable[first + from + i] ? Number.NaN : total / measured.rows));
  const resamples = 1 + items; // where they begin
  return sums.map(({ fixed, without, resampled }) => {
    const own = fixed.slice(0, networks);
    const perNetwork = Float64Array.from(own, (sum) => mean(sum, 0, 1)[0]);
    const perNetworkReplicates = Matrix.of(own.map((sum) => mean(sum, resamples)));
    const jackknife = own.map((sum) => mean(sum, 1, resamples));
    const ensemble = fixed[fixed.length - 1];
    const subsetReplicates = mean(ensemble, resamples);
    const withoutBoth = new Matrix(without.length, items);
    for (const [m, sum] of without.entries()) withoutBoth.row(m).set(mean(sum, 1));
    return {
      perNetwork,
      perNetworkReplicates,
      single: meanOverNetworks(perNetwork, perNetworkReplicates, jackknife, draws.networks, seed),
      ensemble: {
        estimate: mean(ensemble, 0, 1)[0],
        replicates: several ? mean(resampled, 0, undefined, resamples) : subsetReplicates,
        subsetReplicates,
        jackknife: mean(ensemble, 1, resamples),
        withoutNetwork: Float64Array.from(without, (sum) => mean(sum, 0, 1)[0]),
        withoutBoth,
        seed,
      },
    };
  });
}

/** Adds the correlations of query q. */
function addQuery(
  measured: SortedRows,
  method: readonly Matrix[],
  q: number,
  draws: Draws,
  { fixed, without, resampled }: Sums,
): void {
  const items = measured.cols;
  const rows = method.map((one) => one.column(q));
  const mixed = new MixedRow(rows);
  const sorted = sortRows(Matrix.of(fixed.length > 1 ? [...rows, mixed.values] : rows));
  const ranks = new Float64Array(items);
  for (let c = 0; c < draws.subsets.length; c++) {
    const drawn = draws.subsets[c];
    const ties = rankRow(measured, q, drawn, ranks);
    for (let r = 0; r < fixed.length; r++) fixed[r][c] += orNone(correlateRow(sorted, r, drawn, ranks, ties));
    const b = c - 1 - items;
    if (b < 0 || b >= resampled.length) continue;
    resampled[b] += orNone(correlateRow(mixed.of(draws.networks[b]), 0, drawn, ranks, ties));
  }
  for (let m = 0; m < without.length; m++) {
    const others = mixed.of(new Float64Array(rows.length).map((_, n) => (n === m ? 0 : 1)));
    for (let c = 0; c <= items; c++) {
      const drawn = draws.subsets[c];
      const ties = rankRow(measured, q, drawn, ranks);
      without[m][c] += orNone(correlateRow(others, 0, drawn, ranks, ties));
    }
  }
}

/** An undefined correlation counts as none. */
function orNone(rho: number): number {
  return Number.isNaN(rho) ? 0 : rho;
}
