/**
 * @file The random part of network-training.py: reads runs from standard input, writes the initial parameters by name and the order of the
 * examples in every epoch, as Trainer documents its streams.
 */
import { readFileSync } from 'node:fs';
import { initialise } from '../../src/autodiff/index.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { TRAINED_NETWORKS } from '../helpers/trained-networks.ts';

interface Run {
  readonly network: string;
  readonly seed: number;
  readonly epochs: number;
  readonly examples: number;
}

const runs = JSON.parse(readFileSync(0, 'utf8')) as Run[];
const streams = runs.map(({ network, seed, epochs, examples }) => {
  const model = TRAINED_NETWORKS[network]();
  const theta = initialise(model, 'torch', rng(seed, 'init'));
  const init = Array.from(model.toTensors(theta), ([name, { shape, data }]) => [
    name,
    { shape, data: Array.from(data) },
  ]);
  const orders = Array.from({ length: epochs }, (_, epoch) =>
    Array.from(rng(seed, 'shuffle', epoch).permutation(examples)),
  );
  return { init: Object.fromEntries(init), orders };
});
console.log(JSON.stringify(streams));
