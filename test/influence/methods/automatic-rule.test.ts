/** @file The rule that nobody gave: it follows the matrix, at any loss and in any units; and what a cut discards. */
import { describe, expect, test } from 'vitest';
import type { ClassificationData } from '../../../src/autodiff/dataset.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { exampleValues, perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { fromTorchOrder, toTorchOrder } from '../../../src/autodiff/torch-order.ts';
import { Trainer } from '../../../src/autodiff/train.ts';
import { EigenOperator } from '../../../src/curvature/eigen-operator.ts';
import { hessianMatrix } from '../../../src/curvature/hessian.ts';
import type { InverseRule } from '../../../src/curvature/inverse-rule.ts';
import { LADDER } from '../../../src/curvature/ladder.ts';
import { CURVATURE_KINDS, CURVATURES } from '../../../src/curvature/registry.ts';
import {
  automaticDamping,
  automaticRule,
  meanEigenvalue,
} from '../../../src/influence/attributors/damping-rule.ts';
import { influenceFunction } from '../../../src/influence/attributors/influence-function.ts';
import { spearman } from '../../../src/influence/judging/rank-correlation.ts';
import { attribute } from '../../../src/influence/methods/attribute.ts';
import type { MethodName, MethodOptions } from '../../../src/influence/methods/method-name.ts';
import { symmetricEigen } from '../../../src/linalg/eigen/symmetric-eigen.ts';
import { DomainError, SingularError } from '../../../src/linalg/errors.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { matmul } from '../../../src/linalg/products.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { gradient, logits, type Row, type Sizes, solve } from '../../experiments/plain-network.ts';
import { relativeError } from '../../helpers/close.ts';
import * as trained from './trained.ts';

const SIZES: Sizes = [2, 4, 2];
const model = new Mlp([...SIZES], 'tanh');
const N = 30;
const Q = 4;

/** Two normal clouds, far apart. */
function clouds(n: number, name: string): ClassificationData {
  const random = rng(1, name);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  const inputs = new Matrix(n, 2, random.fillNormal(new Float64Array(2 * n)));
  for (let i = 0; i < n; i++) inputs.set(i, 0, inputs.at(i, 0) + 4 * labels[i] - 2);
  return { inputs, labels };
}

const train = clouds(N, 'train');
const queries = clouds(Q, 'queries');
const theta = new Trainer(model, 'cross-entropy', train, {
  epochs: 60,
  batch: 10,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 0,
  schedule: 'cosine',
  initialisation: 'torch',
  dropLast: true,
}).train({ seed: 0 });

/** The network with its last layer multiplied: more certain, or less. */
function sharpened(factor: number): Float64Array {
  const out = theta.slice();
  for (let k = model.layers[1].offset; k < out.length; k++) out[k] *= factor;
  return out;
}

const rows = ({ inputs }: ClassificationData): Row[] =>
  Array.from({ length: inputs.rows }, (_, i) => Array.from(inputs.row(i)));

/** J of the logits by differences, p, and ∇L = Jᵀ(p − e_y) without cancellation; parameters in PyTorch's order. */
function byDefinition(
  p: Row,
  data: ClassificationData,
): { jacobians: number[][][]; gradients: number[][]; probabilities: number[][] } {
  const jacobians: number[][][] = [];
  const gradients: number[][] = [];
  const probabilities: number[][] = [];
  for (const [i, x] of rows(data).entries()) {
    const jacobian = [0, 1].map((k) => gradient((q) => logits(SIZES, q, x)[k], p));
    const u = logits(SIZES, p, x);
    const s = [1 / (1 + Math.exp(u[1] - u[0])), 1 / (1 + Math.exp(u[0] - u[1]))];
    const other = 1 - data.labels[i];
    const slope = (k: number): number => (k === other ? s[other] : -s[other]);
    jacobians.push(jacobian);
    probabilities.push(s);
    gradients.push(p.map((_, j) => slope(0) * jacobian[0][j] + slope(1) * jacobian[1][j]));
  }
  return { jacobians, gradients, probabilities };
}

/** Scores by the GGN damped by a tenth of its mean eigenvalue: dense sums and elimination. `unit` multiplies parameters' derivatives. */
function expectedScores(p: Row, unit: (parameter: number) => number): number[][] {
  const { jacobians, gradients, probabilities } = byDefinition(p, train);
  const wanted = byDefinition(p, queries).gradients;
  const d = p.length;
  const ggn = p.map((_, a) =>
    p.map((_, b) =>
      jacobians.reduce((sum, [j0, j1], i) => {
        const [s0, s1] = probabilities[i];
        return sum + (unit(a) * unit(b) * s0 * s1 * (j0[a] - j1[a]) * (j0[b] - j1[b])) / N;
      }, 0),
    ),
  );
  const lambda = (0.1 * ggn.reduce((sum, row, a) => sum + row[a], 0)) / d;
  const damped = ggn.map((row, a) => row.map((value, b) => value + (a === b ? lambda : 0)));
  return wanted.map((g) => {
    const x = solve(
      damped,
      g.map((value, a) => unit(a) * value),
    );
    return gradients.map((own) => own.reduce((sum, value, a) => sum + unit(a) * value * x[a], 0));
  });
}

describe('at losses from 1 to 1e-7', () => {
  for (const [factor, from, to] of [
    [-0.3, 0.5, 3],
    [0.3, 0.05, 1],
    [1, 1e-4, 1e-1],
    [2.4, 1e-7, 1e-3],
    [4, 1e-12, 1e-5],
  ] as const)
    test(`last layer × ${factor}`, () => {
      const fitted = { model, loss: 'cross-entropy' as const, theta: sharpened(factor) };
      const mean = exampleValues(model, 'cross-entropy', fitted.theta, train).reduce((a, b) => a + b, 0) / N;
      expect(mean).toBeGreaterThan(from);
      expect(mean).toBeLessThan(to);
      const expected = expectedScores(Array.from(toTorchOrder(model, fitted.theta)), () => 1);
      const found = attribute({ method: 'ggn', models: [fitted], train, queries });
      expect(relativeError(found.scores.data, Float64Array.from(expected.flat()))).toBeLessThan(1e-8);
      expect(found.discarded).toEqual({ query: 0, train: 0 });
      expect(found.warnings).toEqual([]);
      for (const method of CURVATURE_KINDS) {
        const { scores, warnings } = attribute({ method, models: [fitted], train, queries });
        expect(warnings).toEqual([]);
        for (let q = 0; q < Q; q++) expect(Math.max(...scores.row(q).map(Math.abs))).toBeGreaterThan(0);
      }
    });

  test('the published rule leaves nothing of a certain network, and says so', () => {
    const fitted = { model, loss: 'cross-entropy' as const, theta: sharpened(4) };
    for (const method of CURVATURE_KINDS) {
      const options = { rule: 'paper' } as const;
      const { scores, discarded, warnings } = attribute({
        method,
        options,
        models: [fitted],
        train,
        queries,
      });
      expect(scores.data.every((value) => value === 0)).toBe(true);
      expect(discarded).toEqual({ query: 1, train: 1 });
      expect(warnings.join(' ')).toMatch(
        /discarded, 100 % of that of the query gradients.*Every score is 0/s,
      );
    }
  });
});

describe('features in other units', () => {
  const first = model.layers[0];
  const inFile = Array.from(toTorchOrder(model, theta));
  const weights = first.inputs * first.outputs;
  for (const c of [1e-3, 1e-1, 10, 1e3])
    test(`features × ${c}, first weights ÷ ${c}: the formula holds, ranks stay near`, () => {
      const scale = (data: ClassificationData): ClassificationData => ({
        ...data,
        inputs: new Matrix(
          data.inputs.rows,
          2,
          data.inputs.data.map((x) => c * x),
        ),
      });
      const moved = fromTorchOrder(
        model,
        Float64Array.from(inFile, (x, k) => (k < weights ? x / c : x)),
      );
      const fitted = { model, loss: 'cross-entropy' as const, theta: moved };
      const job = { models: [fitted], train: scale(train), queries: scale(queries) };
      const { scores, warnings } = attribute({ ...job, method: 'ggn' });
      const expected = expectedScores(inFile, (parameter) => (parameter < weights ? c : 1));
      expect(relativeError(scores.data, Float64Array.from(expected.flat()))).toBeLessThan(1e-8);
      const same = attribute({ method: 'ggn', models: [{ ...fitted, theta }], train, queries }).scores;
      for (let q = 0; q < Q; q++) expect(spearman(scores.row(q), same.row(q))).toBeGreaterThan(0.3);
      expect(warnings.length).toBe(c === 1e-3 || c === 1e3 ? 1 : 0);
      for (const text of warnings) expect(text).toMatch(/root mean square of the features.*Standardise/);
    });
});

test('λ follows a given operator: a multiple of C has that multiple of λ, and an indefinite one is shifted', () => {
  const problem = { model, loss: 'cross-entropy' as const, theta, data: train };
  for (const kind of CURVATURE_KINDS) {
    const operator = CURVATURES[kind].build(problem);
    const lambda = lambdaOf(automaticRule(operator));
    const mean = operator.values.reduce((sum, s) => sum + Math.abs(s), 0) / operator.values.length;
    expect(lambda).toBeCloseTo(0.1 * mean - Math.min(0, ...operator.values), 12);
    const larger = new EigenOperator(
      operator.basis,
      operator.values.map((s) => 2 ** 30 * s),
    );
    expect(lambdaOf(automaticRule(larger))).toBe(2 ** 30 * lambda);
    const fitted = influenceFunction({ curvature: operator }).fit(problem, train);
    expect(fitted.rule).toEqual({ kind: 'damped', lambda });
  }
  const zero = new EigenOperator(
    CURVATURES.kfac.build(problem).basis,
    new Float64Array(model.parameterCount),
  );
  expect(() => automaticRule(zero)).toThrow(SingularError);
});

function lambdaOf(rule: InverseRule): number {
  return rule.kind === 'damped' ? rule.lambda : expect.fail(rule.kind);
}

test('the Hessian is shifted until it is positive definite: λ ≥ 0.1 tr(G)/D − σ_min', () => {
  const job = { models: [trained.models[0]], train: trained.train, queries: trained.queries };
  const problem = { ...trained.models[0], data: trained.train };
  const lambda = attribute({ ...job, method: 'hessian' }).damping?.[0] ?? expect.fail('no damping');
  const { values } = symmetricEigen(hessianMatrix(problem), { method: 'jacobi' });
  const ggn = attribute({ ...job, method: 'ggn' }).damping?.[0] ?? expect.fail('no damping');
  expect(lambda).toBeGreaterThanOrEqual(ggn - Math.min(0, values[0]) - 1e-15);
  expect(lambda).toBeLessThan((ggn - Math.min(0, values[0])) * 1.01);
});

test('no rule, auto, and damping auto are one thing; paper is the published rule', () => {
  const job = { models: [trained.models[0]], train: trained.train, queries: trained.queries };
  for (const method of CURVATURE_KINDS) {
    const scores = (options: MethodOptions): Float64Array =>
      attribute({ ...job, method, options }).scores.data;
    expect(scores({ rule: 'auto' })).toEqual(scores({}));
    expect(scores({ damping: 'auto' })).toEqual(scores({}));
    const rule = { kind: 'truncated', eps: 1e-4, negative: 'keep' } as const;
    expect(scores({ rule: 'paper' })).toEqual(scores({ rule }));
  }
  expect(() => influenceFunction({ curvature: 'ggn', rule: 'best' as 'auto' })).toThrow(DomainError);
  expect(() => influenceFunction({ curvature: 'ggn', rule: 5 as unknown as 'auto' })).toThrow(/rule must be/);
});

describe('regression with one output', () => {
  const random = rng(7, 'regression');
  const inputs = new Matrix(20, 3, random.fillNormal(new Float64Array(60)));
  const targets = new Matrix(
    20,
    1,
    Float64Array.from({ length: 20 }, (_, i) => inputs.at(i, 0) + random.normal()),
  );
  const line = new Mlp([3, 1], 'tanh');
  const parameters = random.fillNormal(new Float64Array(4));
  const data = { inputs, targets };

  for (const units of [1e-6, 1, 1e6])
    test(`targets × ${units}: the closed form of a damped least-squares problem`, () => {
      const scaled = {
        inputs,
        targets: new Matrix(
          20,
          1,
          targets.data.map((t) => units * t),
        ),
      };
      const fitted = { model: line, loss: 'squared-error' as const, theta: parameters.map((w) => units * w) };
      const design = Array.from({ length: 20 }, (_, i) => [...inputs.row(i), 1]);
      const residuals = design.map(
        (x, i) => units * (x.reduce((sum, v, j) => sum + v * parameters[j], 0) - targets.at(i, 0)),
      );
      const second = [0, 1, 2, 3].map((a) =>
        [0, 1, 2, 3].map((b) => design.reduce((sum, x) => sum + (x[a] * x[b]) / 20, 0)),
      );
      const lambda = (0.1 * (second[0][0] + second[1][1] + second[2][2] + second[3][3])) / 4;
      const damped = second.map((row, a) => row.map((value, b) => value + (a === b ? lambda : 0)));
      const expected = design.flatMap((x, q) => {
        const solved = solve(
          damped,
          x.map((v) => residuals[q] * v),
        );
        return design.map((y, i) => y.reduce((sum, v, j) => sum + residuals[i] * v * solved[j], 0));
      });
      for (const method of LADDER.filter((kind) => kind !== 'hessian')) {
        const { scores } = attribute({ method, models: [fitted], train: scaled, queries: scaled });
        expect(relativeError(scores.data, Float64Array.from(expected))).toBeLessThan(1e-12);
      }
    });

  test('several models: shares are means, sentences are not repeated', () => {
    const models = [1, 2].map((factor) => ({
      model: line,
      loss: 'squared-error' as const,
      theta: parameters.map((w) => factor * w),
    }));
    const options = { rule: { kind: 'truncated', eps: 0.9, negative: 'keep' } } as const;
    const job = { method: 'ggn' as const, options, train: data, queries: data };
    const alone = models.map((one) => attribute({ ...job, models: [one] }));
    const both = attribute({ ...job, models });
    const mean = alone.reduce((sum, { discarded }) => sum + (discarded.query ?? Number.NaN) / 2, 0);
    expect(both.discarded.query).toBeCloseTo(mean, 14);
    expect(mean).toBeGreaterThan(0.1);
    expect(both.warnings.length).toBe(1);
    const huge = attribute({ ...job, models, options: { damping: 1e100 } });
    expect(huge.warnings).toEqual([expect.stringMatching(/λ = 1e\+100 hides the curvature/)]);
  });
});

describe('what a cut discards', () => {
  const fitted = trained.models[0];
  const problem = { ...fitted, data: trained.train };

  /** By the matrix itself and Jacobi's method, another basis of the same eigenspaces. */
  function share(matrix: Matrix, gradients: Matrix, keeps: (sigma: number) => boolean): number {
    const { values, vectors } = symmetricEigen(matrix, { method: 'jacobi' });
    const z = matmul(gradients, vectors);
    let kept = 0;
    let total = 0;
    for (let i = 0; i < z.rows; i++)
      for (let j = 0; j < z.cols; j++) {
        total += z.at(i, j) ** 2;
        if (keeps(values[j])) kept += z.at(i, j) ** 2;
      }
    return 1 - kept / total;
  }

  for (const method of CURVATURE_KINDS)
    for (const eps of [1e-3, 3e-2, 0.2])
      for (const negative of ['keep', 'drop'] as const)
        test(`${method}, ε = ${eps}, negative eigenvalues: ${negative}`, () => {
          const rule = { kind: 'truncated', eps, negative } as const;
          const { discarded, warnings } = attribute({
            method,
            options: { rule },
            models: [fitted],
            train: trained.train,
            queries: trained.queries,
          });
          const matrix = CURVATURES[method].build(problem).toDense();
          const keeps = (sigma: number): boolean => sigma > eps || (negative === 'keep' && sigma < -eps);
          const of = (data: ClassificationData): number =>
            share(matrix, perExampleGradients(fitted.model, 'cross-entropy', fitted.theta, data), keeps);
          expect(discarded.query).toBeCloseTo(of(trained.queries), 10);
          expect(discarded.train).toBeCloseTo(of(trained.train), 10);
          const doubtful = Math.max(of(trained.queries), of(trained.train)) > 0.1;
          expect(warnings.some((text) => text.includes('discarded'))).toBe(doubtful);
        });

  test('Arnoldi: outside its eigenvectors; nothing with all of them. LoGra: outside its projections. Random ones have no share', () => {
    const run = (method: MethodName, options: MethodOptions): ReturnType<typeof attribute> =>
      attribute({ method, options, models: [fitted], train: trained.train, queries: trained.queries });
    const rank = 10;
    const matrix = hessianMatrix(problem);
    const largest = Array.from(symmetricEigen(matrix, { method: 'jacobi' }).values, Math.abs).sort(
      (a, b) => b - a,
    );
    const gradients = perExampleGradients(fitted.model, 'cross-entropy', fitted.theta, trained.queries);
    const expected = share(matrix, gradients, (sigma) => Math.abs(sigma) >= largest[rank - 1] * (1 - 1e-9));
    expect(run('arnoldi', { rank, iterations: fitted.model.parameterCount }).discarded.query).toBeCloseTo(
      expected,
      8,
    );
    expect(run('logra', {}).discarded.train).toBeCloseTo(0, 12);
    expect(run('logra', { dimension: 1 }).discarded.query).toBeGreaterThan(0.5);
    expect(run('logra', { dimension: 1, initialisation: 'random' }).discarded).toMatchObject({
      query: null,
      reason: expect.stringMatching(/random projection/),
    });
    for (const method of ['cg', 'grad-dot', 'datainf'] as const)
      expect(run(method, {}).discarded).toEqual({ query: 0, train: 0 });
    expect(run('random', {}).discarded.reason).toMatch(/no gradient/);
  });

  test('gradients of 1e-160 have shares; gradients of 0 have none, with the reason', () => {
    const operator = CURVATURES.ggn.build(problem);
    const certain = { model, loss: 'cross-entropy' as const, theta: sharpened(400) };
    const given = influenceFunction({
      curvature: CURVATURES.ggn.build({ ...certain, theta, data: train }),
      rule: 'paper',
    });
    const tiny = given.fit(certain, train).discarded(queries);
    expect(tiny.query === null || (tiny.query >= 0 && tiny.query <= 1)).toBe(true);
    expect(operator.complete).toBe(true);
    const none = { model, loss: 'cross-entropy' as const, theta: sharpened(1e6) };
    expect(given.fit(none, train).discarded(queries)).toEqual({
      query: null,
      train: null,
      reason: 'the gradients are 0 to the last digit',
    });
  });
});

test('one query of gradient 0 among others', () => {
  const far = new Matrix(2, 2, Float64Array.of(-2, 0, -1e6, 0));
  const certain = {
    model: new Mlp([2, 2], 'tanh'),
    loss: 'cross-entropy' as const,
    theta: Float64Array.of(-1, 0, 0, 1, 0, 0),
  };
  const { warnings } = attribute({
    method: 'ggn',
    models: [certain],
    train,
    queries: { inputs: far, labels: Int32Array.of(0, 0) },
  });
  expect(warnings).toEqual([expect.stringMatching(/1 of 2 queries has the same score/)]);
});

test('a network that is certain beyond double precision is refused', () => {
  const certain = { model, loss: 'cross-entropy' as const, theta: sharpened(1e6) };
  for (const method of [...CURVATURE_KINDS, 'cg'] as const)
    expect(() => attribute({ method, models: [certain], train, queries })).toThrow(
      /curvature of the loss is 0/,
    );
});

test.each([
  [44, 'tanh', true, 100],
  [189, 'sigmoid', false, 100],
  [869, 'sigmoid', true, 100],
  [1293, 'sigmoid', false, 1],
] as const)(
  'λ makes the Hessian of seed %i definite, where a short Lanczos run settles on another eigenvalue',
  (seed, activation, bias, unit) => {
    const random = rng(seed, 'indefinite');
    const model = new Mlp([3, 4, 2], activation, { bias });
    const theta = random.fillNormal(new Float64Array(model.parameterCount)).map((value) => 0.4 * value);
    const inputs = new Matrix(12, 3, random.fillNormal(new Float64Array(36)));
    const targets = new Matrix(
      12,
      2,
      random.fillNormal(new Float64Array(24)).map((value) => unit * value),
    );
    const problem = { model, loss: 'squared-error' as const, theta, data: { inputs, targets } };
    const smallest = symmetricEigen(hessianMatrix(problem)).values[0];
    const least = 0.1 * meanEigenvalue(problem) - smallest;
    const { rule } = influenceFunction({ curvature: 'hessian' }).fit(problem, problem.data);
    expect(rule.kind).toBe('damped');
    for (const lambda of [automaticDamping(problem, 'hessian'), rule.kind === 'damped' ? rule.lambda : 0]) {
      expect(lambda).toBeGreaterThanOrEqual(least * (1 - 1e-12));
      expect(lambda).toBeLessThanOrEqual(least * (1 + 2e-3));
    }
  },
);
