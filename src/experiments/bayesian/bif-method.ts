/** @file The methods of the experiment: names, labels, and the scores of those without chains. */

import type { Dataset } from '../../autodiff/index.ts';
import { ekfac, ggn } from '../../curvature/index.ts';
import type { Problem } from '../../curvature/problem.ts';
import {
  gradientDot,
  influenceFunction,
  iterativeInfluence,
  resolveSampler,
  trak,
} from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import { DEFAULT_SAMPLER } from '../protocol/sampler-variant.ts';

/** How the curves are named, in the order of legends. */
export const BIF_METHODS = {
  bif: 'BIF',
  'bif-correlation': 'BIF correlation',
  'bif-tuned': 'BIF, tuned',
  'damped-if': 'damped IF (first order of BIF)',
  ekfac: 'EK-FAC',
  'ekfac-tuned': 'EK-FAC, tuned',
  trak: 'TRAK',
  'grad-dot': 'gradient dot',
} as const;

export type BifMethod = keyof typeof BIF_METHODS;

export const BIF_METHOD_NAMES: readonly BifMethod[] = Object.keys(BIF_METHODS) as BifMethod[];

/** What is computed without sampling. λ in the units of the mean-loss curvature; 'rule': a tenth of EK-FAC's mean eigenvalue. */
export type Baseline =
  | { readonly kind: 'ekfac'; readonly lambda: number | 'rule' }
  | {
      readonly kind: 'damped-if' /** By the whole matrix, not by conjugate gradients. */;
      readonly dense?: true;
    }
  | { readonly kind: 'trak'; readonly dimension: number; readonly seed: number }
  | { readonly kind: 'grad-dot' };

/** Relative residual of the solves of `damped-if`. */
const RTOL = 1e-4;

/** Scores [queries, train], and the damping that was used. */
export function baselineScores(
  baseline: Baseline,
  problem: Problem,
  queries: Dataset,
): { scores: Matrix; lambda: number | null } {
  const { data: train, ...fitted } = problem;
  switch (baseline.kind) {
    case 'ekfac': {
      const operator = ekfac(problem);
      const lambda = baseline.lambda === 'rule' ? (0.1 * operator.trace()) / operator.rows : baseline.lambda;
      const rule = { kind: 'damped', lambda } as const;
      const scores = influenceFunction({ curvature: operator, rule }).fit(fitted, train).score(queries);
      return { scores, lambda };
    }
    case 'damped-if': {
      const { steepness = 0 } = resolveSampler(problem);
      const lambda = DEFAULT_SAMPLER.damping * steepness;
      const attributor =
        baseline.dense === true
          ? influenceFunction({ curvature: ggn(problem), rule: { kind: 'damped', lambda } })
          : iterativeInfluence({ curvature: 'ggn', damping: lambda, rtol: RTOL });
      return { scores: attributor.fit(fitted, train).score(queries), lambda };
    }
    case 'trak': {
      const { dimension, seed } = baseline;
      return { scores: trak({ dimension, seed, ridge: 0 }).fit(fitted, train).score(queries), lambda: null };
    }
    case 'grad-dot':
      return { scores: gradientDot().fit(fitted, train).score(queries), lambda: null };
  }
}
