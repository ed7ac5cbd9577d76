/** @file Settings and profiles. */
import { expect, test } from 'vitest';
import { PROFILES, profile, settingConfig } from '../../src/experiments/config/profile.ts';
import { defineSetting, layerSizes, parseSettingName } from '../../src/experiments/config/setting.ts';
import { digest } from '../../src/experiments/store/digest.ts';

test('a name says depth, width and epochs', () => {
  expect(parseSettingName('d8-w16-e1000')).toEqual({ depth: 8, width: 16, epochs: 1000 });
  for (const bad of [
    '',
    'd1',
    'd1-w16',
    'd1-w16-e100 ',
    'D1-w16-e100',
    'd1-w0-e1',
    'd01-w1-e1',
    'd1-w1-e1e9',
    '../x',
  ])
    expect(() => parseSettingName(bad), bad).toThrow(/--setting: expected/);
});

test('the paper has eight settings with the parameter counts that it implies', () => {
  const counts = PROFILES.paper.settings.map((name) => {
    const { model } = settingConfig(PROFILES.paper, name, 0);
    const sizes = layerSizes(model, 64, 10);
    return sizes.slice(1).reduce((total, out, i) => total + out * (sizes[i] + 1), 0);
  });
  expect(counts).toEqual([3114, 3114, 3114, 1210, 2026, 2410, 4810, 9610]);
});

test('configurations are frozen plain values with a digest', () => {
  const setting = settingConfig(PROFILES.quick, 'd1-w16-e100', 0);
  expect(digest(setting)).toBe(digest(settingConfig(PROFILES.paper, 'd1-w16-e100', 0)));
  expect(() => Object.assign(setting.training, { momentum: 0 })).toThrow(TypeError);
});

test('a value that is not allowed is refused with its path', () => {
  const good = settingConfig(PROFILES.quick, 'd1-w16-e100', 0);
  expect(() => defineSetting({ ...good, subsetFraction: 1 })).toThrow(/d1-w16-e100: subsetFraction:/);
  expect(() => defineSetting({ ...good, training: { ...good.training, momentum: 1 } })).toThrow(
    /training\.momentum/,
  );
  expect(() => defineSetting({ ...good, extra: 1 } as typeof good)).toThrow(/extra/);
});

test('an unknown profile is refused', () => {
  expect(() => profile('toString')).toThrow(/--profile: expected quick, paper, smoke/);
});
