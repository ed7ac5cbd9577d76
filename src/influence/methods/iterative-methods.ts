/** @file Influence by iterative solves, CG, LiSSA and ASTRA, as lines of the registry. */
import { datasetSize } from '../../autodiff/dataset.ts';
import { ekfac } from '../../curvature/ekfac.ts';
import { ggnOperator, hessianOperator } from '../../curvature/operators.ts';
import type { Problem } from '../../curvature/problem.ts';
import { NumericalError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { shiftedOperator } from '../../linalg/operator.ts';
import { norm2 } from '../../linalg/sum.ts';
import { ASTRA_ITERATIONS, astraHeavyBall, astraPreconditioner } from '../astra.ts';
import { bilinearAttributor } from '../bilinear-scores.ts';
import { minibatchCurvature } from '../curvature-source.ts';
import { automaticDamping, meanEigenvalue } from '../damping-rule.ts';
import { gradientNorms } from '../gradient-products.ts';
import { type RowSolutions, type SolveRowsOptions, solveRows } from '../solve-rows.ts';
import {
  astraInfluence,
  type FittedStochasticInfluence,
  INFLUENCE_BATCH,
  lissaInfluence,
} from '../stochastic-influence.ts';
import { NEUMANN_ITERATIONS, NEUMANN_MOMENTUM, neumannHeavyBall } from '../stochastic-neumann.ts';
import {
  ALPHA,
  BATCH,
  CURVATURE,
  DAMPING,
  DECAY,
  FISHER,
  OPTIMAL_HEAVY_BALL,
  PARTITION,
  quarterDecay,
  REPEATS,
  SEED,
  TOLERANCE,
} from './common-hyperparameters.ts';
import { fisherSetting, fittedMethod, measurementOf } from './fitted-method.ts';
import type {
  Diagnostics,
  FittedMethod,
  MethodContext,
  MethodDescription,
  MethodOptions,
  Setting,
} from './method.ts';
import { dampingWarnings, unitWarnings } from './warnings.ts';

const LISSA_CAP = NEUMANN_ITERATIONS;
const LISSA_LEAST = 100;

/** CG, LiSSA and ASTRA. */
export const ITERATIVE_METHODS: { readonly [K in 'cg' | 'lissa' | 'astra']: MethodDescription } = {
  cg: {
    name: 'cg',
    label: 'CG',
    approximates: '∇mᵀ (C + λI)⁻¹ ∇L to a stated residual, without a matrix',
    cost: { fit: 'N·D for λ', score: 'Q·J·N·D + Q·N·D, J iterations', memory: '4·Q·D' },
    hyperparameters: [
      CURVATURE,
      DAMPING,
      {
        name: 'tolerance',
        meaning: 'relative residual at which a query is done',
        rule: '1e-8',
        reason: 'the error of a score is then at most 1e-8 ‖∇m‖‖∇L‖/λ; see iterativeInfluence',
      },
      {
        name: 'iterations',
        meaning:
          'the most products per query; with a number of yours the best so far is returned, else a failure raises',
        rule: 'max(20, 2D)',
        reason: 'in exact arithmetic D suffice; twice that for rounding (Hestenes & Stiefel 1952)',
      },
      {
        name: 'preconditioner',
        meaning: 'ekfac: (P + λI)⁻¹ with P the EK-FAC; or none. It changes the iterations, not the answer',
        rule: 'none',
        reason:
          'plain CG needs no more than products; with ekfac it needs fewer of them where EK-FAC is close to the GGN',
      },
    ],
    needsTrajectory: false,
    scaled: true,
    reference: 'Martens, Deep learning via Hessian-free optimization (2010); Koh & Liang (2017), §3',
    fit: fitConjugateGradient,
  },
  lissa: {
    name: 'lissa',
    label: 'LiSSA',
    approximates:
      '∇mᵀ (C + λI)⁻¹ ∇L by J terms of a stochastic Neumann series; stopping early is extra damping 1/(αJ)',
    cost: { fit: 'N·D for λ, 600·B·D for α', score: 'Q·J·R·B·D + Q·N·D', memory: '(5 + R)·Q·D' },
    hyperparameters: [
      CURVATURE,
      DAMPING,
      {
        name: 'iterations',
        meaning: 'J steps from 0 (the published algorithm starts at v = ∇m)',
        rule: `2(1 − m)/(αλ), but at least ${LISSA_LEAST} and at most ${LISSA_CAP}`,
        reason:
          'so many that the implicit damping (1 − m)/(αJ) is half of λ (Wang et al. 2025, §3); the cap is cost',
      },
      BATCH,
      ALPHA,
      {
        name: 'momentum',
        meaning: 'm, heavy ball; or auto, which on the full batch with the GGN is (1 − max(√(αλ), 10/J))²',
        rule: `${NEUMANN_MOMENTUM}`,
        reason: 'as LiSSA is written (Agarwal et al. 2017)',
      },
      REPEATS,
      TOLERANCE,
      SEED,
    ],
    needsTrajectory: false,
    scaled: true,
    reference:
      'Agarwal, Bullins & Hazan, Second-order stochastic optimization for machine learning in linear time (2017), §3; Koh & Liang (2017), §3',
    fit: fitLissa,
  },
  astra: {
    name: 'astra',
    label: 'ASTRA',
    approximates: '∇mᵀ (C + λI)⁻¹ ∇L by stochastic descent from the EK-FAC solution, preconditioned with it',
    cost: {
      fit: 'EK-FAC, N·D for λ, 600·B·D for α',
      score: 'Q·J·R·(B·D + Σ_l in·out·(in + out)) + Q·N·D',
      memory: 'EK-FAC and (5 + R)·Q·D',
    },
    hyperparameters: [
      CURVATURE,
      DAMPING,
      {
        name: 'iterations',
        meaning: 'J steps',
        rule: `${ASTRA_ITERATIONS}`,
        reason: 'Wang et al. 2025, Table 3: enough on every data set but text',
      },
      BATCH,
      ALPHA,
      DECAY,
      OPTIMAL_HEAVY_BALL,
      REPEATS,
      TOLERANCE,
      SEED,
      FISHER,
      PARTITION,
    ],
    needsTrajectory: false,
    scaled: true,
    reference:
      'Wang et al., Better training data attribution via better inverse Hessian-vector products (2025), Eq. 9',
    fit: fitAstra,
  },
};

function fitConjugateGradient(options: MethodOptions, context: MethodContext): FittedMethod {
  const { fitted, train } = context;
  const { curvature = 'ggn', tolerance: rtol = 1e-8, iterations: maxIterations } = options;
  const { problem, damping, warnings } = dampedProblem(options, context);
  const measurement = measurementOf(options);
  const operator = shiftedOperator(
    curvature === 'hessian' ? hessianOperator(problem) : ggnOperator(problem),
    damping,
  );
  const { preconditioner = 'none' } = options;
  const solver: SolveRowsOptions = {
    rtol,
    ...(maxIterations === undefined ? {} : { maxIterations, onFailure: 'return' }),
    ...(preconditioner === 'none' ? {} : { preconditioner: astraPreconditioner(ekfac(problem), damping) }),
  };
  let seen: CheckedSolutions[] | undefined;
  const attributor = bilinearAttributor({
    fitted,
    train,
    measurement,
    transformQueries: (gradients) => {
      const solved = solveRows(operator, gradients, solver);
      checkDefinite(solved);
      seen?.push({ ...solved, residualNorms: solved.residuals.map((r, q) => r * norm2(gradients.row(q))) });
      return solved.x;
    },
  });
  return fittedMethod(context, attributor, {
    settings: {
      curvature,
      damping,
      tolerance: rtol,
      iterations: maxIterations ?? Math.max(20, 2 * fitted.model.parameterCount),
      preconditioner,
    },
    damping,
    warnings,
    diagnose: (queries) => {
      const solved: CheckedSolutions[] = [];
      seen = solved;
      const scores = attributor.score(queries);
      seen = undefined;
      const diagnostics = solveDiagnostics(solved);
      if (curvature === 'hessian' || !(damping > 0)) return { scores, diagnostics };
      return { scores, diagnostics: { ...diagnostics, bounds: errorBounds(solved, problem, damping) } };
    },
  });
}

/** Solutions with ‖b − (C + λI)x‖ per row. */
interface CheckedSolutions extends RowSolutions {
  readonly residualNorms: Vec;
}

/** ‖∇m(z_q) − (C + λI)x_q‖ · ‖∇L(z_i)‖ / λ ≥ |score[q, i] − exact| for psd C, [nQuery, N]; rounding in the products is not counted. */
function errorBounds(parts: readonly CheckedSolutions[], problem: Problem, damping: number): Matrix {
  const lengths = gradientNorms(problem.model, problem.loss, problem.theta, problem.data);
  return Matrix.of(
    parts.flatMap(({ residualNorms }) =>
      Array.from(residualNorms, (norm) => lengths.map((length) => (norm * length) / damping)),
    ),
  );
}

/** @throws {NumericalError} a search direction of negative curvature: C + λI is not positive definite. */
function checkDefinite({ status }: RowSolutions): void {
  const row = status.indexOf('negative-curvature');
  if (row >= 0)
    throw new NumericalError(
      `cg: negative curvature in solve ${row}: the damped curvature is indefinite. Raise the damping, or use the GGN.`,
    );
}

/** Residuals, iterations and histories of consecutive chunks of queries. */
function solveDiagnostics(parts: readonly RowSolutions[]): Diagnostics {
  const histories = parts.flatMap((part) => part.histories);
  const length = histories.reduce((most, history) => Math.max(most, history.length), 0);
  const residuals = new Matrix(length, histories.length);
  for (const [q, history] of histories.entries())
    for (let k = 0; k < length; k++) residuals.set(k, q, history[Math.min(k, history.length - 1)]);
  return {
    residuals: Float64Array.from(parts.flatMap((part) => Array.from(part.residuals))),
    iterations: Int32Array.from(parts.flatMap((part) => Array.from(part.iterations))),
    status: parts.flatMap(({ status }) => status),
    history: { iterations: Int32Array.from({ length }, (_, k) => k), residuals },
  };
}

function fitLissa(options: MethodOptions, context: MethodContext): FittedMethod {
  const { curvature = 'ggn', repeats = 1, tolerance = 0, seed = 0 } = options;
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
  const method = lissaInfluence({
    ...solver,
    checkEvery: checkEvery(batch),
    measurement: measurementOf(options),
  });
  return stochastic(context, method.fit(context.fitted, context.train), {
    damping,
    warnings,
    seed,
    settings: { curvature, damping, iterations, batch, alpha, momentum, repeats, tolerance, seed },
    implicitDamping: (1 - momentum) / (alpha * iterations),
  });
}

function fitAstra(options: MethodOptions, context: MethodContext): FittedMethod {
  const { curvature = 'ggn', iterations = ASTRA_ITERATIONS, repeats = 1, tolerance = 0, seed = 0 } = options;
  const { fisher = { kind: 'type-2' }, partition = 'layer' } = options;
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
  const method = astraInfluence({
    ...solver,
    decay,
    checkEvery: checkEvery(batch),
    preconditioner,
    measurement: measurementOf(options),
  });
  const settings = { curvature, damping, iterations, batch, alpha, momentum, repeats, tolerance, seed };
  return stochastic(context, method.fit(context.fitted, context.train), {
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
function given({ alpha, momentum }: MethodOptions): Pick<MethodOptions, 'alpha' | 'momentum'> {
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

function dampedProblem(
  { damping = 'auto', curvature = 'ggn' }: MethodOptions,
  { fitted, train }: MethodContext,
): { readonly problem: Problem; readonly damping: number; readonly warnings: readonly string[] } {
  const problem = { ...fitted, data: train };
  if (damping === 'auto')
    return { problem, damping: automaticDamping(problem, curvature), warnings: unitWarnings(train) };
  const trace = meanEigenvalue(problem) * fitted.model.parameterCount;
  return { problem, damping, warnings: dampingWarnings('λ', damping, trace) };
}

/** Steps between two residuals, which cost a full batch each. */
function checkEvery(batch: number | 'full'): number {
  return batch === 'full' ? 10 : 50;
}

function batchFor({ data }: Problem): number | 'full' {
  return datasetSize(data) <= INFLUENCE_BATCH ? 'full' : INFLUENCE_BATCH;
}
