/** @file Sequences of unequal length, filled up: the answer is that of the sequences as they are, and what fills them up changes nothing. */
import { describe, expect, test } from 'vitest';
import {
  type Dataset,
  embedding,
  exampleValues,
  type GraphNetwork,
  gelu,
  type Layer,
  lastPosition,
  layerNorm,
  linear,
  logits,
  lossGgnvp,
  lossHvp,
  mean,
  network,
  perExampleGradients,
  positionEmbedding,
  positionWeights,
  residual,
  selfAttention,
  sequential,
  slice,
} from '../../../src/autodiff/index.ts';
import { CURVATURES, type CurvatureKind } from '../../../src/curvature/index.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { expectClose } from '../../helpers/close.ts';

const PAD = 4;
const ROWS = 6;
const SHORT = 4;
const draw = (name: string, n: number): Float64Array =>
  rng(5, 'padding', name).fillNormal(new Float64Array(n));

/** A transformer of `tokens` positions; `end` makes its outputs. */
function transformer(tokens: number, end: Layer, causal = false): GraphNetwork {
  const attention = selfAttention(2, { causal, paddingToken: PAD });
  return network(
    { tokens, vocabulary: 5 },
    sequential({
      e: embedding(4),
      p: positionEmbedding(ROWS),
      a: residual(sequential([layerNorm(), attention])),
      m: residual(sequential([layerNorm(), linear(6), gelu(), linear(4)])),
      end,
    }),
  );
}

/** Sequences of tokens other than the padding, `length` long, filled up to `tokens`. */
function sequences(n: number, length: number, tokens: number): Matrix {
  const random = rng(6, 'sequences', length);
  const rows = Array.from({ length: n }, () => Array.from({ length }, () => random.integer(PAD)));
  return Matrix.of(rows.map((row) => [...row, ...new Array<number>(tokens - length).fill(PAD)]));
}

const pooled = sequential([mean([0], { paddingToken: PAD }), linear(3)]);
const ENDS: readonly (readonly [string, Layer])[] = [
  ['the mean of what is no padding', pooled],
  ['the last that is no padding', sequential([lastPosition(PAD), linear(3)])],
];
const N = 7;
const classes = Int32Array.from({ length: N }, (_, i) => i % 3);

describe.each(ENDS)('%s', (_, end) => {
  const [long, short] = [ROWS, SHORT].map((tokens) => transformer(tokens, end));
  const theta = draw('theta', long.parameterCount);
  const [filled, plain] = [ROWS, SHORT].map(
    (tokens): Dataset => ({ inputs: sequences(N, SHORT, tokens), labels: classes }),
  );
  const v = [draw('v', long.parameterCount)];

  test('outputs have the bits of the sequences as they are', () => {
    expect(logits(long, theta, filled.inputs).data).toEqual(logits(short, theta, plain.inputs).data);
  });

  test('so have gradients and products, but for the order of additions', () => {
    for (const f of ['cross-entropy', 'margin'] as const)
      expectClose(
        perExampleGradients(long, f, theta, filled).data,
        perExampleGradients(short, f, theta, plain).data,
        { atol: 1e-14 },
      );
    for (const product of [lossHvp, lossGgnvp])
      expectClose(
        product(long, 'cross-entropy', theta, filled, v).data,
        product(short, 'cross-entropy', theta, plain, v).data,
        { atol: 1e-14 },
      );
  });

  test.each(['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac'] as CurvatureKind[])('%s', (name) => {
    const matrix = (model: GraphNetwork, data: Dataset): Float64Array =>
      CURVATURES[name].matrix({ model, loss: 'cross-entropy', theta, data }, {}).data;
    expectClose(matrix(long, filled), matrix(short, plain), { atol: 1e-12 });
  });

  test('kfac with positions together', () => {
    const matrix = (model: GraphNetwork, data: Dataset): Float64Array =>
      CURVATURES.kfac.matrix({ model, loss: 'cross-entropy', theta, data }, { kfac: 'reduce' }).data;
    expectClose(matrix(long, filled), matrix(short, plain), { atol: 1e-12 });
  });

  test('what the row of the padding has changes nothing, and has no derivative', () => {
    const other = theta.slice();
    const row = [...long.places('e.weight').subarray(4 * PAD, 4 * PAD + 4)];
    for (const place of row) other[place] = 1e6;
    expect(logits(long, other, filled.inputs)).toEqual(logits(long, theta, filled.inputs));
    const g = perExampleGradients(long, 'margin', theta, filled);
    const h = lossHvp(long, 'cross-entropy', theta, filled, v).row(0);
    for (const place of row) {
      expect(h[place]).toBe(0);
      for (let n = 0; n < N; n++) expect(g.at(n, place)).toBe(0);
    }
  });

  test('the Hessian of sequences of several lengths is the mean of those of each length', () => {
    const lengths = [2, SHORT, ROWS];
    const each = lengths.map((length): Dataset => ({ inputs: sequences(N, length, ROWS), labels: classes }));
    const all: Dataset = {
      inputs: Matrix.of(
        each.flatMap(({ inputs }) => Array.from({ length: N }, (_, n) => [...inputs.row(n)])),
      ),
      labels: Int32Array.from(lengths.flatMap(() => [...classes])),
    };
    const product = (model: GraphNetwork, data: Dataset): Float64Array =>
      lossHvp(model, 'cross-entropy', theta, data, v).row(0);
    const parts = lengths.map((length) =>
      product(transformer(length, end), { inputs: sequences(N, length, length), labels: classes }),
    );
    const want = parts[0].map((x, i) => (x + parts[1][i] + parts[2][i]) / 3);
    expectClose(product(long, all), want, { atol: 1e-13 });
  });

  test('an example that is all padding has outputs that do not depend on it, and no NaN', () => {
    const { data } = logits(long, theta, sequences(2, 0, ROWS));
    expect(data.every(Number.isFinite)).toBe(true);
    const g = perExampleGradients(long, 'margin', theta, {
      inputs: sequences(2, 0, ROWS),
      labels: Int32Array.of(0, 1),
    });
    expect(g.data.every(Number.isFinite)).toBe(true);
  });
});

describe('a loss at each token', () => {
  const [long, short] = [ROWS, SHORT].map((tokens) => transformer(tokens, linear(5), true));
  const theta = draw('theta', long.parameterCount);
  const dataset = (tokens: number): Dataset => {
    const inputs = sequences(N, SHORT, tokens);
    const labels = Int32Array.from(inputs.data, (token, k) => (token === PAD ? -100 : (token + k) % 5));
    for (let n = 0, k = 0; n < N; n++)
      for (let s = 0; s < tokens; s++, k++) if (s < SHORT) labels[k] = (n + s) % 5;
    const mask = Array.from({ length: N }, () =>
      Array.from({ length: tokens }, (_, s) => (s < SHORT ? 1 : 0)),
    );
    return { inputs, labels, weights: positionWeights(mask) };
  };

  test('values, gradients and curvatures are those without padding', () => {
    const [filled, plain] = [dataset(ROWS), dataset(SHORT)];
    expectClose(
      exampleValues(long, 'cross-entropy', theta, filled),
      exampleValues(short, 'cross-entropy', theta, plain),
      { rtol: 1e-15 },
    );
    expectClose(
      perExampleGradients(long, 'cross-entropy', theta, filled).data,
      perExampleGradients(short, 'cross-entropy', theta, plain).data,
      { atol: 1e-14 },
    );
    for (const name of ['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac'] as const) {
      const matrix = (model: GraphNetwork, data: Dataset): Float64Array =>
        CURVATURES[name].matrix({ model, loss: 'cross-entropy', theta, data }, {}).data;
      expectClose(matrix(long, filled), matrix(short, plain), { atol: 1e-12 });
    }
  });
});

test('a row of zeros: a padding token of the embedding is not trained', () => {
  const model = network(
    { tokens: 3, vocabulary: 3 },
    sequential({ e: embedding(2, { paddingToken: 1 }), m: mean([0]), fc: linear(2) }),
  );
  const theta = draw('row', model.parameterCount);
  const data: Dataset = { inputs: Matrix.of([[0, 1, 2], [1, 1, 1]]), labels: Int32Array.of(0, 1) }; // biome-ignore format: rows
  const bias = model.toTensors(theta).get('fc.bias')?.data as Float64Array;
  expect(logits(model, theta, data.inputs).row(1)).toEqual(bias);
  const row = [...model.places('e.weight').subarray(2, 4)];
  const kfac = CURVATURES.kfac.matrix({ model, loss: 'cross-entropy', theta, data }, {});
  for (const place of row) {
    expect(perExampleGradients(model, 'margin', theta, data).at(0, place)).toBe(0);
    expect(kfac.at(place, place)).toBe(0);
  }
});

describe('what does not fit is refused', () => {
  test.each<[string, () => unknown, string]>([
    ['two padding tokens', () => network({ tokens: 3, vocabulary: 4 }, sequential({ e: embedding(2), a: selfAttention(1, { paddingToken: 0 }), m: mean([0], { paddingToken: 1 }) })), "node 'm' (mean): paddingToken 1 beside 0 of node 'a.attention' is not supported"], // biome-ignore format: a case
    ['real inputs', () => network({ shape: [3, 4] }, selfAttention(2, { paddingToken: 0 })), "node 'attention' (attention): paddingToken must be absent where the input is of real numbers"], // biome-ignore format: a case
    ['another axis', () => network({ tokens: 3, vocabulary: 4 }, sequential({ e: embedding(2), m: mean([1], { paddingToken: 0 }) })), "node 'm' (mean): axes must be [0], the positions, where padding is left out, got [1]"], // biome-ignore format: a case
    ['other positions', () => network({ tokens: 4, vocabulary: 4 }, sequential({ e: embedding(2), s: slice(0, 2, 0), a: selfAttention(1, { paddingToken: 0 }) })), "node 'a.attention' (attention): keys must be the 4 positions of the input, got 2"], // biome-ignore format: a case
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
