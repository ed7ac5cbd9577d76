/** @file Every method on networks without some biases, and on networks whose layers share parameters. */
import { describe, expect, test } from 'vitest';
import { Mlp, perExampleGradients, type Trajectory, toTorchOrder } from '../../../src/autodiff/index.ts';
import { meanEigenvalue } from '../../../src/influence/attributors/damping-rule.ts';
import { projectedGradients } from '../../../src/influence/baselines/projected-gradients.ts';
import { randomProjection } from '../../../src/influence/baselines/random-projection.ts';
import { attribute } from '../../../src/influence/methods/attribute.ts';
import { METHOD_NAMES } from '../../../src/influence/methods/registry.ts';
import { GradientProducts, gradientNorms } from '../../../src/influence/solvers/gradient-products.ts';
import { Matrix, type Vec } from '../../../src/linalg/matrix.ts';
import { matmul } from '../../../src/linalg/products.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { norm2 } from '../../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose, relativeError } from '../../helpers/close.ts';
import { fromLower } from '../../reference/golden.ts';
import { GOLDEN_NETWORKS, NETWORK_DAMPING } from '../../reference/networks.ts';
import { QUICK } from './trained.ts';

const CLASSES_ONLY: readonly string[] = ['trak', 'label'];

describe.each(GOLDEN_NETWORKS)('$name', ({ golden, model, loss, theta, data, queries }) => {
  const input = { models: [{ model, loss, theta }], train: data, queries };
  const gradients = perExampleGradients(model, loss, theta, data);

  test('gradient dot, the damped GGN and CG as PyTorch has them', () => {
    const damping = NETWORK_DAMPING;
    expectMatrixClose(attribute({ method: 'grad-dot', ...input }).scores, Matrix.of(golden.gradDot), {
      atol: 1e-12,
    });
    const exact = Matrix.of(golden.ggnDamped);
    expectMatrixClose(attribute({ method: 'ggn', options: { damping }, ...input }).scores, exact, {
      rtol: 1e-9,
      atol: 1e-10,
    });
    const cg = attribute({ method: 'cg', options: { damping, tolerance: 1e-13 }, ...input }).scores;
    expect(relativeError(cg.data, exact.data)).toBeLessThan(1e-9);
  });

  test('products, lengths and projections of gradients that are not formed', () => {
    const v = new Matrix(2, theta.length, rng(1, 'v').fillNormal(new Float64Array(2 * theta.length)));
    const products = Matrix.zeros(2, gradients.rows);
    new GradientProducts(model, v).add(loss, theta, data, 1, () => products, 0);
    expectMatrixClose(products, matmul(v, gradients, { transposeB: true }), { atol: 1e-12 });
    const lengths = Float64Array.from({ length: gradients.rows }, (_, i) => norm2(gradients.row(i)));
    expectClose(gradientNorms(model, loss, theta, data), lengths, { rtol: 1e-12 });
    const projection = randomProjection({ inputs: theta.length, dimension: 3 });
    const projected = projectedGradients(model, loss, theta, data, projection, 0, gradients.rows);
    expectMatrixClose(projected, matmul(gradients, projection.rows(0, theta.length)), { atol: 1e-12 });
    const ggn = fromLower(golden.ggn);
    const trace = Array.from(theta, (_, k) => ggn.at(k, k)).reduce((a, b) => a + b, 0);
    expect(meanEigenvalue({ model, loss, theta, data }) * theta.length).toBeCloseTo(trace, 12);
  });

  test('every other method answers', () => {
    for (const method of METHOD_NAMES) {
      const options = { ...QUICK[method], ...('batch' in (QUICK[method] ?? {}) ? { batch: 4 } : {}) };
      const run = (): Matrix =>
        attribute({ method, options, ...input, trajectories: [trajectory(model, theta)] }).scores;
      if (CLASSES_ONLY.includes(method) && loss === 'squared-error') continue;
      expect(run().data.every(Number.isFinite), method).toBe(true);
    }
  });
});

test('a bias is a weight of an input that is always 1: every method gives a first layer without bias the same scores', () => {
  const golden = GOLDEN_NETWORKS.find(({ name }) => name === 'last-without-relu') ?? expect.fail();
  const { data, queries } = golden;
  const labels = Int32Array.from({ length: data.inputs.rows }, (_, i) => i % 3);
  const biased = new Mlp([4, 4, 3], 'tanh', { bias: [true, false] });
  const plain = new Mlp([5, 4, 3], 'tanh', { bias: false });
  const { theta } = golden;
  expect(toTorchOrder(plain, theta)).toHaveLength(biased.parameterCount);
  const extended = (x: Matrix): Matrix => Matrix.of(x.toArray().map((row) => [...row, 1]));
  for (const method of METHOD_NAMES) {
    if (method === 'random' || method === 'trajectory') continue; // streams that the inputs, or the parameters, name
    const options = { ...QUICK[method], ...('batch' in (QUICK[method] ?? {}) ? { batch: 4 } : {}) };
    const [a, b] = [biased, plain].map((model) => {
      const x = (m: Matrix): Matrix => (model === plain ? extended(m) : m);
      return attribute({
        method,
        options,
        models: [{ model, loss: 'cross-entropy', theta }],
        train: { inputs: x(data.inputs), labels },
        queries: { inputs: x(queries.inputs), labels: labels.slice(0, queries.inputs.rows) },
        trajectories: [trajectory(model, theta)],
      }).scores;
    });
    // chains amplify rounding
    expect(relativeError(b.data, a.data), method).toBeLessThan(method.startsWith('bif') ? 1e-4 : 1e-8);
  }
});

/** A run of four steps that ends at θ. */
function trajectory(model: Mlp, theta: Vec): Trajectory {
  return {
    checkpoints: [2, 4].map((step) => ({
      step,
      theta: theta.map((x, k) => (step === 4 ? x : 0.9 * x + 0.01 * (k % 3))),
    })),
    steps: 4,
    learningRates: Float64Array.of(0.1, 0.05),
    stepsPerEpoch: 2,
    momentum: 0.5,
    weightDecay: 0.01,
    batch: model.outputs,
  };
}
