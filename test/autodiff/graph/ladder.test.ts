/** @file Where a network of another kind is an Mlp, or does nothing, it gives the same numbers: mostly to the bit. */
import { describe, expect, test } from 'vitest';
import {
  conv2d,
  type Dataset,
  embedding,
  exampleValues,
  flatten,
  type GraphNetwork,
  gelu,
  layerNorm,
  linear,
  logits,
  lossHvp,
  Mlp,
  maxPool,
  meanGradient,
  network,
  perExampleGradients,
  positionEmbedding,
  relu,
  residual,
  selfAttention,
  sequential,
  Trainer,
  tanh,
} from '../../../src/autodiff/index.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { expectClose } from '../../helpers/close.ts';

const random = rng(8, 'ladder');
const draw = (n: number): Float64Array => random.fillNormal(new Float64Array(n));
const N = 9;
const inputs = new Matrix(N, 12, draw(12 * N));
const data: Dataset = { inputs, labels: Int32Array.from({ length: N }, (_, i) => i % 3) };
const config = { epochs: 3, batch: 4, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, schedule: 'cosine', initialisation: 'torch', dropLast: false } as const; // biome-ignore format: a record

describe('an Mlp as a graph has the bits of the Mlp', () => {
  const mlp = new Mlp([12, 5, 4, 3], 'tanh', { bias: [true, false, true] });
  const graph = network(
    { shape: [12] },
    sequential([linear(5), tanh(), linear(4, { bias: false }), tanh(), linear(3)]),
  );
  // images of one pixel: the kernel sees a position, of which there is one
  const pixels = network(
    { shape: [12, 1, 1] },
    sequential([conv2d(5, 1), tanh(), conv2d(4, 1, { bias: false }), tanh(), flatten(), linear(3)]),
  );
  const sequence = network(
    { shape: [1, 12] },
    sequential([linear(5), tanh(), linear(4, { bias: false }), tanh(), linear(3)]),
  );

  test.each<[string, GraphNetwork]>([
    ['linear layers', graph],
    ['convolutions of one pixel', pixels],
    ['a sequence of one position', sequence],
  ])('%s', (_, model) => {
    expect(model.parameterCount).toBe(mlp.parameterCount);
    const theta = draw(mlp.parameterCount);
    expect(logits(model, theta, inputs)).toEqual(logits(mlp, theta, inputs));
    for (const f of ['cross-entropy', 'margin'] as const)
      expect(perExampleGradients(model, f, theta, data)).toEqual(perExampleGradients(mlp, f, theta, data));
    expect(meanGradient(model, 'cross-entropy', theta, data)).toEqual(
      meanGradient(mlp, 'cross-entropy', theta, data),
    );
    const v = [draw(mlp.parameterCount)];
    expect(lossHvp(model, 'cross-entropy', theta, data, v)).toEqual(
      lossHvp(mlp, 'cross-entropy', theta, data, v),
    );
    const trained = (each: Mlp | GraphNetwork): Float64Array =>
      new Trainer(each, 'cross-entropy', data, config).train({ seed: 2 });
    expect(trained(model)).toEqual(trained(mlp));
  });
});

test('a convolution whose kernel covers the image is a linear layer', () => {
  const covered = network({ shape: [3, 2, 2] }, sequential([conv2d(5, 2), tanh(), flatten(), linear(3)]));
  const mlp = new Mlp([12, 5, 3], 'tanh');
  const theta = draw(mlp.parameterCount);
  expect(logits(covered, theta, inputs)).toEqual(logits(mlp, theta, inputs));
  expect(perExampleGradients(covered, 'margin', theta, data)).toEqual(
    perExampleGradients(mlp, 'margin', theta, data),
  );
});

test('one token attends to itself: attention is its value layer', () => {
  const width = 4;
  const attending = network(
    { shape: [1, 12] },
    sequential({ a: linear(width), b: selfAttention(2), c: linear(3) }),
  );
  const theta = draw(attending.parameterCount);
  const tensors = attending.toTensors(theta);
  // the same without attention: v = the last third of the fused layer
  const without = network(
    { shape: [1, 12] },
    sequential({ a: linear(width), v: linear(width), out: linear(width), c: linear(3) }),
  );
  const part = (name: string, cols: number): { shape: number[]; data: Float64Array } => ({
    shape: cols === 1 ? [width] : [width, cols],
    data: (tensors.get(name) as { data: Float64Array }).data.slice(2 * width * cols),
  });
  const plain = without.fromTensors(
    new Map<string, { shape: readonly number[]; data: Float64Array }>([
      ...tensors,
      ['v.weight', part('b.qkv.weight', width)],
      ['v.bias', part('b.qkv.bias', 1)],
      ['out.weight', tensors.get('b.out.weight') as { shape: readonly number[]; data: Float64Array }],
      ['out.bias', tensors.get('b.out.bias') as { shape: readonly number[]; data: Float64Array }],
    ]),
  );
  expect(logits(attending, theta, inputs)).toEqual(logits(without, plain, inputs));
});

test('heads and hidden units in another order: the same function', () => {
  const width = 4;
  const model = network(
    { shape: [3, 4] },
    sequential([selfAttention(2, { causal: true }), layerNorm(), flatten(), linear(3)]),
  );
  const theta = draw(model.parameterCount);
  const tensors = model.toTensors(theta);
  const swapped = new Map(tensors);
  const order = [2, 3, 0, 1]; // of the features of the two heads
  const rows = (name: string, cols: number): void => {
    const { shape, data: from } = tensors.get(name) as { shape: number[]; data: Float64Array };
    const to = from.slice();
    for (let part = 0; part < 3; part++)
      for (const [r, source] of order.entries())
        to.set(
          from.subarray((part * width + source) * cols, (part * width + source + 1) * cols),
          (part * width + r) * cols,
        );
    swapped.set(name, { shape, data: to });
  };
  rows('0.qkv.weight', width);
  rows('0.qkv.bias', 1);
  const out = tensors.get('0.out.weight') as { shape: number[]; data: Float64Array };
  swapped.set('0.out.weight', {
    shape: out.shape,
    data: out.data.map((_, k) => out.data[Math.floor(k / width) * width + order[k % width]]),
  });
  expectClose(logits(model, model.fromTensors(swapped), inputs).data, logits(model, theta, inputs).data, {
    atol: 1e-13,
  });
});

test('channels in another order: the same function, and gradients in that order', () => {
  const model = network(
    { shape: [3, 2, 2] },
    sequential([conv2d(4, 1), relu(), conv2d(4, 2, { groups: 2 }), flatten(), linear(3)]),
  );
  const theta = draw(model.parameterCount);
  const order = [2, 3, 0, 1]; // the two groups change places
  const permuted = (vector: Float64Array): Float64Array => {
    const moved = new Map(model.toTensors(vector));
    const along = (name: string, axisOfRows: boolean): void => {
      const { shape, data: from } = moved.get(name) as { shape: number[]; data: Float64Array };
      const [rows] = shape;
      const cols = from.length / rows;
      const at = (k: number): number => {
        const [r, c] = [Math.floor(k / cols), k % cols];
        return axisOfRows ? order[r] * cols + c : r * cols + order[c];
      };
      moved.set(name, { shape, data: from.map((_, k) => from[at(k)]) });
    };
    for (const name of ['0.weight', '0.bias', '2.weight', '2.bias']) along(name, true);
    along('4.weight', false);
    return model.fromTensors(moved);
  };
  const other = permuted(theta);
  expectClose(exampleValues(model, 'margin', other, data), exampleValues(model, 'margin', theta, data), {
    atol: 1e-13,
  });
  const g = perExampleGradients(model, 'cross-entropy', theta, data);
  const h = perExampleGradients(model, 'cross-entropy', other, data);
  for (let n = 0; n < N; n++) expectClose(h.row(n), permuted(g.row(n)), { atol: 1e-13 });
});

describe('layers', () => {
  test('names and shapes are PyTorch’s', () => {
    const model = network(
      { shape: [1, 8, 8] },
      sequential([
        conv2d(8, 3, { padding: 1 }),
        relu(),
        maxPool(2),
        residual(sequential({ conv: conv2d(8, 3, { padding: 1 }), act: gelu() })),
        flatten(),
        linear(10),
      ]),
    );
    expect(model.parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ['0.weight', [8, 1, 3, 3]],
      ['0.bias', [8]],
      ['3.conv.weight', [8, 8, 3, 3]],
      ['3.conv.bias', [8]],
      ['5.weight', [10, 128]],
      ['5.bias', [10]],
    ]);
    expect(network({ shape: [4] }, linear(2)).parameters.map(({ name }) => name)).toEqual(['weight', 'bias']);
  });

  test('a transformer with a tied head learns a sequence', () => {
    const block = sequential([
      residual(sequential([layerNorm(), selfAttention(2, { causal: true })])),
      residual(sequential([layerNorm(), linear(16), gelu(), linear(8)])),
    ]);
    const model = network(
      { tokens: 6, vocabulary: 4 },
      sequential({
        tokens: embedding(8),
        positions: positionEmbedding(),
        block,
        norm: layerNorm(),
        head: linear(4, { bias: false, weight: 'tokens.weight' }),
      }),
    );
    expect([model.tied, model.outputPositions, model.outputs]).toEqual([true, 6, 4]);
    expect(model.layers.find(({ name }) => name === 'tokens')?.sites.length).toBe(2);
    // the next token is the one before plus 1
    const x = new Matrix(
      8,
      6,
      Float64Array.from({ length: 48 }, (_, k) => (Math.floor(k / 6) + (k % 6)) % 4),
    );
    const sequences: Dataset = { inputs: x, labels: Int32Array.from(x.data, (token) => (token + 1) % 4) };
    const losses: number[] = [];
    new Trainer(model, 'cross-entropy', sequences, { ...config, epochs: 40 }).train({
      seed: 0,
      onEpoch: (_, loss) => losses.push(loss),
    });
    expect(losses[39]).toBeLessThan(0.2 * losses[0]);
  });

  test.each<[string, () => unknown, string]>([
    ['flatten forgotten', () => network({ shape: [1, 8, 8] }, sequential([conv2d(4, 3), relu(), linear(10), flatten(), conv2d(1, 3)])), "node '4' (conv2d): operand '3' must be [C, H, W], got [240]"], // biome-ignore format: a case
    ['a skip that changes shapes', () => network({ shape: [1, 8, 8] }, sequential({ body: residual(conv2d(4, 3)) })), "node 'body.sum' (add): operand 'body' must be [1, 8, 8] as 'x', got [4, 6, 6]"], // biome-ignore format: a case
    ['groups', () => network({ shape: [3, 8, 8] }, conv2d(4, 3, { groups: 2 })), "node 'conv2d' (conv2d): groups must be a divisor of 3 channels, got 2"], // biome-ignore format: a case
    ['an embedding of numbers', () => network({ shape: [3] }, embedding(4)), "embedding '': input of the network must be tokens, got real"], // biome-ignore format: a case
    [
      'numbers as names',
      () => sequential({ a: relu(), 0: relu() }),
      'sequential: layers must be named otherwise than by whole numbers, got 0',
    ],
    ['no layers', () => sequential([]), 'sequential: layers must be at least one'],
    [
      'a kernel',
      () => conv2d(4, [3] as never),
      'conv2d: kernel must be an integer, or one for rows and one for columns',
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
