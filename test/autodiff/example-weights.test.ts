/** @file Weights of examples: what they multiply, which laws hold, who refuses them. */
import { describe, expect, test } from 'vitest';
import {
  binaryCrossEntropy,
  conv2d,
  type Dataset,
  exampleValues,
  flatten,
  huber,
  initialise,
  LayerSweep,
  type Loss,
  linear,
  Mlp,
  meanGradient,
  type Network,
  network,
  perExampleGradients,
  relu,
  selectExamples,
  sequential,
  softCrossEntropy,
  softLabels,
  Trainer,
  weightClasses,
} from '../../src/autodiff/index.ts';
import { CURVATURES, ggnMatrix, hessianMatrix, kroneckerFactors } from '../../src/curvature/index.ts';
import {
  attribute,
  influenceFunction,
  queryMeasurer,
  trainingDerivative,
} from '../../src/influence/index.ts';
import { cholesky, Matrix, matmul, rng } from '../../src/linalg/index.ts';
import { relativeError } from '../helpers/close.ts';
import { copiesOf } from '../helpers/copies.ts';

const random = rng(3, 'example-weights');
const normal = (rows: number, cols: number): Matrix =>
  new Matrix(rows, cols, random.fillNormal(new Float64Array(rows * cols)));
const N = 7;
const COUNTS = [2, 1, 0, 3, 1, 0, 2];
const { weights: COPIES, repeated, total: TOTAL } = copiesOf(COUNTS);
const CONFIG = {
  epochs: 3,
  batch: 3,
  learningRate: 0.1,
  momentum: 0.5,
  weightDecay: 0,
  schedule: 'constant',
  initialisation: 'torch',
  dropLast: false,
} as const;

const labels = Int32Array.from({ length: N }, () => random.integer(3));
const mlp = new Mlp([4, 3, 3], 'tanh');
const images = network({ shape: [1, 4, 4] }, sequential([conv2d(2, 3), relu(), flatten(), linear(3)]));
const problems: readonly [string, Network, Loss, Dataset][] = [
  ['cross-entropy', mlp, 'cross-entropy', { inputs: normal(N, 4), labels }],
  ['squared error', mlp, 'squared-error', { inputs: normal(N, 4), targets: normal(N, 3) }],
  ['soft labels', mlp, softCrossEntropy, { inputs: normal(N, 4), targets: softLabels(labels, 3, 0.2) }],
  ['convolution', images, 'cross-entropy', { inputs: normal(N, 16), labels }],
];

describe.each(problems)('%s: a weight is how often an example counts', (_, model, loss, plain) => {
  const theta = initialise(model, 'torch', rng(1, 'init'));
  const data: Dataset = { ...plain, weights: COPIES };
  const problem = { model, loss, theta, data };
  const often = { model, loss, theta, data: selectExamples(plain, repeated) };

  test('values, gradients, Hessian and Gauss–Newton matrix', () => {
    const values = exampleValues(model, loss, theta, plain).map((value, n) => COUNTS[n] * value);
    expect(relativeError(exampleValues(model, loss, theta, data), values)).toBeLessThan(1e-14);
    const scale = (m: Matrix): Float64Array => m.data.map((x) => (x * TOTAL) / N);
    expect(relativeError(hessianMatrix(problem).data, scale(hessianMatrix(often)))).toBeLessThan(1e-13);
    expect(relativeError(ggnMatrix(problem).data, scale(ggnMatrix(often)))).toBeLessThan(1e-13);
    const gradient = meanGradient(model, loss, theta, often.data).map((g) => (g * TOTAL) / N);
    expect(relativeError(meanGradient(model, loss, theta, data), gradient)).toBeLessThan(1e-13);
  });

  test('ones change no bit', () => {
    const ones: Dataset = { ...plain, weights: new Matrix(N, 1, new Float64Array(N).fill(1)) };
    expect(exampleValues(model, loss, theta, ones)).toEqual(exampleValues(model, loss, theta, plain));
    expect(hessianMatrix({ ...problem, data: ones })).toEqual(hessianMatrix({ ...problem, data: plain }));
    const train = (examples: Dataset): Float64Array =>
      new Trainer(model, loss, examples, CONFIG).train({ seed: 0 });
    expect(train(ones)).toEqual(train(plain));
  });

  test('the empirical Fisher is (1/N) Σ w g gᵀ', () => {
    const g = perExampleGradients(model, loss, theta, plain);
    const weighted = new Matrix(
      g.rows,
      g.cols,
      g.data.map((x, k) => x * COUNTS[Math.floor(k / g.cols)]),
    );
    const expected = matmul(weighted, g, { transposeA: true }).data.map((x) => x / N);
    const fisher = CURVATURES.ggn.matrix(problem, { fisher: { kind: 'empirical' } });
    expect(relativeError(fisher.data, expected)).toBeLessThan(1e-13);
  });

  test('examples of weight 0 are as if they were not there, but for N', () => {
    const there = COUNTS.flatMap((count, n) => (count > 0 ? [n] : []));
    const all = kroneckerFactors(problem);
    const some = kroneckerFactors({ ...problem, data: selectExamples(data, there) });
    for (const [b, { gradientCovariance, inputCovariance }] of some.entries()) {
      expect(relativeError(all[b].inputCovariance.data, inputCovariance.data)).toBeLessThan(1e-14);
      const expected = gradientCovariance.data.map((x) => (x * there.length) / N);
      expect(relativeError(all[b].gradientCovariance.data, expected)).toBeLessThan(1e-14);
    }
  });
});

test('drawn labels do not depend on weights, which multiply what they give', () => {
  const [, model, loss, plain] = problems[0];
  const theta = initialise(model, 'torch', rng(1, 'init'));
  const fisher = { kind: 'mc', samples: 2, seed: 5 } as const;
  const matrix = (data: Dataset): Matrix => CURVATURES.ggn.matrix({ model, loss, theta, data }, { fisher });
  const twice = matrix({ ...plain, weights: new Matrix(N, 1, new Float64Array(N).fill(2)) });
  expect(
    relativeError(
      twice.data,
      matrix(plain).data.map((x) => 2 * x),
    ),
  ).toBeLessThan(1e-14);
});

describe('training and influence', () => {
  const weights = COPIES;

  test('SGD on all examples descends along the gradient of (1/N) Σ w ℓ', () => {
    const [, model, loss, plain] = problems[2];
    const data: Dataset = { ...plain, weights };
    const trainer = new Trainer(model, loss, data, { ...CONFIG, batch: N, momentum: 0 });
    const theta = initialise(model, 'torch', rng(4, 'init'));
    for (let step = 0; step < CONFIG.epochs; step++) {
      const g = meanGradient(model, loss, theta, data);
      for (let k = 0; k < theta.length; k++) theta[k] -= CONFIG.learningRate * g[k];
    }
    expect(relativeError(trainer.train({ seed: 4 }), theta)).toBeLessThan(1e-14);
  });

  test('leaving examples out keeps the weights of the others', () => {
    const [, model, loss, plain] = problems[0];
    const data: Dataset = { ...plain, weights };
    const subset = Int32Array.of(0, 3, 4, 6);
    const theta = new Trainer(model, loss, data, CONFIG).train({ seed: 2, subset });
    expect(new Trainer(model, loss, selectExamples(data, subset), CONFIG).train({ seed: 2 })).toEqual(theta);
    const outcomes = queryMeasurer(model, loss, data)(theta);
    expect(outcomes.losses).toEqual(exampleValues(model, loss, theta, data));
    expect(outcomes.margins).toEqual(exampleValues(model, 'margin', theta, data));
  });

  test('(1/N) score is minus the derivative of the query along the weight w_i ℓ_i in closed form', () => {
    // θ(s) minimises (1/N) Σ w_n s_n ½(x_n·θ − t_n)² + ½ λ |θ|²; leaving i out is s_i from 1 to 0
    const model = new Mlp([3, 1], 'identity', { bias: false });
    const [inputs, targets, lambda, h] = [normal(N, 3), normal(N, 1), 0.3, 1e-4];
    const solve = (scale: readonly number[]): Float64Array => {
      const a = Matrix.identity(3);
      const b = new Matrix(3, 1);
      for (let i = 0; i < 9; i++) a.data[i] *= lambda;
      for (let n = 0; n < N; n++)
        for (let p = 0; p < 3; p++) {
          const w = (COUNTS[n] * scale[n]) / N;
          for (let q = 0; q < 3; q++) a.data[p * 3 + q] += w * inputs.at(n, p) * inputs.at(n, q);
          b.data[p] += w * inputs.at(n, p) * targets.at(n, 0);
        }
      return cholesky(a).solve(b).data;
    };
    const ones = new Array<number>(N).fill(1);
    const theta = solve(ones);
    const data: Dataset = { inputs, targets, weights };
    const queries: Dataset = { inputs: normal(2, 3), targets: normal(2, 1) };
    const loss = 'squared-error';
    const scores = influenceFunction({ curvature: 'hessian', rule: { kind: 'damped', lambda } })
      .fit({ model, loss, theta }, data)
      .score(queries);
    for (let i = 0; i < N; i++) {
      const at = (step: number): Float64Array =>
        exampleValues(model, loss, solve(ones.map((s, n) => (n === i ? s - step : s))), queries);
      const [up, down] = [at(h), at(-h)];
      for (let q = 0; q < 2; q++)
        expect(Math.abs(scores.at(q, i) / N - (up[q] - down[q]) / (2 * h))).toBeLessThan(1e-7);
    }
    expect(scores.at(0, 2)).toBeCloseTo(0, 15);
  });

  test('the derivative of a run and the samples of a chain are those of the weighted losses', () => {
    const [, model, loss, plain] = problems[0];
    const data: Dataset = { ...plain, weights };
    const trainer = new Trainer(model, loss, data, CONFIG);
    const { scores } = trainingDerivative(trainer, { queries: plain, seed: 0 });
    for (let q = 0; q < N; q++) expect(scores.at(q, 2)).toBe(0);
    const theta = trainer.train({ seed: 0 });
    const options = { draws: 20, burnIn: 5, chains: 1, seed: 1 };
    const bif = attribute({
      method: 'bif',
      options,
      models: [{ model, loss, theta }],
      train: data,
      queries: plain,
    });
    for (let q = 0; q < N; q++) expect(bif.scores.at(q, 2)).toBe(0);
  });
});

describe('weights of classes', () => {
  test('multiply weights that are there, of one or several positions', () => {
    const inputs = normal(2, 1);
    const data = {
      inputs,
      labels: [0, 1, 1, 0],
      weights: [
        [1, 2],
        [0, 3],
      ],
    };
    expect(weightClasses(data, [5, 7]).weights).toEqual(
      Matrix.of([
        [5, 14],
        [0, 15],
      ]),
    );
    expect(weightClasses({ inputs, labels: [1, 0] }, [5, 7]).weights).toEqual(Matrix.of([[7], [5]]));
    const soft = weightClasses(
      {
        inputs,
        targets: [
          [0.5, 0.5],
          [0, 1],
        ],
        weights: [1, 2],
      },
      [1, 3],
    );
    expect(soft).toMatchObject({
      weights: Matrix.of([[2], [6]]),
      targets: Matrix.of([
        [0.25, 0.75],
        [0, 1],
      ]),
    });
    const none = weightClasses({ inputs, targets: [[1], [0]] }, [0, 3]);
    expect(none).toMatchObject({ weights: Matrix.of([[3], [0]]), targets: Matrix.of([[1], [0]]) });
  });

  test('that do not fit are refused', () => {
    expect(() => weightClasses({ inputs: [[1]], labels: [2] }, [1, 1])).toThrow(
      /labels\[0\] must be in 0..1/,
    );
    expect(() => weightClasses({ inputs: [[1]], targets: [[1, 0]] }, [1, 1, 1])).toThrow(/data.targets/);
    expect(() => weightClasses({ inputs: [[1]], labels: [0] }, [-1, 1])).toThrow(/classWeights\[0\]/);
  });
});

describe('refused by name', () => {
  const [, model, loss, plain] = problems[0];
  const theta = initialise(model, 'torch', rng(1, 'init'));
  const data: Dataset = { ...plain, weights: COPIES };

  test.each(['weight', 'sampleWeights', 'sample_weight', 'Weights'])('weights called %s', (name) => {
    const misnamed = { ...plain, [name]: COPIES };
    const why = new RegExp(`data\\.${name} must be called 'weights', got '${name}'`);
    expect(() => new Trainer(model, loss, misnamed, CONFIG)).toThrow(why);
    expect(() => hessianMatrix({ model, loss, theta, data: misnamed })).toThrow(why);
    expect(() => exampleValues(model, loss, theta, misnamed)).toThrow(why);
  });

  test('labels beside targets, of which one would be ignored', () => {
    const both = { ...plain, labels: [0, 1], targets: [[0], [1]] } as never;
    const why = /data must be of labels or of targets, got both/;
    expect(() => new Trainer(model, loss, both, CONFIG)).toThrow(why);
    expect(() => hessianMatrix({ model, loss, theta, data: both })).toThrow(why);
  });

  test('a sweep that was recorded without', () => {
    const sweep = new LayerSweep(model, loss, 2);
    expect(() => sweep.load(theta, data, 0)).toThrow(/recorded without weights/);
    const weighted = new LayerSweep(model, loss, 2, { weighted: true });
    weighted.load(theta, data, 0);
    weighted.forward();
    expect(weighted.values).toEqual(exampleValues(model, loss, theta, data).slice(0, 2));
  });

  test('weights of another shape or sign, and targets outside of the domain of a loss', () => {
    const refused = (of: Loss, examples: unknown, how: RegExp): void =>
      expect(() => exampleValues(mlp, of, theta, examples as Dataset)).toThrow(how);
    refused(loss, { ...plain, weights: [1, 2] }, /data\.weights must be \[7, 1\]/);
    refused(loss, { ...plain, weights: [1, 1, 1, -1, 1, 1, 1] }, /weights\[3\]/);
    const targets = new Matrix(N, 3, new Float64Array(3 * N).fill(1.5));
    refused(binaryCrossEntropy, { inputs: plain.inputs, targets }, /targets\[0\] must be in \[0, 1\]/);
    refused(
      softCrossEntropy,
      { inputs: plain.inputs, targets },
      /row 0 of targets must be probabilities that add up to 1/,
    );
    expect(() => huber(0)).toThrow(/delta must be above 0/);
    expect(() =>
      CURVATURES.ggn.matrix(
        { model, loss: huber(), theta, data: { inputs: plain.inputs, targets } },
        { fisher: { kind: 'mc', samples: 1, seed: 0 } },
      ),
    ).toThrow(/Fisher type mc is not supported for huber\(1\)/);
  });
});
