/** @file Networks as people write them, from their exported graphs: PyTorch's logits, losses, gradients and Hessian-vector products in float64. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  type Dataset,
  exampleValues,
  GraphNetwork,
  logits,
  lossHvp,
  perExampleGradients,
  readExportedNetwork,
} from '../../../src/autodiff/index.ts';
import { RULES } from '../../../src/autodiff/pt2/rules.ts';
import { UnsupportedError } from '../../../src/linalg/errors.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { expectClose } from '../../helpers/close.ts';

const reference = new URL('../../reference/', import.meta.url);
const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: size });
const read = (name: string, folder = 'exported-models') =>
  readExportedNetwork(readFileSync(new URL(`${folder}/${name}.pt2`, reference)), { inflateRaw });

interface Recorded {
  readonly x: readonly unknown[];
  readonly y: readonly unknown[];
  readonly parameters: readonly string[];
  readonly logits: readonly unknown[];
  readonly losses: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly vector: readonly number[];
  readonly product: readonly number[];
}
const recordedIn = (folder: string) =>
  JSON.parse(readFileSync(new URL(`${folder}.json`, reference), 'utf8')) as Record<string, Recorded>;
const flat = (rows: readonly unknown[]): number[] => (rows as number[][]).flat(9) as number[];
const CASES = ['exported-models', 'exported-layers', 'exported-further'].flatMap((folder) =>
  Object.entries(recordedIn(folder))
    .filter(([, value]) => typeof value === 'object' && 'x' in value)
    .map(([name, want]) => ({ folder, name, want })),
);

describe.each(CASES)('$name', ({ folder, name, want }) => {
  const { description, tensors, parameters } = read(name, folder);
  const model = new GraphNetwork(description, tensors, tensors);
  const theta = model.fromTensors(tensors);
  const data: Dataset = {
    inputs: Matrix.of(want.x.map((row) => flat([row]))),
    labels: Int32Array.from(flat(want.y)),
  };
  const order = want.parameters.flatMap((parameter) => [...model.places(parameter)]);

  test('has the parameters of the module, in its order', () => {
    expect(parameters).toEqual(want.parameters);
    expect(order.length).toBe(model.parameterCount);
  });

  test('logits and losses', () => {
    const u = flat(want.logits);
    expectClose(logits(model, theta, data.inputs).data, u, { atol: 1e-12 * Math.hypot(...u) });
    expectClose(exampleValues(model, 'cross-entropy', theta, data), want.losses, { rtol: 1e-12 });
  });

  test('gradients of examples', () => {
    const g = perExampleGradients(model, 'cross-entropy', theta, data);
    for (const [n, row] of want.gradients.entries()) {
      const own = g.row(n);
      expectClose(
        order.map((place) => own[place]),
        row,
        { atol: 1e-12 * Math.hypot(...row) },
      );
    }
  });

  test('the Hessian times a vector', () => {
    const v = new Float64Array(order.length);
    for (const [i, place] of order.entries()) v[place] = want.vector[i];
    const h = lossHvp(model, 'cross-entropy', theta, data, [v]).row(0);
    expectClose(
      order.map((place) => h[place]),
      want.product,
      { atol: 1e-12 * Math.hypot(...want.product) },
    );
  });
});

test.each([
  [
    'lstm',
    /^pt2: node "lstm" \(aten\.lstm\.input\) is a recurrent layer \(LSTM\), which is not supported\.$/,
  ],
  ['gru', /^pt2: node "gru" \(aten\.gru\.input\) is a recurrent layer \(GRU\), which is not supported\.$/],
  [
    'stale-view',
    /^pt2: node "add_" \(aten\.add_\.Tensor\) changes memory in place that "slice_2" shares, which is read afterwards: not supported\.$/,
  ],
])('%s is refused by its name', (name, line) => {
  expect(() => read(name)).toThrow(line);
  expect(() => read(name)).toThrow(UnsupportedError);
});

test.each([
  [
    'weight-norm',
    /\(aten\._weight_norm\.default\) computes a weight from parameters .*remove_parametrizations/,
  ],
  ['bilinear', /^pt2: node "bilinear" \(aten\.bilinear\.default\) is not supported: docs\/from-pytorch\.md/],
  ['chosen', /^pt2: node "gt" \(aten\.gt\.Scalar\) is not supported/],
  [
    'dilated-pool',
    /^pt2: node "max_pool2d" \(aten\.max_pool2d\.default\) has dilation, which is not supported for pooling\.$/,
  ],
])('%s of the layers is refused by its name', (name, line) => {
  expect(() => read(name, 'exported-layers')).toThrow(line);
  expect(() => read(name, 'exported-layers')).toThrow(UnsupportedError);
});

test.each([
  ['detached', /^pt2: node "detach" \(aten\.detach\.default\) keeps gradients from a computed tensor \[batch, 4, 2\], which is not supported\.$/],
  ['rounded', /^pt2: node "div" \(aten\.div\.Tensor_mode\) rounds quotients, which is not supported\.$/],
  ['cast', /^pt2: node "to" \(aten\.to\.dtype\) makes integers or Booleans of a computed tensor \[batch, 4, 2\], which is not supported\.$/],
  ['over-batch', /^pt2: node "cumsum" \(aten\.cumsum\.default\) moves along the batch, which is not supported\.$/],
  ['positions-used', /^pt2: node "add" \(aten\.add\.Tensor\) reads result 2 of node "max_1" \(aten\.max\.dim\), which is not supported\.$/],
  ['whole-product', /^pt2: node "prod" \(aten\.prod\.default\) is over the batch, which is not supported: name an axis\.$/],
  ['batch-inside', /^pt2: the output "flatten" has the batch inside another axis, which is not supported\.$/],
])('%s, which gave a wrong number or no end, is refused', (name, line) => {
  expect(() => read(name, 'exported-further')).toThrow(line);
}); // biome-ignore format: a table

test('the page lists every op that is read', () => {
  const page = readFileSync(new URL('../../../docs/from-pytorch.md', import.meta.url), 'utf8');
  const [, list] = page.split('\n## Every op that is read\n');
  const listed = [...list.matchAll(/`(\w+)`/g)].map(([, op]) => op).filter((op) => op !== 'aten');
  const read = [...RULES.keys()].flatMap((op) => (op.startsWith('aten.') ? op.slice(5) : []));
  const refused = ['lstm', 'gru', 'rnn_tanh', 'rnn_relu', '_weight_norm'];
  expect(new Set(listed)).toEqual(new Set(read.filter((op) => !refused.includes(op))));
});
