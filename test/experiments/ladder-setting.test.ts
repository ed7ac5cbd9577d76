/** @file The ladder on other data: its names, and its numbers on Concrete by independent routes. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { Trainer } from '../../src/autodiff/index.ts';
import { RETRAININGS } from '../../src/experiments/engine/folders.ts';
import { CommandError } from '../../src/experiments/files/command-error.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { LADDER_PROFILES } from '../../src/experiments/ladder/ladder-profile.ts';
import { LADDER_RESULTS, type LadderSetting } from '../../src/experiments/ladder/ladder-results.ts';
import { ladderSetting } from '../../src/experiments/ladder/ladder-setting.ts';
import { choiceTask, predictionsTask } from '../../src/experiments/ladder/ladder-task.ts';
import { endings } from '../../src/experiments/ladder/run-page.ts';
import { settingSetup } from '../../src/experiments/protocol/base-network.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';
import { openArchive, retrainingBank, retrainingSeries } from '../../src/experiments/protocol/retrainings.ts';
import { retrainingTask } from '../../src/experiments/protocol/tasks.ts';
import {
  attribute,
  linearDatamodellingScore,
  outcomeMeans,
  trajectoryRun,
} from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/index.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SAMPLE = fileURLToPath(new URL('../../data/fashion-mnist-sample', import.meta.url));
const OTHER = LADDER_PROFILES['other-data'];

describe('names', () => {
  test('on Digits they are those of every experiment', () => {
    expect(ladderSetting(OTHER, 'd8-w16-e100', 2, 3)).toEqual(
      settingConfig(PROFILES.paper, 'd8-w16-e100', 2, 3),
    );
  });

  test('Concrete has eight inputs, one output and squared errors; Fashion-MNIST 14 × 14 pixels and ten classes', () => {
    const concrete = ladderSetting(OTHER, 'concrete-d2-w16-e100', 0, 5);
    expect([concrete.loss, concrete.name]).toEqual(['squared-error', 'concrete-d2-w16-e100']);
    const { model, train, query } = settingSetup(concrete);
    expect([model.parameterCount, train.inputs.rows, query.inputs.rows]).toEqual([433, 896, 103]); // 8·16+16 + 16·16+16 + 16+1
    expect(retrainingSeries(concrete).measurements).toEqual(['loss']);
    const { data, loss } = ladderSetting(OTHER, 'fashion-mnist-d1-w16-e100', 0, 5, SAMPLE);
    expect([loss, data]).toEqual([
      'cross-entropy',
      { dataset: 'fashion-mnist', train: 1024, queries: 100, pooled: 2, seed: 0, folder: SAMPLE },
    ]);
  });

  test.each([
    ['fashion-mnist-d1-w16-e100', /needs --data/],
    ['concrete-d1-w4-e3-margin', /margins and other scalings are of Digits alone/],
    ['concrete-d1-w4-e3-unit', /margins and other scalings are of Digits alone/],
    ['concrete-w4', /expected d\{depth\}-w\{width\}-e\{epochs\}/],
  ])('refused: %s', (name, message) => {
    expect(() => ladderSetting(OTHER, name, 0, 1)).toThrow(CommandError);
    expect(() => ladderSetting(OTHER, name, 0, 1)).toThrow(message);
  });

  test('keys tell data and loss apart, and not where files lie', () => {
    const concrete = ladderSetting(OTHER, 'concrete-d1-w4-e3', 0, 2);
    const digits = ladderSetting(OTHER, 'd1-w4-e3', 0, 2);
    const job = { source: { kind: 'rung', of: 'ggn' }, model: 0, subsets: 4 } as const;
    for (const [a, b] of [
      [retrainingTask(concrete), retrainingTask(digits)],
      [choiceTask(concrete), choiceTask(digits)],
      [predictionsTask({ ...job, setting: concrete }), predictionsTask({ ...job, setting: digits })],
    ]) {
      expect(a.inputs['data']).not.toBe(b.inputs['data']);
      expect(a.config).not.toEqual(b.config);
    }
    expect(JSON.stringify(retrainingTask(concrete))).not.toContain('folder');
  });
});

describe('Concrete, end to end', () => {
  const out = temporaryFolder();
  const setting = ladderSetting(OTHER, 'concrete-d1-w4-e3', 0, 2);
  let found: LadderSetting;

  beforeAll(async () => {
    const sizes = ['--subsets', '6', '--seeds', '2', '--models', '2', '--workers', '2'];
    const { code, stderr } = await command(
      ...['ladder', '--profile', 'other-data', '--setting', setting.name, ...sizes, '--out', out, '--json'],
    );
    expect([code, stderr]).toEqual([0, '']);
    found = readDigested(path.join(out, 'ladder.json'), LADDER_RESULTS).settings[0];
  }, patience(60));

  test('says its data and loss, and has nothing that needs labels', () => {
    expect([found.data, found.loss, found.train, found.queries]).toEqual([
      'concrete',
      'squared-error',
      896,
      103,
    ]);
    const ids = found.rungs.map(({ id }) => id);
    expect(ids).toContain('run-derivative');
    for (const id of ['label', 'same-label', 'within-labels']) expect(ids).not.toContain(id);
    expect(found.failures).toEqual([]);
  });

  test('LDS of trajectory and of the GGN from whole score matrices', () => {
    const archive = openArchive(setting, path.join(out, RETRAININGS));
    const bank = retrainingBank(setting, { subsets: 6, seeds: 2 }, archive);
    const lds = (scores: Matrix): number =>
      linearDatamodellingScore({
        scores,
        subsets: bank.subsets,
        outcomes: outcomeMeans(bank, 'loss'),
        seed: 0,
      }).mean;
    const { model, loss, train, query, training } = settingSetup(setting);
    const trainer = new Trainer(model, loss, train, training);
    const { epochs, learningRate: lr, initialisation: init } = found.choice;
    const models = [0, 1].map((index) => ({
      model,
      loss,
      theta: trainer.train({ seed: 0, path: ['base', index] }),
    }));
    const scoresOf = {
      trajectory: (index: number) =>
        attribute({
          ...{ method: 'trajectory', options: { epochs, lr, init } },
          ...{ models: [models[index]], runs: [{ seed: 0, path: ['trajectory', index] }] },
          ...{ train, queries: query },
        }).scores,
      'ggn-published': (index: number) =>
        attribute({
          method: 'ggn',
          options: { rule: 'paper' },
          models: [models[index]],
          train,
          queries: query,
        }).scores,
    };
    for (const [id, of] of Object.entries(scoresOf)) {
      const rung = found.rungs.find((one) => one.id === id);
      const [a, b] = [of(0), of(1)];
      expect(rung?.values[0]).toBeCloseTo(lds(a), 12);
      expect(rung?.values[1]).toBeCloseTo(lds(b), 12);
      const both = new Matrix(
        a.rows,
        a.cols,
        a.data.map((x, i) => (x + b.data[i]) / 2),
      );
      expect(rung?.ensemble.lds).toBeCloseTo(lds(both), 12);
    }
  });
});

test('what ended the search for a run: growth, or too little to learn', () => {
  const of = (setting: string, growth: number | null): Pick<LadderSetting, 'setting' | 'choice'> => {
    const probe = { epochs: 4, lr: 0.1, start: 'torch', heldOut: 1, growth } as const;
    const probes = [{ ...probe, growth: 1 }, probe];
    return { setting, choice: { epochs: 4, learningRate: 0.1, initialisation: 'torch', probes } };
  };
  const text = endings([of('a', 2.5), of('b', 2), of('c', null)]);
  expect(text).toContain('growth above 2 in a, c;');
  expect(text).toContain('half the length, in b:');
});

test(
  'the committed run on Concrete is what the rule chooses',
  () => {
    const file = fileURLToPath(new URL('../../results/ladder/ladder.json', import.meta.url));
    const kept = readDigested(file, LADDER_RESULTS).settings.find(({ data }) => data === 'concrete');
    const { model, loss, train } = settingSetup(ladderSetting(OTHER, 'concrete-d2-w16-e100', 0, 1));
    const { config } = trajectoryRun(model, loss, train);
    expect(kept?.choice.epochs).toBe(config.epochs);
    expect(kept?.choice.learningRate).toBeCloseTo(config.learningRate, 12);
    expect(kept?.choice.initialisation).toBe(config.initialisation);
  },
  patience(20),
);
