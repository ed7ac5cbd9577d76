/** @file Networks whose training gradients are never formed: the same scores as with gradients formed chunk by chunk. */
import { describe, expect, test } from 'vitest';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { perExampleGradients } from '../../src/autodiff/per-example.ts';
import { isLarge } from '../../src/influence/attributors/bilinear-scores.ts';
import { gradientDot } from '../../src/influence/attributors/gradient-dot.ts';
import { influenceFunction } from '../../src/influence/attributors/influence-function.ts';
import { astraInfluence, lissaInfluence } from '../../src/influence/attributors/stochastic-influence.ts';
import type { Matrix, Vec } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import { norm2 } from '../../src/linalg/sum.ts';
import { relativeError } from '../helpers/close.ts';
import { randomData, randomTheta } from '../helpers/problems.ts';

const model = new Mlp([160, 100, 4], 'tanh');
const fitted = { model, loss: 'cross-entropy', theta: randomTheta(model, 0.3, 1) } as const;
const train = randomData(model, 'cross-entropy', 21, 1);
const queries = randomData(model, 'cross-entropy', 5, 2);
const gradients = perExampleGradients(model, 'cross-entropy', fitted.theta, train);
const products = (rows: Matrix): Vec => matmul(rows, gradients, { transposeB: true }).data;
const rule = { kind: 'damped', lambda: 1e-2 } as const;

test('the network counts as large, smaller ones do not', () => {
  expect([isLarge(model.parameterCount), isLarge(16_384), isLarge(16_385)]).toEqual([true, false, true]);
});

describe.each([
  ['gradient dot', (chunk: { readonly chunk?: number }) => gradientDot({ measurement: 'margin', ...chunk })],
  [
    'gradient cosine',
    (chunk: { readonly chunk?: number }) => gradientDot({ similarity: 'cosine', ...chunk }),
  ],
  [
    'EK-FAC',
    (chunk: { readonly chunk?: number }) => influenceFunction({ curvature: 'ekfac', rule, ...chunk }),
  ],
] as const)('%s', (_, make) => {
  const unformed = make({}).fit(fitted, train);
  const formed = make({ chunk: 4 }).fit(fitted, train);

  test('scores', () => {
    expect(relativeError(unformed.score(queries).data, formed.score(queries).data)).toBeLessThan(1e-13);
  });

  test('scores by layer, whose sum they are', () => {
    const layers = unformed.scoreByLayer(queries);
    for (const [l, share] of formed.scoreByLayer(queries).entries())
      expect(relativeError(layers[l].data, share.data)).toBeLessThan(1e-13);
    const sum = layers[0].data.map((value, k) => value + layers[1].data[k]);
    expect(relativeError(sum, unformed.score(queries).data)).toBeLessThan(1e-13);
  });
});

describe.each([
  ['LiSSA', lissaInfluence],
  ['ASTRA', astraInfluence],
] as const)('%s', (_, method) => {
  const options = { damping: 0.5, iterations: 6, batch: 8, repeats: 2, seed: 3, alpha: 0.05 } as const;
  const solved = method(options).fit(fitted, train);

  test('bounds are the norm of the residual times that of the training gradient over λ; repetitions spread as they do', () => {
    const { scores, bounds, standardErrors } = solved.scoreWithBounds(queries);
    const { x, residualNorms, repeats } = solved.solve(queries);
    expect(relativeError(scores.data, products(x))).toBeLessThan(1e-13);
    const expected = scores.data.map(
      (_v, k) => (residualNorms[Math.floor(k / 21)] * norm2(gradients.row(k % 21))) / options.damping,
    );
    expect(relativeError(bounds?.data ?? new Float64Array(0), expected)).toBeLessThan(1e-13);
    const runs = repeats.map(products);
    const spread = Float64Array.from(scores.data, (value, k) =>
      Math.sqrt(((runs[0][k] - value) ** 2 + (runs[1][k] - value) ** 2) / 2),
    );
    expect(relativeError(standardErrors?.data ?? new Float64Array(0), spread)).toBeLessThan(1e-10);
  });
});
