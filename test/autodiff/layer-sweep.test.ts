import { describe, expect, test } from 'vitest';
import {
  type Activation,
  type Dataset,
  type ExampleFunction,
  LayerSweep,
  Mlp,
  perExampleGradients,
  sweepExamples,
} from '../../src/autodiff/index.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { expectClose, expectMatrixClose, relativeError } from '../helpers/close.ts';
import { answerOf, naive, randomData, randomMatrix, randomTheta } from './naive.ts';

const EPS = Number.EPSILON;
const BATCH = 5;

/** The sweep's arrays after a forward and reverse pass, copied. */
interface Snapshot {
  readonly inputs: Matrix[];
  readonly deltas: Matrix[];
  readonly outputs: Matrix;
}

function snapshot(sweep: LayerSweep, theta: Vec, data: Dataset, seed?: Matrix): Snapshot {
  sweep.load(theta, data, 0);
  sweep.forward();
  sweep.backward(seed);
  const { sites: layers } = sweep.model;
  return {
    inputs: layers.map((_, l) => sweep.input(l).clone()),
    deltas: layers.map((_, l) => sweep.delta(l).clone()),
    outputs: sweep.outputs.clone(),
  };
}

/** (a − b) / 2h, element by element. */
function difference(a: Matrix, b: Matrix, h: number): Vec {
  return a.data.map((value, i) => (value - b.data[i]) / (2 * h));
}

describe('tangents of every unit of every layer = central differences', () => {
  const cases: [Activation, 'logits' | ExampleFunction][] = [
    ['tanh', 'cross-entropy'],
    ['gelu', 'margin'],
    ['sigmoid', 'squared-error'],
    ['relu', 'log-probability'],
    ['identity', 'cross-entropy'],
    ['tanh', 'logits'],
  ];
  for (const [activation, output] of cases)
    test(`${activation}, ${output}`, () => {
      const model = new Mlp([4, 3, 4, 3], activation);
      const data = randomData(model, output === 'logits' ? 'margin' : output, BATCH, 1);
      const theta = randomTheta(model, 2);
      const seed = output === 'logits' ? randomMatrix(3, BATCH, 3) : undefined;
      const sweep = new LayerSweep(model, output, BATCH, { directions: 3 });
      const h = 1e-5;
      for (const { index: i, outputs, inputs, offset } of model.sites)
        for (let unit = 0; unit < outputs; unit++) {
          // A tangent 1 at s_i[unit] of every example is a tangent 1 of that unit's bias.
          const bias = offset + unit * (inputs + 1) + inputs;
          const shift = (by: number): Vec => theta.map((value, t) => (t === bias ? value + by : value));
          const plus = snapshot(sweep, shift(h), data, seed);
          const minus = snapshot(sweep, shift(-h), data, seed);
          snapshot(sweep, theta, data, seed);
          const first = Math.min(unit, outputs - 2); // two units at a time; look at one of them
          sweep.seedUnits(i, first, 2);
          sweep.forwardTangent();
          sweep.backwardTangent();
          const j = unit - first;
          const tolerance = { atol: 2e-9 };
          expectClose(sweep.outputTangent(j).data, difference(plus.outputs, minus.outputs, h), tolerance);
          for (const { index: l } of model.sites) {
            expectClose(
              sweep.inputTangent(l, j).data,
              difference(plus.inputs[l], minus.inputs[l], h),
              tolerance,
            );
            if (l >= i)
              expectClose(
                sweep.deltaTangent(l, j).data,
                difference(plus.deltas[l], minus.deltas[l], h),
                tolerance,
              );
          }
        }
    });
});

test('M_il[r, p] = ∂δ_l[p]/∂s_i[r] is symmetric in (i, r) and (l, p) for l = i', () => {
  const model = new Mlp([4, 4, 3], 'tanh');
  const data = randomData(model, 'cross-entropy', BATCH, 4);
  const sweep = new LayerSweep(model, 'cross-entropy', BATCH, { directions: 4 });
  snapshot(sweep, randomTheta(model, 5), data);
  sweep.seedUnits(0, 0, 4);
  sweep.forwardTangent();
  sweep.backwardTangent();
  for (let r = 0; r < 4; r++)
    for (let p = 0; p < 4; p++)
      expectClose(sweep.deltaTangent(0, r).row(p), sweep.deltaTangent(0, p).row(r), { atol: 20 * EPS });
});

test('δ_l [a_{l−1}; 1]ᵀ is the gradient of each example', () => {
  const model = new Mlp([4, 3, 2], 'sigmoid');
  const data = randomData(model, 'margin', BATCH, 6);
  const theta = randomTheta(model, 7);
  const sweep = new LayerSweep(model, 'margin', BATCH);
  const { inputs, deltas } = snapshot(sweep, theta, data);
  for (let n = 0; n < BATCH; n++) {
    const { gradient, value, logits } = naive(model, 'margin', theta, data.inputs.row(n), answerOf(data, n));
    expectClose(sweep.outputs.column(n), logits, { atol: 50 * EPS });
    expectClose([sweep.values[n]], [value], { atol: 50 * EPS });
    for (const { index, inputs: q, outputs: p, offset } of model.sites)
      for (let i = 0; i < p; i++)
        for (let k = 0; k <= q; k++) {
          const a = k === q ? 1 : inputs[index].at(k, n);
          expectClose([deltas[index].at(i, n) * a], [gradient[offset + i * (q + 1) + k]], { atol: 50 * EPS });
        }
  }
});

describe('chunks', () => {
  const model = new Mlp([3, 4, 2], 'gelu');
  const data = randomData(model, 'cross-entropy', 23, 8);
  const theta = randomTheta(model, 9);

  test('cover the range once, in order, whatever their size', () => {
    for (const batch of [1, 4, 7, 23, 100]) {
      const seen: number[] = [];
      const values = new Float64Array(23);
      sweepExamples(
        model,
        'cross-entropy',
        theta,
        data,
        { batch, start: 2, end: 21 },
        (sweep, start, count) => {
          expect(sweep.batch).toBe(count);
          for (let b = 0; b < count; b++) seen.push(start + b);
          sweep.forward();
          values.set(sweep.values, start);
        },
      );
      expect(seen).toEqual(Array.from({ length: 19 }, (_, i) => i + 2));
      for (let i = 2; i < 21; i++)
        expectClose(
          [values[i]],
          [naive(model, 'cross-entropy', theta, data.inputs.row(i), answerOf(data, i)).value],
          {
            atol: 200 * EPS,
          },
        );
    }
  });

  test('a sum over examples depends on the chunking only by rounding', () => {
    const total = (batch: number): Matrix => {
      const sum = Matrix.zeros(1, model.parameterCount);
      sweepExamples(model, 'cross-entropy', theta, data, { batch }, (_, start, count) => {
        const rows = perExampleGradients(model, 'cross-entropy', theta, data, start, start + count);
        for (let b = 0; b < count; b++) for (let t = 0; t < rows.cols; t++) sum.data[t] += rows.at(b, t);
      });
      return sum;
    };
    for (const batch of [1, 5, 16])
      expect(relativeError(total(batch).data, total(23).data)).toBeLessThan(50 * EPS);
  });

  test('an empty range calls nothing', () => {
    sweepExamples(model, 'margin', theta, data, { start: 5, end: 5 }, () => expect.fail('called'));
  });
});

describe('the same sweep used again', () => {
  test('gives the same bits, whatever was seeded and loaded in between', () => {
    const model = new Mlp([4, 5, 3], 'tanh');
    const data = randomData(model, 'cross-entropy', 2 * BATCH, 10);
    const theta = randomTheta(model, 11);
    const run = (sweep: LayerSweep): Vec => {
      sweep.load(theta, data, 0);
      sweep.forward();
      sweep.backward();
      sweep.seedUnits(0, 1, 2);
      sweep.forwardTangent();
      sweep.backwardTangent();
      return sweep.deltaTangent(1, 1).data.slice();
    };
    const used = new LayerSweep(model, 'cross-entropy', BATCH, { directions: 3 });
    used.load(randomTheta(model, 12), data, BATCH);
    used.forward();
    used.backward();
    used.seedUnits(1, 0, 3);
    used.forwardTangent();
    used.backwardTangent();
    expect(run(used)).toEqual(run(new LayerSweep(model, 'cross-entropy', BATCH, { directions: 2 })));
    expectMatrixClose(used.inputTangent(0, 0), Matrix.zeros(4, BATCH), {});
  });
});

describe('refusals', () => {
  const model = new Mlp([4, 3, 2], 'tanh');
  const data = randomData(model, 'margin', 8, 13);
  const theta = randomTheta(model, 14);
  const sweep = new LayerSweep(model, 'margin', BATCH, { directions: 2 });

  test('examples beyond the data, θ of another length', () => {
    expect(() => sweep.load(theta, data, 4)).toThrow('start must be an integer in 0..3, got 4');
    expect(() => sweep.load(theta.slice(1), data, 0)).toThrow('theta');
  });

  test('a seed where there is none, none where there must be one', () => {
    expect(() => sweep.backward(Matrix.zeros(2, BATCH))).toThrow("absent, for the output 'margin'");
    const free = new LayerSweep(model, 'logits', BATCH);
    expect(() => free.backward()).toThrow("given, for the output 'logits'");
    expect(() => free.values).toThrow("the output is 'logits'");
  });

  test('units outside the layer, tangents before seeds, layers before the seeded one', () => {
    expect(() => sweep.forwardTangent()).toThrow('set by seedUnits before');
    expect(() => sweep.seedUnits(0, 2, 2)).toThrow('first must be an integer in 0..1, got 2');
    expect(() => sweep.seedUnits(0, 0, 3)).toThrow('count must be an integer in 1..2, got 3');
    expect(() => sweep.seedUnits(2, 0, 1)).toThrow('l must be an integer in 0..1');
    sweep.load(theta, data, 0);
    sweep.forward();
    sweep.backward();
    sweep.seedUnits(1, 0, 2);
    sweep.forwardTangent();
    sweep.backwardTangent();
    expect(() => sweep.deltaTangent(0, 0)).toThrow('lies before the seeded layer 1');
  });
});
