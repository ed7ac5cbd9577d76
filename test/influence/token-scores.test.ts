/** @file Scores of pairs of tokens: PyTorch's, and sums that are the scores of the examples. */
import { describe, expect, test } from 'vitest';
import { type Dataset, exampleValues, selectExamples } from '../../src/autodiff/index.ts';
import { ggn, type Problem } from '../../src/curvature/index.ts';
import {
  attribute,
  InfluenceChain,
  influenceFunction,
  LangevinChain,
  resolveSampler,
  samplingPlan,
  tokenScores,
} from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { maxAbs } from '../../src/linalg/sum.ts';
import { SHARED_PROBLEMS } from '../helpers/shared-networks.ts';

describe.each(SHARED_PROBLEMS)('%s', (_, { model, loss, theta, data }) => {
  test('rows and columns add up to the score of the pair', () => {
    const rule = { kind: 'damped', lambda: 0.1 } as const;
    const fitted = { model, loss, theta };
    const c = ggn({ ...fitted, data });
    for (const measurement of loss === 'cross-entropy'
      ? (['loss', 'margin'] as const)
      : (['loss', 'absolute-error'] as const)) {
      const whole = influenceFunction({ curvature: 'ggn', rule, measurement }).fit(fitted, data).score(data);
      const parts = tokenScores(fitted, data, data, (g) => c.applyInverse(g, rule), { measurement });
      const P = model.outputPositions;
      expect([parts.rows, parts.cols]).toEqual([P * whole.rows, P * whole.cols]);
      for (let q = 0; q < whole.rows; q++)
        for (let i = 0; i < whole.cols; i++) {
          let sum = 0;
          for (let t = 0; t < P; t++) for (let s = 0; s < P; s++) sum += parts.at(q * P + t, i * P + s);
          expect(Math.abs(sum - whole.at(q, i))).toBeLessThan(1e-12 * maxAbs(whole));
        }
    }
  });
});

test('attribute tells them beside its scores, averaged over models; other methods say that they have none', () => {
  const [, { model, loss, theta, data }] = SHARED_PROBLEMS[2];
  const models = [theta, theta.map((x) => 0.9 * x)].map((own) => ({ model, loss, theta: own }));
  const job = { models, train: data, queries: data, options: { damping: 0.1 } };
  const each = models.map((fitted) => {
    const c = ggn({ ...fitted, data });
    return tokenScores(fitted, data, data, (g) => c.applyInverse(g, { kind: 'damped', lambda: 0.1 }));
  });
  const mean = each[0].data.map((x, k) => (x + each[1].data[k]) / 2);
  expect(attribute({ ...job, method: 'ggn', tokens: true }).tokenScores?.data).toEqual(mean);
  expect(attribute({ ...job, method: 'ggn' }).tokenScores).toBeUndefined();
  expect(() => attribute({ ...job, method: 'cg', tokens: true })).toThrow(
    /cg has no scores of tokens; hessian, ggn/,
  );
  expect(() => attribute({ ...job, method: 'ggn', tokens: 1 as unknown as boolean })).toThrow(/tokens/);
});

describe.each(SHARED_PROBLEMS)('bif: %s', (_, problem) => {
  const { model, loss, theta, data } = problem;
  const options = { chains: 2, draws: 40, burnIn: 3, gamma: 40, batch: 4 };
  const P = model.outputPositions;

  test('covariances of the parts of loss and measurement at every draw, which add up to the scores', () => {
    const queries = selectExamples(data, [1, 4]);
    const job = { models: [{ model, loss, theta }], train: data, queries, options } as const;
    const plain = attribute({ ...job, method: 'bif' });
    const { scores, tokenScores: parts } = attribute({ ...job, method: 'bif', tokens: true });
    expect(scores.data).toEqual(plain.scores.data);
    expect([parts?.rows, parts?.cols]).toEqual([2 * P, P * data.inputs.rows]);
    const sum = (q: number, i: number): number => {
      let total = 0;
      for (let t = 0; t < P; t++) for (let s = 0; s < P; s++) total += parts?.at(q * P + t, i * P + s) ?? 0;
      return total;
    };
    for (let q = 0; q < 2; q++)
      for (let i = 0; i < scores.cols; i++)
        expect(Math.abs(sum(q, i) - scores.at(q, i))).toBeLessThan(1e-12 * maxAbs(scores.data));

    const settings = resolveSampler(problem, options);
    const [x, y]: [number[][], number[][]] = [[], []];
    for (let c = 0; c < 2; c++) {
      const chain = new LangevinChain(problem, settings, c);
      for (let t = 0; t < settings.draws; t++) {
        chain.stepsTo(t);
        x.push(partsOf(problem, chain.theta, data));
        y.push(partsOf(problem, chain.theta, queries));
      }
    }
    const centred = (rows: readonly number[][], k: number): number[] => {
      const mean = rows.reduce((total, row) => total + row[k], 0) / rows.length;
      return rows.map((row) => row[k] - mean);
    };
    for (let a = 0; a < y[0].length; a++)
      for (let b = 0; b < x[0].length; b++) {
        const [own, other] = [centred(y, a), centred(x, b)];
        const covariance = own.reduce((total, v, k) => total + v * other[k], 0) / (own.length - 1);
        expect(Math.abs((parts?.at(a, b) ?? 0) - settings.nBeta * covariance)).toBeLessThan(1e-11 * maxAbs(scores.data)); // biome-ignore format: one line
      }
  });

  test('a chain that is stopped and continued has the same bits; samples without positions say so', () => {
    const fitted = { model, loss, theta };
    const plan = samplingPlan(options, { fitted, train: data }, data, true);
    const { settings, target } = plan;
    const [whole, begun] = [0, 1].map(() => new InfluenceChain(problem, settings, target, 0));
    whole.advance();
    begun.advance(17);
    const later = new InfluenceChain(problem, settings, target, 0, structuredClone(begun.state()));
    later.advance();
    expect(later.sample()).toEqual(whole.sample());
    const bare = new InfluenceChain(problem, settings, { ...target, positions: false }, 0);
    bare.advance();
    const job = { method: 'bif', options: { ...options, chains: 1 }, models: [fitted], train: data, queries: data } as const; // biome-ignore format: one line
    expect(() => attribute({ ...job, samples: [[bare.sample()]], tokens: true })).toThrow(
      /samples have no positions/,
    );
  });
});

/** w_is ℓ_is of every example and position, one at a time. */
function partsOf({ model, loss }: Problem, theta: Float64Array, data: Dataset): number[] {
  const [P, n] = [model.outputPositions, data.inputs.rows];
  if (P === 1) return Array.from(exampleValues(model, loss, theta, data));
  const at = Array.from({ length: P }, (_, s) => {
    const only = new Matrix(n, P);
    for (let i = 0; i < n; i++) only.set(i, s, data.weights?.at(i, s) ?? 1 / P);
    return exampleValues(model, loss, theta, { ...data, weights: only });
  });
  return Array.from({ length: n * P }, (_, k) => at[k % P][Math.floor(k / P)]);
}
