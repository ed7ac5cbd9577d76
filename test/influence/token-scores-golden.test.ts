/** @file Scores of pairs of tokens of a transformer: PyTorch's. */
import { expect, test } from 'vitest';
import { GraphNetwork } from '../../src/autodiff/index.ts';
import { ggn } from '../../src/curvature/index.ts';
import { tokenScores } from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import curvatures from '../reference/network-curvatures-tf1.json' with { type: 'json' };
import tf1 from '../reference/network-tf1.json' with { type: 'json' };

test('a transformer: the token scores of PyTorch', () => {
  const tensors = new Map(Object.entries(tf1.parameters));
  const model = new GraphNetwork(tf1.architecture, tensors);
  const theta = model.fromTensors(tensors);
  const dataset = (x: number[][], labels: number[], w: number[][]): object => ({
    inputs: Matrix.of(x),
    labels: Int32Array.from(labels),
    weights: Matrix.of(w),
  });
  const train = dataset(tf1.x, tf1.y, tf1.w) as Parameters<typeof tokenScores>[1];
  const queries = dataset(tf1.xq, tf1.yq, tf1.wq) as Parameters<typeof tokenScores>[1];
  const c = ggn({ model, loss: 'cross-entropy', theta, data: train });
  const rule = { kind: 'damped', lambda: curvatures.lambda } as const;
  const scores = tokenScores({ model, loss: 'cross-entropy', theta }, train, queries, (g) =>
    c.applyInverse(g, rule),
  );
  const T = 6;
  let [difference, size] = [0, 0];
  for (const [k, expected] of curvatures.tokenScores.entries()) {
    const [q, t, n, s] = [
      Math.floor(k / (T * 8 * T)),
      Math.floor(k / (8 * T)) % T,
      Math.floor(k / T) % 8,
      k % T,
    ];
    difference += (scores.at(q * T + t, n * T + s) - expected) ** 2;
    size += expected ** 2;
  }
  expect(Math.sqrt(difference / size)).toBeLessThan(1e-9);
});
