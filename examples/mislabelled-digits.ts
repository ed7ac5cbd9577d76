/**
 * @file Finds wrong labels: flips the labels of 5 % of the digits and ranks every image by two signals. Self-influence under EK-FAC asks one
 * network that learnt from all images how much each holds its own label up. Out of fold, networks that did not see an image say how probable
 * its label is: the signal of `eigenfluence audit`. Run it from a checkout: npx tsx examples/mislabelled-digits.ts
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Trainer, type TrainingConfig } from '../src/autodiff/index.ts';
import { influenceFunction, Matrix, Mlp, rng } from '../src/index.ts';
import { labelScores, networkPredictor, outOfFold } from '../src/influence/index.ts';
import { readCsv } from '../src/linalg/io/index.ts';

const table = readCsv(
  gunzipSync(readFileSync(new URL('../data/digits.csv.gz', import.meta.url))).toString(),
).values;
const n = table.rows;
const inputs = new Matrix(n, 64);
const labels = new Int32Array(n);
for (let i = 0; i < n; i++) {
  const row = table.row(i);
  inputs.row(i).set(row.subarray(0, 64).map((pixel) => pixel / 8 - 1)); // pixels 0..16 → −1..1
  labels[i] = row[64];
}

const noise = rng(0, 'flip');
const flipped = new Set(noise.subset(n, Math.round(0.05 * n)));
for (const i of flipped) labels[i] = (labels[i] + 1 + noise.integer(9)) % 10;

const train = { inputs, labels };
const config: TrainingConfig = {
  epochs: 20,
  batch: 32,
  learningRate: 0.03,
  momentum: 0.9,
  weightDecay: 1e-3,
  schedule: 'cosine',
  initialisation: 'torch',
  dropLast: true,
};

// one network, 16 hidden units, and its curvature
const model = new Mlp([64, 16, 10], 'tanh');
const theta = new Trainer(model, 'cross-entropy', train, config).train({ seed: 0 });
const attributor = influenceFunction({ curvature: 'ekfac', rule: { kind: 'damped', lambda: 1e-2 } });
const self = attributor.fit({ model, loss: 'cross-entropy', theta }, train).selfInfluence();

// twenty networks, 128 hidden units: four times five folds, each image judged by those that did not see it
const wide = new Trainer(new Mlp([64, 128, 10], 'relu'), 'cross-entropy', train, {
  ...config,
  weightDecay: 3e-3,
});
const { mean } = outOfFold({ examples: n, labels, folds: 5, repeats: 4, predict: networkPredictor(wide) });
const doubted = labelScores(mean, labels);

const rankings = {
  'self-influence': [...self.keys()].sort((a, b) => self[b] - self[a]),
  'out of fold': [...doubted.ranked],
};
console.log(`${flipped.size} of ${n} labels are wrong. Wrong ones among the first:`);
for (const [name, ranked] of Object.entries(rankings)) {
  const found = [45, 90, 180, 360].map((looked) => {
    const wrong = ranked.slice(0, looked).filter((i) => flipped.has(i)).length;
    return `${wrong} of ${looked}`;
  });
  console.log(`  ${name.padEnd(14)} ${found.join(', ')}`);
}
const right = [...flipped].filter((i) => doubted.suggested[i] === table.row(i)[64]).length;
console.log(`For ${right} of the ${flipped.size} the networks suggest the label that was there before.`);
