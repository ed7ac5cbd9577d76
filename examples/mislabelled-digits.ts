/**
 * @file Finds wrong labels: flips the labels of 5 % of the digits, trains on them, and ranks every training image by
 * self-influence under EK-FAC. Run it from a checkout: npx tsx examples/mislabelled-digits.ts
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Trainer } from '../src/autodiff/index.ts';
import { influenceFunction, Matrix, Mlp, rng } from '../src/index.ts';
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
const model = new Mlp([64, 16, 10], 'tanh');
const trainer = new Trainer(model, 'cross-entropy', train, {
  epochs: 20,
  batch: 32,
  learningRate: 0.03,
  momentum: 0.9,
  weightDecay: 1e-3,
  schedule: 'cosine',
  initialisation: 'torch',
  dropLast: true,
});
const theta = trainer.train({ seed: 0 });

const attributor = influenceFunction({ curvature: 'ekfac', rule: { kind: 'damped', lambda: 1e-2 } });
const self = attributor.fit({ model, loss: 'cross-entropy', theta }, train).selfInfluence();
const ranked = [...self.keys()].sort((a, b) => self[b] - self[a]);

console.log(`${flipped.size} of ${n} labels are wrong. Looking at the images of highest self-influence:`);
for (const looked of [45, 90, 180, 360]) {
  const found = ranked.slice(0, looked).filter((i) => flipped.has(i)).length;
  console.log(
    `  first ${String(looked).padStart(3)}: ${String(found).padStart(2)} wrong labels found (${((100 * found) / flipped.size).toFixed(0)} % of all)`,
  );
}
