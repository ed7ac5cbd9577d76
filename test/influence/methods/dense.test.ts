/** @file Every deterministic method of the registry against dense NumPy algebra. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { automaticDamping, meanEigenvalue } from '../../../src/influence/attributors/damping-rule.ts';
import { attribute } from '../../../src/influence/methods/attribute.ts';
import type { MethodName, MethodOptions } from '../../../src/influence/methods/method-name.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { expectClose, relativeError } from '../../helpers/close.ts';
import { GOLDENS } from '../../reference/golden.ts';

interface Case {
  readonly meanEigenvalue: number;
  readonly smallestEigenvalue: number;
  readonly hessianDamping: number;
  readonly scores: Partial<Record<'loss' | 'margin', Record<string, number[][]>>>;
}

interface File {
  readonly settings: {
    readonly damping: number;
    readonly factorDamping: number;
    readonly time: number;
    readonly steps: number;
    readonly alpha: number;
    readonly momentum: number;
    readonly rank: number;
  };
  readonly cases: Record<string, Case>;
}

const { settings, cases } = JSON.parse(
  readFileSync(new URL('../../reference/methods.json', import.meta.url), 'utf8'),
) as File;
const { damping, factorDamping, time, steps, alpha, momentum, rank } = settings;

/** Dampings of a twentieth of order one: inverses lose two digits at most. */
const TOLERANCE = 1e-11;

/** What is asked of the registry, and under which name NumPy has it. */
function questions(hessianDamping: number): readonly [string, MethodName, MethodOptions, number?][] {
  const psd = ['ggn', 'block-ggn', 'ekfac', 'kfac'] as const;
  const kinds = ['hessian', ...psd] as const;
  const full = { batch: 'full', iterations: steps, alpha, damping } as const;
  return [
    ['hessian damped', 'hessian', { damping: hessianDamping }],
    ['hessian damped', 'cg', { damping: hessianDamping, curvature: 'hessian', tolerance: 1e-13 }],
    ['ggn damped', 'cg', { damping, tolerance: 1e-13 }],
    ['ggn damped', 'cg', { damping, tolerance: 1e-13, preconditioner: 'ekfac' }],
    // far more steps than the condition of the damped GGN asks for
    ['ggn damped', 'astra', { damping, batch: 'full', iterations: 2000, tolerance: 1e-13 }, 1e-9],
    ['ggn automatic', 'ggn', { damping: 'auto' }],
    ['ggn automatic', 'cg', { tolerance: 1e-13 }],
    ...psd.map((kind) => [`${kind} damped`, kind, { damping }] as [string, MethodName, MethodOptions]),
    ...kinds.map(
      (kind) =>
        [`${kind} absolute`, kind, { rule: { kind: 'absolute', lambda: damping } }] as [
          string,
          MethodName,
          MethodOptions,
        ],
    ),
    ...psd.map(
      (kind) =>
        [`${kind} unrolled`, kind, { rule: { kind: 'unrolled', time } }] as [
          string,
          MethodName,
          MethodOptions,
        ],
    ),
    ['kfac separate', 'kfac', { rule: { kind: 'damped', lambda: factorDamping, factors: 'separate' } }],
    ['lissa', 'lissa', full],
    ['astra', 'astra', { ...full, momentum }],
    ['ekfac damped', 'astra', { ...full, iterations: 0 }],
    ['ggn automatic', 'astra', { batch: 'full', iterations: 4000, tolerance: 1e-12 }, 1e-8],
    ['ggn automatic', 'lissa', { batch: 'full', iterations: 4000, tolerance: 1e-12, momentum: 'auto' }, 1e-8],
    ['grad-dot', 'grad-dot', {}],
    ['grad-cos', 'grad-cos', {}],
    ['datainf', 'datainf', {}],
    ['logra', 'logra', {}],
    ['arnoldi hessian', 'arnoldi', { rank, iterations: 1000 }, 1e-7],
    ['arnoldi ggn', 'arnoldi', { rank, iterations: 1000, curvature: 'ggn' }, 1e-7],
  ];
}

for (const [name, golden] of Object.entries(cases)) {
  const network = GOLDENS.find((known) => known.name === name);
  if (network === undefined) throw new Error(`${name} is not a golden network.`);
  const { model, loss, theta, data, queries } = network;
  const problem = { model, loss, theta, data };
  describe(name, () => {
    for (const [measurement, expected] of Object.entries(golden.scores) as [
      'loss' | 'margin',
      Record<string, number[][]>,
    ][])
      test(`scores of the ${measurement}`, () => {
        const asked = new Set<string>();
        for (const [key, method, options, tolerance = TOLERANCE] of questions(golden.hessianDamping)) {
          asked.add(key);
          const result = attribute({
            method,
            options: { ...options, measurement },
            models: [{ model, loss, theta }],
            train: data,
            queries,
          });
          const error = relativeError(result.scores.data, Matrix.of(expected[key]).data);
          expect(error, `${key} by ${method}`).toBeLessThan(tolerance);
        }
        expect([...asked].sort()).toEqual(Object.keys(expected).sort());
      });

    test('the automatic damping: a tenth of tr(G)/D, and what makes the Hessian definite', () => {
      const { meanEigenvalue: mean, smallestEigenvalue: smallest } = golden;
      expectClose([meanEigenvalue(problem)], [mean], { rtol: 1e-13 });
      expectClose([automaticDamping(problem, 'ggn')], [0.1 * mean], { rtol: 1e-13 });
      const expected = 0.1 * mean + Math.max(0, -smallest);
      const found = automaticDamping(problem, 'hessian');
      expectClose([found], [expected], { rtol: 1e-2 });
      expect(found).toBeGreaterThanOrEqual(expected * (1 - 1e-12));
    });
  });
}
