/** @file Labels, targets and weights of examples with several output positions. */
import type { Vec } from '../../linalg/matrix.ts';
import type { Dataset } from '../dataset-types.ts';
import type { Tape } from '../tape.ts';
import type { TapeNode } from '../tape-node.ts';

/**
 * Answers and weights of some examples, position-major: position s of example b in column s·batch + b. A label of weight 0 counts for
 * nothing and may be no class: 0 stands in its place.
 *
 * @param chosen - Indices of the examples, [batch]. @param answers - Receives labels [1, positions · batch], or targets
 * [outputs, positions · batch]. @param weights - Receives the weights, [1, positions · batch].
 */
export function gatherPositions(
  data: Dataset,
  chosen: Vec,
  positions: number,
  answers: Vec,
  weights: Vec,
): void {
  const { length: batch } = chosen;
  for (let s = 0, k = 0; s < positions; s++)
    for (let b = 0; b < batch; b++, k++)
      weights[k] = data.weights === undefined ? 1 / positions : data.weights.at(chosen[b], s);
  if ('labels' in data)
    for (let s = 0, k = 0; s < positions; s++)
      for (let b = 0; b < batch; b++, k++)
        answers[k] = weights[k] === 0 ? 0 : data.labels[chosen[b] * positions + s];
  else {
    const outputs = data.targets.cols / positions;
    for (let c = 0, k = 0; c < outputs; c++)
      for (let s = 0; s < positions; s++)
        for (let b = 0; b < batch; b++, k++) answers[k] = data.targets.at(chosen[b], s * outputs + c);
  }
}

/** Σ_s w[s, n] x[0, s·batch + n] per example n. @param weights - w, [positions, batch]. */
export function weightedSum(tape: Tape, x: TapeNode, weights: TapeNode): TapeNode {
  const { rows, cols } = weights;
  return tape.apply('weighted-sum', [tape.apply('reshape', [x], { rows, cols }), weights]);
}
