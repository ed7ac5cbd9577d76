/** @file Layers by name: what each is beside others, names and shapes, and what is refused. */
import { describe, expect, test } from 'vitest';
import * as layers from '../../../src/autodiff/index.ts';
import {
  avgPool,
  avgPool1d,
  batchNorm,
  celu,
  concatenate,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  type Dataset,
  dropout,
  elu,
  exampleValues,
  flatten,
  GraphNetwork,
  gated,
  groupNorm,
  hardsigmoid,
  hardswish,
  hardtanh,
  identity,
  type Layer,
  leakyRelu,
  linear,
  logits,
  logSigmoid,
  lossHvp,
  maxPool,
  maxPool1d,
  mean,
  mish,
  network,
  relu,
  relu6,
  reshape,
  residual,
  rmsNorm,
  scale,
  select,
  selfAttention,
  selu,
  sequential,
  silu,
  slice,
  softmax,
  softplus,
  Trainer,
  transpose,
  writeGraphNetwork,
} from '../../../src/autodiff/index.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { expectClose } from '../../helpers/close.ts';

const draw = (name: string, n: number): Float64Array =>
  rng(9, 'layers', name).fillNormal(new Float64Array(n));
const N = 5;
const labels = Int32Array.from({ length: N }, (_, i) => i % 2);
const inputs = (features: number): Matrix => new Matrix(N, features, draw('x', N * features));
const of = (shape: readonly number[], layers: readonly Layer[]): GraphNetwork =>
  network({ shape }, sequential([...layers, flatten(), linear(2)]));
const config = { epochs: 2, batch: 5, learningRate: 0.1, momentum: 0, weightDecay: 0, schedule: 'constant', initialisation: 'torch', dropLast: false } as const; // biome-ignore format: a record

/** Two networks of the same parameters compute the same, with the same second derivatives. */
function expectSame(a: GraphNetwork, b: GraphNetwork): void {
  expect(a.parameterCount).toBe(b.parameterCount);
  const theta = draw('theta', a.parameterCount);
  const v = [draw('v', a.parameterCount)];
  const data: Dataset = { inputs: inputs(a.inputs), labels };
  expectClose(logits(a, theta, data.inputs).data, logits(b, theta, data.inputs).data, { atol: 1e-13 });
  const product = (model: GraphNetwork): Float64Array =>
    lossHvp(model, 'cross-entropy', theta, data, v).row(0);
  expectClose(product(a), product(b), { atol: 1e-12 });
}

describe('a layer beside another way to say it', () => {
  test.each<[string, GraphNetwork, GraphNetwork]>([
    ['pooling of sequences: images of height 1', of([3, 8], [conv1d(2, 3), maxPool1d(2), avgPool1d(2, { padding: 1, countPadding: false })]), of([3, 1, 8], [conv2d(2, [1, 3]), maxPool([1, 2]), avgPool([1, 2], { padding: [0, 1], countPadding: false })])], // biome-ignore format: a case
    ['a mean over both axes of an image: two means', of([3, 4, 2], [conv2d(4, 1), mean([1, 2])]), of([3, 4, 2], [conv2d(4, 1), mean([1]), mean([1])])], // biome-ignore format: a case
    ['a gate by 1: the layer, its gate apart', of([4], [gated(sequential([linear(3), scale(0), softplus(), scale(1 / Math.log(2))]), linear(3))]), of([4], [concatenate([sequential([linear(3), scale(0)]), linear(3)]), slice(3, 6)])], // biome-ignore format: a case
    ['side by side: the residual sum by a slice', of([4], [residual(identity()), linear(3)]), of([4], [concatenate([identity(), identity()]), slice(0, 4), scale(2), linear(3)])], // biome-ignore format: a case
    ['a transposed sequence and back', of([3, 4], [transpose([1, 0]), transpose([1, 0]), linear(2)]), of([3, 4], [reshape([4, 3]), reshape([3, 4]), linear(2)])], // biome-ignore format: a case
    ['dropout: nothing', of([4], [linear(5), dropout(0.3), relu()]), of([4], [linear(5), relu()])],
    ['a leaky slope of 1: nothing', of([4], [linear(5), leakyRelu(1), silu()]), of([4], [linear(5), silu()])],
    ['CELU of 1: ELU', of([4], [linear(5), celu()]), of([4], [linear(5), elu()])],
    ['ReLU6: hardtanh from 0 to 6', of([4], [linear(5), scale(5), relu6()]), of([4], [linear(5), scale(5), hardtanh(0, 6)])], // biome-ignore format: a case
    ['log σ: a softplus with its signs changed', of([4], [linear(5), logSigmoid()]), of([4], [linear(5), scale(-1), softplus(), scale(-1)])], // biome-ignore format: a case
    ['hardswish: a gate by hardsigmoid', of([4], [linear(4), hardswish()]), of([4], [linear(4), gated(hardsigmoid(), identity())])], // biome-ignore format: a case
    ['a transposed convolution of one element: a convolution of it', of([3, 2, 2], [convTranspose2d(3, 1), mish()]), of([3, 2, 2], [transpose([1, 2, 0]), linear(3), transpose([2, 0, 1]), mish()])], // biome-ignore format: a case
    ['a transposed convolution of sequences: of images of height 1', of([2, 4], [convTranspose1d(2, 3, { stride: 2, padding: 1, outputPadding: 1 }), selu()]), of([2, 1, 4], [convTranspose2d(2, [1, 3], { stride: [1, 2], padding: [0, 1], outputPadding: [0, 1] }), selu()])], // biome-ignore format: a case
    ['heads of keys as many as of queries: the usual', of([3, 4], [selfAttention(2, { keyHeads: 2 })]), of([3, 4], [selfAttention(2)])], // biome-ignore format: a case
    ['statistics 0 and 1 − eps: scale and shift alone, as instances of one position', of([3, 1, 1], [batchNorm({ variance: [1, 1, 1], eps: 0 }), relu()]), of([3, 1, 1], [groupless(), relu()])], // biome-ignore format: a case
  ])('%s', (_, a, b) => expectSame(a, b));

  /** Three channels, each by a convolution of its own: γ x + β. */
  function groupless(): Layer {
    return conv2d(3, 1, { groups: 3 });
  }
});

test('heads that share keys: those of a network whose keys are the same', () => {
  const [T, d, e] = [3, 4, 2];
  const shares = network({ shape: [T, d] }, selfAttention(2, { keyHeads: 1 }));
  const full = network({ shape: [T, d] }, selfAttention(2));
  const theta = draw('shared', shares.parameterCount);
  const tensors = new Map(shares.toTensors(theta));
  // rows of the fused layer: q 0..3, k 4..5, v 6..7; the full one has k and v of each head
  const rows = [0, 1, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7];
  for (const [name, cols] of [
    ['qkv.weight', d],
    ['qkv.bias', 1],
  ] as const) {
    // biome-ignore format: pairs
    const { data } = tensors.get(name) as { data: Float64Array };
    const wide = rows.flatMap((r) => [...data.subarray(r * cols, (r + 1) * cols)]);
    tensors.set(name, { shape: cols === 1 ? [12] : [12, d], data: Float64Array.from(wide) });
  }
  expect(rows.length).toBe(2 * (d + 2 * e) - 4);
  const x = inputs(T * d);
  expectClose(logits(shares, theta, x).data, logits(full, full.fromTensors(tensors), x).data, {
    atol: 1e-14,
  });
});

test('batch norm with frozen statistics: (x − m)/√(v + ε) γ + β; files keep them; training is refused', () => {
  const [m, v] = [[0.5, -1], [2, 0.3]]; // biome-ignore format: two vectors
  const layer = batchNorm({ mean: m, variance: v, eps: 0.1 });
  const model = network({ shape: [2, 3] }, sequential({ n: layer, f: flatten() }));
  const theta = draw('norm', 4); // γ β of each channel
  const x = inputs(6);
  const want = x.data.map((value, k) => {
    const c = Math.floor((k % 6) / 3);
    return ((value - m[c]) / Math.sqrt(v[c] + 0.1)) * theta[2 * c] + theta[2 * c + 1];
  });
  expectClose(logits(model, theta, x).data, want, { atol: 1e-14 });
  const { architecture, tensors } = writeGraphNetwork(model, theta);
  expect([...tensors.keys()]).toEqual(['n.weight', 'n.bias', 'n.running_mean', 'n.running_var']);
  const read = tensors as ReadonlyMap<string, { shape: number[]; data: Float64Array }>;
  expect(logits(new GraphNetwork(architecture, read, read), theta, x)).toEqual(logits(model, theta, x));
  const data: Dataset = { inputs: x, labels };
  expect(() => new Trainer(model, 'cross-entropy', data, config)).toThrow(
    "Trainer: node 'n' (batch-norm) has frozen statistics: training with it is not supported, since it would move them.",
  );
});

test('a clone that a thread gets computes the same: constants keep their shapes', () => {
  const nodes = [
    { id: 'c', op: 'constant-affine', inputs: ['x'], scale: 's', shift: 't' },
    { id: 'f', op: 'flatten', inputs: ['c'] },
    { id: 'fc', op: 'linear', inputs: ['f'], weight: 'w' },
  ];
  const input = { kind: 'real', shape: [2, 3] };
  const description = { format: 'eigenfluence-architecture', version: 1, input, nodes, output: 'fc' };
  const model = new GraphNetwork(
    description,
    new Map([['w', [2, 6]]]),
    new Map([
      ['s', { shape: [2, 1], data: [2, -1] }],
      ['t', { shape: [3], data: [1, 2, 3] }],
    ]),
  );
  const w = draw('w', 12);
  const x = inputs(6);
  const moved = x.data.map((value, k) => value * [2, -1][Math.floor((k % 6) / 3)] + (k % 3) + 1);
  const want = Array.from({ length: 2 * N }, (_, k) =>
    Array.from({ length: 6 }, (_, i) => w[(k % 2) * 6 + i] * moved[Math.floor(k / 2) * 6 + i]).reduce(
      (a, b) => a + b,
    ),
  );
  expectClose(logits(model, w, x).data, want, { atol: 1e-13 });
  const clone = structuredClone(model) as GraphNetwork;
  expect(logits(clone, w, x)).toEqual(logits(model, w, x));
});

test('a network with dropout is trained without it: the bits of the network without', () => {
  const data: Dataset = { inputs: inputs(4), labels };
  const trained = (layer: Layer): Float64Array =>
    new Trainer(of([4], [linear(5), layer, relu()]), 'cross-entropy', data, config).train({ seed: 1 });
  expect(trained(dropout(0.5))).toEqual(trained(identity()));
});

test('names and shapes', () => {
  const block = sequential({
    norm: rmsNorm(),
    gate: gated(sequential([linear(6), silu()]), linear(6)),
    out: linear(4, { bias: false }),
  });
  const model = network(
    { shape: [3, 4] },
    sequential({ block: residual(block), first: select(0, 0), p: softmax(), head: linear(2) }),
  );
  expect(model.parameters.map(({ name }) => name)).toEqual([
    'block.norm.weight',
    'block.gate.gate.0.weight',
    'block.gate.gate.0.bias',
    'block.gate.layer.weight',
    'block.gate.layer.bias',
    'block.out.weight',
    'head.weight',
    'head.bias',
  ]);
  expect(model.shapes.get('block.gate.product')).toEqual([3, 6]);
  const theta = draw('names', model.parameterCount);
  const values = exampleValues(model, 'cross-entropy', theta, { inputs: inputs(12), labels });
  expect(values.every((value) => value > 0)).toBe(true);
});

describe('what does not fit', () => {
  test.each<[string, () => unknown, string]>([
    ['statistics of another number of channels', () => network({ shape: [3, 2] }, batchNorm({ mean: [1, 2] })), "batchNorm '': mean must be of length 3"], // biome-ignore format: a case
    ['heads that do not divide', () => selfAttention(4, { keyHeads: 3 }), 'selfAttention: keyHeads must be a divisor of 4, got 3'], // biome-ignore format: a case
    ['an image where a sequence is', () => network({ shape: [1, 4, 4] }, maxPool1d(2)), "node 'max-pool1d' (max-pool1d): operand 'x' must be [C, L], got [1, 4, 4]"], // biome-ignore format: a case
    ['one layer beside none', () => concatenate([relu()]), 'concatenate: layers must be at least two, got 1'],
    ['a rate', () => dropout(1), 'dropout: rate must be in [0, 1), got 1'],
    ['an output padding as large as the stride, as PyTorch says', () => network({ shape: [1, 4, 4] }, convTranspose2d(1, 3, { stride: [2, 1], outputPadding: [1, 1] })), "'conv-transpose2d' (conv-transpose2d): outputPadding must be less than stride or dilation, got 1"], // biome-ignore format: a case
    ['groups', () => network({ shape: [3, 2] }, groupNorm(2)), 'groups must be a divisor of 3 channels, got 2'], // biome-ignore format: a case
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('what another library would understand is refused, not ignored', () => {
  // biome-ignore lint/suspicious/noExplicitAny: calls that TypeScript would refuse
  const loose = layers as any;
  const tokens = (...list: Layer[]) => network({ tokens: 4, vocabulary: 5 }, sequential(list));

  test.each<[string, readonly unknown[]]>([
    ['softmax', []],
    ['flatten', []],
    ['globalAvgPool', []],
    ['sequential', [[relu()]]],
  ])('%s has no further argument', (name, args) => {
    expect(() => loose[name](...args)).not.toThrow();
    expect(() => loose[name](...args, 2)).toThrow(`${name}: a further argument must be absent: `);
  });

  test.each<[string, () => unknown, string]>([
    ['a number of features where eps is', () => loose.layerNorm(64), 'layerNorm: eps must be below 1 (sizes are inferred), got 64'], // biome-ignore format: a case
    ['a number of channels where eps is', () => loose.groupNorm(2, 4), 'groupNorm: eps must be below 1 (sizes are inferred), got 4'], // biome-ignore format: a case
    ['the same of root mean squares', () => loose.rmsNorm(64), 'rmsNorm: eps must be below 1'],
    ['a layer that is not called', () => network({ shape: [3] }, sequential([loose.relu, linear(2)])), "node '1' (linear): what it reads must be the id of a node, as layers return it (relu(), not relu), got a function"], // biome-ignore format: a case
    [
      'a layer of one, not called',
      () => network({ shape: [3] }, loose.relu),
      'as layers return it (relu(), not relu), got a function',
    ],
    ['a layer that returns nothing', () => network({ shape: [3] }, sequential([(() => undefined) as never, linear(2)])), "node '1' (linear): what it reads must be the id of a node, as layers return it (relu(), not relu), got undefined"], // biome-ignore format: a case
    ['a hole among the layers', () => sequential(Object.assign([relu()], { 2: relu() })), 'sequential: layers.1 must be a function, got undefined'], // biome-ignore format: a case
    ['another width than the shared weight has', () => tokens(layers.embedding(3), linear(7, { weight: '0.weight' })), "linear '1': outputs must be the 5 rows of 0.weight, got 7"], // biome-ignore format: a case
    ['a shared weight that no layer has', () => tokens(layers.embedding(3), linear(5, { weight: '0.wieght' })), "linear '1': weight must be the name of the weight of another layer, got '0.wieght'"], // biome-ignore format: a case
    ['a padding token outside the vocabulary', () => tokens(layers.embedding(3, { paddingToken: 5 })), 'architecture: node "0": paddingToken must be in the vocabulary, 0..4, got 5.'], // biome-ignore format: a case
    ['a padding token of a mean', () => tokens(layers.embedding(3), mean([0], { paddingToken: 99 })), 'architecture: node "1": paddingToken must be in the vocabulary, 0..4, got 99.'], // biome-ignore format: a case
    ['a shape beside tokens', () => network({ shape: [3], tokens: 4, vocabulary: 5 }, layers.embedding(3)), 'network: input must be of a shape, or of tokens of a vocabulary, got both'], // biome-ignore format: a case
    ['a vocabulary beside a shape', () => network({ shape: [3], vocabulary: 5 } as never, linear(3)), 'network: input must be of a shape, or of tokens of a vocabulary, got both'], // biome-ignore format: a case
    ['options in a Map', () => conv2d(2, 3, new Map([['stride', 2]]) as never), 'conv2d: options must be an object, got a Map'], // biome-ignore format: a case
    [
      'options misspelt',
      () => conv2d(2, 3, { strides: 2 } as never),
      "got 'strides'; did you mean 'stride'?",
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  test('two layers of one weight by a name of their own share it', () => {
    const list = [linear(3, { weight: 'w', bias: false }), linear(3, { weight: 'w', bias: false })];
    expect(network({ shape: [3] }, sequential(list)).parameterCount).toBe(9);
  });
});

test('a transposed convolution is the adjoint of the convolution of its weight', () => {
  const options = { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2, bias: false } as const;
  const forth = network({ shape: [4, 7, 8] }, sequential([conv2d(6, [3, 2], options), flatten()]));
  const back = network({ shape: [6, 4, 10] }, sequential([convTranspose2d(4, [3, 2], options), flatten()]));
  const theta = draw('adjoint', forth.parameterCount);
  const [[, weight]] = forth.toTensors(theta);
  const [x, y] = [draw('x', 4 * 7 * 8), draw('y', 6 * 4 * 10)];
  const [{ name }] = back.parameters;
  const through = (model: GraphNetwork, at: Float64Array, input: Float64Array): Float64Array =>
    logits(model, at, new Matrix(1, input.length, input)).row(0);
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
  const left = dot(through(forth, theta, x), y);
  const right = dot(x, through(back, back.fromTensors(new Map([[name, weight]])), y));
  expect(Math.abs(left - right)).toBeLessThan(1e-12 * Math.abs(left) + 1e-12);
});
