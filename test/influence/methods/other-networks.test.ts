/**
 * @file Every method on a convolutional network, on a transformer and on a regression at each token, against dense formulas: gradients and
 * Jacobians by differences of values, matrices in full, solves by elimination. What a method does not support it refuses by name.
 */
import { describe, expect, test } from 'vitest';
import { BatchProgram } from '../../../src/autodiff/batch-program.ts';
import {
  avgPool,
  conv2d,
  type Dataset,
  type ExampleFunction,
  embedding,
  exampleValues,
  flatten,
  type GraphNetwork,
  gelu,
  groupNorm,
  type Loss,
  layerNorm,
  linear,
  network,
  positionEmbedding,
  positionWeights,
  residual,
  selfAttention,
  sequential,
  type Trajectory,
  tanh,
} from '../../../src/autodiff/index.ts';
import { CURVATURES } from '../../../src/curvature/registry.ts';
import { randomProjection } from '../../../src/influence/baselines/random-projection.ts';
import { BatchGradient } from '../../../src/influence/bayesian/batch-gradient.ts';
import { LangevinChain } from '../../../src/influence/bayesian/langevin-chain.ts';
import { resolveSampler } from '../../../src/influence/bayesian/sampler-settings.ts';
import { ValueSweep } from '../../../src/influence/bayesian/value-sweep.ts';
import { attribute } from '../../../src/influence/methods/attribute.ts';
import type { MethodName, MethodOptions } from '../../../src/influence/methods/method-name.ts';
import { METHOD_NAMES, METHODS } from '../../../src/influence/methods/registry.ts';
import { averagedCurvature } from '../../../src/influence/source/averaged-curvature.ts';
import { UnsupportedError } from '../../../src/linalg/errors.ts';
import { Matrix, type Vec } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { relativeError } from '../../helpers/close.ts';
import { gaussSolve } from '../gauss-solve.ts';
import { denseScores, meanRows, type Rows, rowsOf, shifted, unrolled } from '../source/dense-unrolling.ts';
import { measure, trainWeighted } from '../trajectory/weighted-training.ts';

const [N, Q, T] = [8, 3, 3];
const random = rng(4, 'other networks');
const draw = (n: number): Vec => random.fillNormal(new Float64Array(n));
const whole = (n: number, below: number): Int32Array =>
  Int32Array.from({ length: n }, () => Math.floor(random.uniform() * below));

interface Kind {
  readonly model: GraphNetwork;
  readonly loss: Loss;
  readonly theta: Vec;
  readonly train: Dataset;
  readonly queries: Dataset;
}

const mask = (n: number): Matrix =>
  new Matrix(
    n,
    T,
    Float64Array.from({ length: n * T }, (_, i) => (i % 5 === 3 ? 0 : 1)),
  );
const weights = (n: number): Matrix => positionWeights(mask(n), mask(N));
const ids = (n: number): Matrix => new Matrix(n, T, Float64Array.from(whole(n * T, 4)));
const block = residual(sequential([layerNorm(), selfAttention(1, { causal: true })]));

function kind(model: GraphNetwork, loss: Loss, of: (n: number) => Dataset): Kind {
  return { model, loss, theta: draw(model.parameterCount).map((x) => 0.6 * x), train: of(N), queries: of(Q) };
}

const KINDS: Readonly<Record<string, Kind>> = {
  'a convolutional network': kind(
    network(
      { shape: [1, 4, 4] },
      sequential([
        conv2d(2, 3, { padding: 1 }),
        gelu(),
        avgPool(2),
        residual(sequential([groupNorm(2), tanh(), conv2d(2, 1)])),
        flatten(),
        linear(3),
      ]),
    ),
    'cross-entropy',
    (n) => ({ inputs: new Matrix(n, 16, draw(16 * n)), labels: whole(n, 3) }),
  ),
  'a transformer with one table': kind(
    network(
      { tokens: T, vocabulary: 4 },
      sequential({
        wte: embedding(3),
        wpe: positionEmbedding(),
        block,
        head: linear(4, { bias: false, weight: 'wte.weight' }),
      }),
    ),
    'cross-entropy',
    (n) => ({ inputs: ids(n), labels: whole(n * T, 4), weights: weights(n) }),
  ),
  'numbers at each token': kind(
    network({ tokens: T, vocabulary: 4 }, sequential([embedding(3), block, tanh(), linear(2)])),
    'squared-error',
    (n) => ({ inputs: ids(n), targets: new Matrix(n, 2 * T, draw(2 * T * n)), weights: weights(n) }),
  ),
};

/** ∂ of many functions in every parameter, [functions, D]: central differences of fourth order, error about 1e-11. */
function differences(values: (theta: Vec) => ArrayLike<number>, theta: Vec): Rows {
  const h = 1e-3;
  const at = (d: number, step: number): ArrayLike<number> =>
    values(theta.map((x, k) => (k === d ? x + step * h : x)));
  const columns = Array.from(theta, (_, d) => {
    const [far, near, before, beyond] = [at(d, -2), at(d, -1), at(d, 1), at(d, 2)];
    return Array.from(far, (x, i) => (8 * (before[i] - near[i]) - (beyond[i] - x)) / (12 * h));
  });
  return columns[0].map((_, i) => columns.map((column) => column[i]));
}

const dotted = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, k) => sum + x * b[k], 0);
const products = (a: Rows, b: Rows): Rows => a.map((row) => b.map((other) => dotted(row, other)));
/** a · C⁻¹ · bᵀ. */
const through = (a: Rows, c: Rows, b: Rows): Rows =>
  products(
    a.map((row) => gaussSolve(c, row)),
    b,
  );
const mean = (x: readonly number[]): number => x.reduce((sum, v) => sum + v, 0) / x.length;

/** What the formulas are made of, at one θ. */
class Dense {
  readonly kind: Kind;
  readonly theta: Vec;
  readonly size: number;
  constructor(kind: Kind, theta: Vec = kind.theta) {
    this.kind = kind;
    this.theta = theta;
    this.size = theta.length;
  }

  private readonly known = new Map<string, Rows>();

  private kept(name: string, make: () => Rows): Rows {
    const rows = this.known.get(name) ?? make();
    this.known.set(name, rows);
    return rows;
  }

  gradients(f: ExampleFunction, data: Dataset): Rows {
    const sweep = new ValueSweep(this.kind.model, f, data); // as exampleValues, compiled once
    const values = (theta: Vec): Vec => {
      const out = new Float64Array(sweep.size);
      sweep.evaluate(theta, out);
      return out;
    };
    return differences(values, this.theta);
  }

  get train(): Rows {
    return this.kept('train', () => this.gradients(this.kind.loss, this.kind.train));
  }

  get queries(): Rows {
    return this.kept('queries', () => this.gradients(this.kind.loss, this.kind.queries));
  }

  get problem() {
    const { model, loss, train } = this.kind;
    return { model, loss, theta: this.theta, data: train };
  }

  get hessian(): Rows {
    const { model, loss, data } = this.problem;
    const mean = new BatchGradient(model, loss, data, N); // as meanGradient, compiled once
    const everyone = Int32Array.from({ length: N }, (_, i) => i);
    const values = (theta: Vec): Vec => {
      mean.evaluate(theta, everyone);
      return mean.gradient.slice();
    };
    return this.kept('hessian', () => differences(values, this.theta));
  }

  /** (1/N) Σ w Jᵀ ∇²ℓ J, J [C, D] of every example and position. */
  get ggn(): Rows {
    return this.kept('ggn', () => this.gaussNewton());
  }

  /** u as a function of θ, [N · P · C]: as logits, compiled once. */
  outputs(): (theta: Vec) => Vec {
    const { model, train } = this.kind;
    const recorded = new BatchProgram(model, 'logits', N, { wrt: 'nothing' });
    recorded.load(train, 0);
    const { program, nodes } = recorded;
    const u = program.value(nodes.logits);
    const [C, P] = [model.outputs, model.outputPositions];
    return (theta) => {
      program.parameters.set(theta);
      program.forward();
      return Float64Array.from({ length: N * P * C }, (_, k) =>
        u.at(k % C, (Math.floor(k / C) % P) * N + Math.floor(k / (C * P))),
      );
    };
  }

  private gaussNewton(): Rows {
    const { model, loss, train } = this.kind;
    const outputs = this.outputs();
    const [u, jacobian] = [outputs(this.theta), differences(outputs, this.theta)];
    const [C, P] = [model.outputs, model.outputPositions];
    const out = Array.from({ length: this.size }, () => new Array<number>(this.size).fill(0));
    for (let at = 0; at < N * P; at++) {
      const own = Array.from({ length: C }, (_, c) => u[at * C + c]);
      const total = own.reduce((sum, x) => sum + Math.exp(x), 0);
      const p = own.map((x) => Math.exp(x) / total);
      const w = train.weights?.data[at] ?? 1 / P;
      for (let a = 0; a < C; a++)
        for (let b = 0; b < C; b++) {
          const second = loss === 'cross-entropy' ? (a === b ? p[a] : 0) - p[a] * p[b] : a === b ? 1 : 0;
          if (w * second === 0) continue;
          const [left, right] = [jacobian[at * C + a], jacobian[at * C + b]];
          for (let i = 0; i < this.size; i++)
            for (let j = 0; j < this.size; j++) out[i][j] += (w * second * left[i] * right[j]) / N;
        }
    }
    return out;
  }

  /** Zero outside the blocks of the layers. */
  blocks(c: Rows): Rows {
    const of = Array.from({ length: this.size }, (_, i) =>
      this.kind.model.blocks.findIndex(({ offset, size }) => i >= offset && i < offset + size),
    );
    return c.map((row, i) => row.map((x, j) => (of[i] === of[j] ? x : 0)));
  }
}

const LAMBDA = 0.05;
const damped = (c: Rows): Rows => shifted(c, LAMBDA);
const scored =
  (of: (dense: Dense) => Rows) =>
  (dense: Dense): Rows =>
    through(dense.queries, damped(of(dense)), dense.train);

/** Two checkpoints in each of two segments; it ends at θ. */
function run({ theta }: Kind): Trajectory {
  return {
    checkpoints: [1, 2, 3, 4].map((step) => ({
      step,
      theta: theta.map((x, k) => (step === 4 ? x : 0.9 * x + 0.01 * step * (k % 3))),
    })),
    steps: 4,
    learningRates: Float64Array.of(0.3, 0.2),
    stepsPerEpoch: 2,
    momentum: 0.5,
    weightDecay: 0.01,
    batch: 2,
  };
}

const ALONG = new Map<Kind, readonly Dense[]>();

/** The matrices at every checkpoint. */
function along(kind: Kind): readonly Dense[] {
  const known = ALONG.get(kind) ?? run(kind).checkpoints.map(({ theta }) => new Dense(kind, theta));
  ALONG.set(kind, known);
  return known;
}

/** Segment l: its C, what passes and what is pulled in t = Σ η / (1 − m); `pull` of C and t. */
function alongRun(
  dense: Dense,
  curvature: (parts: readonly Dense[]) => Rows,
  pull?: (thetas: readonly Vec[], time: number) => Rows,
): Rows {
  const { model, loss, train, queries } = dense.kind;
  const { checkpoints, learningRates } = run(dense.kind);
  const segments = [0, 1].map((l) => {
    const thetas = checkpoints.slice(2 * l, 2 * l + 2).map((checkpoint) => checkpoint.theta);
    const c = curvature(along(dense.kind).slice(2 * l, 2 * l + 2));
    const time = (2 * learningRates[l]) / 0.5;
    const { backward, segment } = unrolled(shifted(c, 0.01), time);
    return { backward, pull: pull?.(thetas, time) ?? segment, thetas };
  });
  return denseScores(model, { loss, f: loss, end: dense.theta }, segments, train, queries);
}

const inverse = (c: Rows): Rows =>
  c.map((_, i) =>
    gaussSolve(
      c,
      c.map((_, j) => (i === j ? 1 : 0)),
    ),
  );

/** nβ Cov of values that are asked for at every draw of the chains. */
function sampled({ kind, problem }: Dense, options: MethodOptions, correlation: boolean): Rows {
  const { model, loss, train, queries } = kind;
  const settings = resolveSampler(problem, {
    chains: 2,
    draws: 20,
    burnIn: 3,
    gamma: 40,
    batch: 4,
    seed: options.seed ?? 0,
  });
  const [x, y]: [Rows, Rows] = [[], []];
  for (let c = 0; c < settings.chains; c++) {
    const chain = new LangevinChain(problem, settings, c);
    for (let t = 0; t < settings.draws; t++) {
      chain.stepsTo(t);
      x.push(Array.from(exampleValues(model, loss, chain.theta, train)));
      y.push(Array.from(exampleValues(model, loss, chain.theta, queries)));
    }
  }
  const centred = (rows: Rows): Rows =>
    rows[0].map((_, i) => rows.map((row) => row[i] - mean(rows.map((other) => other[i]))));
  const [a, b] = [centred(y), centred(x)];
  const sums = products(a, b);
  if (!correlation) return sums.map((row) => row.map((sum) => (settings.nBeta * sum) / (x.length - 1)));
  return sums.map((row, q) => row.map((sum, i) => sum / Math.sqrt(dotted(a[q], a[q]) * dotted(b[i], b[i]))));
}

/** Per layer Σ_j p_j (I − c g gᵀ/(λ + c‖g‖²))/λ, g with the weights of positions, w_j their sum, p_j = w_j/Σw and c = W̄/w_j². */
function dataInf(dense: Dense): Rows {
  const { train, queries } = dense;
  const out = queries.map(() => train.map(() => 0));
  const { weights: given } = dense.kind.train;
  const w = train.map((_, j) => given?.row(j).reduce((a, b) => a + b) ?? 1);
  const W = mean(w);
  for (const { offset, size } of dense.kind.model.blocks) {
    const part = (rows: Rows): Rows => rows.map((row) => row.slice(offset, offset + size));
    const [g, v] = [part(train), part(queries)];
    const term = (a: number[], b: number[], j: number): number => {
      const c = W / w[j] ** 2;
      return (
        (dotted(a, b) - (c * dotted(a, g[j]) * dotted(g[j], b)) / (LAMBDA + c * dotted(g[j], g[j]))) / LAMBDA
      );
    };
    for (const [q, own] of v.entries())
      for (const [i, other] of g.entries()) out[q][i] += mean(w.map((x, j) => (x / W) * term(own, other, j)));
  }
  return out;
}

/** Over the r eigenpairs with the largest |λ|, by deflated power iteration of C. */
function leading(dense: Dense, rank: number): Rows {
  const c = dense.ggn;
  const { train, queries } = dense;
  const out = queries.map(() => train.map(() => 0));
  const found: number[][] = [];
  for (let r = 0; r < rank; r++) {
    let v = Array.from(c, (_, i) => Math.sin(i + r + 1));
    let value = 0;
    for (let k = 0; k < 3000; k++) {
      for (const known of found) {
        const along = dotted(v, known);
        v = v.map((x, i) => x - along * known[i]);
      }
      const w = c.map((row) => dotted(row, v));
      value = Math.sqrt(dotted(w, w));
      v = w.map((x) => x / value);
    }
    found.push(v);
    for (const [q, own] of queries.entries())
      for (const [i, other] of train.entries()) out[q][i] += (dotted(own, v) * dotted(v, other)) / value;
  }
  return out;
}

/** f of every example and position: margins, or every output; [N · P · (1 or C)] from logits alone. */
function outputsOf(dense: Dense): (theta: Vec) => number[] {
  const { model, train } = dense.kind;
  const outputs = dense.outputs();
  if (!('labels' in train)) return (theta) => Array.from(outputs(theta));
  const margins = (u: readonly number[]) =>
    Array.from(train.labels, (y, at) => {
      const own = u.slice(at * model.outputs, (at + 1) * model.outputs);
      const others = own.reduce((sum, x, c) => (c === y ? sum : sum + Math.exp(x)), 0);
      return own[y] - Math.log(others);
    });
  return (theta) => margins(Array.from(outputs(theta)));
}

/** N Σ_f ψᵀ (Σ w φ φᵀ)⁻¹ φ w ∂ℓ/∂f with the projection written out. */
function trak(dense: Dense, dimension: number, seed: number): Rows {
  const { train, model } = dense.kind;
  const values = outputsOf(dense);
  const f = values(dense.theta);
  const P = rowsOf(
    randomProjection({ inputs: dense.size, dimension, seed, path: ['trak', 0] }).rows(0, dense.size),
  );
  const project = (rows: Rows): Rows =>
    rows.map((row) => P[0].map((_, k) => row.reduce((sum, x, d) => sum + x * P[d][k], 0)));
  const phi = project(differences(values, dense.theta));
  const each = f.length / N;
  const [slopes, weights] = [new Array<number>(f.length), new Array<number>(f.length)];
  for (let at = 0; at < f.length; at++) {
    slopes[at] = 'labels' in train ? -1 / (1 + Math.exp(f[at])) : f[at] - train.targets.data[at];
    const position = 'labels' in train ? at : Math.floor(at / model.outputs);
    weights[at] = train.weights?.data[position] ?? 1 / model.outputPositions;
  }
  const kernel = P[0].map((_, a) =>
    P[0].map((_, b) => phi.reduce((sum, row, at) => sum + weights[at] * row[a] * row[b], 0)),
  );
  return project(dense.queries).map((psi) => {
    const solved = gaussSolve(kernel, psi);
    return Array.from({ length: N }, (_, i) => {
      let score = 0;
      for (let at = i * each; at < (i + 1) * each; at++)
        score += N * dotted(solved, phi[at]) * weights[at] * slopes[at];
      return score;
    });
  });
}

/** Σ over blocks of ∇̃m (F + λI)⁻¹ ∇̃L with P_out ⊗ P_in written out, F of the gradients of positions apart. */
function logra(dense: Dense, dimension: number, seed: number): Rows {
  const { model, loss, train } = dense.kind;
  const drawn = (block: number, name: string, length: number): Rows =>
    length <= dimension
      ? shifted(
          Array.from({ length }, () => new Array<number>(length).fill(0)),
          1,
        )
      : rowsOf(
          new Matrix(
            dimension,
            length,
            rng(seed, 'logra', block, name).fillNormal(new Float64Array(dimension * length)),
          ),
        ).map((row) => row.map((x) => x / Math.sqrt(dimension)));
  const positions = Array.from({ length: model.outputPositions }, (_, t) => {
    if (model.outputPositions === 1) return dense.train;
    const only = new Matrix(
      N,
      T,
      Float64Array.from({ length: N * T }, (_, k) =>
        k % T === t ? Math.sqrt(train.weights?.data[k] ?? 1 / T) : 0,
      ),
    );
    return dense.gradients(loss, { ...train, weights: only });
  }).flat();
  const out = dense.queries.map(() => dense.train.map(() => 0));
  for (const { index, offset, rows, cols } of model.blocks) {
    const [left, right] = [drawn(index, 'out', rows), drawn(index, 'in', cols)];
    const P = left.flatMap((l) => right.map((r) => l.flatMap((x) => r.map((y) => x * y))));
    const small = (g: Rows): Rows =>
      products(
        g.map((row) => row.slice(offset, offset + rows * cols)),
        P,
      );
    const seen = small(positions);
    const fisher = P.map((_, a) => P.map((_, b) => seen.reduce((sum, row) => sum + row[a] * row[b], 0) / N));
    for (const [q, row] of through(small(dense.queries), damped(fisher), small(dense.train)).entries())
      for (const [i, x] of row.entries()) out[q][i] += x;
  }
  return out;
}

const RUN = { epochs: 2, lr: 0.1, batch: 4, init: 'torch', adjoint: 'hessian', normalise: 'none' } as const;

/** −N ∂m/∂w of training with weights, by differences of whole trainings. */
function retrained({ kind }: Dense): Rows {
  const { model, loss, train, queries } = kind;
  const config = { epochs: 2, batch: 4, learningRate: 0.1, momentum: 0.9, weightDecay: 0, schedule: 'cosine', initialisation: 'torch', dropLast: true } as const; // biome-ignore format: one line
  const at = (w: Vec): number[] => {
    const theta = trainWeighted({ model, loss, data: train, config, seed: 0, path: ['trajectory', 0] }, w);
    return measure({ model, loss, data: train, config, seed: 0 }, loss, theta, queries);
  };
  return differences(at, new Float64Array(N).fill(1)).map((row) => row.map((x) => -N * x));
}

/** N / (C n_c) where query and example are of one class c. */
function byLabel({ kind: { train, queries } }: Dense): Rows {
  const [of, asked] = [train, queries].map((data) => ('labels' in data ? [...data.labels] : []));
  const occurring = new Set(of).size;
  return asked.map((y) =>
    of.map((c) => (c === y ? N / (occurring * of.filter((other) => other === c).length) : 0)),
  );
}

/** Options, the scores that they must give, and how closely: differences end at about 1e-9. */
interface Answer {
  readonly options?: MethodOptions;
  readonly scores: (dense: Dense) => Rows;
  readonly within?: number;
}

const matrixOf = (name: 'block-ggn' | 'ekfac' | 'kfac') => (dense: Dense) =>
  rowsOf(CURVATURES[name].matrix(dense.problem));
const diagonalOf = (rows: Rows): Rows => rows.map((row, i) => row.map((x, j) => (i === j ? x : 0)));
const CHAINS = { chains: 2, draws: 20, burnIn: 3, gamma: 40, batch: 4 };
const descent = { damping: LAMBDA, batch: 'full', iterations: 4000, tolerance: 1e-11 } as const;

const ANSWERS: Readonly<Record<MethodName, Answer | RegExp>> = {
  hessian: { options: { rule: { kind: 'damped', lambda: 3 } }, scores: (d) => through(d.queries, shifted(d.hessian, 3), d.train) },
  ggn: { options: { damping: LAMBDA }, scores: scored((d) => d.ggn) },
  'block-ggn': { options: { damping: LAMBDA }, scores: scored((d) => d.blocks(d.ggn)) },
  // the matrices themselves are PyTorch's: test/curvature/network-curvatures.test.ts
  ekfac: { options: { damping: LAMBDA }, scores: scored(matrixOf('ekfac')) },
  kfac: { options: { damping: LAMBDA }, scores: scored(matrixOf('kfac')) },
  'diagonal-ggn': { options: { damping: LAMBDA }, scores: scored((d) => diagonalOf(d.ggn)) },
  'diagonal-hessian': { options: { rule: { kind: 'damped', lambda: 3 } }, scores: (d) => through(d.queries, shifted(diagonalOf(d.hessian), 3), d.train) },
  cg: { options: { damping: LAMBDA, tolerance: 1e-13 }, scores: scored((d) => d.ggn) },
  lissa: { options: { ...descent, momentum: 'auto' }, scores: scored((d) => d.ggn) },
  astra: { options: descent, scores: scored((d) => d.ggn) },
  bif: { options: CHAINS, scores: (d) => sampled(d, CHAINS, false) },
  'bif-correlation': { options: CHAINS, scores: (d) => sampled(d, CHAINS, true) },
  'grad-dot': { scores: (d) => products(d.queries, d.train) },
  'grad-cos': {
    scores(d) {
      const unit = (rows: Rows): Rows => rows.map((row) => row.map((x) => x / Math.sqrt(dotted(row, row))));
      return products(unit(d.queries), unit(d.train));
    },
  },
  trak: { options: { dimension: 4, seed: 2 }, scores: (d) => trak(d, 4, 2) },
  datainf: { options: { damping: LAMBDA }, scores: dataInf },
  arnoldi: { options: { rank: 3, curvature: 'ggn', iterations: 40 }, scores: (d) => leading(d, 3), within: 1e-6 },
  logra: { options: { dimension: 2, damping: LAMBDA, initialisation: 'random', seed: 3 }, scores: (d) => logra(d, 2, 3) },
  source: { options: { segments: 2, curvature: 'ggn' }, scores: (d) => alongRun(d, (parts) => meanRows(parts.map((at) => at.ggn))) },
  'astra-source': {
    options: { segments: 2, batch: 'full', iterations: 4000, tolerance: 1e-11 },
    scores: (d) =>
      alongRun(
        d,
        (parts) => rowsOf(averagedCurvature('ekfac', parts.map(({ problem }) => problem)).toDense()),
        ([a, b], time) => inverse(shifted(new Dense(d.kind, a.map((x, k) => (x + b[k]) / 2)).ggn, 1 / time + 0.01)),
      ),
  },
  tracin: {
    options: { weights: 'rate' },
    scores(d) {
      const { checkpoints, learningRates } = run(d.kind);
      const parts = checkpoints.map(({ step }) => {
        const at = along(d.kind)[step - 1];
        const rate = learningRates[Math.floor((step - 1) / 2)];
        return products(at.queries, at.train).map((row) => row.map((x) => rate * x));
      });
      return parts.reduce((sum, part) => sum.map((row, q) => row.map((x, i) => x + part[q][i])));
    },
  },
  trajectory: { options: RUN, scores: retrained },
  // of each query, by its answers and inputs
  random: {
    scores: ({ kind: { queries } }) =>
      Array.from({ length: Q }, (_, q) => {
        const answers = 'labels' in queries ? queries.labels : queries.targets.data;
        const own = answers.subarray((q * answers.length) / Q, ((q + 1) * answers.length) / Q);
        return [...rng(0, 'random-control', ...own, ...queries.inputs.row(q)).fillNormal(new Float64Array(N))];
      }),
  },
  label: /outputs at 3 positions are not supported|regression has no classes/,
}; // biome-ignore format: a table

describe.each(Object.entries(KINDS))('%s', (_, kind) => {
  const { model, loss, theta, train, queries } = kind;
  const dense = new Dense(kind);
  test.each(METHOD_NAMES)('%s', (method) => {
    const answer = ANSWERS[method];
    const options = answer instanceof RegExp ? {} : (answer.options ?? {});
    let modules: readonly Matrix[] | undefined;
    const scores = (apart = false): Matrix => {
      const models = [{ model, loss, theta }];
      const asked = { method, options, models, trajectories: [run(kind)], train, queries };
      const result = attribute({ ...asked, modules: apart });
      modules = result.moduleScores;
      return result.scores;
    };
    if (answer instanceof RegExp && kind.model.outputPositions > 1) {
      expect(scores).toThrow(UnsupportedError);
      expect(scores).toThrow(answer);
      return;
    }
    const { scores: formula, within = 1e-8 } = answer instanceof RegExp ? { scores: byLabel } : answer;
    const found = scores();
    expect(relativeError(found.data, Matrix.of(formula(dense)).data)).toBeLessThan(within);
    if (METHODS[method].modules !== true) {
      expect(() => scores(true)).toThrow(/has no scores of modules; hessian, ggn/);
      return;
    }
    scores(true);
    const shares = modules ?? expect.fail();
    expect(shares.length).toBe(model.blocks.length);
    const sum = found.data.map((_, k) => shares.reduce((total, { data }) => total + data[k], 0));
    expect(relativeError(sum, found.data)).toBeLessThan(1e-11);
  });

  test('shares of the layers: the parts of the dense product', () => {
    const solved = dense.queries.map((row) => gaussSolve(damped(dense.ggn), row));
    const models = [{ model, loss, theta }];
    const options = { damping: LAMBDA };
    const { moduleScores = [] } = attribute({
      method: 'ggn',
      options,
      models,
      train,
      queries,
      modules: true,
    });
    for (const { index, offset, size } of model.blocks) {
      const part = (rows: Rows): Rows => rows.map((row) => row.slice(offset, offset + size));
      const expected = Matrix.of(products(part(solved), part(dense.train)));
      expect(relativeError(moduleScores[index].data, expected.data)).toBeLessThan(1e-7);
    }
  });
});
