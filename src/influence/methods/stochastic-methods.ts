/** @file Influence by stochastic solves, LiSSA and ASTRA, as lines of the registry. */
import { datasetSize } from '../../autodiff/dataset.ts';
import { ekfac } from '../../curvature/ekfac.ts';
import type { FisherType } from '../../curvature/fisher.ts';
import type { PartitionKind } from '../../curvature/partition.ts';
import type { Problem } from '../../curvature/problem.ts';
import {
  astraInfluence,
  type FittedStochasticInfluence,
  INFLUENCE_BATCH,
  lissaInfluence,
} from '../attributors/stochastic-influence.ts';
import { ASTRA_ITERATIONS, astraHeavyBall, astraPreconditioner } from '../solvers/astra.ts';
import { minibatchCurvature } from '../solvers/curvature-source.ts';
import type { Momentum } from '../solvers/heavy-ball.ts';
import type { StepDecay, StepSize } from '../solvers/step-size.ts';
import { NEUMANN_ITERATIONS, NEUMANN_MOMENTUM, neumannHeavyBall } from '../solvers/stochastic-neumann.ts';
import {
  ALPHA,
  BATCH,
  CURVATURE,
  DAMPING,
  DECAY,
  FISHER,
  MOMENTUM,
  OPTIMAL_HEAVY_BALL,
  PARTITION,
  quarterDecay,
  REPEATS,
  SEED,
  STEPS,
  TOLERANCE,
} from './common-hyperparameters.ts';
import { type DampedOptions, dampedProblem } from './damped-problem.ts';
import { fisherSetting, fittedMethod } from './fitted-method.ts';
import {
  type Diagnostics,
  type Filled,
  type FittedMethod,
  type Method,
  type MethodContext,
  method,
  type Setting,
} from './method.ts';
import { ruled } from './option.ts';

const LISSA_CAP = NEUMANN_ITERATIONS;
const LISSA_LEAST = 100;

/** What both stochastic solvers read. */
interface SolverOptions extends DampedOptions {
  readonly batch: number | 'full' | undefined;
  readonly alpha: StepSize | undefined;
  readonly repeats: number;
  readonly tolerance: number;
  readonly seed: number;
}

/** What `lissa` reads. */
export interface LissaOptions extends SolverOptions {
  readonly iterations: number | undefined;
  readonly momentum: Momentum;
}

/** What `astra` reads. */
export interface AstraOptions extends SolverOptions {
  readonly iterations: number;
  readonly decay: StepDecay | 'none' | undefined;
  readonly momentum: Momentum | undefined;
  readonly fisher: FisherType;
  readonly partition: PartitionKind;
}

/** LiSSA. */
export const LISSA: Method<LissaOptions> = method<LissaOptions>({
  name: 'lissa',
  label: 'LiSSA',
  approximates:
    '∇mᵀ (C + λI)⁻¹ ∇L by J terms of a stochastic Neumann series; stopping early is extra damping 1/(αJ)',
  cost: { fit: 'N·D for λ, 600·B·D for α', score: 'Q·J·R·B·D + Q·N·D', memory: '(5 + R)·Q·D' },
  options: {
    curvature: CURVATURE,
    damping: DAMPING,
    iterations: {
      ...STEPS,
      meaning: 'J steps from 0 (the published algorithm starts at v = ∇m)',
      default: ruled(
        'half-the-damping',
        `2(1 − m)/(αλ), but at least ${LISSA_LEAST} and at most ${LISSA_CAP}`,
        { least: LISSA_LEAST, most: LISSA_CAP },
      ),
      reason:
        'so many that the implicit damping (1 − m)/(αJ) is half of λ (Wang et al. 2025, §3); the cap is cost',
    },
    batch: BATCH,
    alpha: ALPHA,
    momentum: {
      ...MOMENTUM,
      meaning: 'm, heavy ball; or auto, which on the full batch with the GGN is (1 − max(√(αλ), 10/J))²',
      default: NEUMANN_MOMENTUM,
      reason: 'as LiSSA is written (Agarwal et al. 2017)',
    },
    repeats: REPEATS,
    tolerance: TOLERANCE,
    seed: SEED,
  },
  needsTrajectory: false,
  modules: true,
  scaled: true,
  reference:
    'Agarwal, Bullins & Hazan, Second-order stochastic optimization for machine learning in linear time (2017), §3; Koh & Liang (2017), §3',
  fit: fitLissa,
});

/** ASTRA. */
export const ASTRA: Method<AstraOptions> = method<AstraOptions>({
  name: 'astra',
  label: 'ASTRA',
  approximates: '∇mᵀ (C + λI)⁻¹ ∇L by stochastic descent from the EK-FAC solution, preconditioned with it',
  cost: {
    fit: 'EK-FAC, N·D for λ, 600·B·D for α',
    score: 'Q·J·R·(B·D + Σ_l in·out·(in + out)) + Q·N·D',
    memory: 'EK-FAC and (5 + R)·Q·D',
  },
  options: {
    curvature: CURVATURE,
    damping: DAMPING,
    iterations: {
      ...STEPS,
      meaning: 'J steps',
      default: ASTRA_ITERATIONS,
      reason: 'Wang et al. 2025, Table 3: enough on every data set but text',
    },
    batch: BATCH,
    alpha: ALPHA,
    decay: DECAY,
    momentum: OPTIMAL_HEAVY_BALL,
    repeats: REPEATS,
    tolerance: TOLERANCE,
    seed: SEED,
    fisher: FISHER,
    partition: PARTITION,
  },
  needsTrajectory: false,
  modules: true,
  scaled: true,
  reference:
    'Wang et al., Better training data attribution via better inverse Hessian-vector products (2025), Eq. 9',
  fit: fitAstra,
});

function fitLissa(options: Filled<LissaOptions>, context: MethodContext): FittedMethod {
  const { curvature, repeats, tolerance, seed, measurement } = options;
  const { problem, damping, warnings } = dampedProblem(options, context);
  const batch = options.batch ?? batchFor(problem);
  const { alpha, momentum } = neumannHeavyBall(
    'lissa',
    minibatchCurvature(problem, { curvature, batch, seed }),
    { ...given(options), damping, repeats, seed, iterations: options.iterations ?? LISSA_CAP },
  );
  const wanted = Math.ceil((2 * (1 - momentum)) / (alpha * damping));
  const iterations = options.iterations ?? Math.min(LISSA_CAP, Math.max(LISSA_LEAST, wanted));
  const solver = { damping, curvature, batch, alpha, momentum, repeats, rtol: tolerance, seed, iterations };
  const solve = lissaInfluence({
    ...solver,
    checkEvery: checkEvery(batch),
    measurement,
  });
  return stochastic(context, solve.fit(context.fitted, context.train), {
    damping,
    warnings,
    seed,
    settings: { curvature, damping, iterations, batch, alpha, momentum, repeats, tolerance, seed },
    implicitDamping: (1 - momentum) / (alpha * iterations),
  });
}

function fitAstra(options: Filled<AstraOptions>, context: MethodContext): FittedMethod {
  const { curvature, iterations, repeats, tolerance, seed, fisher, partition, measurement } = options;
  const { problem, damping, warnings } = dampedProblem(options, context);
  const batch = options.batch ?? batchFor(problem);
  const preconditioner = ekfac(problem, { fisher, partition });
  const { alpha, momentum } = astraHeavyBall(
    'astra',
    minibatchCurvature(problem, { curvature, batch, seed }),
    astraPreconditioner(preconditioner, damping),
    { momentum: 'auto', ...given(options), damping, repeats, seed, iterations },
  );
  const solver = { damping, curvature, batch, alpha, momentum, repeats, rtol: tolerance, seed, iterations };
  const decay = options.decay ?? quarterDecay(batch, iterations);
  const solve = astraInfluence({
    ...solver,
    decay,
    checkEvery: checkEvery(batch),
    preconditioner,
    measurement,
  });
  const settings = { curvature, damping, iterations, batch, alpha, momentum, repeats, tolerance, seed };
  return stochastic(context, solve.fit(context.fitted, context.train), {
    damping,
    warnings,
    seed,
    settings: {
      ...settings,
      decay: typeof decay === 'string' ? decay : { ...decay },
      fisher: fisherSetting(fisher),
      partition,
    },
  });
}

/** What was said of α and m. */
function given({
  alpha,
  momentum,
}: {
  readonly alpha: StepSize | undefined;
  readonly momentum: Momentum | undefined;
}): { readonly alpha?: StepSize; readonly momentum?: Momentum } {
  return { ...(alpha === undefined ? {} : { alpha }), ...(momentum === undefined ? {} : { momentum }) };
}

/** What `lissa` and `astra` have in common once they are fitted. */
function stochastic(
  context: MethodContext,
  attributor: FittedStochasticInfluence,
  parts: {
    readonly damping: number;
    readonly warnings: readonly string[];
    readonly seed: number;
    readonly settings: { readonly [option: string]: Setting };
    readonly implicitDamping?: number;
  },
): FittedMethod {
  const { implicitDamping, ...rest } = parts;
  return fittedMethod(context, attributor, {
    ...rest,
    diagnose: (queries) => {
      const { scores, residuals, bounds, standardErrors, steps, history } =
        attributor.scoreWithBounds(queries);
      const notes = {
        alpha: attributor.alpha,
        ...(implicitDamping === undefined ? {} : { implicitDamping }),
      };
      const diagnostics: Diagnostics = {
        residuals,
        iterations: steps,
        history,
        notes,
        ...(bounds === undefined ? {} : { bounds }),
        ...(standardErrors === undefined ? {} : { standardErrors }),
      };
      return { scores, diagnostics };
    },
  });
}

/** Steps between two residuals, which cost a full batch each. */
function checkEvery(batch: number | 'full'): number {
  return batch === 'full' ? 10 : 50;
}

function batchFor({ data }: Problem): number | 'full' {
  return datasetSize(data) <= INFLUENCE_BATCH ? 'full' : INFLUENCE_BATCH;
}
