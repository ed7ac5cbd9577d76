/** @file Training with a weight on every example, written as plainly as possible: the witness for the derivative of training. */
import type {
  AdamW,
  AnyTrainingConfig,
  Dataset,
  ExampleFunction,
  Loss,
  Network,
} from '../../../src/autodiff/index.ts';
import { exampleValues, initialise, Mlp, perExampleGradients } from '../../../src/autodiff/index.ts';
import type { Vec } from '../../../src/linalg/index.ts';
import { rng } from '../../../src/linalg/index.ts';
import { answerOf, naive } from '../../autodiff/naive.ts';

export interface WeightedRun {
  readonly model: Network;
  readonly loss: Loss;
  readonly data: Dataset;
  readonly config: AnyTrainingConfig;
  readonly seed: number;
  readonly path?: readonly (string | number)[];
  readonly subset?: readonly number[];
}

/** θ after SGD or AdamW on (1/B) Σ w_i ℓ_i, example by example: batches and rates by their definitions, the streams by their names. */
export function trainWeighted(run: WeightedRun, weights: ArrayLike<number>): Vec {
  const { model, data, config, seed, path = [] } = run;
  const subset = run.subset ?? Array.from({ length: data.inputs.rows }, (_, i) => i);
  const theta = initialise(model, config.initialisation, rng(seed, ...path, 'init'));
  const [velocity, squares] = [new Float64Array(theta.length), new Float64Array(theta.length)];
  const { batch, epochs, momentum = 0, weightDecay = 0, dropLast } = config;
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = Array.from(
      rng(seed, ...path, 'shuffle', epoch).permutation(subset.length),
      (i) => subset[i],
    );
    const cosine = config.schedule === 'cosine' ? (1 + Math.cos((Math.PI * epoch) / epochs)) / 2 : 1;
    for (let start = 0; start < order.length; start += batch) {
      const chosen = order.slice(start, start + batch);
      if (dropLast && chosen.length < batch && start > 0) continue;
      const g = theta.map((x) => weightDecay * x);
      for (const i of chosen) {
        const gradient = gradientOf(run, theta, i);
        for (let d = 0; d < g.length; d++) g[d] += (weights[i] * gradient[d]) / chosen.length;
      }
      step++;
      if (config.optimiser !== undefined)
        adamwStep(config.optimiser as AdamW, step, config.learningRate * cosine, g, velocity, squares, theta);
      else
        for (let d = 0; d < g.length; d++) {
          velocity[d] = momentum * velocity[d] + g[d];
          theta[d] -= config.learningRate * cosine * velocity[d];
        }
    }
  }
  return theta;
}

/** The t-th step as the paper has it. */
function adamwStep(
  { beta1, beta2, epsilon, weightDecay }: AdamW,
  t: number,
  rate: number,
  g: Vec,
  m: Vec,
  v: Vec,
  theta: Vec,
): void {
  for (let d = 0; d < g.length; d++) {
    m[d] = beta1 * m[d] + (1 - beta1) * g[d];
    v[d] = beta2 * v[d] + (1 - beta2) * g[d] ** 2;
    const size = Math.sqrt(v[d] / (1 - beta2 ** t)) + epsilon;
    theta[d] -= rate * weightDecay * theta[d] + (rate * m[d]) / (1 - beta1 ** t) / size;
  }
}

/** Networks that are no plain MLP have no witness of their own here: their gradients and values are the library's, which other tests hold against theirs. */
const isPlain = (model: Network): model is Mlp =>
  model instanceof Mlp && !model.tied && model.options.bias.every(Boolean);

function gradientOf({ model, loss, data }: WeightedRun, theta: Vec, i: number): Vec {
  if (isPlain(model)) return naive(model, loss, theta, data.inputs.row(i), answerOf(data, i)).gradient;
  return perExampleGradients(model, loss, theta, data, i, i + 1).row(0);
}

/** m of every query at θ. */
export function measure({ model }: WeightedRun, f: ExampleFunction, theta: Vec, queries: Dataset): number[] {
  if (!isPlain(model)) return Array.from(exampleValues(model, f, theta, queries));
  return Array.from(
    { length: queries.inputs.rows },
    (_, q) => naive(model, f, theta, queries.inputs.row(q), answerOf(queries, q)).value,
  );
}
