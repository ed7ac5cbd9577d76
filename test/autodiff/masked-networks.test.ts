/** @file Networks of PyTorch with a mask of padding as their second input, against PyTorch; what is not such a mask is refused in one line. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  type ExportedNetworkOptions,
  GraphNetwork,
  logits,
  perExampleGradients,
  readExportedNetwork,
  toTorchOrder,
} from '../../src/autodiff/index.ts';
import { Matrix } from '../../src/linalg/index.ts';
import { readNpy, writeNpy } from '../../src/linalg/io/index.ts';
import { command } from '../experiments/command.ts';
import { temporaryFolder } from '../experiments/temporary-folder.ts';
import { relativeError } from '../helpers/close.ts';

const at = (name: string): string => new URL(`../reference/${name}`, import.meta.url).pathname;
const archive = (name: string): string => at(`masked-networks/${name}.pt2`);
interface Golden {
  readonly ids: number[][];
  readonly labels: number[];
  readonly logits: number[][];
  readonly gradients: number[][];
}
const cases = JSON.parse(readFileSync(at('masked-networks.json'), 'utf8')) as Record<string, Golden>;
const read = (name: string, options: ExportedNetworkOptions = {}) =>
  readExportedNetwork(readFileSync(archive(name)), {
    inflateRaw: (packed, size) => inflateRawSync(packed, { maxOutputLength: size }),
    ...options,
  });

describe.each(['added', 'boolean'])('%s', (name) => {
  const golden = cases[name];

  test('logits and gradients of examples are those of PyTorch with the mask ids ≠ 0', () => {
    const { description, tensors, parameters } = read(name, { paddingToken: 0 });
    const model = new GraphNetwork(description, tensors, tensors);
    const theta = model.fromTensors(tensors);
    const inputs = Matrix.of(golden.ids);
    expect(relativeError(logits(model, theta, inputs).data, golden.logits.flat())).toBeLessThan(1e-13);
    const labels = Int32Array.from(golden.labels);
    const gradients = perExampleGradients(model, 'cross-entropy', theta, { inputs, labels });
    const order = model.parameters.map(({ name: own }) => own);
    const size = (own: string): number => tensors.get(own)?.shape.reduce((a, b) => a * b, 1) ?? 0;
    for (const [n, expected] of golden.gradients.entries()) {
      const ours = toTorchOrder(model, gradients.row(n));
      let first = 0;
      for (const own of parameters) {
        const start = order.slice(0, order.indexOf(own)).reduce((sum, other) => sum + size(other), 0);
        for (let k = 0; k < size(own); k++)
          expect(Math.abs(ours[start + k] - expected[first + k]), `${n} ${own}`).toBeLessThan(1e-13);
        first += size(own);
      }
      expect(first).toBe(expected.length);
    }
  });

  test('without the padding token: one line that says what to do', () => {
    expect(() => read(name)).toThrow(/^pt2: the model has 2 inputs \("ids", ".*mask"\); one tensor is supported\. If the second is 1 where the first is no padding and 0 where it is, say which id is padding \(paddingToken; --padding-token on the command line\); or export a module that makes the mask of its ids, as ids != 0\.$/); // biome-ignore format: one line
    expect(() => read(name, { paddingToken: -1 })).toThrow(/paddingToken must be/);
    expect(() => read(name, { paddingToken: 1000 })).toThrow(/^readExportedNetwork: paddingToken must be one of the ids that the network reads, 0\.\.\d+, got 1000\.$/); // biome-ignore format: one line
  });
});

test('another second input, and a token for a mask that is not there', () => {
  expect(() => read('real', { paddingToken: 0 })).toThrow(
    'pt2: the model has 2 inputs ("x", "y"); one tensor is supported, or ids of tokens [batch, T] and a mask of that shape.',
  );
  const bytes = readFileSync(at('exported-networks/strided.pt2'));
  expect(() => readExportedNetwork(bytes, { paddingToken: 0 })).toThrow(
    /a padding token is given for the mask that a model has as its second input, and this one has none/,
  );
});

describe('--padding-token', () => {
  const folder = temporaryFolder();
  const file = (name: string): string => path.join(folder, name);
  const { ids, labels } = cases['added'];
  writeFileSync(file('x.npy'), writeNpy({ shape: [6, 5], dtype: 'i4', data: Int32Array.from(ids.flat()) }));
  writeFileSync(file('y.npy'), writeNpy({ shape: [6], dtype: 'i4', data: Int32Array.from(labels) }));
  const model = ['--model', archive('added')];
  const examples = ['--inputs', file('x.npy'), '--labels', file('y.npy')];
  const sets = ['train', 'query'].flatMap((set) => [`--${set}-inputs`, file('x.npy'), `--${set}-labels`, file('y.npy')]); // biome-ignore format: one line
  const token = ['--padding-token', '0'];

  test('train, curvature, influence and retrain', async () => {
    for (const asked of [
      ['train', ...model, ...examples, '--epochs', '1', '--out', file('n.safetensors')],
      ['curvature', ...model, ...examples, '--method', 'ggn', '--trace'],
      ['influence', ...model, ...sets, '--method', 'ggn', '--out', file('s.npy')],
      [
        'retrain',
        ...model,
        ...sets,
        '--epochs',
        '1',
        '--subsets',
        '2',
        '--seeds',
        '1',
        '--out',
        file('bank'),
      ],
    ]) {
      expect(await command(...asked, ...token), asked[0]).toMatchObject({ code: 0, stderr: '' });
      const { code, stderr } = await command(...asked);
      expect([code, stderr]).toEqual([1, expect.stringContaining('--padding-token on the command line')]);
    }
    expect(readNpy(readFileSync(file('s.npy'))).shape).toEqual([6, 6]);
    const { code, stderr } = await command(
      'train',
      '--epochs',
      '1',
      '--out',
      file('m.safetensors'),
      ...token,
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('--padding-token goes with --architecture or --model')]); // biome-ignore format: one line
    const other = await command('curvature', '--params', file('n.safetensors'), ...examples, '--method', 'ggn', '--trace', ...token); // biome-ignore format: one line
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('--padding-token goes with --model, whose second input is a mask')]); // biome-ignore format: one line
  });
});
