/** @file Traces of the Gauss–Newton matrices of single examples. */
import { datasetSize } from '../autodiff/dataset.ts';
import { eachSquare } from '../autodiff/squared-norms.ts';
import { checkFisher, type FisherType, TYPE_2 } from './fisher.ts';
import { sweepFisher } from './fisher-sweep.ts';
import { asProblem, type ProblemInput } from './problem.ts';

/**
 * tr(G_i) = Σ_layers ‖ā‖² Σ_y p_y ‖δ_y‖² per example, shape [N]: G is their mean. Bounds ‖G_i‖₂ from above, by a factor of at most the
 * number of outputs.
 *
 * @param fisher - Which expectation over labels; exact when absent.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} problem or Fisher type are not valid.
 * Cost: one forward sweep, and one backward sweep per pseudo-label. Accuracy as tested: 1e-13 relative to dense traces.
 * @example Math.max(...exampleTraces(problem)); // of the steepest example
 */
export function exampleTraces(given: ProblemInput, fisher: FisherType = TYPE_2): Float64Array {
  checkFisher('exampleTraces', fisher);
  const problem = asProblem('exampleTraces', given);
  const traces = new Float64Array(datasetSize(problem.data));
  sweepFisher('exampleTraces', problem, fisher, {}, ({ count, inputs, deltas }, { start }) => {
    eachSquare(problem.model, inputs, deltas, count, (n, term) => {
      traces[start + n] += term;
    });
  });
  return traces;
}
