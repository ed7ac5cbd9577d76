/** @file Influence functions without a curvature matrix: damped solves by conjugate gradients or MINRES. */
import type { Dataset } from '../../autodiff/dataset.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { ekfac } from '../../curvature/ekfac.ts';
import { ggnOperator, hessianOperator } from '../../curvature/operators.ts';
import { type Check, checkFields, oneOf } from '../../linalg/border/fields.ts';
import { asOperator } from '../../linalg/operators/checked-operator.ts';
import { type LinearOperator, shiftedOperator } from '../../linalg/operators/operator.ts';
import type { Attributor, LayeredAttributor } from '../attributor.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { CHUNKED, nonNegative } from '../option-checks.ts';
import { ITERATION, type RowSolutions, type SolveRowsOptions, solveRows } from '../solvers/solve-rows.ts';
import { asFittedModel, bilinearAttributor } from './bilinear-scores.ts';

export interface IterativeInfluenceOptions extends Omit<SolveRowsOptions, 'preconditioner'> {
  /** Which curvature of the mean training loss; products only, never a matrix. */
  readonly curvature: 'hessian' | 'ggn';
  /** λ ≥ 0 in (C + λI)⁻¹, in the units of the mean-loss curvature. With `solver: 'cg'` an indefinite Hessian needs λ above −min σ. */
  readonly damping: number;
  /**
   * An approximation of (C + λI)⁻¹ for this model and training set; or 'ekfac': (P + λI)⁻¹ with P the EK-FAC of each, built in
   * `fit`. It changes the number of iterations, not the answer.
   */
  readonly preconditioner?: LinearOperator | 'ekfac';
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Default 'hessian-cg' or 'ggn-cg', with 'minres' 'hessian-minres' or 'ggn-minres'. */
  readonly id?: string;
  /** Examples per chunk of gradients, and right-hand sides solved together; see `BilinearMethod`. */
  readonly chunk?: number;
}

const OPTIONS = {
  ...CHUNKED,
  ...ITERATION,
  curvature: oneOf('hessian', 'ggn'),
  damping: nonNegative,
  preconditioner: ((where, argument, value: unknown) => {
    if (typeof value === 'string') oneOf('ekfac')(where, argument, value as never);
    else asOperator(where, argument, value);
  }) as Check,
};

/** Also returns the solves themselves, with their residuals. */
export interface FittedIterativeInfluence extends LayeredAttributor {
  /** x_q = (C + λI)⁻¹ ∇m(z_q), one row per query, with residuals, iterations and status. */
  solve(queries: Dataset): RowSolutions;
}

/** An {@link Attributor} by iterative solves. */
export interface IterativeInfluence extends Attributor {
  fit(...args: Parameters<Attributor['fit']>): FittedIterativeInfluence;
}

/**
 * Influence function by conjugate gradients, or by MINRES: score[q, i] = ∇m(z_q)ᵀ (C + λI)⁻¹ ∇L(z_i) with C the Hessian or the GGN
 * of the mean loss. It agrees with `influenceFunction` under the rule { kind: 'damped', lambda: λ } as far as `rtol`
 * goes: |error of score[q, i]| ≤ rtol ‖∇m(z_q)‖ ‖∇L(z_i)‖ / min |eigenvalue of C + λI|.
 *
 * @returns An attributor. `fit` computes nothing but checks, and the EK-FAC where it is asked for.
 * @throws {DomainError} unknown curvature, measurement or preconditioner, λ < 0. From `fit`: {@link SingularError} an EK-FAC
 * that λ does not make definite. From `score`: {@link ConvergenceError} a solve failed, in particular on
 * negative curvature of an indefinite Hessian by 'cg' (unless `onFailure` is 'return'; then look at `solve`). 'minres' takes it.
 * Cost: per query as many Hessian-vector products as iterations, each of about four gradients of the mean loss; then as
 * `influenceFunction`. Memory: no D × D matrix.
 * Reference: Martens, Deep learning via Hessian-free optimization (2010); Koh & Liang (2017), §3; Paige & Saunders (1975).
 * @example iterativeInfluence({ curvature: 'ggn', damping: 1e-3, preconditioner: 'ekfac' }).fit({ model, loss, theta }, train).score(queries);
 */
export function iterativeInfluence(options: IterativeInfluenceOptions): IterativeInfluence {
  checkFields('iterativeInfluence', options, OPTIONS, 'options', ['curvature', 'damping']);
  const { curvature, damping, measurement = 'loss', id, chunk, preconditioner, ...iteration } = options;
  return {
    id: id ?? `${curvature}-${iteration.solver ?? 'cg'}`,
    measurement,
    fit(fitted, train) {
      ({ fitted, train } = asFittedModel('iterativeInfluence.fit', fitted, train));
      const { model, loss, theta } = fitted;
      const problem = { ...fitted, data: train };
      const damped = shiftedOperator(
        curvature === 'hessian' ? hessianOperator(problem) : ggnOperator(problem),
        damping,
      );
      const solver: SolveRowsOptions = {
        ...iteration,
        ...(preconditioner === undefined
          ? {}
          : {
              preconditioner:
                preconditioner === 'ekfac'
                  ? ekfac(problem).inverse({ kind: 'damped', lambda: damping })
                  : preconditioner,
            }),
      };
      const scores = bilinearAttributor({
        fitted,
        train,
        measurement,
        transformQueries: (gradients) => solveRows(damped, gradients, solver).x,
        ...(chunk === undefined ? {} : { chunk }),
      });
      const f = measurementFunction(measurement, loss);
      return {
        ...scores,
        solve: (queries) => solveRows(damped, perExampleGradients(model, f, theta, queries), solver),
      };
    },
  };
}
