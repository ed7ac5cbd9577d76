/**
 * @file The random part of training, for training.py: reads runs from standard input, writes the initial parameters (in
 * PyTorch's order) and the order of the examples in every epoch, as Trainer documents its streams.
 */
import { readFileSync } from 'node:fs';
import { type Initialisation, initialise } from '../../src/autodiff/initialise.ts';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { toTorchOrder } from '../../src/autodiff/torch-order.ts';
import { rng } from '../../src/linalg/random/random.ts';

interface Run {
  readonly sizes: number[];
  readonly seed: number;
  readonly path: (string | number)[];
  readonly subset: number[];
  readonly epochs: number;
  readonly initialisation: Initialisation;
}

const runs = JSON.parse(readFileSync(0, 'utf8')) as Run[];
const streams = runs.map(({ sizes, seed, path, subset, epochs, initialisation }) => {
  const model = new Mlp(sizes, 'tanh');
  const theta = initialise(model, initialisation, rng(seed, ...path, 'init'));
  const orders = Array.from({ length: epochs }, (_, epoch) =>
    Array.from(rng(seed, ...path, 'shuffle', epoch).permutation(subset.length), (i) => subset[i]),
  );
  return { init: Array.from(toTorchOrder(model, theta)), orders };
});
console.log(JSON.stringify(streams));
