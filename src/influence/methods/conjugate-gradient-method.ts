/** @file Influence by conjugate gradients, or by MINRES, as a line of the registry. */
import { ekfac } from '../../curvature/ekfac.ts';
import { ggnOperator, hessianOperator } from '../../curvature/operators.ts';
import type { Problem } from '../../curvature/problem.ts';
import { NumericalError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { shiftedOperator } from '../../linalg/operators/operator.ts';
import { norm2 } from '../../linalg/sum.ts';
import { bilinearAttributor } from '../attributors/bilinear-scores.ts';
import { astraPreconditioner } from '../solvers/astra.ts';
import { gradientNorms } from '../solvers/gradient-products.ts';
import {
  type RowSolutions,
  type RowSolver,
  type SolveRowsOptions,
  solveRows,
} from '../solvers/solve-rows.ts';
import { CURVATURE, DAMPING, RESIDUAL, STEPS } from './common-hyperparameters.ts';
import { type DampedOptions, dampedProblem } from './damped-problem.ts';
import { fittedMethod } from './fitted-method.ts';
import {
  type Diagnostics,
  type Filled,
  type FittedMethod,
  type Method,
  type MethodContext,
  method,
} from './method.ts';
import { ruled } from './option.ts';
import { choice } from './option-values.ts';

/** What `cg` reads. */
export interface CgOptions extends DampedOptions {
  readonly tolerance: number;
  readonly iterations: number | undefined;
  readonly preconditioner: 'none' | 'ekfac';
  readonly solver: RowSolver;
}

/** Conjugate gradients. */
export const CG: Method<CgOptions> = method<CgOptions>({
  name: 'cg',
  label: 'CG',
  approximates: '∇mᵀ (C + λI)⁻¹ ∇L to a stated residual, without a matrix',
  cost: { fit: 'N·D for λ', score: 'Q·J·N·D + Q·N·D, J iterations', memory: '4·Q·D' },
  options: {
    curvature: CURVATURE,
    damping: DAMPING,
    tolerance: {
      ...RESIDUAL,
      meaning: 'relative residual at which a query is done',
      default: 1e-8,
      reason: 'the error of a score is then at most 1e-8 ‖∇m‖‖∇L‖/λ; see iterativeInfluence',
    },
    iterations: {
      ...STEPS,
      meaning:
        'the most products per query; with a number of yours the best so far is returned, else a failure raises',
      default: ruled('twice-the-dimension', 'max(20, 2D), twice that for minres', { least: 20, times: 2 }),
      reason: 'in exact arithmetic D suffice; twice that for rounding (Hestenes & Stiefel 1952)',
    },
    preconditioner: {
      values: choice('none', 'ekfac'),
      placeholder: '<P>',
      brief: 'of conjugate gradients',
      meaning: 'ekfac: (P + λI)⁻¹ with P the EK-FAC; or none. It changes the iterations, not the answer',
      default: 'none',
      reason:
        'plain CG needs no more than products; with ekfac it needs fewer of them where EK-FAC is close to the GGN',
    },
    solver: {
      values: choice('cg', 'minres'),
      placeholder: '<name>',
      brief: 'of the linear systems: cg, or minres, which takes an indefinite C + λI',
      meaning:
        'cg, conjugate gradients, for a positive definite C + λI; or minres, which takes an indefinite one, as the Hessian with a λ of yours may be',
      default: 'cg',
      reason: 'the λ of the rule makes C + λI definite, and there cg needs less memory for as many products',
      implied: 'cg',
    },
  },
  needsTrajectory: false,
  modules: true,
  scaled: true,
  reference:
    'Martens, Deep learning via Hessian-free optimization (2010); Koh & Liang (2017), §3; Paige & Saunders, Solution of sparse indefinite systems of linear equations (1975)',
  fit: fitConjugateGradient,
});

function fitConjugateGradient(options: Filled<CgOptions>, context: MethodContext): FittedMethod {
  const { fitted, train } = context;
  const { curvature, tolerance: rtol, iterations, preconditioner, measurement, solver } = options;
  const maxIterations = iterations ?? (solver === 'cg' ? 2 : 4) * Math.max(10, fitted.model.parameterCount);
  const { problem, damping, warnings } = dampedProblem(options, context);
  const operator = shiftedOperator(
    curvature === 'hessian' ? hessianOperator(problem) : ggnOperator(problem),
    damping,
  );
  const solving: SolveRowsOptions = {
    solver,
    rtol,
    maxIterations,
    onFailure: iterations === undefined ? 'throw' : 'return',
    ...(preconditioner === 'none' ? {} : { preconditioner: astraPreconditioner(ekfac(problem), damping) }),
  };
  let seen: CheckedSolutions[] | undefined;
  const attributor = bilinearAttributor({
    fitted,
    train,
    measurement,
    transformQueries: (gradients) => {
      const solved = solveRows(operator, gradients, solving);
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
      iterations: maxIterations,
      preconditioner,
      solver,
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
      `cg: negative curvature in solve ${row}: the damped curvature is indefinite. Raise the damping, solve by minres, or use the GGN.`,
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
