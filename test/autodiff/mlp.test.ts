import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Activation,
  type ClassificationData,
  fromTorchOrder,
  initialise,
  Mlp,
  type RegressionData,
  selectExamples,
  torchPermutation,
  toTorchOrder,
} from '../../src/autodiff/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';

describe('Mlp', () => {
  test('layers lie one after the other, [outputs, inputs + 1] each', () => {
    const model = new Mlp([64, 16, 10], 'tanh');
    // linear maps at one position, each in one group
    const plain = { positions: 1, groups: 1, kronecker: true, lookup: undefined };
    expect(model.layers).toEqual([
      {
        ...plain,
        index: 0,
        inputs: 64,
        outputs: 16,
        rows: 16,
        offset: 0,
        size: 1040,
        width: 65,
        bias: 64,
        block: 0,
      },
      {
        ...plain,
        index: 1,
        inputs: 16,
        outputs: 10,
        rows: 10,
        offset: 1040,
        size: 170,
        width: 17,
        bias: 16,
        block: 1,
      },
    ]);
    expect([model.parameterCount, model.inputs, model.outputs]).toEqual([1210, 64, 10]);
  });

  test('refuses what is not a network', () => {
    expect(() => new Mlp([3], 'tanh')).toThrow('of length ≥ 2');
    expect(() => new Mlp([3, 0], 'tanh')).toThrow('sizes[1]');
    expect(() => new Mlp([3, 2.5], 'tanh')).toThrow('sizes[1]');
    expect(() => new Mlp([3, 2], 'swish' as Activation)).toThrow(
      'one of identity, tanh, relu, gelu, sigmoid, got swish',
    );
  });
});

describe("PyTorch's order", () => {
  test('weight row by row, then bias, layer by layer', () => {
    // ours: w00 w01 b0 | w10 w11 b1 || v00 v01 c0
    const model = new Mlp([2, 2, 1], 'tanh');
    expect(Array.from(torchPermutation(model))).toEqual([0, 1, 3, 4, 2, 5, 6, 7, 8]);
    const theta = Float64Array.from({ length: 9 }, (_, i) => i);
    expect(Array.from(toTorchOrder(model, theta))).toEqual([0, 1, 3, 4, 2, 5, 6, 7, 8]);
  });

  test('is a permutation, and there and back is the identity', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 }), (sizes) => {
        const model = new Mlp(sizes, 'relu');
        const theta = rng(1, 'order').fillNormal(new Float64Array(model.parameterCount));
        expect(fromTorchOrder(model, toTorchOrder(model, theta))).toEqual(theta);
        expect(toTorchOrder(model, fromTorchOrder(model, theta))).toEqual(theta);
      }),
    );
  });

  test('refuses another length', () => {
    expect(() => toTorchOrder(new Mlp([2, 1], 'tanh'), new Float64Array(4))).toThrow('length 3');
    expect(() => fromTorchOrder(new Mlp([2, 1], 'tanh'), new Float64Array(2))).toThrow('length 3');
  });
});

describe('selectExamples', () => {
  const inputs = Matrix.of([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);

  test('takes rows with their labels or targets, in the order asked for, repeats allowed', () => {
    const labelled = selectExamples({ inputs, labels: Int32Array.of(7, 8, 9) }, Int32Array.of(2, 0, 2));
    expect(labelled.inputs.toArray()).toEqual([
      [4, 5],
      [0, 1],
      [4, 5],
    ]);
    expect(Array.from((labelled as ClassificationData).labels)).toEqual([9, 7, 9]);
    const real = selectExamples({ inputs, targets: Matrix.of([[1], [2], [3]]) }, Int32Array.of(1));
    expect((real as RegressionData).targets.toArray()).toEqual([[2]]);
  });

  test('is a copy', () => {
    selectExamples({ inputs, labels: Int32Array.of(7, 8, 9) }, Int32Array.of(1)).inputs.data[0] = 100;
    expect(inputs.at(1, 0)).toBe(2);
  });

  test('refuses an index outside the data', () => {
    const data = { inputs, labels: Int32Array.of(0, 0, 0) };
    expect(() => selectExamples(data, Int32Array.of(0, 3))).toThrow('in 0..2, got 3');
    expect(() => selectExamples(data, Int32Array.of(-1))).toThrow('in 0..2, got -1');
  });
});

describe('initialise', () => {
  const model = new Mlp([100, 60, 30], 'tanh');

  /** Weights and biases of a layer. */
  function parts(theta: Float64Array, l: number): { weights: number[]; biases: number[] } {
    const { inputs, offset, size } = model.layers[l];
    const block = Array.from(theta.subarray(offset, offset + size));
    return {
      weights: block.filter((_, t) => t % (inputs + 1) !== inputs),
      biases: block.filter((_, t) => t % (inputs + 1) === inputs),
    };
  }

  /** n uniform draws on (−b, b): all inside, mean and variance b²/3 within five standard errors. */
  function expectUniform(x: number[], b: number): void {
    expect(Math.max(...x.map(Math.abs))).toBeLessThanOrEqual(b);
    const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
    const square = x.reduce((sum, v) => sum + v * v, 0) / x.length;
    expect(Math.abs(mean)).toBeLessThan((5 * b) / Math.sqrt(3 * x.length));
    expect(Math.abs(square - (b * b) / 3)).toBeLessThan(
      (5 * b * b * Math.sqrt(4 / 45)) / Math.sqrt(x.length),
    );
  }

  test('torch: weights and biases within ±1/√inputs, the default of nn.Linear', () => {
    const theta = initialise(model, 'torch', rng(0, 'init'));
    for (const l of [0, 1]) {
      const { weights, biases } = parts(theta, l);
      expectUniform(weights, 1 / Math.sqrt(model.layers[l].inputs));
      expectUniform(biases, 1 / Math.sqrt(model.layers[l].inputs));
    }
  });

  test('xavier: weights within ±√(6/(inputs + outputs)), biases zero', () => {
    const theta = initialise(model, 'xavier', rng(0, 'init'));
    for (const l of [0, 1]) {
      const { weights, biases } = parts(theta, l);
      expectUniform(weights, Math.sqrt(6 / (model.layers[l].inputs + model.layers[l].outputs)));
      expect(biases.every((b) => b === 0)).toBe(true);
    }
  });

  test('the stream decides', () => {
    expect(initialise(model, 'torch', rng(3, 'init'))).toEqual(initialise(model, 'torch', rng(3, 'init')));
    expect(initialise(model, 'torch', rng(3, 'init'))).not.toEqual(
      initialise(model, 'torch', rng(4, 'init')),
    );
    expect(() => initialise(model, 'he' as 'torch', rng(0))).toThrow('one of torch, xavier');
  });
});
