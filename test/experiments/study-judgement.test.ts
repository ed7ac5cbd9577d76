/** @file The study's short cuts against the long way: predictions without scores, Eq. 9 as a form, shared resamples. */
import { describe, expect, test } from 'vitest';
import { perExampleGradients } from '../../src/autodiff/index.ts';
import {
  CURVATURES,
  EigenOperator,
  hessianMatrix,
  type InverseRule,
  inverseError,
  LADDER,
} from '../../src/curvature/index.ts';
import {
  diagonalErrorForm,
  inverseErrorForm,
  unitRows,
} from '../../src/experiments/better-hessians/study/inverse-error-form.ts';
import { membership } from '../../src/experiments/better-hessians/study/network-parts.ts';
import {
  drawResamples,
  groupScores,
  queryHalves,
} from '../../src/experiments/better-hessians/study/resamples.ts';
import {
  inverseWeights,
  type StudyRule,
  studyRules,
} from '../../src/experiments/better-hessians/study/rule.ts';
import { SpectralPredictions } from '../../src/experiments/better-hessians/study/spectral-predictions.ts';
import {
  bcaInterval,
  drawSubsets,
  influenceFunction,
  ldsOverNetworks,
  linearDatamodellingScore,
  networkInterval,
} from '../../src/influence/index.ts';
import { sortColumns, subsetPredictions } from '../../src/influence/judging/lds.ts';
import { DenseBasis, denseOperator, Matrix, matmul, rng } from '../../src/linalg/index.ts';
import { expectClose } from '../helpers/close.ts';
import { randomData, randomProblem } from '../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 5, 3], examples: 20, seed: 3 });
const { model, loss, theta, data } = problem;
const queries = randomData(model, loss, 6, 9);
const subsets = drawSubsets(20, 0.5, 8, 1);
const gradients = perExampleGradients(model, loss, theta, data);
const queryGradients = perExampleGradients(model, loss, theta, queries);
const hessian = hessianMatrix(problem);

/** The same rule as the library has it. */
const RULES: readonly (readonly [StudyRule, InverseRule])[] = [
  [
    { family: 'truncated', value: 1e-3, negative: 'keep', factors: 'product' },
    { kind: 'truncated', eps: 1e-3, negative: 'keep' },
  ],
  [
    { family: 'truncated', value: 1e-3, negative: 'drop', factors: 'product' },
    { kind: 'truncated', eps: 1e-3, negative: 'drop' },
  ],
  [
    { family: 'damped', value: 1e-2, negative: 'keep', factors: 'product' },
    { kind: 'damped', lambda: 1e-2 },
  ],
  [
    { family: 'damped', value: 1e-2, negative: 'absolute', factors: 'product' },
    { kind: 'absolute', lambda: 1e-2 },
  ],
  [
    { family: 'unrolled', value: 7, negative: 'keep', factors: 'product' },
    { kind: 'unrolled', time: 7 },
  ],
];

const operatorOf = (kind: (typeof LADDER)[number]): EigenOperator => CURVATURES[kind].build(problem);
const weightsOf = (operator: EigenOperator, rule: StudyRule): Float64Array => {
  const weights = inverseWeights(operator, rule);
  if (weights === undefined) throw new Error('no finite inverse');
  return weights;
};

describe('every curvature, every rule', () => {
  for (const kind of LADDER)
    test(kind, () => {
      const operator = operatorOf(kind);
      const sums = matmul(membership(subsets, 20), gradients);
      const predictions = new SpectralPredictions(operator, sums, [queryGradients]);
      const directions = unitRows(gradients);
      const parts = { hessian, directions, images: matmul(directions, hessian) };
      const form = inverseErrorForm(operator, parts);
      for (const [rule, same] of RULES) {
        const weights = weightsOf(operator, rule);
        const scores = influenceFunction({ curvature: operator, rule: same })
          .fit({ model, loss, theta }, data)
          .score(queries);
        const { values, sharesBelow } = predictions.predict(weights, 0);
        const long = subsetPredictions(scores, subsets);
        const scale = long.data.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
        expectClose(values.data, long.data, { atol: 1e-11 * scale });
        expect(sharesBelow[0]).toBeLessThanOrEqual(sharesBelow.length === 0 ? 0 : 1 + 1e-9);
        const error = inverseError(denseOperator(hessian, 'symmetric'), operator, same, gradients);
        expectClose([form(weights)], [error], { atol: 1e-9 * Math.max(1, error) });
        if (kind === 'hessian')
          expectClose([diagonalErrorForm(operator, directions)(weights)], [error], {
            atol: 1e-10 * Math.max(1, error),
          });
      }
    });
});

describe('shares of the variance', () => {
  /** Two directions, σ = −1e-5 and 1, each seen by its own query only. */
  const operator = new EigenOperator(new DenseBasis(Matrix.identity(2)), Float64Array.of(-1e-5, 1));
  const sums = Matrix.of([
    [1, 2],
    [3, 1],
    [2, 5],
  ]);

  test('a query that sees one direction takes all from it', () => {
    const only = (q: number[]): SpectralPredictions =>
      new SpectralPredictions(operator, sums, [Matrix.of([q])]);
    const f = Float64Array.of(-1e5, 1);
    expect(only([1, 0]).predict(f, 0)).toMatchObject({ negativeShare: 1, sharesBelow: [0, 1, 1] });
    expect(only([0, 1]).predict(f, 0)).toMatchObject({ negativeShare: 0, sharesBelow: [0, 0, 0] });
  });

  test('both together: covariance with the whole over the variance of the whole', () => {
    const { negativeShare, values } = new SpectralPredictions(operator, sums, [Matrix.of([[1, 1]])]).predict(
      Float64Array.of(2, 1),
      0,
    );
    // parts −2·(1, 3, 2) and −(2, 1, 5): deviations (2, −2, 0) and (2/3, 5/3, −7/3), whole (8/3, −1/3, −7/3)
    expectClose(values.data, [-4, -7, -9], { atol: 1e-15 });
    expectClose([negativeShare], [(2 * (8 / 3) + -2 * (-1 / 3)) / (64 / 9 + 1 / 9 + 49 / 9)], {
      atol: 1e-15,
    });
  });
});

describe('rules', () => {
  const operator = new EigenOperator(new DenseBasis(Matrix.identity(3)), Float64Array.of(-0.5, 1e-6, 2));
  const rule = (family: StudyRule['family'], value: number, negative: StudyRule['negative']): StudyRule => ({
    family,
    value,
    negative,
    factors: 'product',
  });

  test('negative eigenvalues are kept, counted as zero, or taken by their size', () => {
    const weights = (r: StudyRule): number[] => Array.from(weightsOf(operator, r));
    expect(weights(rule('truncated', 1e-4, 'keep'))).toEqual([-2, 0, 0.5]);
    expect(weights(rule('truncated', 1e-4, 'drop'))).toEqual([0, 0, 0.5]);
    expect(weights(rule('truncated', 1e-4, 'absolute'))).toEqual([2, 0, 0.5]);
    expectClose(weights(rule('damped', 1, 'keep')), [2, 1 / (1 + 1e-6), 1 / 3], { atol: 1e-15 });
    expectClose(weights(rule('damped', 1, 'drop')), [1, 1 / (1 + 1e-6), 1 / 3], { atol: 1e-15 });
    expectClose(weights(rule('damped', 1, 'absolute')), [1 / 1.5, 1 / (1 + 1e-6), 1 / 3], { atol: 1e-15 });
  });

  test('a vanishing denominator and an overflowing filter have no answer', () => {
    expect(inverseWeights(operator, rule('damped', 0.5, 'keep'))).toBeUndefined();
    expect(inverseWeights(operator, rule('unrolled', 1e4, 'keep'))).toBeUndefined();
    const dropped = weightsOf(operator, rule('unrolled', 1e4, 'drop')); // f(0) = t for the dropped one
    expectClose(Array.from(dropped), [1e4, -Math.expm1(-1e-2) / 1e-6, 0.5], { rtol: 1e-14 });
  });

  test('K-FAC factor by factor: the product of the factors’ inverses', () => {
    const kfac = operatorOf('kfac');
    const weights = weightsOf(kfac, { family: 'damped', value: 0.1, negative: 'keep', factors: 'separate' });
    const block = (kfac.factors ?? [])[0];
    expectClose([weights[block.indices[0]]], [1 / ((block.left[0] + 0.1) * (block.right[0] + 0.1))], {
      rtol: 1e-14,
    });
  });

  test('only the Hessian has signs to treat, only K-FAC factors to separate', () => {
    const count = (kind: (typeof LADDER)[number]): number => studyRules(kind, 1).length;
    expect(LADDER.map(count)).toEqual([48, 16, 16, 16, 31]);
  });
});

describe('resamples', () => {
  const outcomes = new Matrix(8, 6, rng(4, 'outcomes').fillNormal(new Float64Array(48)));
  const scores = new Matrix(6, 20, rng(5, 'scores').fillNormal(new Float64Array(120)));
  const groups = queryHalves(6, 2);
  const samples = drawResamples(8, 50, 7);
  const made = groupScores(sortColumns(outcomes), subsetPredictions(scores, subsets), samples, groups);

  test('all queries: the bootstrap of linearDatamodellingScore, bit for bit', () => {
    const { bootstrap } = linearDatamodellingScore({ scores, subsets, outcomes, resamples: 50, seed: 7 });
    expect(made.all).toMatchObject(bootstrap);
    expect(networkInterval(made.all)).toEqual(bcaInterval(bootstrap));
  });

  test('several networks: estimate, left-out networks and interval of ldsOverNetworks', () => {
    const networks = [0, 1, 2].map(
      (m) => new Matrix(6, 20, rng(6, 'scores', m).fillNormal(new Float64Array(120))),
    );
    const parts = networks.map((one) => subsetPredictions(one, subsets));
    const sumOf = (some: readonly Matrix[]): Matrix =>
      new Matrix(
        8,
        6,
        some[0].data.map((_, k) => some.reduce((sum, { data }) => sum + data[k], 0)),
      );
    const without = parts.map((_, left) => sumOf(parts.filter((_, m) => m !== left)));
    const { all } = groupScores(sortColumns(outcomes), sumOf(parts), samples, groups, without);
    const [{ ensemble }] = ldsOverNetworks({ scores: [networks], subsets, outcomes, resamples: 50, seed: 7 });
    for (const field of ['subsetReplicates', 'jackknife', 'withoutNetwork'] as const)
      expectClose(all[field], ensemble[field], { atol: 1e-13 });
    expectClose(all.withoutBoth.data, ensemble.withoutBoth.data, { atol: 1e-13 });
    expectClose(networkInterval(all), networkInterval(ensemble), { atol: 1e-12 });
  });

  test('zeroed rows count as 0 in their half; a rule that leaves no scores at all has no LDS', () => {
    const silent = groups.first[0];
    const data = scores.data.map((value, k) => (Math.floor(k / 20) === silent ? 0 : value));
    const judge = (some: Matrix) =>
      groupScores(sortColumns(outcomes), subsetPredictions(some, subsets), samples, groups);
    const zeroed = judge(new Matrix(6, 20, data));
    const { perQuery } = linearDatamodellingScore({ scores, subsets, outcomes, resamples: 1 });
    expect(zeroed.first.estimate).toBeCloseTo(
      (perQuery[groups.first[1]] + perQuery[groups.first[2]]) / 3,
      14,
    );
    expect(zeroed.second).toEqual(made.second);
    expect(judge(new Matrix(6, 20)).all.estimate).toBeNaN();
  });

  test('halves are disjoint, cover all, and average to all', () => {
    expect([...groups.first, ...groups.second].sort()).toEqual(Array.from(groups.all));
    expect([groups.first.length, groups.second.length]).toEqual([3, 3]);
    expectClose(
      made.all.replicates,
      made.first.replicates.map((x, b) => (x + made.second.replicates[b]) / 2),
      { atol: 1e-14 },
    );
  });
});
