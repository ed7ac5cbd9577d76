/** @file Laws of influence scores: definition, invariances, degenerate examples, decomposition, refusals. */
import { describe, expect, test } from 'vitest';
import { type Dataset, type RegressionData, selectExamples } from '../../src/autodiff/dataset.ts';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { logits, perExampleGradients } from '../../src/autodiff/per-example.ts';
import type { InverseRule } from '../../src/curvature/inverse-rule.ts';
import { CURVATURE_KINDS, CURVATURES } from '../../src/curvature/registry.ts';
import { gradientDot } from '../../src/influence/attributors/gradient-dot.ts';
import { influenceFunction } from '../../src/influence/attributors/influence-function.ts';
import { iterativeInfluence } from '../../src/influence/attributors/iterative-influence.ts';
import { measurementFunction, queryMeasurer } from '../../src/influence/measurement.ts';
import {
  DomainError,
  NonFiniteError,
  ShapeError,
  SingularError,
  UnsupportedError,
} from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { randomData, randomProblem } from '../helpers/problems.ts';
import { gaussSolve } from './gauss-solve.ts';

const problem = randomProblem({ sizes: [3, 4, 3], examples: 13, seed: 2 });
const { data: train, ...fittedModel } = problem;
const { model, theta } = fittedModel;
const queries = randomData(model, 'cross-entropy', 5, 9);
const rule: InverseRule = { kind: 'damped', lambda: 1.5 };
const largest = (a: Matrix): number => a.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
const close = (a: Matrix): { atol: number } => ({ atol: 1e-12 * largest(a) });

/** Every attributor of the library on this problem; λ makes the Hessian positive definite. */
const ATTRIBUTORS = [
  ...CURVATURE_KINDS.map(
    (curvature) => (chunk: number) => influenceFunction({ curvature: CURVATURES[curvature], rule, chunk }),
  ),
  (chunk: number) => influenceFunction({ curvature: 'ekfac', rule, measurement: 'margin', chunk }),
  (chunk: number) => iterativeInfluence({ curvature: 'hessian', damping: 1.5, rtol: 1e-14, chunk }),
  (chunk: number) => gradientDot({ chunk }),
  (chunk: number) => gradientDot({ similarity: 'cosine', measurement: 'margin', chunk }),
];

describe('definition', () => {
  for (const measurement of ['loss', 'margin'] as const)
    test(`score = ∇m(z_q)ᵀ (C + λI)⁻¹ ∇L(z_i), each by Gaussian elimination: ${measurement}`, () => {
      const gm = perExampleGradients(
        model,
        measurementFunction(measurement, 'cross-entropy'),
        theta,
        queries,
      );
      const gl = perExampleGradients(model, 'cross-entropy', theta, train);
      for (const curvature of ['hessian', 'ekfac'] as const) {
        const c = CURVATURES[curvature].matrix(problem).toArray();
        const damped = c.map((row, i) => row.map((v, j) => v + (i === j ? 1.5 : 0)));
        const expected = gm.toArray().map((g) => {
          const v = gaussSolve(damped, g);
          return gl.toArray().map((h) => h.reduce((s, x, k) => s + x * v[k], 0));
        });
        const scores = influenceFunction({ curvature, rule, measurement })
          .fit(fittedModel, train)
          .score(queries);
        expectMatrixClose(scores, Matrix.of(expected), close(scores));
      }
    });

  test('rules act through the spectrum: a truncated inverse is damping with nothing kept and nothing added', () => {
    const operator = CURVATURES.ggn.build(problem);
    const truncated = influenceFunction({
      curvature: operator,
      rule: { kind: 'truncated', eps: 1e-4, negative: 'drop' },
    });
    const scores = truncated.fit(fittedModel, train).score(queries);
    const gm = perExampleGradients(model, 'cross-entropy', theta, queries);
    const gl = perExampleGradients(model, 'cross-entropy', theta, train);
    const zm = operator.basis.rotate(gm);
    const zl = operator.basis.rotate(gl);
    for (let q = 0; q < 5; q++)
      for (let i = 0; i < 13; i++) {
        let expected = 0;
        for (const [k, sigma] of operator.values.entries())
          if (sigma > 1e-4) expected += (zm.at(q, k) * zl.at(i, k)) / sigma;
        expect(Math.abs(scores.at(q, i) - expected)).toBeLessThanOrEqual(1e-12 * largest(scores));
      }
  });

  test('a curvature given is the curvature built; the fitted object holds it', () => {
    const operator = CURVATURES.kfac.build(problem, { partition: 'tensor' });
    const given = influenceFunction({ curvature: operator, rule, id: 'mine' });
    const built = influenceFunction({ curvature: 'kfac', rule, options: { partition: 'tensor' } });
    expect([given.id, built.id, influenceFunction({ curvature: operator, rule }).id]).toEqual([
      'mine',
      'kfac',
      'influence-function',
    ]);
    const fitted = given.fit(fittedModel, train);
    expect(fitted.curvature).toBe(operator);
    expect(fitted.score(queries)).toEqual(built.fit(fittedModel, train).score(queries));
  });
});

describe('every attributor', () => {
  for (const make of ATTRIBUTORS) {
    const attributor = make(1000);
    const name = `${attributor.id} ${attributor.measurement}`;
    const fitted = attributor.fit(fittedModel, train);
    const scores = fitted.score(queries);

    test(`${name}: chunks of training examples and queries change nothing`, () => {
      for (const chunk of [1, 4, 5]) {
        const chunked = make(chunk).fit(fittedModel, train);
        expectMatrixClose(chunked.score(queries), scores, close(scores));
        expectClose(chunked.selfInfluence(), fitted.selfInfluence(), close(scores));
      }
    });

    test(`${name}: a query's row does not depend on the other queries`, () => {
      const some = fitted.score(selectExamples(queries, Int32Array.of(3, 1)));
      expectClose(some.row(0), scores.row(3), close(scores));
      expectClose(some.row(1), scores.row(1), close(scores));
    });

    test(`${name}: the order of the training examples permutes the columns`, () => {
      const order = Int32Array.from([12, 0, 5, 3, 1, 2, 4, 11, 10, 9, 8, 7, 6]);
      const permuted = attributor.fit(fittedModel, selectExamples(train, order)).score(queries);
      const expected = Matrix.of(scores.toArray().map((row) => Array.from(order, (i) => row[i])));
      expectMatrixClose(permuted, expected, { atol: 1e-11 * largest(scores) });
    });

    test(`${name}: every example twice: the same scores, so that each copy has half the effect`, () => {
      const twice = Int32Array.from({ length: 26 }, (_, i) => i >> 1);
      const doubled = attributor.fit(fittedModel, selectExamples(train, twice)).score(queries);
      const expected = Matrix.of(scores.toArray().map((row) => Array.from(twice, (i) => row[i])));
      expectMatrixClose(doubled, expected, { atol: 1e-11 * largest(scores) });
    });

    test(`${name}: self-influence is the diagonal of the pairwise scores`, () => {
      const pairwise = fitted.score(train);
      expectClose(
        fitted.selfInfluence(),
        Array.from({ length: 13 }, (_, i) => pairwise.at(i, i)),
        close(pairwise),
      );
    });

    test(`${name}: shares of the layers sum to the total`, () => {
      const shares = fitted.scoreByLayer(queries);
      expect(shares.length).toBe(2);
      const total = new Matrix(5, 13);
      for (const share of shares) for (const [k, v] of share.data.entries()) total.data[k] += v;
      expectMatrixClose(total, scores, close(scores));
    });
  }
});

test('a share of a layer is the score with all other gradients set to zero', () => {
  const operator = CURVATURES['block-ggn'].build(problem);
  const fitted = influenceFunction({ curvature: operator, rule }).fit(fittedModel, train);
  const gm = perExampleGradients(model, 'cross-entropy', theta, queries);
  const gl = perExampleGradients(model, 'cross-entropy', theta, train);
  const v = operator.applyInverse(gm, rule);
  for (const { index, offset, size } of model.sites) {
    const share = fitted.scoreByLayer(queries)[index];
    for (let q = 0; q < 5; q++)
      for (let i = 0; i < 13; i++) {
        let expected = 0;
        for (let k = offset; k < offset + size; k++) expected += v.at(q, k) * gl.at(i, k);
        expect(Math.abs(share.at(q, i) - expected)).toBeLessThanOrEqual(1e-13 * largest(share));
      }
  }
});

test('self-influence of the loss is ≥ 0 for psd curvatures, and positive where the gradient is not 0', () => {
  for (const curvature of ['ggn', 'block-ggn', 'ekfac', 'kfac'] as const)
    for (const value of influenceFunction({ curvature, rule }).fit(fittedModel, train).selfInfluence())
      expect(value).toBeGreaterThan(0);
});

test('an example that is fitted exactly has no gradient and no influence, whatever the query', () => {
  const regression = randomProblem({ sizes: [3, 4, 2], loss: 'squared-error', examples: 9, seed: 3 });
  if (!('targets' in regression.data)) throw new Error('regression data expected');
  const targets = regression.data.targets.clone();
  targets.row(6).set(logits(regression.model, regression.theta, regression.data.inputs).row(6));
  const data: Dataset = { inputs: regression.data.inputs, targets };
  const others = randomData(regression.model, 'squared-error', 4, 5);
  for (const curvature of CURVATURE_KINDS) {
    const fitted = influenceFunction({
      curvature: CURVATURES[curvature],
      rule: { kind: 'absolute', lambda: 0.1 },
    }).fit(regression, data);
    const scores = fitted.score(others);
    for (let q = 0; q < 4; q++) {
      expect(Math.abs(scores.at(q, 6))).toBeLessThanOrEqual(1e-13 * largest(scores));
      expect(Math.abs(scores.at(q, 0))).toBeGreaterThan(0);
    }
    expect(fitted.selfInfluence()[6]).toBeLessThanOrEqual(1e-26 * largest(fitted.score(data)) + 1e-28);
  }
});

describe('gradientDot', () => {
  test('cosines lie in [−1, 1], are 1 with oneself, and the sign is that of the dot product', () => {
    const dots = gradientDot().fit(fittedModel, train).score(train);
    const cosines = gradientDot({ similarity: 'cosine' }).fit(fittedModel, train).score(train);
    for (let i = 0; i < 13; i++) expect(cosines.at(i, i)).toBeCloseTo(1, 13);
    for (let k = 0; k < dots.data.length; k++) {
      expect(Math.abs(cosines.data[k])).toBeLessThanOrEqual(1 + 8 * Number.EPSILON);
      expect(Math.sign(cosines.data[k])).toBe(Math.sign(dots.data[k]));
    }
  });

  test('the cosine with a gradient that vanishes is 0, not NaN', () => {
    const flat = {
      model: new Mlp([2, 1], 'identity'),
      loss: 'squared-error',
      theta: new Float64Array(3),
    } as const;
    const data = {
      inputs: Matrix.of([
        [1, 2],
        [3, 4],
      ]),
      targets: Matrix.of([[0], [1]]),
    }; // example 0 is fitted exactly
    const fitted = gradientDot({ similarity: 'cosine' }).fit(flat, data);
    expectMatrixClose(
      fitted.score(data),
      Matrix.of([
        [0, 0],
        [0, 1],
      ]),
      { atol: 4 * Number.EPSILON },
    );
  });

  test('is the limit of influence functions under strong damping: λ·score → ∇m·∇L', () => {
    const lambda = 1e9;
    const strong = influenceFunction({ curvature: 'hessian', rule: { kind: 'damped', lambda } });
    const scores = strong.fit(fittedModel, train).score(queries);
    const dots = gradientDot().fit(fittedModel, train).score(queries);
    expectClose(
      scores.data.map((v) => v * lambda),
      dots.data,
      { atol: 1e-7 * largest(dots) },
    );
  });
});

describe('measurement', () => {
  test('losses and margins of the queries; margin = log p − log(1 − p) of exp(−loss)', () => {
    const { losses, margins } = queryMeasurer(model, 'cross-entropy', queries)(theta);
    const fromLoss = losses.map((loss) => -loss - Math.log1p(-Math.exp(-loss)));
    expectClose(margins ?? [], fromLoss, { atol: 1e-12 });
  });

  test('regression has losses and absolute errors, and no margin', () => {
    const regression = randomProblem({
      sizes: [3, 2],
      activation: 'identity',
      loss: 'squared-error',
      examples: 4,
    });
    const measured = queryMeasurer(regression.model, 'squared-error', regression.data)(regression.theta);
    expect(measured.margins).toBeUndefined();
    expect(measured.losses.length).toBe(4);
    const outputs = logits(regression.model, regression.theta, regression.data.inputs);
    const { targets } = regression.data as RegressionData;
    const distances = Array.from({ length: 4 }, (_, i) =>
      outputs.row(i).reduce((sum, u, c) => sum + Math.abs(u - targets.row(i)[c]), 0),
    );
    expectClose(measured.absoluteErrors ?? [], distances, { atol: 1e-14 });
    expect(() => measurementFunction('absolute-error', 'cross-entropy')).toThrow(UnsupportedError);
    expect(queryMeasurer(model, 'cross-entropy', queries)(theta).absoluteErrors).toBeUndefined();
    expect(() => measurementFunction('margin', 'squared-error')).toThrow(UnsupportedError);
    expect(() => gradientDot({ measurement: 'margin' }).fit(regression, regression.data)).toThrow(
      UnsupportedError,
    );
    expect(() => measurementFunction('accuracy' as 'loss', 'cross-entropy')).toThrow(DomainError);
  });

  test('an unknown measurement or similarity is refused when the attributor is made', () => {
    const measurement = 'accuracy' as 'loss';
    const message = /measurement must be one of loss, margin, absolute-error, got accuracy/;
    expect(() => influenceFunction({ curvature: 'ggn', rule, measurement })).toThrow(message);
    expect(() => iterativeInfluence({ curvature: 'ggn', damping: 1, measurement })).toThrow(message);
    expect(() => gradientDot({ measurement })).toThrow(message);
    expect(() => gradientDot({ similarity: 'sine' as 'dot' })).toThrow(
      /similarity must be one of dot, cosine/,
    );
  });
});

describe('refusals', () => {
  const fit =
    (change: object, data: Dataset = train) =>
    () =>
      influenceFunction({ curvature: 'ggn', rule }).fit({ ...fittedModel, ...change }, data);

  test('θ or data that do not fit the model', () => {
    expect(fit({ theta: theta.slice(1) })).toThrow(ShapeError);
    expect(fit({ theta: theta.slice().fill(Number.NaN, 4, 5) })).toThrow(NonFiniteError);
    expect(fit({}, { inputs: train.inputs, labels: new Int32Array(13).fill(3) })).toThrow(DomainError);
    const fitted = fit({})();
    expect(() => fitted.score({ inputs: new Matrix(2, 4), labels: new Int32Array(2) })).toThrow(ShapeError);
    expect(() => fitted.score({ inputs: new Matrix(0, 3), labels: new Int32Array(0) })).toThrow(ShapeError);
  });

  test('a curvature that does not exist or does not fit, a rule that cannot invert', () => {
    expect(() => influenceFunction({ curvature: 'fisher' as 'ggn', rule })).toThrow(DomainError);
    expect(() => influenceFunction({ curvature: 'ggn', rule: { kind: 'damped', lambda: -1 } })).toThrow(
      DomainError,
    );
    const other = CURVATURES.ggn.build(randomProblem({ sizes: [2, 2], activation: 'identity' }));
    expect(() => influenceFunction({ curvature: other, rule }).fit(fittedModel, train)).toThrow(ShapeError);
    const singular = influenceFunction({ curvature: 'ggn', rule: { kind: 'damped', lambda: 0 } });
    expect(() => singular.fit(fittedModel, train)).toThrow(SingularError); // 13·2 < 31 directions have curvature
    expect(() => gradientDot({ chunk: 0 }).fit(fittedModel, train)).toThrow(DomainError);
  });
});
