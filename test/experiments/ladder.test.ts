/** @file The ladder on a tiny setting: its numbers by independent routes, the chosen damping, continued, with retrainings of another folder. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Trainer } from '../../src/autodiff/index.ts';
import { DAMPINGS } from '../../src/experiments/better-hessians/study/inverses.ts';
import { RETRAININGS } from '../../src/experiments/engine/folders.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { byLabels } from '../../src/experiments/ladder/label-parts.ts';
import {
  LADDER_RESULTS,
  type LadderSetting,
  type RungEntry,
} from '../../src/experiments/ladder/ladder-results.ts';
import { chosenConfig } from '../../src/experiments/ladder/predictions.ts';
import { duration, runVariants } from '../../src/experiments/ladder/run-variants.ts';
import { prepareDigits } from '../../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';
import { openArchive, retrainingBank } from '../../src/experiments/protocol/retrainings.ts';
import { settingModel } from '../../src/experiments/protocol/setting-model.ts';
import {
  attribute,
  type FittedModel,
  influenceFunction,
  linearDatamodellingScore,
  outcomeMeans,
  trainingDerivative,
} from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const out = temporaryFolder();
const setting = settingConfig(PROFILES.smoke, 'd1-w3-e3', 0, 2);
const { train, query } = prepareDigits(setting.data);
const model = settingModel(setting);
let found: LadderSetting;

const run = (folder: string, ...more: string[]): ReturnType<typeof command> =>
  command('ladder', '--profile', 'smoke', '--workers', '2', '--out', folder, ...more);
const read = (folder: string) => readDigested(path.join(folder, 'ladder.json'), LADDER_RESULTS);

beforeAll(async () => {
  const { code, stderr } = await run(out, '--json');
  expect([code, stderr]).toEqual([0, '']);
  found = read(out).settings[0];
}, patience(60));

function entry(id: string): RungEntry {
  const one = found.rungs.find((rung) => rung.id === id);
  if (one === undefined) throw new Error(`no rung ${id}`);
  return one;
}

const trainer = new Trainer(model, setting.loss, train, setting.training);
const fitted = [0, 1].map((index): FittedModel => {
  const theta = trainer.train({ seed: setting.seed, path: ['base', index] });
  return { model, loss: setting.loss, theta };
});

/** By the public judge, from whole score matrices. */
function lds(scores: Matrix): number {
  const bank = retrainingBank(
    setting,
    { subsets: 6, seeds: 2 },
    openArchive(setting, path.join(out, RETRAININGS)),
  );
  return linearDatamodellingScore({
    scores,
    subsets: bank.subsets,
    outcomes: outcomeMeans(bank, 'loss'),
    seed: 0,
  }).mean;
}

const mean = ([a, b]: readonly Matrix[]): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((x, i) => (x + b.data[i]) / 2),
  );

/** Whether both readings are those of these scores. */
function sameReadings(id: string, scores: readonly Matrix[]): void {
  const { values, single, ensemble } = entry(id);
  for (const [m, one] of scores.entries()) expect(values[m]).toBeCloseTo(lds(one), 12);
  expect(single.lds).toBeCloseTo((lds(scores[0]) + lds(scores[1])) / 2, 12);
  expect(ensemble.lds).toBeCloseTo(lds(mean(scores)), 12);
}

describe('LDS from whole score matrices', () => {
  test('trajectory, by attribute and the run of its rule', () => {
    const { epochs, learningRate: lr, initialisation: init } = found.choice;
    const scores = [0, 1].map(
      (index) =>
        attribute({
          ...{ method: 'trajectory', options: { epochs, lr, init } },
          ...{ models: [fitted[index]], runs: [{ seed: setting.seed, path: ['trajectory', index] }] },
          ...{ train, queries: query },
        }).scores,
    );
    sameReadings('trajectory', scores);
    const parts = scores.map((one) => byLabels(one, train, query));
    for (const [k, id] of ['same-label', 'other-labels', 'label-means', 'within-labels'].entries())
      sameReadings(
        id,
        parts.map((all) => all[k]),
      );
  });

  test('GGN, EK-FAC under the published rule, labels', () => {
    for (const [id, method] of [
      ['ggn-published', 'ggn'],
      ['ekfac-published', 'ekfac'],
      ['label', 'label'],
    ] as const)
      sameReadings(
        id,
        fitted.map((one) => {
          const options = method === 'label' ? {} : { rule: 'paper' as const };
          return attribute({ method, options, models: [one], train, queries: query }).scores;
        }),
      );
  });

  test('the derivative of the whole training', () => {
    const { scores } = trainingDerivative(trainer, { queries: query, seed: setting.seed, path: ['base', 0] });
    expect(entry('run-derivative').values).toHaveLength(1);
    expect(entry('run-derivative').single.lds).toBeCloseTo(lds(scores), 12);
  });

  test('the best damping of EK-FAC is the best of its grid, in each reading', () => {
    const tried = DAMPINGS.map((lambda) => {
      const attributor = influenceFunction({ curvature: 'ekfac', rule: { kind: 'damped', lambda } });
      const scores = fitted.map((one) => attributor.fit(one, train).score(query));
      return { single: (lds(scores[0]) + lds(scores[1])) / 2, ensemble: lds(mean(scores)) };
    });
    const { single, ensemble } = entry('ekfac');
    expect(single.lds).toBeCloseTo(Math.max(...tried.map((one) => one.single)), 12);
    expect(ensemble.lds).toBeCloseTo(Math.max(...tried.map((one) => one.ensemble)), 12);
  });
});

describe('differences', () => {
  test('are those of the numbers, where both rungs have the same networks', () => {
    const rungs = found.rungs.filter(({ group, models }) => group === 'rung' && models === 2);
    for (const reading of ['single', 'ensemble'] as const)
      for (const [k, rung] of rungs.entries()) {
        const top = entry('trajectory')[reading].lds ?? Number.NaN;
        const own = rung[reading].lds ?? Number.NaN;
        if (rung.id !== 'trajectory') expect(rung[reading].behind?.difference).toBeCloseTo(top - own, 12);
        if (k > 1)
          expect(rung[reading].lost?.difference).toBeCloseTo(
            (rungs[k - 1][reading].lds ?? Number.NaN) - own,
            12,
          );
      }
  });

  test('the uppermost rung has none above it', () => {
    expect(entry('trajectory').single.lost).toBeUndefined();
    expect(entry('trajectory').ensemble.behind).toBeUndefined();
  });
});

describe('what trajectory is made of', () => {
  test('parts of scores add up, and no label has a mean left within it', () => {
    const random = rng(1, 'scores');
    const scores = new Matrix(2, 6, random.fillNormal(new Float64Array(12)));
    const labels = { labels: Int32Array.of(0, 1, 1, 0, 1, 2) };
    const [same, others, means, within] = byLabels(scores, labels, { labels: Int32Array.of(1, 2) });
    for (let i = 0; i < 12; i++) {
      expect(same.data[i] + others.data[i]).toBe(scores.data[i]);
      expect(means.data[i] + within.data[i]).toBeCloseTo(scores.data[i], 14);
    }
    expect(Array.from(same.row(0), (x) => x !== 0)).toEqual([false, true, true, false, true, false]);
    expect(within.at(0, 1) + within.at(0, 2) + within.at(0, 4)).toBeCloseTo(0, 14);
    expect(within.at(1, 5)).toBe(0);
  });

  test('rates, momenta and starts are compared at one duration', () => {
    const rule = chosenConfig({ epochs: 32, learningRate: 0.01, initialisation: 'torch' });
    const at = duration({ ...rule, adjoint: 'mean' }, 50);
    expect(at).toBeCloseTo((50 * 0.01 * 16.5) / 0.1, 10); // Σ of half cosines over 32 epochs is 16.5
    for (const variant of runVariants(rule).slice(-4))
      expect(Math.abs(duration(variant, 50) / at - 1)).toBeLessThan(0.05);
  });

  test('a small change of the weights does what the exact derivative says', () => {
    expect(found.responses.map(({ run: of, step }) => [of, step])).toEqual(
      ['chosen', 'whole'].flatMap((of) => [0.01, 0.1, 0.5].map((step) => [of, step])),
    );
    for (const { step, smoothness, predicted } of found.responses)
      if (step === 0.01) {
        expect(predicted).toBeGreaterThan(0.999);
        expect(smoothness).toBeGreaterThan(0.99);
      }
  });
});

test(
  'continued, and with the retrainings of another folder: the same digest',
  async () => {
    const { digest } = read(out);
    const page = readFileSync(path.join(out, 'ladder.md'), 'utf8');
    expect((await run(out, '--json')).code).toBe(0);
    expect(read(out).digest).toBe(digest);
    expect(readFileSync(path.join(out, 'ladder.md'), 'utf8')).toBe(page);
    const none = await run(temporaryFolder(), '--json', '--retrainings', temporaryFolder());
    expect(none.code).not.toBe(0);
    expect(none.stderr).toContain('holds too few retrainings of d1-w3-e3 (0 subsets × 0 seeds)');
  },
  patience(30),
);
