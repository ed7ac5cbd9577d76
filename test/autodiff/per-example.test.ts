import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACTIVATIONS,
  type ClassificationData,
  EXAMPLE_FUNCTIONS,
  exampleValues,
  logits,
  Mlp,
  meanGradient,
  perExampleGradients,
  selectExamples,
} from '../../src/autodiff/index.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { answerOf, centralDifferences, naive, randomData, randomTheta } from './naive.ts';

const EPS = Number.EPSILON;

describe('values, logits and gradients agree with textbook backpropagation', () => {
  for (const activation of ACTIVATIONS)
    for (const f of EXAMPLE_FUNCTIONS)
      test(`${activation}, ${f}`, () => {
        const model = new Mlp([5, 4, 3, 3], activation);
        const data = randomData(model, f, 7, 1);
        const theta = randomTheta(model, 2);
        const values = exampleValues(model, f, theta, data);
        const outputs = logits(model, theta, data.inputs);
        const gradients = perExampleGradients(model, f, theta, data);
        for (let i = 0; i < 7; i++) {
          const expected = naive(model, f, theta, data.inputs.row(i), answerOf(data, i));
          expectClose(outputs.row(i), expected.logits, { atol: 200 * EPS });
          expectClose([values[i]], [expected.value], { atol: 200 * EPS, rtol: 200 * EPS });
          expectClose(gradients.row(i), expected.gradient, { atol: 500 * EPS, rtol: 500 * EPS });
        }
      });
});

test('the mean gradient is the central difference of the mean value', () => {
  const model = new Mlp([4, 5, 3], 'gelu');
  const data = randomData(model, 'cross-entropy', 9, 3);
  const theta = randomTheta(model, 4);
  const mean = (t: Vec): number[] => [
    exampleValues(model, 'cross-entropy', t, data).reduce((a, b) => a + b) / 9,
  ];
  const expected = centralDifferences(mean, theta).map(([d]) => d);
  expect(relativeError(meanGradient(model, 'cross-entropy', theta, data), expected)).toBeLessThan(1e-9);
});

describe('chunks and order do not matter', () => {
  const model = new Mlp([6, 5, 4], 'tanh');
  const theta = randomTheta(model, 5);
  // 300 examples = chunks of 128, 128 and 44
  const data = randomData(model, 'cross-entropy', 300, 6);

  test('an example has the same values and gradient, bit for bit, wherever the chunks fall', () => {
    const values = exampleValues(model, 'cross-entropy', theta, data);
    const gradients = perExampleGradients(model, 'cross-entropy', theta, data);
    for (const i of [0, 1, 127, 128, 255, 256, 299]) {
      const alone = selectExamples(data, Int32Array.of(i));
      expect(exampleValues(model, 'cross-entropy', theta, alone)[0]).toBe(values[i]);
      expect(perExampleGradients(model, 'cross-entropy', theta, alone).data).toEqual(gradients.row(i));
    }
    const part = perExampleGradients(model, 'cross-entropy', theta, data, 100, 250);
    expect(part.data).toEqual(gradients.rowRange(100, 250).data);
  });

  test('the mean gradient does not depend on the order beyond rounding', () => {
    const reversed = selectExamples(
      data,
      Int32Array.from({ length: 300 }, (_, i) => 299 - i),
    );
    const gradient = meanGradient(model, 'cross-entropy', theta, data);
    expect(relativeError(meanGradient(model, 'cross-entropy', theta, reversed), gradient)).toBeLessThan(
      100 * EPS,
    );
    const rows = perExampleGradients(model, 'cross-entropy', theta, data);
    const mean = Array.from(gradient, (_, j) => rows.column(j).reduce((a, b) => a + b) / 300);
    expect(relativeError(gradient, mean)).toBeLessThan(100 * EPS);
  });

  test('an empty range gives an empty matrix', () => {
    expect(perExampleGradients(model, 'margin', theta, data, 7, 7).rows).toBe(0);
    expect(logits(model, theta, Matrix.zeros(0, 6)).rows).toBe(0);
  });
});

/** A linear model whose logits are its inputs: θ = [I 0]. */
function logitModel(classes: number): { model: Mlp; theta: Vec } {
  const model = new Mlp([classes, classes], 'identity');
  const theta = new Float64Array(model.parameterCount);
  for (let c = 0; c < classes; c++) theta[c * (classes + 1) + c] = 1;
  return { model, theta };
}

function heads(u: number[], label: number): Record<'cross-entropy' | 'log-probability' | 'margin', number> {
  const { model, theta } = logitModel(u.length);
  const data: ClassificationData = { inputs: Matrix.of([u]), labels: Int32Array.of(label) };
  const value = (f: 'cross-entropy' | 'log-probability' | 'margin'): number =>
    exampleValues(model, f, theta, data)[0];
  return {
    'cross-entropy': value('cross-entropy'),
    'log-probability': value('log-probability'),
    margin: value('margin'),
  };
}

describe('class functions at extreme logits', () => {
  test('a certain and right prediction: the loss is e^−40, not zero', () => {
    const { 'cross-entropy': loss, 'log-probability': logP, margin } = heads([40, 0], 0);
    expectClose([loss], [4.248354255291589e-18], { rtol: 4 * EPS }); // log1p(e^−40) to 16 digits
    expect(logP).toBe(-loss);
    expect(margin).toBe(40);
  });

  test('a certain and wrong prediction', () => {
    const { 'cross-entropy': loss, margin } = heads([0, 800, 0], 0);
    expect(loss).toBe(800);
    expect(margin).toBe(-800);
  });

  test('neither side overflows at ±1e4, and the margin keeps all its digits', () => {
    for (const u of [
      [1e4, -1e4, 0],
      [-1e4, 1e4, 0],
    ])
      for (const label of [0, 1, 2]) {
        const values = heads(u, label);
        for (const value of Object.values(values)) expect(Number.isFinite(value)).toBe(true);
      }
    expectClose([heads([1e4, -1e4, -1e4], 0).margin], [2e4 - Math.LN2], { rtol: 2 * EPS });
  });

  test('gradients at a certain prediction are tiny, exact and not zero', () => {
    const { model, theta } = logitModel(2);
    const data = { inputs: Matrix.of([[40, 0]]), labels: Int32Array.of(0) };
    const [, , bias] = perExampleGradients(model, 'cross-entropy', theta, data).row(0); // ∂ℓ/∂u₀ = −p₁
    expectClose([bias], [-4.248354255291589e-18], { rtol: 4 * EPS });
  });

  test('a constant added to all logits changes nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -2000, max: 2000 }), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: -1000, max: 1000 }),
        fc.nat(),
        (thousandths, shift, pick) => {
          const u = thousandths.map((v) => v / 64); // sums with integers are exact in binary
          const label = pick % u.length;
          expect(
            heads(
              u.map((v) => v + shift),
              label,
            ),
          ).toEqual(heads(u, label));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('cross-entropy, log-probability and margin are one function: ℓ = −log p = log(1 + e^−r)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 2, maxLength: 5 }),
        fc.nat(),
        (u, pick) => {
          const { 'cross-entropy': loss, 'log-probability': logP, margin } = heads(u, pick % u.length);
          expect(logP).toBe(-loss);
          expectClose([loss], [Math.log1p(Math.exp(-margin))], { rtol: 1e-14 });
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('refusals', () => {
  const model = new Mlp([3, 2], 'tanh');
  const theta = new Float64Array(8);
  const inputs = Matrix.zeros(2, 3);

  test('a label outside the classes', () => {
    const data = { inputs, labels: Int32Array.of(0, 2) };
    expect(() => exampleValues(model, 'margin', theta, data)).toThrow(
      'labels[1] must be an integer in 0..1, got 2',
    );
  });

  test('inputs that are not finite', () => {
    const data = { inputs: Matrix.of([[0, Number.NaN, 0]]), labels: Int32Array.of(0) };
    expect(() => perExampleGradients(model, 'margin', theta, data)).toThrow('inputs must be finite, got NaN');
  });

  test('classes where targets are needed, and the reverse', () => {
    expect(() =>
      exampleValues(model, 'squared-error', theta, { inputs, labels: Int32Array.of(0, 1) }),
    ).toThrow('squared-error needs them');
    expect(() => exampleValues(model, 'margin', theta, { inputs, targets: Matrix.zeros(2, 2) })).toThrow(
      'margin needs classes',
    );
  });

  test('a class function of one output, parameters of another length, a range outside the data', () => {
    const one = new Mlp([3, 1], 'tanh');
    const data = { inputs, labels: Int32Array.of(0, 0) };
    expect(() => exampleValues(one, 'margin', new Float64Array(4), data)).toThrow('≥ 2 outputs');
    expect(() => exampleValues(model, 'margin', new Float64Array(7), data)).toThrow('length 8');
    expect(() => perExampleGradients(model, 'margin', theta, data, 0, 3)).toThrow(
      'end must be an integer in 0..2',
    );
  });
});
