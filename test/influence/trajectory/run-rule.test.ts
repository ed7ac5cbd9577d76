/** @file The rule of `trajectory` chooses on the networks of *Better Hessians Matter* what it chose when its results were made: it cannot drift unseen. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDigested } from '../../../src/experiments/files/digested-file.ts';
import { LADDER_RESULTS } from '../../../src/experiments/ladder/ladder-results.ts';
import { prepareDigits } from '../../../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../../../src/experiments/protocol/profile.ts';
import { settingModel } from '../../../src/experiments/protocol/setting-model.ts';
import { trajectoryRun } from '../../../src/influence/index.ts';
import { patience } from '../../helpers/patience.ts';
import { ROOT } from '../../helpers/sources.ts';
import { CHOSEN, chosenRun, rounded } from './chosen-runs.ts';

describe('the rule chooses', () => {
  test.each(['d1-w16', 'd8-w16'])(
    '%s',
    (name) => expect(chosenRun(name)).toEqual(CHOSEN[name]),
    patience(20),
  );

  test('the settings of the paper: no network is without its run here', () => {
    const networks = PROFILES.paper.settings.map((name) => name.replace(/-e\d+$/, ''));
    expect([...new Set(networks)].sort()).toEqual(Object.keys(CHOSEN).sort());
  });
});

test('the committed results on Digits are of these runs', () => {
  const { settings } = readDigested(path.join(ROOT, 'results/ladder/ladder.json'), LADDER_RESULTS);
  for (const { setting, choice } of settings.filter(({ data }) => data === undefined)) {
    const { epochs, learningRate, initialisation } = choice;
    expect({ epochs, learningRate: rounded(learningRate), initialisation }, setting).toEqual(
      CHOSEN[setting.replace(/-e\d+$/, '')],
    );
  }
});

test(
  'on few examples: a rung of 200 steps, and from there by its ladder',
  () => {
    const setting = settingConfig(PROFILES.smoke, 'd1-w3-e3', 0);
    const { probes } = trajectoryRun(settingModel(setting), setting.loss, prepareDigits(setting.data).train);
    const lengths = [...new Set(probes.map(({ epochs }) => epochs))];
    // 60 examples, batches of 32, incomplete ones left out: one step an epoch
    expect(lengths).toEqual(lengths.map((_, k) => Math.round(200 * Math.SQRT2 ** k)));
    const last = probes[probes.length - 1];
    expect(last.growth).toBeGreaterThan(2);
    for (const { growth } of probes.filter(({ start, epochs }) => start === 'torch' && epochs < last.epochs))
      expect(growth).toBeLessThanOrEqual(2);
  },
  patience(10),
);
