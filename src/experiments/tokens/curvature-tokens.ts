/** @file Scores of all pairs of tokens by methods that do not sample. */
import type { ClassificationData } from '../../autodiff/index.ts';
import { ekfac, ggn, type Problem } from '../../curvature/index.ts';
import { resolveSampler, tokenScores } from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { DEFAULT_SAMPLER } from '../protocol/sampler-variant.ts';

/** The methods, in the order of tables. */
export const CURVATURES = {
  'damped-if': 'damped IF (first order of BIF)',
  ekfac: 'EK-FAC',
  'ekfac-damped': 'EK-FAC, damped as BIF is',
  'grad-dot': 'gradient dot',
} as const;

export type CurvatureId = keyof typeof CURVATURES;

export const CURVATURE_IDS: readonly CurvatureId[] = Object.keys(CURVATURES) as CurvatureId[];

/** Scores [nQuery · P, N · P], and the processor seconds that they took with all that they need. */
export interface TokenMatrix {
  readonly scores: Matrix;
  readonly seconds: number;
}

/**
 * - `damped-if`: (G + λ)⁻¹ with the whole GGN and λ = γ/(nβ), a tenth of the steepest curvature: what BIF tends to where the loss is quadratic;
 * - `ekfac`: λ a tenth of its mean eigenvalue, as kronfluence has it;
 * - `ekfac-damped`: EK-FAC under the λ of `damped-if`;
 * - `grad-dot`: none.
 */
export function curvatureTokens(
  problem: Problem,
  queries: ClassificationData,
): ReadonlyMap<CurvatureId, TokenMatrix> {
  const { data: train, ...fitted } = problem;
  const { steepness = 0 } = resolveSampler(problem);
  const lambda = DEFAULT_SAMPLER.damping * steepness;
  const transforms: Readonly<Record<CurvatureId, () => (gradients: Matrix) => Matrix>> = {
    'damped-if': () => {
      const curvature = ggn(problem);
      return (g) => curvature.applyInverse(g, { kind: 'damped', lambda });
    },
    ekfac: () => {
      const curvature = ekfac(problem);
      const own = (0.1 * curvature.trace()) / curvature.rows;
      return (g) => curvature.applyInverse(g, { kind: 'damped', lambda: own });
    },
    'ekfac-damped': () => {
      const curvature = ekfac(problem);
      return (g) => curvature.applyInverse(g, { kind: 'damped', lambda });
    },
    'grad-dot': () => (g) => g,
  };
  return new Map(
    CURVATURE_IDS.map((id): [CurvatureId, TokenMatrix] => {
      const start = threadMilliseconds();
      const scores = tokenScores(fitted, train, queries, transforms[id]());
      return [id, { scores, seconds: (threadMilliseconds() - start) / 1000 }];
    }),
  );
}
