/** @file Weights of classes as weights of examples. */
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkNonNegative, checkShape } from '../linalg/checks.ts';
import { DomainError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { asExamples, type Dataset, type DatasetInput } from './dataset.ts';

/**
 * The data set whose losses are those of PyTorch's `weight=` for each class, example by example:
 *
 * - labels: w_n = c_y, so that ℓ_n = −c_y log p_y. Of several output positions each has its own: w_nt c_y.
 * - rows q of probabilities, for `softCrossEntropy`: −Σ_k c_k q_k log p_k is w_n = Σ c_k q_k times the loss at c ⊙ q / w_n.
 * - targets [n, 1] in [0, 1], for `binaryCrossEntropy` with one output: likewise with (1 − t, t); c = [1, p] is `pos_weight` = p.
 *
 * Weights that the data have are multiplied. The mean loss stays (1/N) Σ w_n ℓ_n. PyTorch's CrossEntropyLoss(weight) of labels divides by
 * Σ c_y instead: its mean is ours times N / Σ c_y, so that weights scaled to a mean of 1 over the examples give its numbers.
 *
 * @param classWeights - c, one number ≥ 0 per class. @returns a new data set; inputs are held by reference.
 * @throws {DomainError} a label or number of probabilities without a weight, a negative weight. Not checked: that targets are probabilities.
 * @example weightClasses({ inputs, labels: Int32Array.of(0, 1) }, [1, 5]).weights; // [[1], [5]]
 */
export function weightClasses(data: DatasetInput, classWeights: VectorInput): Dataset {
  const where = 'weightClasses';
  const examples = asExamples(where, 'data', data);
  const c = asVector(where, 'classWeights', classWeights);
  for (const [k, weight] of c.entries()) checkNonNegative(where, `classWeights[${k}]`, weight);
  if (!('labels' in examples))
    return weightTargets(where, examples.inputs, examples.targets, examples.weights, c);
  const { inputs, labels, weights } = examples;
  const positions = labels.length / Math.max(1, inputs.rows);
  if (weights !== undefined) checkShape(where, 'data.weights', weights, inputs.rows, positions);
  const out = new Matrix(inputs.rows, positions);
  for (const [k, y] of labels.entries()) {
    const own = weights === undefined ? 1 / positions : weights.data[k];
    if (own === 0) continue;
    if (!(y >= 0 && y < c.length)) throw new DomainError(where, `labels[${k}]`, `in 0..${c.length - 1}`, y);
    out.data[k] = own * c[y];
  }
  return { inputs, labels, weights: out };
}

/** The same of probabilities, of a single one with its complement. */
function weightTargets(
  where: string,
  inputs: Matrix,
  targets: Matrix,
  weights: Matrix | undefined,
  c: Vec,
): Dataset {
  const binary = targets.cols === 1 && c.length === 2;
  if (!binary) checkShape(where, 'data.targets', targets, targets.rows, c.length);
  if (weights !== undefined) checkShape(where, 'data.weights', weights, targets.rows, 1);
  const out = new Matrix(targets.rows, 1);
  const moved = targets.clone();
  for (let n = 0; n < targets.rows; n++) {
    const q = moved.row(n);
    const shares = q.map((x, k) => c[binary ? 1 : k] * x);
    const total = binary ? c[0] * (1 - q[0]) + shares[0] : shares.reduce((sum, x) => sum + x, 0);
    if (total > 0) q.set(shares.map((x) => x / total));
    out.data[n] = total * (weights === undefined ? 1 : weights.data[n]);
  }
  return { inputs, targets: moved, weights: out };
}
