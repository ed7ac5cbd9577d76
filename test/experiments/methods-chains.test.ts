/** @file BIF and its correlation from one run of chains: the bits, the store and the shards of two runs. */
import { expect, test } from 'vitest';
import { taskKey } from '../../src/experiments/engine/task.ts';
import { storedUnder, unitOf } from '../../src/experiments/methods/jobs.ts';
import { METHODS_PROFILES } from '../../src/experiments/methods/methods-profile.ts';
import { decodeNetwork, trainNetwork } from '../../src/experiments/methods/network.ts';
import { computeFromChains, computeScores, failureOf } from '../../src/experiments/methods/scores.ts';
import { companionOf, plainVariants } from '../../src/experiments/methods/variant.ts';
import { settingConfig } from '../../src/experiments/protocol/profile.ts';

const { base, settings } = METHODS_PROFILES.smoke;
const SETTING = settingConfig(base, settings[0], 3, 1);
const [BIF, CORRELATION] = plainVariants(['bif', 'bif-correlation']);

test('the scores of both have the bits that they have alone, and the seconds of the chains', () => {
  const network = decodeNetwork(SETTING, trainNetwork(SETTING, 0));
  const together = computeFromChains(SETTING, [BIF, CORRELATION], [network]);
  for (const [k, variant] of [BIF, CORRELATION].entries()) {
    const alone = computeScores(SETTING, variant, [network]);
    expect(failureOf(alone)).toBeUndefined();
    expect(together[k].value).toEqual(alone.value);
    expect(together[k].arrays).toEqual(alone.arrays);
    expect(Object.keys(together[k].seconds).sort()).toEqual(Object.keys(alone.seconds).sort());
    expect(together[k].seconds['score']).toBeGreaterThan(0);
  }
});

test('a method that cannot run is a result of both', () => {
  const network = decodeNetwork(SETTING, trainNetwork(SETTING, 0));
  const wild = [BIF, CORRELATION].map((variant) => ({ ...variant, options: { stepSize: 1e6 } }));
  const both = computeFromChains(SETTING, wild, [network]).map(failureOf);
  expect(both).toEqual(wild.map((variant) => failureOf(computeScores(SETTING, variant, [network]))));
  expect(both[0]).toMatch(/chain|diverged/);
});

test('only the covariance has a companion; both are of one shard, and the job is stored as the covariance', () => {
  expect([BIF, CORRELATION, ...plainVariants(['ekfac'])].map(companionOf)).toEqual([
    CORRELATION,
    undefined,
    undefined,
    undefined,
  ]);
  const job = { kind: 'scores', setting: SETTING, models: [0] } as const;
  const bif = { ...job, variant: BIF, companion: CORRELATION };
  expect(unitOf(bif)).toEqual(unitOf({ ...job, variant: CORRELATION }));
  const key = (task = storedUnder(bif)): string | undefined => task && taskKey(task);
  expect(key()).toBe(key(storedUnder({ ...job, variant: BIF })));
  expect(unitOf({ ...job, variant: plainVariants(['ekfac'])[0] })).toBeUndefined();
});
