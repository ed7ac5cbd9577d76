/** @file A convolutional network and a transformer by their descriptions: PyTorch's logits, losses and gradients. */
import { describe, expect, test } from 'vitest';
import {
  type Dataset,
  exampleValues,
  fromTorchOrder,
  GraphNetwork,
  logits,
  lossGgnvp,
  lossHvp,
  meanGradient,
  perExampleGradients,
  Trainer,
  toTorchOrder,
} from '../../../src/autodiff/index.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { expectClose } from '../../helpers/close.ts';
import cnn from '../../reference/network-cnn.json' with { type: 'json' };
import tf1 from '../../reference/network-tf1.json' with { type: 'json' };

interface Case {
  readonly architecture: object;
  readonly parameters: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
  readonly x: number[][];
  readonly y: number[];
  readonly xq: number[][];
  readonly yq: number[];
  readonly w?: number[][];
  readonly wq?: number[][];
  readonly logits: number[][];
  readonly losses: number[];
  readonly grads: number[][];
  readonly gradMean: number[];
  readonly qgradsLoss: number[][];
  readonly qgradsMargin?: number[][];
  readonly vectors: number[][];
  readonly hessianTimes: number[][];
  readonly ggnTimes: number[][];
  readonly names: string[];
}

describe.each<[string, Case]>([
  ['cnn', cnn],
  ['tf1', tf1],
])('%s', (_, reference) => {
  const tensors = new Map(Object.entries(reference.parameters));
  const model = new GraphNetwork(reference.architecture, tensors);
  const theta = model.fromTensors(tensors);
  const dataset = (x: number[][], labels: number[], weights: number[][] | undefined): Dataset => ({
    inputs: Matrix.of(x),
    labels: Int32Array.from(labels),
    ...(weights === undefined ? {} : { weights: Matrix.of(weights) }),
  });
  const train = dataset(reference.x, reference.y, reference.w);
  const queries = dataset(reference.xq, reference.yq, reference.wq);
  /** Largest relative error of rows, each by its own norm. */
  const worst = (actual: Matrix, expected: readonly number[][]): number =>
    Math.max(
      ...expected.map((row, i) => {
        const own = toTorchOrder(model, actual.row(i));
        return (
          Math.hypot(...row.map((value, k) => value - own[k])) /
          Math.max(Math.hypot(...row), Number.MIN_VALUE)
        );
      }),
    );

  test('parameters by name, in the order of the nodes', () => {
    expect(model.parameters.map(({ name }) => name)).toEqual(reference.names);
    for (const [name, { data, shape }] of model.toTensors(theta))
      expect({ shape, data: [...data] }).toEqual(reference.parameters[name]);
    const inOrder = model.parameters.flatMap(({ name }) => reference.parameters[name].data);
    expect([...toTorchOrder(model, theta)]).toEqual(inOrder);
  });

  test('logits and losses', () => {
    const u = logits(model, theta, train.inputs);
    for (const [n, row] of reference.logits.entries())
      expectClose(u.row(n), row, { atol: 1e-11, rtol: 1e-11 });
    expectClose(exampleValues(model, 'cross-entropy', theta, train), reference.losses, {
      atol: 1e-12,
      rtol: 1e-11,
    });
  });

  test('gradients of examples, of queries, of the mean', () => {
    const n = reference.grads.length;
    const g = perExampleGradients(model, 'cross-entropy', theta, train, 0, n);
    expect(worst(g, reference.grads)).toBeLessThan(1e-11);
    const mean = meanGradient(model, 'cross-entropy', theta, train);
    const error = toTorchOrder(model, mean).map((value, k) => value - reference.gradMean[k]);
    expect(Math.hypot(...error)).toBeLessThan(1e-11 * Math.hypot(...g.row(0)));
    const q = perExampleGradients(model, 'cross-entropy', theta, queries);
    expect(worst(q, reference.qgradsLoss)).toBeLessThan(1e-11);
    if (reference.qgradsMargin === undefined) return;
    const margin = perExampleGradients(model, 'margin', theta, queries);
    expect(worst(margin, reference.qgradsMargin)).toBeLessThan(1e-11);
  });

  test('products with the Hessian and the GGN', () => {
    const v = reference.vectors.map((row) => fromTorchOrder(model, row));
    const h = lossHvp(model, 'cross-entropy', theta, train, v);
    expect(worst(h, reference.hessianTimes)).toBeLessThan(1e-11);
    const g = lossGgnvp(model, 'cross-entropy', theta, train, v);
    expect(worst(g, reference.ggnTimes)).toBeLessThan(1e-11);
  });

  test('it trains from its own start', () => {
    const config = { epochs: 4, batch: 16, learningRate: 0.05, momentum: 0.9, weightDecay: 0, schedule: 'constant', initialisation: 'torch', dropLast: false } as const; // biome-ignore format: a record
    const losses: number[] = [];
    new Trainer(model, 'cross-entropy', train, config).train({
      seed: 0,
      onEpoch: (_epoch, loss) => losses.push(loss),
    });
    expect(losses[3]).toBeLessThan(losses[0]);
  });
});
