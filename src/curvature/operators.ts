/** @file Hessian and GGN as products only: for networks whose matrix would not fit, and for iterative solvers. */
import { lossGgnvp, lossHvp } from '../autodiff/mean-loss.ts';
import { functionOperator, type LinearOperator } from '../linalg/operators/operator.ts';
import { asProblem, type ProblemInput } from './problem.ts';

/**
 * v ↦ H v with H = (1/N) Σ ∇²L, forward over reverse; H is never formed.
 *
 * @param problem - Kept by reference: θ and data must not change while the operator is used.
 * @returns a symmetric operator of size D. Throws as {@link hessianMatrix}.
 * Cost per vector: about four gradients of the mean loss; vectors given together share the forward sweep.
 * Reference: Pearlmutter 1994, Fast exact multiplication by the Hessian.
 * @example hessianOperator(problem).matvec(direction);
 */
export function hessianOperator(problem: ProblemInput): LinearOperator {
  const { model, loss, theta, data } = asProblem('hessianOperator', problem);
  return functionOperator(
    model.parameterCount,
    (rows) => lossHvp(model, loss, theta, data, rows),
    'symmetric',
  );
}

/**
 * v ↦ G v with the GGN G = (1/N) Σ Jᵀ ∇²_u L J; G is never formed.
 *
 * @param problem - Kept by reference: θ and data must not change while the operator is used.
 * @returns a positive semidefinite operator of size D. Throws as {@link ggnMatrix}.
 * Cost per vector: about three gradients of the mean loss.
 * Reference: Schraudolph 2002, Fast curvature matrix-vector products for second-order gradient descent, §3.
 * @example ggnOperator(problem).matvec(direction);
 */
export function ggnOperator(problem: ProblemInput): LinearOperator {
  const { model, loss, theta, data } = asProblem('ggnOperator', problem);
  return functionOperator(model.parameterCount, (rows) => lossGgnvp(model, loss, theta, data, rows), 'psd');
}
