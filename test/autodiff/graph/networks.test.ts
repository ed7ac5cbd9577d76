/** @file Eight networks of torch.nn modules by their descriptions: every op with PyTorch's logits, gradients and Hessian-vector products. */
import { describe, expect, test } from 'vitest';
import {
  type Dataset,
  embedding,
  exampleValues,
  fromTorchOrder,
  GraphNetwork,
  initialise,
  type Loss,
  linear,
  logits,
  lossHvp,
  network,
  perExampleGradients,
  sequential,
  Trainer,
  toTorchOrder,
} from '../../../src/autodiff/index.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { expectClose } from '../../helpers/close.ts';
import golden from '../../reference/network-graphs.json' with { type: 'json' };

describe.each(Object.entries(golden.networks))('%s', (_, reference) => {
  const tensors = new Map(Object.entries(reference.tensors));
  const model = new GraphNetwork(reference.architecture, tensors, tensors);
  const theta = model.fromTensors(tensors);
  const loss = reference.loss as Loss;
  const inputs = Matrix.of(reference.x);
  const data: Dataset =
    loss === 'squared-error'
      ? { inputs, targets: Matrix.of(reference.y) }
      : { inputs, labels: Int32Array.from(reference.y.flat()) };

  test('logits and losses', () => {
    const u = logits(model, theta, inputs);
    for (const [n, row] of reference.logits.entries())
      expectClose(u.row(n), row, { atol: 1e-12, rtol: 1e-12 });
    expectClose(exampleValues(model, loss, theta, data), reference.losses, { rtol: 1e-12 });
  });

  test('gradients of examples', () => {
    expect(model.parameters.map(({ name }) => name)).toEqual(reference.order);
    const g = perExampleGradients(model, loss, theta, data);
    for (const [n, row] of reference.gradients.entries())
      expectClose(toTorchOrder(model, g.row(n)), row, { atol: 1e-12 * Math.hypot(...row) });
  });

  test('the Hessian times a vector', () => {
    const v = fromTorchOrder(model, reference.vector);
    const h = toTorchOrder(model, lossHvp(model, loss, theta, data, [v]).row(0));
    expectClose(h, reference.product, { atol: 1e-11 * Math.hypot(...reference.product) });
  });

  test('its start: tables are normal, scales 1, shifts 0, weights within their bound', () => {
    const start = model.toTensors(initialise(model, 'torch', rng(0, 'start')));
    for (const { name, kind, node, stored } of model.parameters) {
      const { data: values, shape } = start.get(name) as { data: Float64Array; shape: readonly number[] };
      const op = model.description.nodes.find(({ id }) => id === node)?.op as string;
      if (op.endsWith('norm')) expect(new Set(values)).toEqual(new Set([kind === 'weight' ? 1 : 0]));
      else if (op.endsWith('embedding')) expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(1);
      else if (kind === 'weight')
        expect(Math.max(...values.map(Math.abs))).toBeLessThan(
          1 / Math.sqrt(stored ? shape[0] : shape.slice(1).reduce((a, b) => a * b, 1)),
        );
    }
  });
});

test('the start of a bias beside a shared table is that of nn.Linear', () => {
  const layers = { table: embedding(4), head: linear(200, { weight: 'table.weight' }) };
  const model = network({ tokens: 1, vocabulary: 200 }, sequential(layers));
  const { data } = model.toTensors(initialise(model, 'torch', rng(0, 'start'))).get('head.bias') as {
    data: Float64Array;
  };
  const greatest = Math.max(...data.map(Math.abs));
  expect(greatest).toBeLessThan(1 / Math.sqrt(4));
  expect(greatest).toBeGreaterThan(0.95 / Math.sqrt(4)); // of 200 uniform draws: less with probability 4e-5
  const xavier = model.toTensors(initialise(model, 'xavier', rng(0, 'start'))).get('head.bias');
  expect(new Set(xavier?.data)).toEqual(new Set([0]));
});

test('training with a frozen batch norm is refused', () => {
  const { architecture, tensors, x, y } = golden.networks.grouped;
  const given = new Map(Object.entries(tensors));
  const model = new GraphNetwork(architecture, given, given);
  const data = { inputs: Matrix.of(x), labels: Int32Array.from(y.flat()) };
  const config = { epochs: 1, batch: 3, learningRate: 0.1, momentum: 0, weightDecay: 0, schedule: 'constant', initialisation: 'torch', dropLast: false } as const; // biome-ignore format: a record
  expect(() => new Trainer(model, 'cross-entropy', data, config)).toThrow(
    "Trainer: node 'n' (batch-norm) has frozen statistics: training with it is not supported, since it would move them.",
  );
});

describe('what does not fit is refused, naming node and shape', () => {
  const image = { kind: 'real', shape: [2, 8, 8] };
  const conv = { id: 'c', op: 'conv2d', inputs: ['x'], kernel: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1, weight: 'c.weight' }; // biome-ignore format: a node
  const build =
    (nodes: readonly object[], shapes: readonly [string, number[]][], input: object = image) =>
    (): unknown =>
      new GraphNetwork(
        {
          format: 'eigenfluence-architecture',
          version: 1,
          input,
          nodes,
          output: (nodes.at(-1) as { id: string }).id,
        },
        new Map(shapes),
      );

  test.each<[string, () => unknown, string]>([
    ['a weight of another width', build([conv, { id: 'f', op: 'flatten', inputs: ['c'] }, { id: 'fc', op: 'linear', inputs: ['f'], weight: 'fc.weight' }], [['c.weight', [4, 2, 3, 3]], ['fc.weight', [10, 100]]]), "node 'fc' (linear): parameter fc.weight must be [*, 144], got [10, 100]"], // biome-ignore format: a case
    ['a kernel of another size', build([conv], [['c.weight', [4, 2, 5, 5]]]), "node 'c' (conv2d): parameter c.weight must be [*, 2, 3, 3], got [4, 2, 5, 5]"], // biome-ignore format: a case
    ['a parameter that is not there', build([conv], []), "node 'c' (conv2d): parameter c.weight must be [*, 2, 3, 3], got none"], // biome-ignore format: a case
    ['an image where a vector is', build([{ ...conv, inputs: ['x'] }], [['c.weight', [4, 2, 3, 3]]], { kind: 'real', shape: [128] }), "node 'c' (conv2d): operand 'x' must be [C, H, W], got [128]"], // biome-ignore format: a case
    ['a kernel larger than the image', build([{ ...conv, kernel: [9, 9] }], [['c.weight', [4, 2, 9, 9]]]), "node 'c' (conv2d): kernel must be within [2, 8, 8] and its padding"], // biome-ignore format: a case
    ['a sum of two shapes', build([conv, { id: 's', op: 'add', inputs: ['c', 'x'] }], [['c.weight', [2, 2, 3, 3]]]), "node 's' (add): operand 'x' must be [2, 6, 6] as 'c', got [2, 8, 8]"], // biome-ignore format: a case
    ['an output that is an image', build([conv], [['c.weight', [2, 2, 3, 3]]]), "output 'c': shape must be [classes] or [positions, classes], got [2, 6, 6]"], // biome-ignore format: a case
    ['heads that do not divide', build([{ id: 'a', op: 'attention', inputs: ['x', 'x', 'x'], heads: 3, causal: false }], [], { kind: 'real', shape: [4, 8] }), "node 'a' (attention): heads must be a divisor of the 8 features, got 3"], // biome-ignore format: a case
    ['tokens where numbers belong', build([{ id: 't', op: 'tanh', inputs: ['x'] }], [], { kind: 'token', length: 4, vocabulary: 5 }), "node 't' (tanh): operand 'x' must be real numbers"], // biome-ignore format: a case
    ['statistics that are not there', build([{ id: 'n', op: 'batch-norm', inputs: ['x'], eps: 1e-5, mean: 'm', variance: 'v' }], []), "buffers must be with m of node 'n', got without"], // biome-ignore format: a case
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
