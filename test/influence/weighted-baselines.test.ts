/** @file TRAK and DataInf with weights of examples: a weight is how often an example counts, and dense algebra from the definitions. */
import { describe, expect, test } from 'vitest';
import {
  conv2d,
  type Dataset,
  embedding,
  exampleValues,
  flatten,
  initialise,
  type Loss,
  linear,
  Mlp,
  type Network,
  network,
  perExampleGradients,
  relu,
  selectExamples,
  selfAttention,
  sequential,
} from '../../src/autodiff/index.ts';
import { attribute, dataInf, randomProjection, trak } from '../../src/influence/index.ts';
import { lu, Matrix, matmul, rng } from '../../src/linalg/index.ts';
import { relativeError } from '../helpers/close.ts';
import { copiesOf } from '../helpers/copies.ts';

const random = rng(8, 'weighted-baselines');
const normal = (rows: number, cols: number): Matrix =>
  new Matrix(rows, cols, random.fillNormal(new Float64Array(rows * cols)));
const [N, Q] = [8, 3];
const { weights, repeated, total: TOTAL } = copiesOf([2, 1, 0, 3, 1, 0, 2, 4]);
const labels = (n: number): Int32Array => Int32Array.from({ length: n }, () => random.integer(3));
const mlp = new Mlp([4, 3, 3], 'tanh');
const images = network({ shape: [1, 4, 4] }, sequential([conv2d(2, 3), relu(), flatten(), linear(3)]));
const problems: readonly [string, Network, Loss, Dataset, Dataset][] = [
  ['cross-entropy', mlp, 'cross-entropy', { inputs: normal(N, 4), labels: labels(N) }, { inputs: normal(Q, 4), labels: labels(Q) }],
  ['squared error', mlp, 'squared-error', { inputs: normal(N, 4), targets: normal(N, 3) }, { inputs: normal(Q, 4), targets: normal(Q, 3) }],
  ['convolution', images, 'cross-entropy', { inputs: normal(N, 16), labels: labels(N) }, { inputs: normal(Q, 16), labels: labels(Q) }],
]; // biome-ignore format: as a table

describe.each(problems)('%s', (_, model, loss, plain, queries) => {
  const theta = initialise(model, 'torch', rng(1, 'init'));
  const fitted = { model, loss, theta } as const;
  const methods = {
    trak: trak({ dimension: 4, seed: 3, ridge: 0.1 }),
    'trak without ridge': trak({ dimension: 2, seed: 3 }),
    dataInf: dataInf(),
    'dataInf of one damping': undefined,
  };

  /** Sums over the copies of each example, in the scale of N. */
  function together(scores: Matrix): Matrix {
    const out = new Matrix(Q, N);
    for (let q = 0; q < Q; q++)
      for (const [k, n] of repeated.entries()) out.set(q, n, out.at(q, n) + (scores.at(q, k) * N) / TOTAL);
    return out;
  }

  test.each(Object.entries(methods))(
    '%s: copies of an example score together as its weight does',
    (__, given) => {
      // λ is in the units of the mean loss, which repeating changes by Σw/N
      const [weighted, often] =
        given === undefined
          ? [0.3, (0.3 * N) / TOTAL].map((damping) => dataInf({ damping }))
          : [given, given];
      const scores = weighted.fit(fitted, { ...plain, weights }).score(queries);
      const expected = together(often.fit(fitted, selectExamples(plain, repeated)).score(queries));
      expect(relativeError(scores.data, expected.data)).toBeLessThan(1e-11);
      for (let q = 0; q < Q; q++) expect(Math.abs(scores.at(q, 2))).toBe(0);
    },
  );

  test('weights of one change no bit', () => {
    const ones = new Matrix(N, 1, new Float64Array(N).fill(1));
    for (const method of [trak({ dimension: 4, seed: 3, ridge: 0.1 }), dataInf()]) {
      const [a, b] = [plain, { ...plain, weights: ones }].map((data) => method.fit(fitted, data));
      expect(b.score(queries).data).toEqual(a.score(queries).data);
      expect(b.selfInfluence()).toEqual(a.selfInfluence());
    }
  });

  test('fractions: DataInf is Σ p_j (W̄ g gᵀ + λI)⁻¹, by dense inverses of every term', () => {
    const own = new Matrix(
      N,
      1,
      Float64Array.from({ length: N }, () => random.uniform()),
    );
    const mean = own.data.reduce((a, b) => a + b) / N;
    const [g, v] = [plain, queries].map((data) => perExampleGradients(model, loss, theta, data));
    const fit = dataInf({ damping: 0.2 }).fit(fitted, { ...plain, weights: own });
    const expected = new Matrix(Q, N);
    for (const { offset, size } of model.blocks) {
      const part = (a: Matrix): Matrix => Matrix.of(Array.from({ length: a.rows }, (__, r) => a.row(r).subarray(offset, offset + size))); // biome-ignore format: one line
      const [gl, vl] = [part(g), part(v)];
      const m = new Matrix(size, size);
      for (let j = 0; j < N; j++) {
        const row = new Matrix(1, size, gl.row(j));
        const term = matmul(row, row, { transposeA: true });
        for (let k = 0; k < term.data.length; k++) term.data[k] = mean * term.data[k] + (k % (size + 1) === 0 ? 0.2 : 0); // biome-ignore format: one line
        const inverse = lu(term).solve(Matrix.identity(size));
        for (let k = 0; k < m.data.length; k++) m.data[k] += (own.data[j] / (N * mean)) * inverse.data[k];
      }
      const share = matmul(matmul(vl, m), gl, { transposeB: true });
      for (let q = 0; q < Q; q++)
        for (let i = 0; i < N; i++) expected.set(q, i, expected.at(q, i) + share.at(q, i) * own.data[i]);
    }
    expect(relativeError(fit.score(queries).data, expected.data)).toBeLessThan(1e-12);
    const layered = fit.scoreByLayer(queries);
    const sums = expected.data.map((__, k) => layered.reduce((total, layer) => total + layer.data[k], 0));
    expect(relativeError(sums, expected.data)).toBeLessThan(1e-12);
  });
});

describe('outputs at several positions', () => {
  const T = 3;
  const chain = sequential([embedding(3), selfAttention(1), linear(3)]);
  const model = network({ tokens: T, vocabulary: 5 }, chain);
  const ids = (n: number): Matrix => normal(n, T).map((x) => Math.floor(Math.abs(9 * x)) % 5);
  const classes = (n: number): Int32Array => Int32Array.from({ length: n * T }, () => random.integer(3));
  const plain = { inputs: ids(N), labels: classes(N) };
  const masked = {
    ...plain,
    weights: new Matrix(
      N,
      T,
      Float64Array.from({ length: N * T }, (_, k) => [1, 0.5, 2, 0][k % 4]),
    ),
  };
  const queries = { inputs: ids(Q), labels: classes(Q) };
  const fitted = { model, loss: 'cross-entropy', theta: initialise(model, 'torch', rng(1, 'init')) } as const;

  /** Every example as often as `weights` says, by what its positions count. */
  function times({ weights: own, ...data }: Dataset): Dataset {
    const count = (i: number, t: number): number => own?.at(i, t) ?? 1 / T;
    const all = Array.from({ length: N * T }, (_, k) => weights.data[Math.floor(k / T)] * count(Math.floor(k / T), k % T)); // biome-ignore format: one line
    return { ...data, weights: new Matrix(N, T, Float64Array.from(all)) };
  }

  test.each([
    ['without weights', plain],
    ['with weights of positions', masked],
  ] as const)('%s: copies of an example score together as its weight does', (_, data) => {
    const [mean, repeatedMean] = [times(data), selectExamples(data, repeated)].map((of) => {
      const total = of.weights?.data.reduce((a, b) => a + b) ?? of.inputs.rows;
      return total / of.inputs.rows;
    });
    for (const [a, b] of [
      [trak({ dimension: 4, seed: 3, ridge: 0.1 }), trak({ dimension: 4, seed: 3, ridge: 0.1 })],
      [dataInf(), dataInf()],
      [dataInf({ damping: 0.3 * mean }), dataInf({ damping: 0.3 * repeatedMean })],
    ]) {
      const scores = a.fit(fitted, times(data)).score(queries);
      const often = b.fit(fitted, selectExamples(data, repeated)).score(queries);
      const expected = new Matrix(Q, N);
      for (let q = 0; q < Q; q++)
        for (const [k, n] of repeated.entries())
          expected.set(q, n, expected.at(q, n) + (often.at(q, k) * N) / TOTAL);
      expect(relativeError(scores.data, expected.data)).toBeLessThan(1e-11);
      for (let q = 0; q < Q; q++) expect(Math.abs(scores.at(q, 2))).toBe(0);
    }
  });

  test('DataInf is Σ p_j (W̄ g gᵀ + λI)⁻¹ with the weight of an example the sum over its positions', () => {
    const sums = Array.from({ length: N }, (_, j) => masked.weights.row(j).reduce((a, b) => a + b));
    const mean = sums.reduce((a, b) => a + b) / N;
    const [g, v] = [masked, queries].map((data) => perExampleGradients(model, 'cross-entropy', fitted.theta, data)); // biome-ignore format: one line
    const expected = new Matrix(Q, N);
    for (const { offset, size } of model.blocks) {
      const part = (a: Matrix): Matrix => Matrix.of(Array.from({ length: a.rows }, (_, r) => a.row(r).subarray(offset, offset + size))); // biome-ignore format: one line
      const [gl, vl] = [part(g), part(v)];
      const m = new Matrix(size, size);
      for (const [j, w] of sums.entries()) {
        const row = new Matrix(1, size, gl.row(j).map((x) => x / w)); // biome-ignore format: one line
        const term = matmul(row, row, { transposeA: true });
        for (let k = 0; k < term.data.length; k++) term.data[k] = mean * term.data[k] + (k % (size + 1) === 0 ? 0.2 : 0); // biome-ignore format: one line
        const inverse = lu(term).solve(Matrix.identity(size));
        for (let k = 0; k < m.data.length; k++) m.data[k] += (w / (N * mean)) * inverse.data[k];
      }
      const share = matmul(matmul(vl, m), gl, { transposeB: true });
      for (let k = 0; k < expected.data.length; k++) expected.data[k] += share.data[k];
    }
    const fit = dataInf({ damping: 0.2 }).fit(fitted, masked);
    expect(relativeError(fit.score(queries).data, expected.data)).toBeLessThan(1e-12);
  });

  test('an example whose positions all weigh 0 is not counted in what is chosen by the number of examples', () => {
    const models = [fitted];
    const { settings } = attribute({ method: 'trak', models, train: times(plain), queries });
    const { settings: fewer } = attribute({ method: 'trak', models, train: selectExamples(times(plain), [0, 1, 3, 4, 6, 7]), queries }); // biome-ignore format: one line
    expect(settings[0]['dimension']).toBe(fewer[0]['dimension']);
  });
});

test('fractions: TRAK is N ψᵀ(ΦᵀWΦ + ρI)⁻¹φ w ∂L/∂f, from projected gradients of the margin', () => {
  const [, model, loss, plain, queries] = problems[0];
  const theta = initialise(model, 'torch', rng(1, 'init'));
  const own = new Matrix(
    N,
    1,
    Float64Array.from({ length: N }, () => random.uniform()),
  );
  const k = 5;
  const shape = { inputs: model.parameterCount, dimension: k, distribution: 'rademacher', seed: 3 } as const;
  const p = randomProjection({ ...shape, path: ['trak', 0] }).rows(0, model.parameterCount);
  const phi = matmul(perExampleGradients(model, 'margin', theta, plain), p);
  const psi = matmul(perExampleGradients(model, loss, theta, queries), p);
  const margins = exampleValues(model, 'margin', theta, plain);
  const kernel = Matrix.identity(k);
  for (let i = 0; i < k; i++) kernel.set(i, i, 0.1);
  for (let n = 0; n < N; n++)
    for (let a = 0; a < k; a++)
      for (let b = 0; b < k; b++)
        kernel.set(a, b, kernel.at(a, b) + own.data[n] * phi.at(n, a) * phi.at(n, b));
  const solved = matmul(psi, lu(kernel).solve(Matrix.identity(k)));
  const expected = matmul(solved, phi, { transposeB: true });
  for (let q = 0; q < Q; q++)
    for (let n = 0; n < N; n++)
      expected.set(q, n, (expected.at(q, n) * N * own.data[n] * -1) / (1 + Math.exp(margins[n])));
  const fit = trak({ dimension: k, ridge: 0.1, seed: 3 }).fit(
    { model, loss, theta },
    { ...plain, weights: own },
  );
  expect(relativeError(fit.score(queries).data, expected.data)).toBeLessThan(1e-11);
});

test('TRAK without an example that counts says so', () => {
  const [, model, loss, train] = problems[0];
  const fitted = { model, loss, theta: initialise(model, 'torch', rng(1, 'init')) };
  expect(() => trak({ dimension: 1 }).fit(fitted, { ...train, weights: new Matrix(N, 1) })).toThrow(
    'The projected gradients are all 0: no example has a weight above 0, or the margin does not depend on the parameters.',
  );
});

test('by name, with the warnings of their dampings', () => {
  const [, model, loss, train, queries] = problems[0];
  const models = [{ model, loss, theta: initialise(model, 'torch', rng(1, 'init')) }];
  const weighted = { ...train, weights };
  for (const method of ['trak', 'datainf'] as const) {
    const { scores, warnings } = attribute({ method, models, train: weighted, queries });
    expect(scores.data.every(Number.isFinite)).toBe(true);
    expect(warnings.filter((text) => /too large/.test(text))).toEqual([]);
  }
  const { settings } = attribute({ method: 'trak', models, train: weighted, queries });
  expect(settings[0]).toMatchObject({ dimension: 2 }); // a third of the six that count
  const { scores } = attribute({
    method: 'datainf',
    options: { damping: 0.2 },
    models,
    train: weighted,
    queries,
  });
  expect(scores.data).toEqual(dataInf({ damping: 0.2 }).fit(models[0], weighted).score(queries).data);
});
