/** @file The absolute error as a per-example function: values, both derivatives, and the kink. */
import { describe, expect, test } from 'vitest';
import { exampleValues, logits, Mlp, perExampleGradients, Tape } from '../../src/autodiff/index.ts';
import { ShapeError } from '../../src/linalg/errors.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { centralDifferences, randomData, randomTheta } from './naive.ts';

const model = new Mlp([3, 5, 2], 'tanh');
const theta = randomTheta(model, 1);
const data = randomData(model, 'absolute-error', 6, 2);

test('values are Σ |u − t|, from the outputs', () => {
  if (!('targets' in data)) throw new Error('regression data');
  const u = logits(model, theta, data.inputs);
  const expected = Array.from({ length: 6 }, (_, i) =>
    u.row(i).reduce((sum, value, c) => sum + Math.abs(value - data.targets.row(i)[c]), 0),
  );
  expectClose(exampleValues(model, 'absolute-error', theta, data), expected, { atol: 8 * Number.EPSILON });
});

test('gradients are central differences of the values', () => {
  const gradients = perExampleGradients(model, 'absolute-error', theta, data);
  const expected = centralDifferences((t) => exampleValues(model, 'absolute-error', t, data), theta);
  for (let i = 0; i < 6; i++)
    expect(
      relativeError(
        gradients.row(i),
        expected.map((row) => row[i]),
      ),
    ).toBeLessThan(1e-8);
});

test('with one output it is √(2 × squared error), and its gradient that of the output with a sign', () => {
  const one = new Mlp([3, 4, 1], 'gelu');
  const at = randomTheta(one, 3);
  const examples = randomData(one, 'squared-error', 9, 4);
  const losses = exampleValues(one, 'squared-error', at, examples);
  const errors = exampleValues(one, 'absolute-error', at, examples);
  expectClose(
    errors,
    losses.map((loss) => Math.sqrt(2 * loss)),
    { rtol: 8 * Number.EPSILON },
  );
  const g = perExampleGradients(one, 'absolute-error', at, examples);
  const squared = perExampleGradients(one, 'squared-error', at, examples);
  for (let i = 0; i < 9; i++)
    expectClose(
      squared.row(i),
      g.row(i).map((x) => errors[i] * x),
      { atol: 1e-14 },
    );
});

describe('at the kink u = t', () => {
  const flat = new Mlp([2, 1], 'identity');
  const at = Float64Array.of(1, -2, 0.5); // u = x₀ − 2 x₁ + ½
  const inputs = Matrix.of([
    [1, 1],
    [1, 1],
    [1, 1],
  ]);
  const targets = Matrix.of([[-0.5], [-0.25], [-0.75]]); // u = −½: equal, above, below
  const examples = { inputs, targets };

  test('the value is +0 and the gradient 0; on either side it is ∓∇u', () => {
    expect(Array.from(exampleValues(flat, 'absolute-error', at, examples))).toEqual([0, 0.25, 0.25]);
    const g = perExampleGradients(flat, 'absolute-error', at, examples);
    expect(Array.from(g.row(0), Math.abs)).toEqual([0, 0, 0]);
    expect(Array.from(g.row(1))).toEqual([-1, -1, -1]);
    expect(Array.from(g.row(2))).toEqual([1, 1, 1]);
  });
});

test('on a tape its cotangents are signs, in each of two rows and three columns', () => {
  const tape = new Tape();
  const x = tape.variable(2, 3);
  const t = tape.input(2, 3);
  const program = tape.compile(tape.sum(tape.absoluteError(x, t)), {});
  program.value(x).data.set([1, -2, 3, -1, 2, 0.5]);
  program.value(t).data.set([0, 0, 0, 0, 0, 0]);
  program.forward();
  program.backward();
  const bar = (): Vec => program.cotangent(x).data.slice();
  expect(Array.from(bar())).toEqual([1, -1, 1, -1, 1, 1]);
});

test('labels are refused where targets are needed', () => {
  const labelled = { inputs: data.inputs, labels: new Int32Array(6) };
  expect(() => exampleValues(model, 'absolute-error', theta, labelled)).toThrow(ShapeError);
});
