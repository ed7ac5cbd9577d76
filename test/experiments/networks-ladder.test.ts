/** @file The ladder beyond perceptrons on a tiny convolutional network: its numbers by public functions from whole matrices, continued, exported. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { perExampleGradients, Trainer } from '../../src/autodiff/index.ts';
import {
  basisOverlap,
  blockGgn,
  CURVATURES,
  crossLayerMass,
  type EigenOperator,
  eigenvalueOverlap,
  ekfac,
  errorShares,
  extractBlock,
  ggn,
  ggnMatrix,
  hessian,
  hessianMatrix,
  inverseError,
  type KfacForm,
  kfac,
  PAPER_RULE,
  type Problem,
  partition,
  residualMass,
} from '../../src/curvature/index.ts';
import { DAMPINGS } from '../../src/experiments/better-hessians/study/inverses.ts';
import { RETRAININGS } from '../../src/experiments/engine/folders.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { networksCases } from '../../src/experiments/networks/cases.ts';
import {
  NETWORKS_RESULTS,
  type NetworkResults,
  type RungEntry,
} from '../../src/experiments/networks/networks-results.ts';
import { networkSetup, settingNetwork } from '../../src/experiments/protocol/network-setting.ts';
import { networkSeries } from '../../src/experiments/protocol/network-trainings.ts';
import { openSeries, seriesBank } from '../../src/experiments/protocol/retraining-series.ts';
import { influenceFunction, linearDatamodellingScore, outcomeMeans } from '../../src/influence/index.ts';
import { frobenius, Matrix } from '../../src/linalg/index.ts';
import { readNpy } from '../../src/linalg/io/index.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const out = temporaryFolder();
const [{ setting, size }] = networksCases('smoke', undefined, {}, 0);
const { model, loss, training, seed, train, query } = networkSetup(setting);
let found: NetworkResults;

const run = (folder: string, ...more: string[]): ReturnType<typeof command> =>
  command('networks', '--profile', 'smoke', '--workers', '2', '--out', folder, ...more);
const read = (folder: string) => readDigested(path.join(folder, 'networks.json'), NETWORKS_RESULTS);

beforeAll(async () => {
  const { code, stderr } = await run(out, '--json', '--export', setting.name);
  expect([code, stderr]).toEqual([0, '']);
  found = read(out).settings[0];
}, patience(60));

const trainer = new Trainer(model, loss, train, training);
const problems = [0, 1].map((index): Problem => {
  const theta = trainer.train({ seed, path: ['base', index] });
  return { model, loss, theta, data: train };
});

/** The curvature of a rung by the public builders. */
function built(id: string, problem: Problem): EigenOperator {
  const [kind, form] = id.split(/-(?=expand|reduce)/);
  const options = form === undefined ? {} : { kfac: form as KfacForm };
  return CURVATURES[kind as keyof typeof CURVATURES].build(problem, options);
}

function entry(id: string): RungEntry {
  const one = found.rungs.find((rung) => rung.id === id);
  if (one === undefined) throw new Error(`no rung ${id}`);
  return one;
}

const bank = () => {
  const series = networkSeries(setting);
  return seriesBank(
    series,
    size,
    openSeries(series, path.join(out, RETRAININGS), () => {}, false),
  );
};

/** By the public judge, from whole score matrices. */
function lds(scores: Matrix): number {
  const { subsets, ...rest } = bank();
  return linearDatamodellingScore({
    scores,
    subsets,
    outcomes: outcomeMeans({ subsets, ...rest }, 'loss'),
    seed: 0,
  }).mean;
}

const mean = ([a, b]: readonly Matrix[]): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((x, i) => (x + b.data[i]) / 2),
  );

const RUNGS = ['hessian', 'ggn', 'block-ggn', 'ekfac-expand', 'kfac-expand', 'ekfac-reduce', 'kfac-reduce'];

test('the rungs are the ladder with both forms of its last two, and the baseline', () => {
  expect(found.rungs.map(({ id }) => id)).toEqual([...RUNGS, 'grad-dot']);
  expect(found.rungs.map(({ above }) => above)).toEqual(
    [null, 'hessian', 'ggn', 'block-ggn', 'ekfac-expand', 'block-ggn', 'ekfac-reduce', null], // biome-ignore format: one line
  );
});

describe.each(RUNGS)('%s', (id) => {
  test('LDS under the rule of the paper, from whole score matrices', () => {
    const scores = problems.map((problem) => {
      const { data, ...fitted } = problem;
      const curvature = built(id, problem);
      return influenceFunction({ curvature, rule: PAPER_RULE }).fit(fitted, data).score(query);
    });
    const { published } = entry(id);
    for (const [m, one] of scores.entries()) expect(published.values[m]).toBeCloseTo(lds(one), 12);
    expect(published.ensemble.lds).toBeCloseTo(lds(mean(scores)), 12);
  });

  test('the error of the inverse', () => {
    const errors = problems.map((problem) => {
      const gradients = perExampleGradients(model, loss, problem.theta, train);
      return inverseError(hessian(problem), built(id, problem), PAPER_RULE, gradients);
    });
    for (const [m, error] of errors.entries())
      expect(entry(id).error?.values[m] ?? Number.NaN).toBeCloseTo(
        error,
        8 - Math.ceil(Math.log10(error + 1)),
      );
  });
});

test('the best damping of K-FAC reduce is the best of its grid, in each reading', () => {
  const tried = DAMPINGS.map((lambda) => {
    const scores = problems.map((problem) => {
      const { data, ...fitted } = problem;
      const curvature = built('kfac-reduce', problem);
      return influenceFunction({ curvature, rule: { kind: 'damped', lambda } })
        .fit(fitted, data)
        .score(query);
    });
    return { single: (lds(scores[0]) + lds(scores[1])) / 2, ensemble: lds(mean(scores)) };
  });
  const { single, ensemble } = entry('kfac-reduce').best;
  expect(single.lds).toBeCloseTo(Math.max(...tried.map((one) => one.single)), 12);
  expect(ensemble.lds).toBeCloseTo(Math.max(...tried.map((one) => one.ensemble)), 12);
});

test('differences are those of the numbers', () => {
  expect(found.differences.length).toBe(4 * (6 + 2 + 7));
  for (const { a, b, treatment, reading, difference } of found.differences)
    expect(difference).toBeCloseTo(
      (entry(a)[treatment][reading].lds ?? Number.NaN) - (entry(b)[treatment][reading].lds ?? Number.NaN),
      12,
    );
});

describe('distances', () => {
  test('of the matrices, and none of H − G lies within a layer of a ReLU network', () => {
    for (const [m, problem] of problems.entries()) {
      const [h, g] = [hessianMatrix(problem), ggnMatrix(problem)];
      expect(found.residual.values[m]).toBeCloseTo(residualMass(h, g), 12);
      expect(found.crossLayer.values[m]).toBeCloseTo(
        crossLayerMass(g, CURVATURES['block-ggn'].matrix(problem)),
        12,
      );
      expect(found.hollow.values[m]).toBeLessThan(1e-13);
    }
  });

  test.each(['expand', 'reduce'] as const)('overlaps and layers of %s, from dense matrices', (form) => {
    const step = found.steps.find((one) => one.form === form);
    for (const [m, problem] of problems.entries()) {
      const exact = blockGgn(problem);
      const [e, k] = [ekfac(problem, { kfac: form }), kfac(problem, { kfac: form })];
      expect(step?.eigenvalueOverlapEkfac.values[m]).toBeCloseTo(eigenvalueOverlap(e, exact), 12);
      expect(step?.basisOverlapKfac.values[m]).toBeCloseTo(basisOverlap(k, exact), 12);
      const whole = ggn(problem).toDense();
      for (const [b, { indices }] of partition(model, 'layer').entries())
        for (const [kind, operator] of [
          ['ekfac', e],
          ['kfac', k],
        ] as const) {
          const block = extractBlock(whole, indices);
          const own = extractBlock(operator.toDense(), indices);
          const gap = frobenius(
            new Matrix(
              block.rows,
              block.cols,
              block.data.map((x, i) => x - own.data[i]),
            ),
          );
          expect(step?.layers[b][kind].values[m]).toBeCloseTo(gap / frobenius(block), 6);
        }
    }
  });

  test('shares of the error are those of the mean errors, and sum to one', () => {
    for (const { form, shares } of found.steps) {
      const error = (id: string): number => entry(id).error?.mean ?? Number.NaN;
      const expected = errorShares({
        hessian: error('hessian'),
        ggn: error('ggn'),
        'block-ggn': error('block-ggn'),
        ekfac: error(`ekfac-${form}`),
        kfac: error(`kfac-${form}`),
      });
      for (const [k, share] of Object.values(expected).entries())
        expect(shares[k].share.mean).toBeCloseTo(share, 10);
    }
  });
});

test('what is exported gives the same LDS', () => {
  const file = (name: string) => readNpy(readFileSync(path.join(out, 'arrays', setting.name, `${name}.npy`)));
  const [losses, subsets, scores] = [file('losses'), file('subsets'), file('scores-ekfac-reduce')];
  expect([losses.shape, subsets.shape, scores.shape]).toEqual([
    [6, 2, 12],
    [6, 30],
    [2, 12, 60],
  ]);
  const outcomes = new Matrix(6, 12);
  for (let j = 0; j < 6; j++)
    for (let q = 0; q < 12; q++)
      outcomes.set(j, q, (Number(losses.data[24 * j + q]) + Number(losses.data[24 * j + 12 + q])) / 2);
  const { mean: own } = linearDatamodellingScore({
    scores: new Matrix(12, 60, Float64Array.from(scores.data.slice(720), Number)),
    subsets: Array.from({ length: 6 }, (_, j) =>
      Int32Array.from(subsets.data.slice(30 * j, 30 * j + 30), Number),
    ),
    outcomes,
    seed: 0,
  });
  expect(entry('ekfac-reduce').published.values[1]).toBeCloseTo(own, 12);
});

describe('statements', () => {
  test('are judged by the intervals of what they compare', () => {
    const { claims } = read(out);
    const claim = (id: string) => claims.find((one) => one.id === id);
    expect(claim('hollow')?.verdict).toBe('confirmed');
    for (const [id, treatment] of [
      ['lds-ekfac-kfac', 'published'],
      ['best-ekfac-kfac', 'best'],
    ] as const) {
      const stated = claim(id);
      const compared = found.differences.filter(
        ({ a, b, treatment: of }) => a.startsWith('ekfac') && b.startsWith('kfac') && of === treatment,
      );
      expect(stated?.findings.map(({ value }) => value)).toEqual(
        compared.map(({ difference }) => difference),
      );
      for (const [k, { ci }] of compared.entries()) {
        const [lo, hi] = ci.map((end) => end ?? Number.NaN);
        const outcome = lo > 0 ? 'as stated' : hi < 0 ? 'the other way' : 'undecided';
        expect(stated?.findings[k].outcome).toBe(outcome);
      }
    }
  });

  test('layers with shared weights are set apart from the others', () => {
    const [{ shared, unshared, layers }] = found.steps;
    for (const [part, member] of [
      [shared, (p: number) => p > 1],
      [unshared, (p: number) => p === 1],
    ] as const) {
      const own = layers.filter(({ positions }) => member(positions));
      expect(own.length).toBe(2);
      const [low, high] = [Math.min, Math.max].map((end) =>
        end(...own.map(({ kfac: one }) => one.values[0] ?? Number.NaN)),
      );
      expect(part?.kfac.values[0]).toBeGreaterThanOrEqual(low);
      expect(part?.kfac.values[0]).toBeLessThanOrEqual(high);
    }
  });
});

test('no form is named where every weight is used once', () => {
  const cases = networksCases('full', ['mlp-d8-w16-layernorm'], {}, 0);
  expect(settingNetwork(cases[0].setting).parameterCount).toBe(3370);
  expect(settingNetwork(networksCases('full', ['cnn-8-16-24'], {}, 0)[0].setting).parameterCount).toBe(3058);
});

test(
  'continued: the same digest and page; unknown networks are refused',
  async () => {
    const { digest } = read(out);
    const page = readFileSync(path.join(out, 'networks.md'), 'utf8');
    expect((await run(out, '--json')).code).toBe(0);
    expect(read(out).digest).toBe(digest);
    expect(readFileSync(path.join(out, 'networks.md'), 'utf8')).toBe(page);
    const unknown = await run(temporaryFolder(), '--network', 'vgg');
    expect(unknown.code).not.toBe(0);
    expect(unknown.stderr).toContain('--network: expected some of cnn-8-16-24');
  },
  patience(60),
);
