/** @file LDS of group scores, and how they are written. */
import {
  type Bootstrap,
  bootstrapDifference,
  ldsOverNetworks,
  type NetworkBootstrap,
  type NetworksLds,
  networkInterval,
  networksDifference,
} from '../../influence/index.ts';
import { networkDifference } from '../../influence/judging/network-bootstrap.ts';
import { Matrix } from '../../linalg/index.ts';
import { finiteOrNull } from '../files/json-number.ts';
import { boundedInterval } from '../judging/bounded-interval.ts';
import { estimateOf, judgeBy, meanBootstrap } from '../judging/judge.ts';
import { NETWORK_RESAMPLES } from '../judging/judged-predictions.ts';
import { meanMatrix } from '../judging/stored-scores.ts';
import type { Scored } from './astra-results.ts';
import { singletons } from './groups.ts';

/** Resamples behind every interval here: thousands of LDS are computed, and 1,000 are the least that BCa ends ask for. */
const RESAMPLES = 1000;

/** Judges group scores [Q, K]. */
export type GroupJudge = (groups: Matrix) => Bootstrap;

/** The judge by the outcomes [K, Q] of the same subsets and queries. */
export function groupJudge(outcomes: Matrix, seed: number): GroupJudge {
  const judge = judgeBy({ subsets: singletons(outcomes.rows), outcomes, seed });
  return (groups) => judge(corner(groups, outcomes.cols, outcomes.rows), RESAMPLES).bootstrap;
}

/** An LDS as it is written; nulls of one that diverged. */
export function scored(drawn: Bootstrap | undefined): Scored {
  const { value, lo, hi } = estimateOf(drawn);
  return { mean: value, ci: [lo, hi] };
}

export function difference(a: Bootstrap, b: Bootstrap): Scored {
  return scored(bootstrapDifference(a, b));
}

/** The first rows and columns: results may hold more queries and subsets than are judged. */
export function corner(a: Matrix, rows: number, cols: number): Matrix {
  if (a.rows === rows && a.cols === cols) return a;
  const out = new Matrix(rows, cols);
  for (let i = 0; i < rows; i++) out.row(i).set(a.row(i).subarray(0, cols));
  return out;
}

/** One method at its base models, judged. */
export interface Judged {
  readonly perModel: readonly number[];
  /** The mean LDS of one model. */
  readonly single: Scored;
  /** The LDS of the mean score; null with one model. */
  readonly ensemble: Scored | null;
  /** The second less the first. */
  readonly ensembling: Scored | null;
  /** This less another at the same models, paired. */
  less(other: this): Difference;
}

/** A paired difference of two methods; `ensembling`: what averaging adds to it, where networks are resampled too. */
export interface Difference {
  readonly single: Scored;
  readonly ensemble: Scored | null;
  readonly ensembling?: Scored;
}

/** Judges group scores [Q, K], one matrix a base model. */
export type ModelsJudge = (groups: readonly Matrix[]) => Judged;

/** BCa intervals over subsets. */
export function overSubsets(judge: GroupJudge): ModelsJudge {
  interface OverSubsets extends Judged {
    readonly drawn: { readonly mean: Bootstrap; readonly together: Bootstrap | undefined };
    less(other: OverSubsets): Difference;
  }
  return (groups): OverSubsets => {
    const each = groups.map(judge);
    const mean = meanBootstrap(each);
    const together = groups.length > 1 ? judge(meanMatrix(groups)) : undefined;
    return {
      drawn: { mean, together },
      perModel: each.map(({ estimate }) => estimate),
      single: scored(mean),
      ensemble: together === undefined ? null : scored(together),
      ensembling: together === undefined ? null : difference(together, mean),
      less: ({ drawn }) => ({
        single: difference(mean, drawn.mean),
        ensemble:
          together === undefined || drawn.together === undefined
            ? null
            : difference(together, drawn.together),
      }),
    };
  };
}

/** Intervals over networks and subsets, from resamples of both. @param outcomes - [K, Q]. */
export function overNetworks(outcomes: Matrix, seed: number): ModelsJudge {
  interface OverNetworks extends Judged {
    readonly drawn: NetworksLds;
    less(other: OverNetworks): Difference;
  }
  const subsets = singletons(outcomes.rows);
  return (groups): OverNetworks => {
    const scores = [groups.map((one) => corner(one, outcomes.cols, outcomes.rows))];
    const [drawn] = ldsOverNetworks({ scores, subsets, outcomes, resamples: NETWORK_RESAMPLES, seed });
    const several = groups.length > 1;
    const { single, ensemble } = drawn;
    return {
      drawn,
      perModel: Array.from(drawn.perNetwork),
      single: scoredOver(single, 1),
      ensemble: several ? scoredOver(ensemble, 1) : null,
      ensembling: several ? scoredOver(networkDifference(ensemble, single), 2) : null,
      less(other) {
        const less = networksDifference(drawn, other.drawn);
        const whole = { single: scoredOver(less.single, 2), ensemble: null };
        if (!several) return whole;
        return {
          ...whole,
          ensemble: scoredOver(less.ensemble, 2),
          ensembling: scoredOver(networkDifference(less.ensemble, less.single), 2),
        };
      },
    };
  };
}

function scoredOver(drawn: NetworkBootstrap, bound: number): Scored {
  return { mean: finiteOrNull(drawn.estimate), ci: boundedInterval(networkInterval(drawn), bound) };
}
