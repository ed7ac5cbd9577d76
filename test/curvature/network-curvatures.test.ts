/** @file Every curvature of a convolutional network and a transformer, by PyTorch from the definitions: products, solves, spectra, factors, scores. */
import { describe, expect, test } from 'vitest';
import {
  type Dataset,
  GraphNetwork,
  perExampleGradients,
  torchPermutation,
  toTorchOrder,
} from '../../src/autodiff/index.ts';
import { CURVATURES, type CurvatureOptions, ekfac, kroneckerFactors } from '../../src/curvature/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import cnn from '../reference/network-cnn.json' with { type: 'json' };
import cnnCurvatures from '../reference/network-curvatures-cnn.json' with { type: 'json' };
import tf1Curvatures from '../reference/network-curvatures-tf1.json' with { type: 'json' };
import tf1 from '../reference/network-tf1.json' with { type: 'json' };

interface Case {
  readonly architecture: object;
  readonly parameters: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
  readonly x: number[][];
  readonly y: number[];
  readonly xq: number[][];
  readonly yq: number[];
  readonly w?: number[][];
  readonly wq?: number[][];
}

interface Factors {
  readonly left: number[];
  readonly right: number[];
  readonly ek: number[];
  readonly undetermined: number;
}

interface Curvatures {
  readonly lambda: number;
  readonly vector: number[];
  readonly curvatures: Readonly<
    Record<
      string,
      { times: number[]; solve: number[]; eig: number[]; scores: Readonly<Record<string, number[]>> }
    >
  >;
  readonly layers: readonly { readonly name: string; readonly expand?: Factors; readonly reduce?: Factors }[];
}

/** ‖a − b‖ / ‖b‖, or ‖a − b‖ where b is the rounding of zero. */
function error(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  const norm = Math.hypot(...Array.from(b));
  return Math.hypot(...Array.from(b, (value, k) => value - a[k])) / (norm < 1e-25 ? 1 : norm);
}

const OPTIONS: Readonly<Record<string, readonly [keyof typeof CURVATURES, CurvatureOptions]>> = {
  hessian: ['hessian', {}],
  ggn: ['ggn', {}],
  'block-ggn': ['block-ggn', {}],
  'block-ggn-tensor': ['block-ggn', { partition: 'tensor' }],
  'kfac-expand': ['kfac', {}],
  'kfac-reduce': ['kfac', { kfac: 'reduce' }],
  'ekfac-expand': ['ekfac', { kfac: 'expand' }],
  'ekfac-reduce': ['ekfac', { kfac: 'reduce' }],
};

describe.each<[string, Case, Curvatures]>([
  ['cnn', cnn, cnnCurvatures],
  ['tf1', tf1, tf1Curvatures],
])('%s', (_, network, reference) => {
  const tensors = new Map(Object.entries(network.parameters));
  const model = new GraphNetwork(network.architecture, tensors);
  const theta = model.fromTensors(tensors);
  const dataset = (x: number[][], labels: number[], weights: number[][] | undefined): Dataset => ({
    inputs: Matrix.of(x),
    labels: Int32Array.from(labels),
    ...(weights === undefined ? {} : { weights: Matrix.of(weights) }),
  });
  const data = dataset(network.x, network.y, network.w);
  const queries = dataset(network.xq, network.yq, network.wq);
  const problem = { model, loss: 'cross-entropy', theta, data } as const;
  const permutation = torchPermutation(model);
  const vector = new Matrix(1, theta.length);
  for (const [k, at] of permutation.entries()) vector.data[at] = reference.vector[k];
  const undetermined = Math.max(...reference.layers.map(({ reduce }) => reduce?.undetermined ?? 0));

  test.each(Object.entries(OPTIONS))('%s', (name, [kind, options]) => {
    const c = CURVATURES[kind].build(problem, options);
    const { times, solve, eig, scores } = reference.curvatures[name];
    const values = c.values.slice().sort();
    // where K-FAC's factors have eigenvalues in common, EK-FAC's basis is not determined
    if (name === 'ekfac-reduce' && undetermined > 1e-8) return;
    const ends = [...values.subarray(0, 20), ...values.subarray(values.length - 40)];
    expect(error(ends, eig)).toBeLessThan(1e-9);
    expect(error(toTorchOrder(model, c.applyRows(vector).row(0)), times)).toBeLessThan(1e-9);
    const rule = { kind: 'damped', lambda: reference.lambda } as const;
    expect(error(toTorchOrder(model, c.applyInverse(vector, rule).row(0)), solve)).toBeLessThan(1e-9);
    const train = c.applyInverse(perExampleGradients(model, 'cross-entropy', theta, data), rule);
    for (const [measurement, expected] of Object.entries(scores)) {
      const f = measurement === 'loss' ? 'cross-entropy' : 'margin';
      const q = perExampleGradients(model, f, theta, queries, 0, 2);
      expect(error(matmul(q, train, { transposeB: true }).data, expected)).toBeLessThan(1e-8);
    }
  });

  test.each(['expand', 'reduce'] as const)('factors and fitted eigenvalues: %s', (kfac) => {
    const factors = kroneckerFactors(problem, { kfac });
    const values = ekfac(problem, { kfac }).values;
    for (const { name, ...forms } of reference.layers) {
      const expected = forms[kfac];
      if (expected === undefined) continue;
      const own = factors.filter(
        ({ block }) => model.layers.find(({ sites }) => sites.includes(block.layer))?.name === name,
      );
      expect(own.length).toBe(1);
      const [{ block, gradientCovariance, inputCovariance }] = own;
      expect(error(gradientCovariance.data, expected.left), `${name} left`).toBeLessThan(1e-10);
      expect(error(inputCovariance.data, expected.right), `${name} right`).toBeLessThan(1e-10);
      if (expected.undetermined > 1e-8) continue;
      const sorted = Float64Array.from(block.indices, (at) => values[at]).sort();
      expect(error(sorted, Float64Array.from(expected.ek).sort()), `${name} σ*`).toBeLessThan(1e-9);
    }
  });
});
