/** @file Described networks written and read again: the same nodes, tensors, bits and logits. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  GraphNetwork,
  logits,
  parseDescription,
  readExportedNetwork,
  writeGraphNetwork,
} from '../../../src/autodiff/index.ts';
import { Matrix } from '../../../src/linalg/index.ts';
import { readSafetensors, writeSafetensors } from '../../../src/linalg/io/index.ts';

const reference = new URL('../../reference/', import.meta.url);
interface Recorded {
  readonly x: unknown[][];
  readonly y: unknown[][];
}
const recorded = JSON.parse(readFileSync(new URL('exported-networks.json', reference), 'utf8')) as Record<
  string,
  Recorded
>;
const names = Object.keys(recorded).filter(
  (key) => typeof recorded[key] === 'object' && 'y' in recorded[key],
);
const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: size });
const read = (name: string) =>
  readExportedNetwork(readFileSync(new URL(`exported-networks/${name}.pt2`, reference)), { inflateRaw });
const flat = (rows: unknown[]): number[] => (rows as number[][]).flat(9) as number[];

/** log-softmax of the rows, where the network ended in one. */
function finished(y: Matrix, notes: readonly string[]): number[] {
  if (!notes.some((note) => note.includes('log-softmax'))) return [...y.data];
  return Array.from({ length: y.rows }, (_, i) => [...y.row(i)]).flatMap((row) => {
    const log = Math.log(row.reduce((sum, u) => sum + Math.exp(u), 0));
    return row.map((u) => u - log);
  });
}

describe.each(names)('%s', (name) => {
  const { description, tensors, notes } = read(name);
  const model = new GraphNetwork(description, tensors, tensors);
  const theta = model.fromTensors(tensors);

  test("computes PyTorch's logits", () => {
    const x = Matrix.of(recorded[name].x.map(flat));
    const y = finished(logits(model, theta, x), notes);
    const want = flat(recorded[name].y);
    expect(y.length).toBe(want.length);
    for (const [i, value] of want.entries())
      expect(Math.abs(y[i] - value)).toBeLessThan(1e-13 * Math.max(1, Math.abs(value)));
  });

  test('written and read again, has the same bits', () => {
    const facts = { loss: 'cross-entropy', preprocessing: 'none', version: '1.2.3' } as const;
    const written = writeGraphNetwork(model, theta, facts);
    const file = readSafetensors(writeSafetensors(written.tensors, written.metadata));
    expect(parseDescription(written.architecture)).toEqual({ ...description, loss: 'cross-entropy' });
    for (const source of [written.architecture, file.metadata.get('eigenfluence.architecture') ?? '']) {
      const again = new GraphNetwork(source, file, file);
      expect(again.fromTensors(file)).toEqual(theta);
      expect(again.buffers).toEqual(model.buffers);
    }
    expect(Object.fromEntries(file.metadata)).toMatchObject({
      'eigenfluence.loss': 'cross-entropy',
      'eigenfluence.preprocessing': 'none',
      'eigenfluence.version': '1.2.3',
    });
    expect(new Set(file.keys())).toEqual(new Set(tensors.keys()));
    for (const [key, { shape, data }] of file)
      expect({ key, shape, data }).toEqual({
        key,
        shape: tensors.get(key)?.shape,
        data: tensors.get(key)?.data,
      });
  });
});
