/** @file Scores that look like an answer and are none: every option at values that leave nothing is refused or told. */
import { describe, expect, test } from 'vitest';
import { LADDER } from '../../../src/curvature/ladder.ts';
import { CURVATURE_KINDS } from '../../../src/curvature/registry.ts';
import { attribute, attributeSelf } from '../../../src/influence/methods/attribute.ts';
import type { MethodName, MethodOptions } from '../../../src/influence/methods/method-name.ts';
import * as trained from './trained.ts';

describe('scores that are no answer are refused or told', () => {
  const cases: readonly [MethodName, MethodOptions][] = [
    ...CURVATURE_KINDS.flatMap((method): [MethodName, MethodOptions][] => [
      [method, { rule: { kind: 'truncated', eps: 1e308, negative: 'keep' } }],
      [method, { damping: 1e308 }],
      [method, { damping: 1e20 }],
      [method, { rule: { kind: 'absolute', lambda: 1e308 } }],
      [method, { rule: { kind: 'unrolled', time: 0 } }],
      [method, { rule: { kind: 'unrolled', time: 1e-320 } }],
      [method, { rule: { kind: 'unrolled', time: 1e-20 } }],
    ]),
    // these have eigenvalues that are rounding errors; a diagonal need not
    ...LADDER.flatMap((method): [MethodName, MethodOptions][] => [
      [method, { rule: { kind: 'truncated', eps: 1e-40, negative: 'keep' } }],
      [method, { damping: 1e-300 }],
      [method, { rule: { kind: 'unrolled', time: 1e30 } }],
      [method, { rule: { kind: 'unrolled', time: 1e300 } }],
    ]),
    ...(['cg', 'lissa', 'astra'] as const).flatMap((method): [MethodName, MethodOptions][] => [
      [method, { iterations: 0 }],
      [method, { damping: 1e308, iterations: 5 }],
      [method, { tolerance: 1e300, iterations: 5 }],
    ]),
    ['lissa', { alpha: 1e-320, iterations: 5 }],
    ['lissa', { alpha: 1e300, iterations: 5 }],
    ['lissa', { momentum: 1 - 2 ** -53, iterations: 5 }],
    ['astra', { alpha: 1e-320, iterations: 5 }],
    ['trak', { ridge: 1e308 }],
    ['trak', { ridge: 1e30 }],
    ['datainf', { damping: 1e308 }],
    ['datainf', { damping: 5e-324 }],
    ['datainf', { damping: 1e-100 }],
    ['logra', { damping: 1e308 }],
    ['logra', { dimension: 1 }],
    ['arnoldi', { damping: 1e308 }],
    ['arnoldi', { rank: 1 }],
    ['source', { damping: 1e308 }],
    ['source', { damping: 1e20 }],
    ['astra-source', { damping: 1e20, iterations: 5 }],
    ['bif', { stepSize: 1e-300, chains: 2, draws: 40 }],
    ['bif', { nBeta: 1e300, chains: 2, draws: 40 }],
    ['bif', { nBeta: 1e-300, chains: 2, draws: 40 }],
    ['bif', { nBeta: 5e-324, chains: 2, draws: 40 }],
    ['bif', { gamma: 1e300, chains: 2, draws: 40 }],
    ['bif-correlation', { stepSize: 1e-300, chains: 2, draws: 40 }],
  ];
  for (const [method, options] of cases)
    test(`${method} ${JSON.stringify(options)}`, () => {
      const job = {
        method,
        options,
        models: [trained.models[0]],
        ...(method.includes('source') ? { trajectories: [trained.trajectories[0]] } : {}),
        train: trained.train,
      };
      let told: readonly string[];
      try {
        told = attribute({ ...job, queries: trained.queries }).warnings;
      } catch (error) {
        told = [(error as Error).name];
        expect(told[0]).toMatch(
          /SingularError|DomainError|DivergenceError|NonFiniteError|NumericalError|NotPositiveDefiniteError/,
        );
      }
      expect(told.length).toBeGreaterThan(0);
    });

  test('self-influence of a cut that leaves nothing', () => {
    const options = { rule: { kind: 'truncated', eps: 1e10, negative: 'keep' } } as const;
    const { warnings, discarded } = attributeSelf({
      method: 'ekfac',
      options,
      models: [trained.models[0]],
      train: trained.train,
    });
    expect(discarded.train).toBe(1);
    expect(warnings.join(' ')).toMatch(/Every self-influence is 0/);
  });

  test('the control by labels, where there is one label', () => {
    const same = (data: typeof trained.train): typeof trained.train => ({
      inputs: data.inputs,
      labels: new Int32Array(data.inputs.rows),
    });
    const [train, queries] = [same(trained.train), same(trained.queries)];
    const { warnings } = attribute({ method: 'label', models: [trained.models[0]], train, queries });
    expect(warnings).toEqual([
      `${queries.inputs.rows} of ${queries.inputs.rows} queries have the same score for every training example: nothing is ranked there.`,
    ]);
  });
});
