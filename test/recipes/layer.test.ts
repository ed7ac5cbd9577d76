/** @file The recipe for a layer, carried out as docs/recipes.md says, used end to end, and with each step left out. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { recipe, ScratchCopy } from '../helpers/scratch-copy.ts';

const BLOCKS = recipe('A layer');
const NODE = 'src/autodiff/graph/channel-shuffle.ts';
const ARCHIVE = 'test/reference/exported-models/channel-shuffle.pt2';
const COPY = new ScratchCopy(['test/callers', 'test/helpers', ARCHIVE]);
afterAll(() => COPY.remove());

const { 'channel-shuffle': pytorch } = JSON.parse(
  readFileSync(new URL('../reference/exported-models.json', import.meta.url), 'utf8'),
) as Record<string, { readonly input: unknown[]; readonly output: unknown[] }>;

/** The layer in a network: its values by hand, H v beside differences of gradients, a file and back; and PyTorch's from its archive. */
const USE = `
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import {
  conv2d, flatten, GraphNetwork, linear, logits, lossHvp, meanGradient, network, readExportedNetwork, relu, sequential, shuffleChannels, writeGraphNetwork,
} from './src/autodiff/index.ts';
import { Matrix, rng } from './src/linalg/index.ts';

const random = rng(0, 'use');
const draw = (n: number): Float64Array => random.fillNormal(new Float64Array(n));
const far = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])));
const out: Record<string, unknown> = {};

const alone = network({ shape: [6, 2, 2] }, sequential([shuffleChannels(3), flatten(), linear(24, { bias: false })]));
const identity = alone.fromTensors(new Map([['2.weight', { shape: [24, 24], data: Float64Array.from({ length: 576 }, (_, k) => (k % 25 === 0 ? 1 : 0)) }]]));
const x = new Matrix(1, 24, Float64Array.from({ length: 24 }, (_, k) => k));
// channels 0..5 in three groups of two: 0 2 4 1 3 5
out['value'] = far(logits(alone, identity, x).data, [0, 2, 4, 1, 3, 5].flatMap((c) => [0, 1, 2, 3].map((p) => 4 * c + p)));

const model = network(
  { shape: [2, 3, 3] },
  sequential([conv2d(4, 2, { groups: 2 }), relu(), shuffleChannels(2), conv2d(4, 1, { groups: 2 }), flatten(), linear(3)]),
);
const inputs = new Matrix(8, 18, draw(144));
const data = { inputs, labels: Int32Array.from({ length: 8 }, (_, i) => i % 3) };
const [theta, v] = [draw(model.parameterCount), draw(model.parameterCount)];
const product = lossHvp(model, 'cross-entropy', theta, data, [v]).row(0);
const at = (h: number): Float64Array => meanGradient(model, 'cross-entropy', theta.map((t, i) => t + h * v[i]), data);
const [plus, minus] = [at(1e-5), at(-1e-5)];
out['hessian'] = far(product, plus.map((p, i) => (p - minus[i]) / 2e-5));
const { architecture, tensors } = writeGraphNetwork(model, theta);
const read = tensors as ReadonlyMap<string, { shape: readonly number[]; data: Float64Array }>;
out['again'] = far(logits(new GraphNetwork(architecture, read), theta, inputs).data, logits(model, theta, inputs).data);
try {
  network({ shape: [3, 2, 2] }, shuffleChannels(2));
} catch (error) {
  out['refused'] = (error as Error).message;
}

const archive = readExportedNetwork(readFileSync('${ARCHIVE}'), {
  inflateRaw: (bytes, size) => inflateRawSync(bytes, { maxOutputLength: size }),
});
const exported = new GraphNetwork(archive.description, archive.tensors, archive.tensors);
const images = Matrix.of(${JSON.stringify(pytorch.input.map((image) => [image].flat(9)))});
out['pytorch'] = far(logits(exported, exported.fromTensors(archive.tensors), images).data, ${JSON.stringify(pytorch.output.flat(9))});
console.log(JSON.stringify(out));
`;

/** The least that needs the layer in every way but for PyTorch. */
const NAMES = `
import { GraphNetwork, network, shuffleChannels } from './src/autodiff/index.ts';
import { AUTODIFF_FUNCTIONS } from './test/callers/samples-autodiff.ts';

const { description } = network({ shape: [4, 2] }, shuffleChannels(2));
export const [{ op }] = new GraphNetwork(description).description.nodes;
export const sample = AUTODIFF_FUNCTIONS;
`;

function followed(blocks = BLOCKS): ScratchCopy {
  const copy = COPY.restore().follow(blocks);
  copy.write('use.ts', USE);
  copy.write('names.ts', NAMES);
  return copy;
}

test('the layer works end to end', () => {
  const copy = followed();
  expect(copy.typeErrors('use.ts')).toEqual([]);
  const { value, hessian, again, refused, pytorch: gap } = JSON.parse(copy.run('use.ts'));
  expect([value, again]).toEqual([0, 0]);
  expect(hessian).toBeLessThan(1e-7);
  expect(gap).toBeLessThan(1e-13);
  expect(refused).toBe(
    "node 'channel-shuffle' (channel-shuffle): groups must be a divisor of the channels of [3, 2, 2], got 2.",
  );
});

const steps = BLOCKS.map(({ file, place }, i) => [`${file} ${place ?? ''}`, i] as const);
const [ofPyTorch, ofSamples] = [/^src\/autodiff\/pt2\/rules\.ts RULES/, /^test\/callers/];

describe('a step left out', () => {
  test.each(steps.filter(([name]) => !ofPyTorch.test(name) && !ofSamples.test(name)))(
    '%s: the compiler says so',
    (name, left) => {
      const copy = followed(BLOCKS.filter((_, i) => i !== left));
      expect(copy.typeErrors(name.startsWith('src/autodiff/pt2') ? 'use.ts' : 'names.ts')).not.toEqual([]);
    },
  );

  test.each(steps.filter(([name]) => ofPyTorch.test(name)))(
    '%s: archives are refused by the name of the op',
    (_, left) => {
      const copy = followed(BLOCKS.filter((_, i) => i !== left));
      expect(() => copy.run('use.ts')).toThrow(
        /node "channel_shuffle" \(aten\.channel_shuffle\.default\) is not supported/,
      );
    },
  );

  test.each(steps.filter(([name]) => ofSamples.test(name)))(
    '%s: the test of callers says so, in step 5',
    (_, left) => {
      const copy = followed(BLOCKS.filter((_, i) => i !== left));
      expect(() => copy.test('test/callers/wrong-arguments.test.ts', 'nothing is forgotten')).toThrow(
        /shuffleChannels/,
      );
    },
  );

  test('an attribute without a form, or of another: the compiler says so', () => {
    const copy = followed();
    copy.edit(
      'src/autodiff/graph/attributes.ts',
      "'channel-shuffle': unary({ groups: size })",
      "'channel-shuffle': unary({})",
    );
    expect(copy.typeErrors('names.ts')).not.toEqual([]);
  });

  test('axes that are turned the wrong way: PyTorch’s numbers say so', () => {
    const copy = followed();
    copy.edit(
      NODE,
      'arranged(tape, x, order, 1), groups)',
      'arranged(tape, x, order, 1), channels / groups)',
    );
    copy.edit(NODE, '[groups, channels / groups, ...rest]', '[channels / groups, groups, ...rest]');
    expect(JSON.parse(copy.run('use.ts')).value).toBeGreaterThan(0.5);
  });
});
