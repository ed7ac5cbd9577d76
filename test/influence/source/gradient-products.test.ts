/** @file Inner products with gradients that are never formed, against the gradients themselves. */
import { expect, test } from 'vitest';
import { initialise } from '../../../src/autodiff/initialise.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { GradientProducts, gradientNorms } from '../../../src/influence/solvers/gradient-products.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { matmul } from '../../../src/linalg/products.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { randomData } from '../../autodiff/naive.ts';
import { relativeError } from '../../helpers/close.ts';
import { normalMatrix } from '../../helpers/operator-laws.ts';

for (const [loss, sizes] of [['cross-entropy', [3, 5, 4, 3]], ['squared-error', [2, 3, 2]]] as const) // biome-ignore format: short
  test(`${loss}: products, shares of layers and norms, over more than one sweep`, () => {
    const model = new Mlp(sizes, 'tanh');
    const data = randomData(model, loss, 150, 51);
    const theta = initialise(model, 'xavier', rng(1, 'products'));
    const v = normalMatrix(4, model.parameterCount, 'products');
    const gradients = perExampleGradients(model, loss, theta, data);
    const expected = matmul(v, gradients, { transposeB: true, alpha: 0.25 });
    const products = new GradientProducts(model, v);
    const whole = new Matrix(6, 150);
    products.add(loss, theta, data, 0.25, () => whole, 1);
    expect(relativeError(whole.rowRange(1, 5).data, expected.data)).toBeLessThan(1e-14);
    expect([...whole.row(0), ...whole.row(5)].every((x) => x === 0)).toBe(true);
    products.add(loss, theta, data, -0.25, () => whole, 1); // adds, does not overwrite
    expect(Math.max(...whole.data.map(Math.abs))).toBeLessThan(1e-14);

    const layers = model.layers.map(() => new Matrix(4, 150));
    products.add(loss, theta, data, 1, (layer) => layers[layer], 0);
    for (const { index, offset, size } of model.layers)
      for (const [q, i] of [
        [0, 0],
        [3, 149],
        [1, 128],
        [2, 127],
      ]) {
        // biome-ignore format: short
        let sum = 0;
        for (let k = offset; k < offset + size; k++) sum += v.at(q, k) * gradients.at(i, k);
        expect(layers[index].at(q, i)).toBeCloseTo(sum, 12);
      }
    const lengths = Float64Array.from({ length: 150 }, (_, i) => Math.hypot(...gradients.row(i)));
    expect(relativeError(gradientNorms(model, loss, theta, data), lengths)).toBeLessThan(1e-14);
  });
