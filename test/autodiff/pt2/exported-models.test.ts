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
import { UnsupportedError } from '../../../src/linalg/errors.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { expectClose } from '../../helpers/close.ts';

const reference = new URL('../../reference/', import.meta.url);
const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: size });
const read = (name: string) =>
  readExportedNetwork(readFileSync(new URL(`exported-models/${name}.pt2`, reference)), { inflateRaw });

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
const recorded = JSON.parse(readFileSync(new URL('exported-models.json', reference), 'utf8')) as Record<
  string,
  Recorded
>;
const flat = (rows: readonly unknown[]): number[] => (rows as number[][]).flat(9) as number[];
const NAMES = Object.keys(recorded).filter(
  (name) => typeof recorded[name] === 'object' && 'x' in recorded[name],
);

describe.each(NAMES)('%s', (name) => {
  const want = recorded[name];
  const { description, tensors, parameters } = read(name);
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
