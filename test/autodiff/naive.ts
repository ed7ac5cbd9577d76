/** @file A second network, written as plainly as possible with Math: the witness for the tape. Example by example, no batches. */
import {
  type Activation,
  type Dataset,
  type ExampleFunction,
  Mlp,
  type Network,
} from '../../src/autodiff/index.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';

/** φ and φ′; gelu by numerical integration of the normal density, so that no erf is shared. */
const PHI: Record<Activation, (x: number) => readonly [number, number]> = {
  identity: (x) => [x, 1],
  tanh: (x) => [Math.tanh(x), 1 / Math.cosh(x) ** 2],
  relu: (x) => (x > 0 ? [x, 1] : [0, 0]),
  sigmoid: (x) => {
    const y = 1 / (1 + Math.exp(-x));
    return [y, y * (1 - y)];
  },
  gelu: (x) => {
    const cdf = normalCdf(x);
    return [x * cdf, cdf + (x * Math.exp(-x * x * 0.5)) / Math.sqrt(2 * Math.PI)];
  },
};

/** Φ(x) = ½ + ∫₀ˣ e^(−t²/2)/√(2π) dt by Simpson's rule with 4000 intervals. */
function normalCdf(x: number): number {
  const h = x / 4000;
  let sum = 0;
  for (let i = 0; i <= 4000; i++)
    sum += (i === 0 || i === 4000 ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2) / 2);
  return 0.5 + (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

export interface NaiveResult {
  readonly logits: number[];
  readonly value: number;
  readonly gradient: Vec;
}

/** f(z, θ) and ∇_θ f for one example by textbook backpropagation. */
export function naive(
  model: Network,
  f: ExampleFunction,
  theta: Vec,
  x: Vec,
  answer: number | Vec,
): NaiveResult {
  if (!(model instanceof Mlp)) throw new TypeError('naive is an Mlp');
  const inputs: number[][] = [];
  const slopes: number[][] = [];
  let a = Array.from(x);
  for (const { index, inputs: q, outputs: p, offset } of model.layers) {
    inputs.push(a);
    const s = Array.from({ length: p }, (_, i) => {
      let sum = theta[offset + i * (q + 1) + q];
      for (let k = 0; k < q; k++) sum += theta[offset + i * (q + 1) + k] * a[k];
      return sum;
    });
    const phi = index + 1 < model.layers.length ? PHI[model.activation] : PHI.identity;
    slopes.push(s.map((v) => phi(v)[1]));
    a = s.map((v) => phi(v)[0]);
  }
  const [value, outputGradient] = head(f, a, answer);
  const gradient = new Float64Array(theta.length);
  let delta = outputGradient;
  for (const { index, inputs: q, outputs: p, offset } of [...model.layers].reverse()) {
    delta = delta.map((d, i) => d * slopes[index][i]);
    const below = new Array<number>(q).fill(0);
    for (let i = 0; i < p; i++) {
      gradient[offset + i * (q + 1) + q] = delta[i];
      for (let k = 0; k < q; k++) {
        gradient[offset + i * (q + 1) + k] = delta[i] * inputs[index][k];
        below[k] += theta[offset + i * (q + 1) + k] * delta[i];
      }
    }
    delta = below;
  }
  return { logits: a, value, gradient };
}

/** f and ∂f/∂u from the definition, not stabilised: use moderate logits. */
function head(f: ExampleFunction, u: number[], answer: number | Vec): [number, number[]] {
  if (typeof answer !== 'number') {
    const d = u.map((v, c) => v - answer[c]);
    if (f === 'absolute-error') return [d.reduce((sum, v) => sum + Math.abs(v), 0), d.map(Math.sign)];
    return [d.reduce((sum, v) => sum + v * v, 0) / 2, d];
  }
  const total = u.reduce((sum, v) => sum + Math.exp(v), 0);
  const p = u.map((v) => Math.exp(v) / total);
  const logP = u.map((_, c) => (c === answer ? 1 : 0) - p[c]);
  const own = p[answer];
  switch (f) {
    case 'cross-entropy':
      return [-Math.log(own), logP.map((g) => -g)];
    case 'log-probability':
      return [Math.log(own), logP];
    default:
      return [Math.log(own) - Math.log(1 - own), logP.map((g) => g / (1 - own))];
  }
}

/** The label or target of example i. */
export function answerOf(data: Dataset, i: number): number | Vec {
  return 'labels' in data ? data.labels[i] : data.targets.row(i);
}

/** Random examples for a model: labels, or targets for the errors. */
export function randomData(model: Network, f: ExampleFunction, n: number, seed: number): Dataset {
  const random = rng(seed, 'test', 'data');
  const inputs = new Matrix(n, model.inputs, random.fillNormal(new Float64Array(n * model.inputs)));
  if (f !== 'squared-error' && f !== 'absolute-error')
    return { inputs, labels: Int32Array.from({ length: n }, () => random.integer(model.outputs)) };
  return {
    inputs,
    targets: new Matrix(n, model.outputs, random.fillNormal(new Float64Array(n * model.outputs))),
  };
}

/** Random parameters of order `scale`. */
export function randomTheta(model: Network, seed: number, scale = 0.7): Vec {
  return rng(seed, 'test', 'theta').fillNormal(new Float64Array(model.parameterCount), 0, scale);
}

/** A matrix of standard normals. */
export function randomMatrix(rows: number, cols: number, seed: number): Matrix {
  return new Matrix(rows, cols, rng(seed, 'test', 'matrix').fillNormal(new Float64Array(rows * cols)));
}

/** (f(x + h e_j) − f(x − h e_j)) / 2h for every j: rows are the derivatives with respect to x_j. */
export function centralDifferences(f: (x: Vec) => ArrayLike<number>, x: Vec, h = 1e-5): number[][] {
  return Array.from(x, (_, j) => {
    const plus = x.slice();
    const minus = x.slice();
    plus[j] += h;
    minus[j] -= h;
    const high = f(plus);
    const low = f(minus);
    return Array.from(high, (v, i) => (v - low[i]) / (2 * h));
  });
}
