/** @file Curvatures with the eigenvectors of their kept spectrum only: the same answers where they suffice, refusals elsewhere. */
import { describe, expect, test } from 'vitest';
import { perExampleGradients } from '../../src/autodiff/per-example.ts';
import { inverseErrors } from '../../src/curvature/compare.ts';
import { decompose } from '../../src/curvature/decompose.ts';
import { EigenOperator } from '../../src/curvature/eigen-operator.ts';
import type { InverseRule } from '../../src/curvature/inverse-rule.ts';
import { basisOverlap, eigenvalueOverlap } from '../../src/curvature/overlap.ts';
import type { CurvatureOptions } from '../../src/curvature/problem.ts';
import { CURVATURE_KINDS, CURVATURES } from '../../src/curvature/registry.ts';
import { influenceFunction } from '../../src/influence/attributors/influence-function.ts';
import { DomainError, UnsupportedError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { DenseBasis } from '../../src/linalg/operators/basis.ts';
import { denseOperator } from '../../src/linalg/operators/operator.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { checkOperatorLaws } from '../helpers/operator-laws.ts';
import { randomData, randomProblem } from '../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 5, 3, 3], examples: 11, seed: 3 });
const { model, loss, theta, data } = problem;
const n = model.parameterCount;
const gradients = perExampleGradients(model, loss, theta, data);
const ABOVE = 0.01;
const RULES: readonly InverseRule[] = [
  { kind: 'truncated', eps: ABOVE, negative: 'keep' },
  { kind: 'truncated', eps: ABOVE, negative: 'drop' },
  { kind: 'truncated', eps: 0.05, negative: 'keep' },
];
const RULES_THAT_NEED_ALL: readonly InverseRule[] = [
  { kind: 'truncated', eps: ABOVE / 100, negative: 'keep' },
  { kind: 'damped', lambda: 1 },
  { kind: 'absolute', lambda: 1 },
  { kind: 'unrolled', time: 1 },
];
/** Eigenvectors across the gap at ε turn by n ε_machine ‖C‖ / gap, and 1/σ grows the change by ‖C⁻¹‖ ≤ 1/ε. */
const tolerance = (expected: Matrix, norm: number): { atol: number } => ({
  atol: 64 * n * Number.EPSILON * (norm / ABOVE) * frobenius(expected),
});

const BUILDS = [
  ['hessian', {}],
  ['ggn', {}],
  ['ggn', { fisher: { kind: 'empirical' } }],
  ['block-ggn', {}],
  ['block-ggn', { partition: 'tensor' }],
] as const satisfies readonly (readonly [string, CurvatureOptions])[];

for (const [kind, options] of BUILDS)
  describe(`${kind} ${JSON.stringify(options)}, keepAbove`, () => {
    const whole = CURVATURES[kind].build(problem, options);
    const part = CURVATURES[kind].build(problem, { ...options, keepAbove: ABOVE });

    test('has vectors for |σ| > keepAbove and no others, and the same eigenvalues', () => {
      const kept = whole.values.filter((sigma) => Math.abs(sigma) > ABOVE);
      expect(kept.length).toBeGreaterThan(3);
      expect(kept.length).toBeLessThan(n - 3);
      expect([part.basis.size, part.basis.width]).toEqual([n, kept.length]);
      expect([whole.complete, part.complete]).toEqual([true, false]);
      expect(part.structure).toBe(whole.structure);
      const bound = { atol: 16 * n * Number.EPSILON * whole.frobeniusNorm() };
      expectClose(part.values.slice(0, kept.length).sort(), kept.sort(), bound);
      expectClose(part.values.slice().sort(), whole.values.slice().sort(), bound);
      expectClose([part.trace(), part.frobeniusNorm()], [whole.trace(), whole.frobeniusNorm()], {
        atol: n * bound.atol,
      });
    });

    test('a truncated inverse is that of the whole operator: applied, as an operator, as a report', () => {
      for (const rule of RULES) {
        const expected = whole.applyInverse(gradients, rule);
        const bound = tolerance(expected, whole.frobeniusNorm());
        expectMatrixClose(part.applyInverse(gradients, rule), expected, bound);
        const { size, rank, dropped, negative } = whole.kept(rule);
        expect(part.kept(rule)).toMatchObject({ size, rank, dropped, negative });
        const inverse = whole.inverse(rule).toDense();
        checkOperatorLaws(part.inverse(rule), part.inverse(rule).toDense(), {
          tolerance: 64 * n * Number.EPSILON,
        });
        expectMatrixClose(part.inverse(rule).toDense(), inverse, tolerance(inverse, whole.frobeniusNorm()));
      }
    });

    test('the errors of Eq. 9 are the same', () => {
      const hessian = denseOperator(CURVATURES.hessian.matrix(problem), 'symmetric');
      const expected = inverseErrors(hessian, whole, RULES[0], gradients);
      const actual = inverseErrors(hessian, part, RULES[0], gradients);
      expectClose(actual.perVector, expected.perVector, { atol: 1e-10, rtol: 1e-10 });
    });

    test('what needs the other vectors is refused, with the ε that would do', () => {
      const x = gradients;
      for (const rule of RULES_THAT_NEED_ALL) {
        expect(() => part.applyInverse(x, rule)).toThrow(UnsupportedError);
        expect(() => part.inverse(rule)).toThrow(/truncated rule.*keepAbove/);
      }
      expect(() => part.applyRows(x)).toThrow(UnsupportedError);
      expect(() => part.matvec(x.row(0))).toThrow(UnsupportedError);
      expect(() => part.toDense()).toThrow(UnsupportedError);
      expect(() => part.apply((sigma) => sigma + 1, x)).toThrow(UnsupportedError);
      expect(() => basisOverlap(part, whole)).toThrow(UnsupportedError);
      expect(() => eigenvalueOverlap(whole, part)).toThrow(UnsupportedError);
    });

    test('a function that vanishes on the other eigenvalues may be applied', () => {
      const clip = (sigma: number): number => (Math.abs(sigma) > ABOVE ? sigma : 0);
      const expected = whole.apply(clip, gradients);
      expectMatrixClose(part.apply(clip, gradients), expected, tolerance(expected, whole.frobeniusNorm()));
    });
  });

test('EK-FAC and K-FAC have all their vectors, whatever keepAbove says', () => {
  for (const kind of ['ekfac', 'kfac'] as const) {
    const operator = CURVATURES[kind].build(problem, { keepAbove: 1e6 });
    expect(operator.complete).toBe(true);
    expect(operator.values).toEqual(CURVATURES[kind].build(problem).values);
  }
});

test('nothing kept: the inverse is zero; everything kept: nothing is refused', () => {
  const none = CURVATURES.hessian.build(problem, { keepAbove: 1e6 });
  expect([none.basis.width, none.values.length]).toEqual([0, n]);
  const zero = none.applyInverse(gradients, { kind: 'truncated', eps: 1e6, negative: 'keep' });
  expect(zero).toEqual(new Matrix(gradients.rows, n));
  const c = Matrix.of([
    [2, 1],
    [1, 2],
  ]);
  const all = decompose(c, { keepAbove: 0.5 });
  expect(all.complete).toBe(true);
  expectMatrixClose(all.toDense(), c, { atol: 8 * Number.EPSILON });
});

test('decompose keeps its argument unless it may overwrite it; a bad threshold is refused', () => {
  const c = CURVATURES.hessian.matrix(problem);
  const before = c.clone();
  const kept = decompose(c, { keepAbove: ABOVE });
  expect(c).toEqual(before);
  const consumed = decompose(c, { keepAbove: ABOVE, overwrite: true, structure: 'psd' });
  expect(consumed.values).toEqual(kept.values);
  expect(consumed.structure).toBe('psd');
  expect(() => decompose(before, { keepAbove: -1 })).toThrow(DomainError);
});

test('eigenvalues without a vector do not matter when they are zero', () => {
  const basis = new DenseBasis(Matrix.of([[0.6], [0.8], [0]]));
  const rankOne = new EigenOperator(basis, Float64Array.of(50, 0, 0));
  checkOperatorLaws(
    rankOne,
    Matrix.of([
      [18, 24, 0],
      [24, 32, 0],
      [0, 0, 0],
    ]),
    { tolerance: 8 * Number.EPSILON },
  );
});

/** Whose eigenvectors cost nothing to keep: products of small ones, and axes. */
const COMPLETE: ReadonlySet<string> = new Set(['ekfac', 'kfac', 'diagonal-ggn', 'diagonal-hessian']);

describe('influence functions under a truncated rule', () => {
  const queries = randomData(model, 'cross-entropy', 4, 8);
  const fitted = { model, loss, theta };
  for (const curvature of CURVATURE_KINDS)
    test(`${curvature}: built with its kept spectrum only, the scores of the whole operator`, () => {
      for (const rule of RULES) {
        const own = influenceFunction({ curvature: CURVATURES[curvature], rule }).fit(fitted, data);
        const given = influenceFunction({ curvature: CURVATURES[curvature].build(problem), rule });
        expect(own.curvature.complete).toBe(COMPLETE.has(curvature));
        const expected = given.fit(fitted, data).score(queries);
        const bound = tolerance(expected, own.curvature.frobeniusNorm());
        expectMatrixClose(own.score(queries), expected, bound);
        expectClose(own.selfInfluence(), given.fit(fitted, data).selfInfluence(), {
          atol: 10 * bound.atol,
        });
      }
    });

  test('other rules get all vectors; keepAbove given by the caller stands', () => {
    const build = (rule: InverseRule, options: CurvatureOptions = {}): EigenOperator =>
      influenceFunction({ curvature: 'hessian', rule, options }).fit(fitted, data).curvature;
    expect(build({ kind: 'damped', lambda: 1.5 }).complete).toBe(true);
    const wider = build(RULES[2], { keepAbove: ABOVE });
    expect(wider.basis.width).toBe(wider.kept(RULES[0]).rank);
    expect(() => build(RULES[0], { keepAbove: 0.05 })).toThrow(UnsupportedError);
  });
});
