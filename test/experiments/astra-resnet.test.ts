/** @file The ASTRA experiment on a convolutional network: its gradients and solves beside those of the library, which sweep tangents. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ClassificationData, perExampleGradients } from '../../src/autodiff/index.ts';
import { ekfac, ggnMatrix } from '../../src/curvature/index.ts';
import { judgeAstraClaims } from '../../src/experiments/astra/astra-claims.ts';
import { type Frame, gradientFrame, labelGradients } from '../../src/experiments/astra/frame.ts';
import { type AstraMethod, variantsOf } from '../../src/experiments/astra/method.ts';
import { settingSets, storedProblem, trainNetwork } from '../../src/experiments/astra/network.ts';
import { ASTRA_EXPERIMENT } from '../../src/experiments/astra/run-astra.ts';
import { type ScoredNetwork, scoreQueries } from '../../src/experiments/astra/scores.ts';
import { ASTRA_PROFILES, astraSetting } from '../../src/experiments/astra/setting.ts';
import { curvatureOf, exactSolutions } from '../../src/experiments/astra/system.ts';
import { astraSeries, scoresTask } from '../../src/experiments/astra/tasks.ts';
import { runExperiment } from '../../src/experiments/engine/experiment.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import { once } from '../../src/experiments/engine/once.ts';
import { silentProgress } from '../../src/experiments/engine/progress.ts';
import { Store } from '../../src/experiments/engine/store.ts';
import { matrixOf } from '../../src/experiments/engine/stored-array.ts';
import { loadEmoji } from '../../src/experiments/protocol/data/emoji.ts';
import { resnet9 } from '../../src/experiments/protocol/resnet9.ts';
import { openSeries, seriesBank } from '../../src/experiments/protocol/retraining-series.ts';
import {
  ldsOverNetworks,
  measurementFunction,
  networkInterval,
  networksDifference,
  outcomeMeans,
} from '../../src/influence/index.ts';
import { Matrix, matmul, syrk } from '../../src/linalg/index.ts';
import { relativeError } from '../helpers/close.ts';
import { patience } from '../helpers/patience.ts';
import { temporaryFolder } from './temporary-folder.ts';

const golden = JSON.parse(
  readFileSync(new URL('../reference/emoji-resnet.json', import.meta.url), 'utf8'),
) as {
  readonly theta: readonly number[];
  readonly train: readonly number[];
  readonly query: readonly number[];
  readonly dampings: readonly number[];
  readonly trace: number;
  readonly dot: readonly number[];
  readonly exact: readonly (readonly number[])[];
};

const setting = astraSetting('emoji-smoke', 0);
const [damping] = setting.dampings;
const Q = setting.draw.queries;

let network: ScoredNetwork & { readonly frame: () => Frame };
beforeAll(() => {
  const stored = trainNetwork(setting, 0, undefined);
  const problem = storedProblem(setting, stored, undefined);
  const { measurement, fisher } = setting;
  network = {
    setting,
    folder: undefined,
    problem,
    stored,
    preconditioner: once(() => ekfac(problem, { fisher })),
    frame: once(() => gradientFrame(problem, settingSets(setting, undefined).query, measurement, fisher)),
  };
});

test('the squares of the gradients at all labels add up to the Gauss–Newton matrix', () => {
  const { problem } = network;
  const rows = labelGradients(problem);
  const g = syrk(rows, { transpose: true, alpha: 1 / setting.draw.train });
  expect(rows.rows).toBe(6 * setting.draw.train);
  expect(relativeError(g.data, ggnMatrix(problem).data)).toBeLessThan(1e-12);
});

test('the rows of a frame are gradients in the eigenbasis of EK-FAC', () => {
  const { problem, frame, preconditioner } = network;
  const { losses, queries, weights } = frame();
  const { model, loss, theta, data } = problem;
  const back = (rotated: Matrix): Matrix => preconditioner().basis.unrotate(rotated);
  expect(relativeError(back(losses).data, perExampleGradients(model, loss, theta, data).data)).toBeLessThan(
    1e-12,
  );
  const margins = perExampleGradients(
    model,
    measurementFunction('margin', loss),
    theta,
    settingSets(setting, undefined).query,
  );
  expect(relativeError(back(queries).data, margins.data)).toBeLessThan(1e-12);
  expect(new Set(weights)).toEqual(new Set([1]));
});

describe('solves through the rows are those of the library, batch by batch', () => {
  // the automatic step size of plain Neumann is found from a vector that is drawn in the coordinates at hand
  test.each([
    ['astra', 1e-8],
    ['astra-cifar', 1e-8],
    ['lissa', 2e-3],
  ] as const)('%s', (method, tolerance) => {
    const variant = { method, damping };
    const here = scoreQueries(network, variant, 1, Q);
    const there = scoreQueries({ ...network, frame: undefined }, variant, 1, Q);
    expect(relativeError(here.arrays['scores'].data, there.arrays['scores'].data)).toBeLessThan(tolerance);
    expect(here.value['residual']).toBeGreaterThan(0);
  });

  test('ASTRA-SOURCE, segment by segment', () => {
    const variant = { method: 'astra-source', damping: null } as const;
    const here = scoreQueries(network, variant, 0, 3);
    const there = scoreQueries({ ...network, frame: undefined }, variant, 0, 3);
    expect(relativeError(here.arrays['scores'].data, there.arrays['scores'].data)).toBeLessThan(1e-8);
    expect(here.value['residual']).toBeCloseTo(Number(there.value['residual']), 8);
  });
});

test('a solver that diverges has no scores, and the result says so', () => {
  const solver = { ...setting.solver, timesDamping: 1e9, iterations: 50 };
  const wild = { ...network, setting: { ...setting, solver } };
  for (const variant of [
    { method: 'astra', damping } as const,
    { method: 'astra-source', damping: null } as const,
  ]) {
    const { value, arrays } = scoreQueries(wild, variant, 0, 2);
    expect(value).toEqual({ diverged: true });
    expect(arrays).toEqual({});
    const { form } = scoresTask(hashed, 0, variant, 0, 2);
    expect(v.is(form.value, value)).toBe(true);
    expect(form.arrays(value)).toEqual({});
  }
});

test('exact solutions solve with the Gauss–Newton matrix', () => {
  const { problem, frame, preconditioner } = network;
  const { losses, queries, whole } = frame().span();
  const source = { mean: whole?.matrix() } as Parameters<typeof exactSolutions>[0]['source'];
  const { x, residuals } = exactSolutions({ source, b: queries, whole }, damping);
  expect(Math.max(...residuals)).toBeLessThan(1e-10);
  const lifted = preconditioner().basis.unrotate(x);
  const product = matmul(lifted, ggnMatrix(problem));
  const applied = product.data.map((value, i) => value + damping * lifted.data[i]);
  expect(relativeError(applied, preconditioner().basis.unrotate(queries).data)).toBeLessThan(1e-9);
  const { arrays } = scoreQueries(network, { method: 'exact', damping }, 0, Q);
  expect(relativeError(arrays['scores'].data, matmul(x, losses, { transposeB: true }).data)).toBeLessThan(
    1e-12,
  );
});

test('products of gradients and exact scores are those of PyTorch', () => {
  const { theta, train, query, dampings, trace, dot, exact } = golden;
  const emoji = loadEmoji();
  const drawn = (positions: readonly number[]): ClassificationData => ({
    inputs: Matrix.of(
      positions.map((at) => Array.from(emoji.pixels.subarray(at * 768, (at + 1) * 768), (v) => v / 255)),
    ),
    labels: Int32Array.from(positions, (at) => emoji.labels[at]),
  });
  const model = resnet9({ width: 1, groups: 1, side: 16, colours: 3, classes: 6 });
  const problem = {
    model,
    loss: 'cross-entropy',
    theta: Float64Array.from(theta),
    data: drawn(train),
  } as const;
  const frame = gradientFrame(problem, drawn(query), 'margin', setting.fisher);
  const { losses, queries, whole } = frame;
  expect(relativeError(matmul(queries, losses, { transposeB: true }).data, dot)).toBeLessThan(1e-12);
  expect(whole?.spectrum().trace()).toBeCloseTo(trace, 10);
  const source = curvatureOf(frame, { batch: 'full', seed: 0 });
  for (const [k, lambda] of dampings.entries()) {
    const { x } = exactSolutions({ source, b: queries, whole }, lambda);
    expect(relativeError(matmul(x, losses, { transposeB: true }).data, exact[k])).toBeLessThan(1e-10);
  }
});

test(
  'a whole run: every method and study, intervals over networks and masks, the claims about convolutions, the pictures',
  async () => {
    const out = temporaryFolder();
    const size = ASTRA_PROFILES.smoke['emoji-smoke'];
    const request = { cases: [{ setting, size }], workers: 1, out, command: 'astra --profile smoke' };
    const results = await runExperiment(ASTRA_EXPERIMENT, request, silentProgress());
    const [found] = results.settings;
    expect(found.entries.map(({ method }) => method)).toEqual(
      variantsOf(setting).map(({ method }) => method),
    );
    for (const { models, ensemble, ensembling } of found.entries) {
      expect(models).toBe(2);
      expect(ensemble).not.toBeNull();
      expect(ensembling).not.toBeNull();
    }
    expect(found.convergence.map(({ solver }) => solver)).toEqual(['astra', 'sni']);
    expect(found.ablation?.solvers).toHaveLength(5);
    expect(found.damping?.rows).toHaveLength(6);

    // the hierarchical bootstrap of the library, from the stored scores
    const { store, bank } = storedWork(out, size);
    const scores = (method: AstraMethod): Matrix[] =>
      [0, 1].map((model) =>
        matrixOf(store.get(scoresTask(hashed, model, { method, damping }, 0, Q)).arrays['scores']),
      );
    const judged = ldsOverNetworks({
      scores: [scores('astra'), scores('ekfac')],
      subsets: bank.subsets,
      outcomes: outcomeMeans(bank, 'margin'),
      resamples: 200,
      seed: setting.seed,
    });
    const { ensemble } = networksDifference(judged[0], judged[1]);
    const astra = found.entries.find(({ method }) => method === 'astra');
    expect(astra?.single.mean).toBeCloseTo(judged[0].single.estimate, 12);
    expect(astra?.against?.ensemble?.mean).toBeCloseTo(ensemble.estimate, 12);
    const [lo, hi] = networkInterval(ensemble);
    expect(astra?.against?.ensemble?.ci).toEqual([Math.max(-2, lo), Math.min(2, hi)]);

    const claims = judgeAstraClaims(results);
    for (const id of ['convolution', 'convolution-size', 'convolution-ensembling'])
      expect(claims.find((claim) => claim.id === id)?.findings.length, id).toBeGreaterThan(0);
    const page = readFileSync(path.join(out, 'astra.md'), 'utf8');
    expect(page).not.toMatch(/undefined|NaN|null/);
    expect(page).toContain('# ASTRA beyond perceptrons');
    const picture = readFileSync(path.join(out, 'figures', 'emoji-smoke-astra-strongest.svg'), 'utf8');
    const { queries = [], methods = [], chance } = found.strongest ?? {};
    expect(picture.match(/<image /g)?.length).toBe(queries.length * (1 + methods.length * 8));
    expect(chance?.category).toBeGreaterThan(0);
    const [first] = queries;
    const names = first.shown[0].helped.map(({ score }) => score);
    expect(names).toEqual([...names].sort((a, b) => a - b));
    const row = meanOf(scores('ekfac'), first.query.position);
    expect(names[0]).toBeCloseTo(Math.min(...row), 10);
  },
  patience(300),
);

const hashed = { setting, data: settingSets(setting, undefined).hash };

function storedWork(out: string, size: { readonly subsets: number; readonly seeds: number }) {
  const folders = workFolders(out);
  const archive = openSeries(astraSeries(hashed), folders.retrainings, () => {}, false);
  return { store: new Store(folders.store, () => {}), bank: seriesBank(astraSeries(hashed), size, archive) };
}

/** Mean scores of the query that lies at a position of the data. */
function meanOf(scores: readonly Matrix[], position: number): Float64Array {
  const q = settingSets(setting, undefined).positions.query.indexOf(position);
  return scores[0].row(q).map((value, i) => (value + scores[1].at(q, i)) / 2);
}
