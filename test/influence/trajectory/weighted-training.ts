/** @file Training with a weight on every example, written as plainly as possible: the witness for the derivative of training. */
import type { Dataset, ExampleFunction, Loss, Network, TrainingConfig } from '../../../src/autodiff/index.ts';
import { exampleValues, initialise, Mlp, perExampleGradients } from '../../../src/autodiff/index.ts';
import type { Vec } from '../../../src/linalg/index.ts';
import { rng } from '../../../src/linalg/index.ts';
import { answerOf, naive } from '../../autodiff/naive.ts';

export interface WeightedRun {
  readonly model: Network;
  readonly loss: Loss;
  readonly data: Dataset;
  readonly config: TrainingConfig;
  readonly seed: number;
  readonly path?: readonly (string | number)[];
  readonly subset?: readonly number[];
}

/** θ after SGD on (1/B) Σ w_i ℓ_i, example by example: batches and rates by their definitions, the streams by their names. */
export function trainWeighted(run: WeightedRun, weights: ArrayLike<number>): Vec {
  const { model, data, config, seed, path = [] } = run;
  const subset = run.subset ?? Array.from({ length: data.inputs.rows }, (_, i) => i);
  const theta = initialise(model, config.initialisation, rng(seed, ...path, 'init'));
  const velocity = new Float64Array(theta.length);
  const { batch, epochs, momentum, weightDecay, dropLast } = config;
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
      for (let d = 0; d < g.length; d++) {
        velocity[d] = momentum * velocity[d] + g[d];
        theta[d] -= config.learningRate * cosine * velocity[d];
      }
    }
  }
  return theta;
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
