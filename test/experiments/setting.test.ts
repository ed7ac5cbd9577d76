/** @file Settings and profiles. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attributionTask } from '../../src/experiments/better-hessians/reproduce/reproduce-tasks.ts';
import { taskKey } from '../../src/experiments/engine/task.ts';
import { digest } from '../../src/experiments/files/digest.ts';
import { type Conventions, DEFAULT_CONVENTIONS } from '../../src/experiments/protocol/conventions.ts';
import { PROFILES, profile, settingConfig } from '../../src/experiments/protocol/profile.ts';
import {
  conventionsOf,
  defineSetting,
  layerSizes,
  parseSettingName,
  settingName,
  trainingName,
} from '../../src/experiments/protocol/setting.ts';
import { baseTrainingTask, retrainingTask } from '../../src/experiments/protocol/tasks.ts';

test('a name says depth, width and epochs', () => {
  expect(parseSettingName('d8-w16-e1000')).toEqual({
    depth: 8,
    width: 16,
    epochs: 1000,
    conventions: DEFAULT_CONVENTIONS,
  });
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
  // keys under which thousands of retrainings are stored: they must stay what they are
  const keys = PROFILES.paper.settings.map((name) =>
    taskKey(retrainingTask(settingConfig(PROFILES.paper, name, 0))).slice(0, 12),
  );
  expect(keys).toEqual([
    '8ff9b1f8218f',
    'c68bf8a00987',
    '6068164d1f4f',
    '2b2e80f9cef2',
    '193f659a490e',
    '0f80e4033004',
    'df0ac4a310d2',
    '824c2b7ccc37',
  ]);
  const counts = PROFILES.paper.settings.map((name) => {
    const { model } = settingConfig(PROFILES.paper, name, 0);
    const sizes = layerSizes(model, 64, 10);
    return sizes.slice(1).reduce((total, out, i) => total + out * (sizes[i] + 1), 0);
  });
  expect(counts).toEqual([3114, 3114, 3114, 1210, 2026, 2410, 4810, 9610]);
});

test('configurations are frozen plain values with a digest', () => {
  const setting = settingConfig(PROFILES.quick, 'd1-w16-e100', 0);
  expect(digest(setting)).toBe(digest(settingConfig(PROFILES.paper, 'd1-w16-e100', 0, 1)));
  expect(() => Object.assign(setting.training, { momentum: 0 })).toThrow(TypeError);
});

describe('conventions in names', () => {
  const number = fc.oneof(
    fc.constantFrom(0, 1e-8, 1e-4, 1e-3, 0.01, 0.5, 12, 1e6, 3e20),
    fc.double({ min: 0, max: 1e9, noNaN: true }).map(Math.abs),
  );
  const factors = fc.constantFrom({}, { factors: 'separate' as const });
  const conventions: fc.Arbitrary<Conventions> = fc.record({
    momentum: fc.constantFrom(0, 0.5, 0.9, 0.99),
    scaling: fc.constantFrom('standardised', 'unit'),
    initialisation: fc.constantFrom('torch', 'xavier'),
    precision: fc.constantFrom('float64', 'float32'),
    fisher: fc.oneof(
      fc.constantFrom({ kind: 'type-2' as const }, { kind: 'empirical' as const }),
      fc.record({ kind: fc.constant('mc' as const), samples: fc.integer({ min: 1, max: 1000 }) }),
    ),
    partition: fc.constantFrom('layer', 'tensor'),
    rule: fc.oneof(
      fc
        .record({
          kind: fc.constant('truncated' as const),
          eps: number,
          negative: fc.constantFrom('keep' as const, 'drop' as const),
        })
        .chain((rule) => factors.map((f) => ({ ...rule, ...f }))),
      fc
        .record({ kind: fc.constant('damped' as const), lambda: number })
        .chain((rule) => factors.map((f) => ({ ...rule, ...f }))),
      fc.record({ kind: fc.constant('absolute' as const), lambda: number }),
      fc.record({ kind: fc.constant('unrolled' as const), time: number }),
    ),
    measurement: fc.constantFrom('loss', 'margin'),
  });

  test('one name for each configuration, and one configuration for each name', () => {
    fc.assert(
      fc.property(conventions, (c) => {
        const name = settingName({ depth: 2, width: 3, epochs: 4 }, c);
        const setting = settingConfig(PROFILES.smoke, name, 5);
        expect(conventionsOf(setting)).toEqual(c);
        expect(setting.name).toBe(name);
      }),
    );
  });

  test('examples', () => {
    const name = 'd8-w16-e100-m0-unit-xavier-mc10-tensor-eps1e-6-drop-separate-margin';
    const setting = settingConfig(PROFILES.paper, name, 7);
    expect(setting).toMatchObject({
      data: { scaling: 'unit' },
      training: { momentum: 0, initialisation: 'xavier' },
      curvature: { fisher: { kind: 'mc', samples: 10, seed: 7 }, partition: 'tensor' },
      rule: { kind: 'truncated', eps: 1e-6, negative: 'drop', factors: 'separate' },
      measurement: 'margin',
    });
    expect(trainingName(setting)).toBe('d8-w16-e100-m0-unit-xavier');
  });

  test('other spellings, and words that are none, are refused', () => {
    for (const [bad, message] of [
      ['unit-m0', /are written "m0-unit"/],
      ['eps1e-06', /are written "eps1e-6"/],
      ['m0.9', /are written ""/],
      ['drop-absolute1', /are written "absolute1"/],
      ['absolute1-drop', /"drop" is no convention here/],
      ['mean', /"mean" is no convention here: expected m\{momentum\}, unit/],
      ['', /--setting: expected d/],
      ['M0', /--setting: expected d/],
      ['m1', /training\.momentum/],
      ['mc0', /curvature\.fisher\.samples/],
    ] as const)
      expect(() => settingConfig(PROFILES.paper, `d1-w16-e100-${bad}`, 0), bad).toThrow(message);
  });

  test('what only curvature reads shares base models and retrainings; what training reads shares nothing', () => {
    const keys = (name: string): string[] => {
      const setting = settingConfig(PROFILES.paper, name, 0);
      return [retrainingTask(setting), baseTrainingTask(setting, 0), attributionTask(setting, 0, 'kfac')].map(
        taskKey,
      );
    };
    const plain = keys('d1-w16-e100');
    for (const word of ['mc1', 'empirical', 'tensor', 'drop', 'damped0.1', 'separate', 'margin'])
      expect(
        keys(`d1-w16-e100-${word}`).map((key, i) => key === plain[i]),
        word,
      ).toEqual([true, true, false]);
    for (const word of ['m0', 'unit', 'xavier'])
      expect(
        keys(`d1-w16-e100-${word}`).map((key, i) => key === plain[i]),
        word,
      ).toEqual([false, false, false]);
  });

  test('a rule for the factors is a rule for K-FAC alone', () => {
    const [plain, separate] = ['d1-w16-e100', 'd1-w16-e100-separate'].map((name) =>
      settingConfig(PROFILES.paper, name, 0),
    );
    for (const [method, shared] of [
      ['hessian', true],
      ['ekfac', true],
      ['kfac', false],
    ] as const)
      expect(
        taskKey(attributionTask(plain, 0, method)) === taskKey(attributionTask(separate, 0, method)),
      ).toBe(shared);
  });
});

test('a value that is not allowed is refused with its path', () => {
  const good = settingConfig(PROFILES.quick, 'd1-w16-e100', 0);
  expect(() => defineSetting({ ...good, subsetFraction: 1 })).toThrow(/d1-w16-e100: field subsetFraction:/);
  expect(() => defineSetting({ ...good, training: { ...good.training, momentum: 1 } })).toThrow(
    /training\.momentum/,
  );
  expect(() => defineSetting({ ...good, extra: 1 } as typeof good)).toThrow(/extra/);
  expect(() => defineSetting({ ...good, measurement: 'margin' })).toThrow(
    /setting d1-w16-e100: its values are those of d1-w16-e100-margin/,
  );
});

test('an unknown profile is refused', () => {
  expect(() => profile('toString')).toThrow(/--profile: expected quick, paper, smoke/);
});
