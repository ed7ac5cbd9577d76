/** @file Sites at several positions, in groups, as scale and shift, and several outputs per example: against differences and against each other. */
import { describe, expect, test } from 'vitest';
import {
  asDataset,
  type Dataset,
  exampleGradients,
  exampleValues,
  logits,
  lossGgnvp,
  lossHvp,
  meanGradient,
  Network,
  OP_TABLE,
  type Ops,
  perExampleGradients,
  positionWeights,
  type SiteRecorder,
  selectExamples,
  Tape,
  type TapeNode,
  Trainer,
  torchPermutation,
} from '../../src/autodiff/index.ts';
import { siteSides } from '../../src/autodiff/site-sides.ts';
import { eachSquare } from '../../src/autodiff/squared-norms.ts';
import { blockSamples, nearestKroneckerFactors } from '../../src/curvature/index.ts';
import { attribute } from '../../src/influence/index.ts';
import { GradientProducts } from '../../src/influence/solvers/gradient-products.ts';
import { trainingDerivative } from '../../src/influence/trajectory/training-derivative.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';

/**
 * x [4, 3 positions] → W₀ at each position → tanh → scale and shift per channel → depthwise-like groups at each position → tanh → mixed over
 * positions → outputs. With `tokens`, the outputs are at each position; else one layer reads all of them.
 */
class Convolved extends Network {
  private readonly tokens: boolean;

  constructor(tokens: boolean, tied = false) {
    super(
      12,
      3,
      [
        { inputs: 4, outputs: 4, positions: 3 },
        { inputs: 4, outputs: 4, positions: 3, groups: 4, kronecker: false },
        tied
          ? { inputs: 4, outputs: 4, positions: 3, tie: { source: 0, shares: 'weight' } }
          : { inputs: 4, outputs: 6, positions: 3, groups: 2 },
        tied ? { inputs: 12, outputs: 12 } : { inputs: 18, outputs: 12 },
        tokens ? { inputs: 4, outputs: 3, positions: 3, bias: false } : { inputs: 12, outputs: 3 },
      ],
      { outputPositions: tokens ? 3 : 1 },
    );
    this.tokens = tokens;
  }

  override get ops(): Partial<Ops> {
    return OP_TABLE;
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    const { cols: batch } = x;
    const shaped = (a: TapeNode, rows: number): TapeNode =>
      tape.apply('reshape', [a], { rows, cols: (a.rows * a.cols) / rows });
    const h = tape.tanh(site(0, shaped(x, 4)));
    const g = tape.tanh(site(2, site(1, h)));
    const mixed = tape.tanh(site(3, shaped(g, (g.rows * g.cols) / batch)));
    return this.tokens ? site(4, tape.add(h, shaped(mixed, 4))) : site(4, mixed);
  }
}

const N = 7;
const random = rng(5, 'site-forms');
const draw = (n: number): Float64Array => random.fillNormal(new Float64Array(n));
const inputs = new Matrix(N, 12, draw(12 * N));
const classes: Dataset = { inputs, labels: Int32Array.from({ length: N }, (_, i) => i % 3) };
const mask = new Matrix(
  N,
  3,
  Float64Array.from({ length: 3 * N }, (_, i) => (i % 5 === 0 ? 0 : 1)),
);
const tokens: Dataset = {
  inputs,
  labels: Int32Array.from({ length: 3 * N }, (_, i) => (i % 5 === 0 ? -100 : (i * i) % 3)),
  weights: positionWeights(mask),
};

describe.each<[string, Network, Dataset]>([
  ['one output', new Convolved(false), classes],
  ['outputs at positions', new Convolved(true), tokens],
  ['tied', new Convolved(true, true), tokens],
])('%s', (_, model, data) => {
  const theta = draw(model.parameterCount).map((t) => 0.5 * t);
  const D = model.parameterCount;

  test('gradients of examples are those of differences, of the loss and of the margin', () => {
    for (const f of ['cross-entropy', 'margin', 'log-probability'] as const) {
      const gradients = perExampleGradients(model, f, theta, data, 1, N);
      for (let t = 0; t < 8; t++) {
        const v = draw(D);
        const at = (h: number): Float64Array =>
          exampleValues(
            model,
            f,
            theta.map((x, i) => x + h * v[i]),
            data,
          ).subarray(1);
        const [plus, minus] = [at(1e-5), at(-1e-5)];
        expectClose(
          matmul(gradients, new Matrix(D, 1, v)).data,
          plus.map((p, i) => (p - minus[i]) / 2e-5),
          { atol: 1e-7, rtol: 1e-8 },
        );
      }
    }
  });

  test('their mean is the gradient of the mean', () => {
    const gradients = perExampleGradients(model, 'cross-entropy', theta, data);
    const mean = Float64Array.from(
      { length: D },
      (_, k) => gradients.column(k).reduce((a, b) => a + b, 0) / N,
    );
    expectClose(meanGradient(model, 'cross-entropy', theta, data), mean, { atol: 1e-15 });
  });

  test('lengths and products without forming them', () => {
    const gradients = perExampleGradients(model, 'cross-entropy', theta, data);
    const { inputs: seen, deltas, count } = siteSides(model, 'cross-entropy', theta, data, 0, N);
    const squares = new Float64Array(N);
    eachSquare(model, seen, deltas, count, (n, term) => {
      squares[n] += term;
    });
    expectClose(
      squares,
      Float64Array.from({ length: N }, (_, n) => gradients.row(n).reduce((s, g) => s + g * g, 0)),
      { rtol: 1e-13 },
    );
    const v = new Matrix(2, D, draw(2 * D));
    const products = new Matrix(2, N);
    new GradientProducts(model, v).add('cross-entropy', theta, data, 0.5, () => products, 0);
    expectClose(
      products.data,
      matmul(v, gradients, { transposeB: true }).data.map((x) => x / 2),
      { atol: 1e-13 },
    );
  });

  test('H v and G v by the tape are symmetric and those of differences', () => {
    const [v, w] = [draw(D), draw(D)];
    const both = new Matrix(2, D, Float64Array.of(...v, ...w));
    const h = lossHvp(model, 'cross-entropy', theta, data, both);
    const at = (s: number): Float64Array => {
      const moved = theta.map((t, i) => t + s * v[i]);
      return meanGradient(model, 'cross-entropy', moved, data);
    };
    const [plus, minus] = [at(1e-5), at(-1e-5)];
    const difference = plus.map((p, i) => (p - minus[i]) / 2e-5);
    expectClose(h.row(0), difference, { atol: 1e-8, rtol: 1e-7 });
    const g = lossGgnvp(model, 'cross-entropy', theta, data, both);
    for (const a of [h, g]) expectClose([dot(a.row(0), w)], [dot(a.row(1), v)], { rtol: 1e-12 });
    expect(dot(g.row(0), v)).toBeGreaterThan(0);
  });

  test('it trains, and what a whole run does to a query is that of differences', () => {
    const config = { epochs: 3, batch: 3, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, schedule: 'constant', initialisation: 'torch', dropLast: false } as const; // biome-ignore format: a record
    const trainer = new Trainer(model, 'cross-entropy', data, config);
    const losses: number[] = [];
    const end = trainer.train({ seed: 1, onEpoch: (_, loss) => losses.push(loss) });
    expect(trainer.train({ seed: 1 })).toEqual(end);
    expect(losses[2]).toBeLessThan(losses[0]);
    if (model.outputPositions === 1) return;
    // leaving example 2 out is the derivative in the scale of its weights, times −N
    const { scores } = trainingDerivative(trainer, { queries: data, seed: 1 });
    const measure = (h: number): Float64Array => {
      const weights = (data.weights as Matrix).clone();
      weights.row(2).set(weights.row(2).map((x) => x * (1 + h)));
      const theta = new Trainer(model, 'cross-entropy', { ...data, weights }, config).train({ seed: 1 });
      return exampleValues(model, 'cross-entropy', theta, data);
    };
    const [up, down] = [measure(1e-4), measure(-1e-4)];
    expectClose(
      scores.column(2),
      up.map((p, q) => (-N * (p - down[q])) / 2e-4),
      { atol: 1e-7 },
    );
  });
});

test('logits: one example per row, its positions side by side', () => {
  const model = new Convolved(true);
  const theta = draw(model.parameterCount);
  const u = logits(model, theta, inputs);
  expect([u.rows, u.cols]).toEqual([N, 9]);
  const alone = logits(model, theta, new Matrix(1, 12, inputs.row(4)));
  expectClose(u.row(4), alone.data, { atol: 1e-15 });
  // −log p of each label with its weight is the loss
  const values = exampleValues(model, 'cross-entropy', theta, tokens);
  const { labels, weights } = tokens as { labels: Int32Array; weights: Matrix };
  for (let n = 0; n < N; n++) {
    let loss = 0;
    for (let s = 0; s < 3; s++) {
      const row = [...u.row(n).subarray(3 * s, 3 * s + 3)];
      if (weights.at(n, s) > 0)
        loss -=
          weights.at(n, s) *
          Math.log(Math.exp(row[labels[3 * n + s]]) / row.reduce((a, b) => a + Math.exp(b), 0));
    }
    expect(values[n]).toBeCloseTo(loss, 13);
  }
});

test('weights of positions: the mean loss is the mean over all that count', () => {
  const { data } = positionWeights(mask);
  expect(data.reduce((a, b) => a + b, 0)).toBeCloseTo(N, 13);
  expect(positionWeights([[1, 0]], [[1, 1], [1, 0]]).data).toEqual(Float64Array.of(2 / 3, 0)); // biome-ignore format: a row
  expect(() => positionWeights([[0.5]])).toThrow('positionWeights: mask[0] must be 0 or 1, got 0.5');
  expect(() => positionWeights([[0, 0]])).toThrow(
    'positionWeights: reference must be a position that counts',
  );
});

test('data that do not fit are refused by name', () => {
  const model = new Convolved(true);
  const ask =
    (data: unknown): (() => unknown) =>
    () =>
      asDataset('f', model, 'cross-entropy', data);
  expect(ask({ inputs, labels: new Int32Array(N) })).toThrow('labels must be of length 21, got length 7');
  expect(ask({ ...tokens, weights: new Matrix(N, 2) })).toThrow(`weights must be [${N}, 3], got [${N}, 2]`);
  expect(ask({ ...tokens, weights: new Matrix(N, 3, new Float64Array(3 * N).fill(1)) })).toThrow('labels[0] must be an integer in 0..2'); // biome-ignore format: one line
  expect(() => asDataset('f', new Convolved(false), 'cross-entropy', { ...classes, weights: new Matrix(N, 3) })).toThrow(`weights must be [${N}, 1], got [${N}, 3]`); // biome-ignore format: one line
  expect(selectExamples(tokens, [2, 0])).toEqual({
    inputs: selectExamples(classes, [2, 0]).inputs,
    labels: Int32Array.of(0, 1, 1, -100, 1, 1),
    weights: new Matrix(
      2,
      3,
      Float64Array.from([6, 7, 8, 0, 1, 2], (i) => positionWeights(mask).data[i]),
    ),
  });
});

test('curvatures by sites and methods on them refuse such networks, or are right', () => {
  const model = new Convolved(false);
  const problem = { model, loss: 'cross-entropy', theta: draw(model.parameterCount), data: classes } as const;
  for (const f of [blockSamples, nearestKroneckerFactors])
    expect(() => f(problem)).toThrow('layer 0 uses its weights at several positions');
  const { data: _, ...fitted } = problem;
  const { scores } = attribute({ method: 'grad-dot', models: [fitted], train: classes, queries: classes });
  const g = perExampleGradients(model, 'cross-entropy', fitted.theta, classes);
  expect(scores.rows).toBe(N);
  expect(g.rows).toBe(N);
});

test('PyTorch order: rows of weights, then biases, scale and shift among them', () => {
  const perm = torchPermutation(new Convolved(false));
  expect([...perm].sort((a, b) => a - b)).toEqual([...perm.keys()]);
  expect([...perm.slice(20, 28)]).toEqual([20, 22, 24, 26, 21, 23, 25, 27]); // γ, then β
});

test('gradients of the examples of a program with groups', () => {
  const tape = new Tape();
  const x = tape.variable(4, 3);
  const y = tape.affine(x, 2, { offset: 0, width: 3, bias: 2, groups: 2 });
  const program = tape.compile(tape.margin(y, tape.labels(2, 3)));
  const theta = draw(6);
  program.set(x, draw(12));
  program.parameters.set(theta);
  const gradients = exampleGradients(program, theta);
  program.backward();
  for (let k = 0; k < 6; k++)
    expect(gradients.column(k).reduce((a, b) => a + b, 0)).toBeCloseTo(program.gradient[k], 14);
  // the margin of two classes is u₀ − u₁
  expectClose(gradients.row(1), [0, 1, -1].flatMap((sign, r) => (r === 0 ? [] : [sign * program.value(x).at(2 * r - 2, 1), sign * program.value(x).at(2 * r - 1, 1), sign])), { atol: 1e-15 }); // biome-ignore format: a row
});

describe('shapes of sites', () => {
  test.each([
    [
      { inputs: 3, outputs: 4, groups: 2 },
      'sites[0].groups must be a divisor of inputs 3 and outputs 4, got 2',
    ],
    [{ inputs: 3, outputs: 4, lookup: 'token', bias: true }, 'sites[0].bias must be false for a lookup'],
    [{ inputs: 3, outputs: 4, lookup: 'word' }, 'sites[0].lookup must be one of token, position'],
    [{ inputs: 3, outputs: 4, positions: 0 }, 'sites[0].positions must be'],
  ])('%j', (shape, message) => {
    class Shaped extends Network {
      constructor() {
        super(3, 4, [shape as never]);
      }
      override connect(_: Tape, x: TapeNode): TapeNode {
        return x;
      }
    }
    expect(() => new Shaped()).toThrow(message);
  });
});

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0);
}
