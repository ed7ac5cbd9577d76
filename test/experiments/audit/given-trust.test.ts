/** @file `audit` with a network of one's own, trained again: trust and --verify of a linear model beside least squares in closed form; the usual trainings. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { Mlp, Trainer, writeTorchParameters } from '../../../src/autodiff/index.ts';
import { type AuditFile, AuditSchema } from '../../../src/experiments/audit/audit-json.ts';
import {
  automaticDamping,
  drawSubsets,
  influenceFunction,
  linearDatamodellingScore,
} from '../../../src/influence/index.ts';
import { leastSquares, Matrix, rng } from '../../../src/linalg/index.ts';
import { writeSafetensors } from '../../../src/linalg/io/index.ts';
import { command, type Run } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => path.join(folder, ...names);
const written = (out: string): AuditFile =>
  v.parse(AuditSchema, JSON.parse(readFileSync(at(out, 'audit.json'), 'utf8')));
const [N, HELD, D, HALVES] = [60, 30, 3, 12];

interface Rows {
  readonly inputs: Matrix;
  readonly target: Float64Array;
}

function rows(n: number, name: string): Rows {
  const random = rng(2, 'given-trust', name);
  const inputs = new Matrix(n, D, random.fillNormal(new Float64Array(n * D)));
  const target = Float64Array.from({ length: n }, (_, i) => 2 * inputs.at(i, 0) - inputs.at(i, 1) + 1 + random.normal()); // biome-ignore format: one formula
  return { inputs, target };
}

const csv = ({ inputs, target }: Rows): string =>
  `a,b,c,t\n${Array.from(target, (t, i) => [...inputs.row(i), t].join(',')).join('\n')}\n`;

/** Least squares with an intercept on some rows: weights, then the intercept. */
function fit({ inputs, target }: Rows, of: readonly number[]): Float64Array {
  const design = new Matrix(of.length, D + 1, Float64Array.from(of.flatMap((i) => [...inputs.row(i), 1])));
  return leastSquares(
    design,
    Float64Array.from(of, (i) => target[i]),
  ).x;
}

const off = ({ inputs, target }: Rows, theta: Float64Array): Float64Array =>
  target.map((t, i) => Math.abs(inputs.row(i).reduce((sum, x, j) => sum + x * theta[j], theta[D]) - t));
const mean = (x: Float64Array): number => x.reduce((sum, value) => sum + value, 0) / x.length;

const train = rows(N, 'train');
for (const i of [5, 20, 33]) train.target[i] += 12;
const held = rows(HELD, 'held');
const everyone = [...train.target.keys()];
const model = new Mlp([D, 1], 'tanh');
const theta = fit(train, everyone);
/** All rows in one batch, to the minimum. */
const EXACTLY = ['--optimiser', 'sgd', '--lr', '0.1', '--momentum', '0.9', '--epochs', '400', '--schedule', 'constant', '--batch', String(N)]; // biome-ignore format: one line

const audit = (out: string, ...more: string[]): Promise<Run> =>
  command('audit', at('train.csv'), '--target', 't', '--params', at('net.safetensors'), '--activation', 'tanh', '--workers', '1', '--out', at(out), ...more); // biome-ignore format: one line

beforeAll(() => {
  writeFileSync(at('train.csv'), csv(train));
  writeFileSync(at('held.csv'), csv(held));
  writeFileSync(at('net.safetensors'), writeSafetensors(writeTorchParameters(model, theta)));
});

describe('a linear model, trained as is said', () => {
  test('trust is the LDS of influence against least squares on the same halves', async () => {
    const { code, stderr, stdout } = await audit('exact', '--held-out', at('held.csv'), '--halves', String(HALVES), ...EXACTLY); // biome-ignore format: one call
    expect(code, stderr).toBe(0);
    const data = { inputs: train.inputs, targets: new Matrix(N, 1, train.target) };
    const queries = { inputs: held.inputs, targets: new Matrix(HELD, 1, held.target) };
    const fitted = { model, loss: 'squared-error', theta } as const;
    const lambda = automaticDamping({ ...fitted, data }, 'ggn');
    const scores = influenceFunction({ curvature: 'ekfac', rule: { kind: 'damped', lambda }, measurement: 'absolute-error' }).fit(fitted, data).score(queries); // biome-ignore format: one call
    const subsets = drawSubsets(N, 0.5, HALVES, 0);
    const outcomes = new Matrix(HALVES, HELD);
    for (const [k, kept] of subsets.entries()) outcomes.row(k).set(off(held, fit(train, [...kept])));
    const { mean: lds, bca } = linearDatamodellingScore({ scores, subsets, outcomes, seed: 0 });
    const { trust } = written('exact');
    expect(lds).toBeGreaterThan(0.5);
    expect(trust.lds).toBeCloseTo(lds, 10);
    expect(trust.ci[0]).toBeCloseTo(bca[0], 10);
    expect(trust.ci[1]).toBeCloseTo(bca[1], 10);
    expect(trust.ceiling).toBeCloseTo(1, 6); // training to the minimum has no noise
    const training = `trained ${2 * HALVES} times from fresh initialisations, 2 times on each of ${HALVES} random halves of its rows, by SGD with momentum 0.9, 400 passes in batches of 60 (all rows where there are fewer), learning rate 0.1 (as you say), and asked about 30 rows held out`;
    expect(trust.training).toContain(training);
    expect(stdout).toContain(training);
    expect(readFileSync(at('exact', 'report.html'), 'utf8')).toContain(training);
    expect(trust.warnings.join(' ')).not.toContain('Nothing was trained');
    // continued: nothing is trained again
    const again = await audit('exact', '--held-out', at('held.csv'), '--halves', String(HALVES), ...EXACTLY, '--json'); // biome-ignore format: one call
    expect(again.code).toBe(0);
    expect(written('exact').trust).toEqual(trust);
  }, 60_000);

  test('--verify: changes are those of least squares without the rows, and with the suggested answers', async () => {
    const k = 3;
    const { code, stderr, stdout } = await audit('verified', '--held-out', at('held.csv'), '--halves', '0', '--verify', String(k), '--seeds', '2', ...EXACTLY); // biome-ignore format: one call
    expect(code, stderr).toBe(0);
    const { verified, issues } = written('verified');
    const labels = issues.filter(({ kind }) => kind === 'label').slice(0, k);
    const top = labels.map(({ row }) => row);
    expect([...top].sort((a, b) => a - b)).toEqual([5, 20, 33]);
    const before = mean(off(held, theta));
    const change = (of: Rows, kept: number[]): number => mean(off(held, fit(of, kept))) - before;
    const without = change(
      train,
      everyone.filter((i) => !top.includes(i)),
    );
    const target = train.target.slice();
    for (const { row, suggested } of labels) target[row] = Number(suggested);
    expect(verified?.k).toBe(k);
    expect(verified?.removed.loss.value).toBeCloseTo(without, 8);
    expect(verified?.relabelled?.loss.value).toBeCloseTo(change({ ...train, target }, everyone), 8);
    expect(without).toBeLessThan(0);
    const printed = /^verified: the loss on the rows held out changes by (\S+) ± \S+ without the 3 most doubtful rows, by (\S+) ± \S+ with the suggested answers there, by \S+ ± \S+ without 3 random rows$/m.exec(stdout); // biome-ignore format: one line
    expect(printed?.slice(1)).toEqual([
      verified?.removed.loss.value.toPrecision(3),
      verified?.relabelled?.loss.value.toPrecision(3),
    ]);
    expect(verified?.removed.predicted).toBeLessThan(0);
    expect(verified?.random.loss.value).toBeGreaterThan(without);
    expect(readFileSync(at('verified', 'report.html'), 'utf8')).toMatch(
      /What retraining said[\s\S]*from 2 fresh initialisations each, by SGD/,
    );
  }, 60_000);
});

test('nobody says how: the usual training that ends nearest, said on the page; without rows held out by its own rows', async () => {
  const random = rng(4, 'given-trust', 'classes');
  const n = 120;
  const inputs = new Matrix(n, 2, random.fillNormal(new Float64Array(2 * n)));
  const labels = Int32Array.from({ length: n }, (_, i) => Number(inputs.at(i, 0) * inputs.at(i, 1) > 0));
  for (const i of [7, 50, 90]) labels[i] = 1 - labels[i];
  const network = new Mlp([2, 8, 2], 'tanh');
  const trainer = new Trainer(network, 'cross-entropy', { inputs, labels }, { epochs: 100, batch: 20, learningRate: 0.05, momentum: 0.9 }); // biome-ignore format: one call
  writeFileSync(at('two.safetensors'), writeSafetensors(writeTorchParameters(network, trainer.train({ seed: 1 })))); // biome-ignore format: one call
  writeFileSync(at('two.csv'), `a,b,y\n${Array.from(labels, (y, i) => [...inputs.row(i), y].join(',')).join('\n')}\n`); // biome-ignore format: one call
  const { code, stderr } = await command('audit', at('two.csv'), '--target', 'y', '--params', at('two.safetensors'), '--activation', 'tanh', '--halves', '20', '--workers', '1', '--out', at('two')); // biome-ignore format: one call
  expect(code, stderr).toBe(0);
  const { trust } = written('two');
  expect(trust.training).toMatch(
    /40 times .* by (SGD|AdamW).*how it was trained is not known; of 4 usual trainings this one ends nearest to it: mean loss [\d.]+ on all rows, its own [\d.]+\), and asked about 64 of its own rows/,
  );
  expect(trust.lds).toBeGreaterThan(0.2);
  expect(trust.ci[0]).toBeGreaterThan(0);
  expect(readFileSync(at('two', 'report.html'), 'utf8')).toContain('how it was trained is not known');
}, 120_000);

test('a network that no usual training comes near: said', async () => {
  const odd = new Mlp([D, 1], 'tanh');
  const far = theta.map((x) => 40 * x + 7);
  writeFileSync(at('odd.safetensors'), writeSafetensors(writeTorchParameters(odd, far)));
  const { code, stderr } = await command('audit', at('train.csv'), '--target', 't', '--params', at('odd.safetensors'), '--activation', 'tanh', '--halves', '4', '--workers', '1', '--out', at('odd')); // biome-ignore format: one call
  expect(code, stderr).toBe(0);
  expect(written('odd').trust.warnings.join(' ')).toContain('No usual training ends near this network');
}, 60_000);
