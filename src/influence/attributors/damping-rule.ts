/** @file The defaults that follow the matrix: λ is a tenth of the mean eigenvalue, and a curvature without a rule is damped by it. */
import { datasetSize } from '../../autodiff/dataset.ts';
import { lossHvp } from '../../autodiff/mean-loss.ts';
import { eachSquare } from '../../autodiff/squared-norms.ts';
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import { type FisherType, TYPE_2 } from '../../curvature/fisher.ts';
import { sweepFisher } from '../../curvature/fisher-sweep.ts';
import { type InverseRule, PAPER_RULE } from '../../curvature/inverse-rule.ts';
import { asProblem, type Problem, type ProblemInput } from '../../curvature/problem.ts';
import { checkFiniteNumber, checkOneOf } from '../../linalg/border/arguments.ts';
import { DomainError, SingularError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { LanczosProcess, ritzSearch } from '../../linalg/operators/lanczos-process.ts';
import { rng } from '../../linalg/random/random.ts';

/** λ as a multiple of the mean eigenvalue; kronfluence's choice when none is given, per layer there. */
export const DAMPING_FRACTION = 0.1;

/**
 * tr(G)/D of the Gauss–Newton matrix of the mean loss. Block-GGN and EK-FAC have the same trace.
 *
 * An example's pseudo-gradient in a layer is δ āᵀ, so tr(G) = (1/N) Σ_n Σ_layers ‖ā‖² Σ_y p_y ‖δ_y‖²; no matrix is formed.
 *
 * @param fisher - Which expectation over labels; exact when absent.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} problem or Fisher type are not valid.
 * Cost: one forward sweep, and one backward sweep per pseudo-label. Accuracy as tested: 1e-13 relative to the dense trace.
 * @example meanEigenvalue(problem) * problem.model.parameterCount; // tr(G)
 */
export function meanEigenvalue(given: ProblemInput, fisher: FisherType = TYPE_2): number {
  const problem = asProblem('meanEigenvalue', given);
  let trace = 0;
  sweepFisher('meanEigenvalue', problem, fisher, {}, ({ count, inputs, deltas }) => {
    eachSquare(problem.model, inputs, deltas, count, (_, term) => {
      trace += term;
    });
  });
  return trace / datasetSize(problem.data) / problem.model.parameterCount;
}

/**
 * The default λ of (C + λI)⁻¹.
 *
 * - GGN: λ = 0.1 tr(G)/D.
 * - Hessian: the same plus an upper bound of −σ_min, if that is positive: C + λI must be positive definite. The bound is minus the
 *   Lanczos value, plus its residual (relative tolerance 1e-3), so that λ lies above 0.1 tr(G)/D − σ_min by at most that residual. A
 *   Lanczos run as short as that can settle on another eigenvalue, so it is held against `smallest` or a run to 1e-8, and the lower one counts.
 *
 * @param smallest - σ_min of the Hessian, where it is known.
 * @returns λ > 0, which the results name as their damping.
 * @throws as {@link meanEigenvalue}; {@link SingularError} the trace is 0 in double precision. Cost: that, and for the Hessian at most 100
 * products, 400 where `smallest` is absent.
 * Reference: Grosse et al. 2023, Studying large language model generalization with influence functions (a tenth of the mean
 * eigenvalue, per layer).
 * @example automaticDamping(problem, 'ggn');
 */
export function automaticDamping(
  given: ProblemInput,
  curvature: 'ggn' | 'hessian',
  fisher: FisherType = TYPE_2,
  smallest?: number,
): number {
  checkOneOf('automaticDamping', 'curvature', curvature, ['ggn', 'hessian']);
  if (smallest !== undefined) checkFiniteNumber('automaticDamping', 'smallest', smallest);
  const problem = asProblem('automaticDamping', given);
  const base = positiveDamping('automaticDamping', DAMPING_FRACTION * meanEigenvalue(problem, fisher));
  if (curvature === 'ggn') return base;
  const bound = smallestEigenvalue(problem, 1e-3, 100);
  return base + Math.max(0, -bound, -(smallest ?? smallestEigenvalue(problem, 1e-8, 300)));
}

/** A lower bound of the eigenvalue that Lanczos' method settles on: its value less its residual. */
function smallestEigenvalue(
  { model, loss, theta, data }: Problem,
  rtol: number,
  maxIterations: number,
): number {
  const n = model.parameterCount;
  const product = (v: Vec): Vec => lossHvp(model, loss, theta, data, new Matrix(1, n, v)).data;
  const limit = Math.min(n, maxIterations);
  const process = new LanczosProcess(n, product, limit, rng(0, 'smallest-eigenvalue'));
  const relative = Math.max(rtol, n * Number.EPSILON);
  const { values, bounds } = ritzSearch(process, 1, 'smallest', relative, limit);
  return values[0] - bounds[0];
}

/** How a curvature is inverted: by a rule; by `'paper'`, {@link PAPER_RULE}; or by `'auto'`, a rule that follows the matrix. */
export type RuleChoice = InverseRule | 'auto' | 'paper';

/**
 * A choice as a rule; undefined for `'auto'`, which needs a matrix.
 *
 * @throws {DomainError} another word. Rules themselves are checked where they are used.
 */
export function chosenRule(where: string, choice: RuleChoice): InverseRule | undefined {
  if (choice === 'auto') return undefined;
  if (choice === 'paper') return PAPER_RULE;
  if (typeof choice === 'string')
    throw new DomainError(where, 'rule', "an inverse rule, 'auto' or 'paper'", choice);
  return choice;
}

/**
 * The rule of a curvature that was built before: 1/(σ + λ) with λ = 0.1 · mean|σ| + max(0, −σ_min), by its own spectrum. For a psd
 * curvature that is 0.1 tr(C)/D. Scaling C scales λ with it.
 *
 * @throws {SingularError} every eigenvalue is 0.
 * @example automaticRule(ekfac(problem)); // { kind: 'damped', lambda: 0.1 tr(C)/D }
 */
export function automaticRule({ values }: EigenOperator): InverseRule {
  let total = 0;
  let smallest = 0;
  for (const sigma of values) {
    total += Math.abs(sigma) / values.length;
    smallest = Math.min(smallest, sigma);
  }
  return { kind: 'damped', lambda: positiveDamping('automaticRule', DAMPING_FRACTION * total) - smallest };
}

function positiveDamping(where: string, lambda: number): number {
  if (lambda > 0) return lambda;
  throw new SingularError(
    where,
    lambda,
    'The curvature of the loss is 0 here, the network being certain of every example: no influence can be computed from it.',
  );
}
