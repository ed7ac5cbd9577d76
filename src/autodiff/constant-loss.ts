/** @file The loss of a network that knows the answers but no inputs: training that ends far above it has diverged. */
import { Matrix } from '../linalg/matrix.ts';
import { transpose } from '../linalg/products.ts';
import { type Dataset, datasetSize, selectExamples } from './dataset.ts';
import { asLoss, type Loss } from './functions.ts';
import { withAnswers } from './losses/loss.ts';
import type { Network } from './network.ts';
import { recordAnswers, tapeFor } from './record-answers.ts';

/** The mean loss of the best constant prediction that needs no fit: equal probabilities, or the mean target. */
export function constantLoss(
  { outputs, outputPositions }: Pick<Network, 'outputs' | 'outputPositions'>,
  loss: Loss,
  data: Dataset,
): number {
  if (outputPositions > 1 || data.weights !== undefined)
    return constantPositionLoss(outputs, outputPositions, loss, data);
  const definition = asLoss('constantLoss', 'loss', loss);
  const best = withAnswers(
    definition,
    data,
    (of, labels) => of.constantOutputs(outputs, labels),
    (of, targets) => of.constantOutputs(outputs, targets),
  );
  const n = datasetSize(data);
  const tape = tapeFor(definition);
  const u = tape.input(outputs, n);
  const answers = recordAnswers(tape, outputs, loss, n);
  const mean = tape.mean(tape.example(loss, u, answers));
  const program = tape.compile(mean, { wrt: 'nothing' });
  for (let c = 0; c < outputs; c++) program.value(u).row(c).fill(best[c]);
  program.value(answers).data.set('labels' in data ? data.labels : transpose(data.targets).data);
  program.forward();
  return program.value(mean).data[0];
}

/** The same at several output positions: each is an example of its weight. */
function constantPositionLoss(outputs: number, positions: number, loss: Loss, data: Dataset): number {
  const n = datasetSize(data);
  const weights = data.weights?.data ?? new Float64Array(n * positions).fill(1 / positions);
  const counting = Int32Array.from(weights.keys()).filter((k) => weights[k] > 0);
  const inputs = new Matrix(n * positions, 1);
  const each = selectExamples(
    'labels' in data
      ? { inputs, labels: data.labels }
      : { inputs, targets: new Matrix(n * positions, outputs, data.targets.data) },
    counting,
  );
  const total = counting.reduce((sum, k) => sum + weights[k], 0);
  return counting.length === 0 ? 0 : (constantLoss({ outputs, outputPositions: 1 }, loss, each) * total) / n;
}
