/** @file Networks of PyTorch on the command line: --model, --architecture, images, tokens and weights of tokens; the page's commands. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Dataset,
  GraphNetwork,
  positionWeights,
  readExportedNetwork,
  writeGraphNetwork,
} from '../../src/autodiff/index.ts';
import { ggnMatrix } from '../../src/curvature/index.ts';
import { attribute } from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/index.ts';
import { type NpyInput, readNpy, writeNpy, writeSafetensors } from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const reference = new URL('../reference/', import.meta.url);
const archive = (name: string, set = 'exported-networks'): string =>
  path.join(reference.pathname, `${set}/${name}.pt2`);
const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: size });

/** A network of the reference with the inputs that are recorded for it. */
function network(name: string) {
  const recorded = JSON.parse(readFileSync(new URL('exported-networks.json', reference), 'utf8')) as Record<
    string,
    { x: unknown[] }
  >;
  const { description, tensors, parameters } = readExportedNetwork(readFileSync(archive(name)), {
    inflateRaw,
  });
  const model = new GraphNetwork(description, tensors, tensors);
  const inputs = Matrix.of(recorded[name].x.map((one) => (one as number[][]).flat(9) as number[]));
  return { model, parameters, theta: model.fromTensors(tensors), inputs };
}
const lenet = network('lenet');
const gpt = network('gpt-fused-tied');
const byHand = network('by-hand');
const mask = Matrix.of([[1, 1, 1, 1, 0], [1, 1, 0, 0, 0], [1, 1, 1, 1, 1]]); // biome-ignore format: a matrix
const queryMask = Matrix.of([[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [1, 1, 1, 1, 1]]); // biome-ignore format: a matrix
const next = [0, 1, 2, 3, -100, 4, 5, -100, -100, -100, 6, 5, 4, 3, 2];

beforeAll(() => {
  const arrays: Record<string, NpyInput> = {
    'images.npy': { shape: [3, 1, 8, 8], data: lenet.inputs.data },
    'flat.npy': { shape: [3, 64], data: lenet.inputs.data },
    'narrow.npy': { shape: [3, 1, 8, 7], data: lenet.inputs.data.subarray(0, 168) },
    'y.npy': { shape: [3], dtype: 'i8', data: [0, 2, 1] },
    'tokens.npy': { shape: [3, 5], dtype: 'i8', data: gpt.inputs.data },
    'tokens-high.npy': {
      shape: [3, 5],
      dtype: 'i4',
      data: gpt.inputs.data.map((id, i) => (i === 7 ? 7 : id)),
    },
    'next.npy': { shape: [3, 5], dtype: 'i8', data: next },
    'w.npy': { shape: [3, 5], data: mask.data },
    'w-scaled.npy': { shape: [3, 5], data: mask.data.map((m) => m / 4) },
    'w-wrong.npy': { shape: [3, 5], data: mask.data.map((m, i) => (i === 1 ? 0.5 : m)) },
    'wq.npy': { shape: [3, 5], data: queryMask.data },
    'x3.npy': { shape: [3, 3], data: byHand.inputs.data },
    't.npy': { shape: [3], data: [0.5, -1, 2] },
  };
  for (const [name, array] of Object.entries(arrays)) writeFileSync(file(name), writeNpy(array));
  for (const [name, { model, theta }] of Object.entries({ lenet, gpt })) {
    const { architecture, tensors, metadata } = writeGraphNetwork(model, theta, {
      loss: 'cross-entropy',
      preprocessing: 'none',
    });
    writeFileSync(file(`${name}.json`), architecture);
    writeFileSync(file(`${name}.safetensors`), writeSafetensors(tensors, metadata));
  }
});

const read = (name: string): Matrix => {
  const { shape, data } = readNpy(readFileSync(file(name)));
  return new Matrix(shape[0], shape[1], data);
};
const curvature = (...options: string[]) =>
  command('curvature', ...options, '--method', 'ggn', '--out', file('c.npy'));
const images = ['--inputs', file('images.npy'), '--labels', file('y.npy')];

describe('curvature', () => {
  const data: Dataset = { inputs: lenet.inputs, labels: Int32Array.of(0, 2, 1) };

  test('of --model and of --architecture with --params: the same bits, those of the library', async () => {
    const { model, theta } = lenet;
    const c = ggnMatrix({ model, theta, loss: 'cross-entropy', data });
    expect(await curvature('--model', archive('lenet'), ...images)).toMatchObject({ code: 0, stderr: '' });
    const byModel = read('c.npy');
    expect(
      await curvature('--architecture', file('lenet.json'), '--params', file('lenet.safetensors'), ...images),
    ).toMatchObject({ code: 0, stderr: '' });
    expect(read('c.npy').data).toEqual(byModel.data);
    expect(
      await curvature('--model', archive('lenet'), '--inputs', file('flat.npy'), '--labels', file('y.npy')),
    ).toMatchObject({ code: 0 });
    expect(read('c.npy').data).toEqual(byModel.data);
    const trace = (m: Matrix): number =>
      Array.from({ length: m.rows }, (_, i) => m.at(i, i)).reduce((a, b) => a + b, 0);
    expect(trace(byModel)).toBeCloseTo(trace(c), 12);
  });

  test("rows and columns are PyTorch's parameters in PyTorch's order, even where the nodes name them in another", async () => {
    const { model, theta, parameters, inputs } = byHand;
    const targets = Matrix.of([[0.5], [-1], [2]]);
    const c = ggnMatrix({ model, theta, loss: 'squared-error', data: { inputs, targets } });
    const options = [
      '--model',
      archive('by-hand'),
      '--inputs',
      file('x3.npy'),
      '--targets',
      file('t.npy'),
      '--json',
    ];
    const { code, stdout } = await curvature(...options);
    expect(code).toBe(0);
    const { network } = JSON.parse(stdout) as {
      network: { parameters: { name: string; shape: number[] }[] };
    };
    expect(network.parameters.map(({ name }) => name)).toEqual(parameters);
    expect(parameters).not.toEqual(model.parameters.map(({ name }) => name));
    const diagonal = new Map(model.toTensors(Float64Array.from({ length: c.rows }, (_, i) => c.at(i, i))));
    const got = read('c.npy');
    const want = parameters.flatMap((name) => [...(diagonal.get(name)?.data ?? [])]);
    expect(Array.from({ length: got.rows }, (_, i) => got.at(i, i))).toEqual(want);
  });

  test('of tokens, some of which do not count', async () => {
    const tokens = [
      '--model',
      archive('gpt-fused-tied'),
      '--inputs',
      file('tokens.npy'),
      '--labels',
      file('next.npy'),
    ];
    expect(await curvature(...tokens, '--token-weights', file('w.npy'))).toMatchObject({
      code: 0,
      stderr: '',
    });
    const c = read('c.npy');
    expect(c.rows).toBe(gpt.model.parameterCount);
    expect(await curvature(...tokens, '--token-weights', file('w-scaled.npy'))).toMatchObject({ code: 0 });
    expect(read('c.npy').data).toEqual(c.data);
    const reduced = [...tokens, '--token-weights', file('w.npy'), '--method', 'kfac', '--kfac', 'reduce', '--out', file('c.npy')]; // biome-ignore format: one line
    expect((await command('curvature', ...reduced)).stdout).toContain('degenerate under attention');
  });
});

test('influence: scores of the library, with the weights of training tokens for the queries too', async () => {
  const { model, theta, inputs } = gpt;
  const labels = Int32Array.from(next);
  const train = { inputs, labels, weights: positionWeights(mask) };
  const queryLabels = Int32Array.from(next.map((y) => Math.max(0, y)));
  const queries = { inputs, labels: queryLabels, weights: positionWeights(queryMask, mask) };
  writeFileSync(file('next-q.npy'), writeNpy({ shape: [3, 5], dtype: 'i8', data: queryLabels }));
  const files = [
    ...[
      '--train-inputs',
      file('tokens.npy'),
      '--train-labels',
      file('next.npy'),
      '--token-weights',
      file('w.npy'),
    ],
    ...[
      '--query-inputs',
      file('tokens.npy'),
      '--query-labels',
      file('next-q.npy'),
      '--query-token-weights',
      file('wq.npy'),
    ],
  ];
  const { code, stderr } = await command(
    'influence',
    '--model',
    archive('gpt-fused-tied'),
    ...files,
    '--method',
    'grad-dot',
    '--out',
    file('s.npy'),
  );
  expect([code, stderr]).toEqual([0, '']);
  const want = attribute({
    method: 'grad-dot',
    models: [{ model, theta, loss: 'cross-entropy' }],
    train,
    queries,
  });
  expect(read('s.npy').data).toEqual(want.scores.data);
});

describe('influence on tokens', () => {
  const { model, theta, inputs } = gpt;
  const labels = Int32Array.from(next.map((y) => Math.max(0, y)));
  const train = { inputs, labels, weights: positionWeights(mask) };
  const queries = { inputs, labels, weights: positionWeights(queryMask, mask) };
  const influence = (method: string, ...options: string[]) => {
    writeFileSync(file('all.npy'), writeNpy({ shape: [3, 5], dtype: 'i8', data: labels }));
    const files = `--train-inputs tokens.npy --train-labels all.npy --token-weights w.npy --query-inputs tokens.npy --query-labels all.npy --query-token-weights wq.npy --out s.npy`;
    const named = files.split(' ').map((word) => (word.endsWith('.npy') ? file(word) : word));
    return command('influence', '--model', archive('gpt-fused-tied'), ...named, '--method', method, '--json', ...options); // biome-ignore format: one line
  };
  const warningsOf = ({ stdout }: { stdout: string }): string[] => JSON.parse(stdout).warnings;

  test.each(['kfac', 'ekfac'] as const)(
    '--kfac reduce with %s: other scores, and a warning',
    async (method) => {
      const models = [{ model, theta, loss: 'cross-entropy' }] as const;
      for (const kfac of ['expand', 'reduce'] as const) {
        const told = await influence(method, '--damping', '0.1', '--kfac', kfac);
        expect(told).toMatchObject({ code: 0, stderr: '' });
        const want = attribute({ method, options: { damping: 0.1, kfac }, models, train, queries });
        expect(read('s.npy').data).toEqual(want.scores.data);
        expect(warningsOf(told).some((text) => text.includes('degenerate under attention'))).toBe(
          kfac === 'reduce',
        );
      }
      const usual = attribute({ method, options: { damping: 0.1 }, models, train, queries });
      expect(read('s.npy').data).not.toEqual(usual.scores.data);
    },
  );

  test.each(['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac', 'bif'] as const)(
    '--token-scores of %s add up to --out',
    async (method) => {
      const chains = '--chains 2 --draws 20 --burn-in 2 --gamma 50 --workers 2'.split(' ');
      const options = method === 'kfac' ? ['--kfac', 'reduce'] : method === 'bif' ? chains : [];
      expect(await influence(method, '--token-scores', file('f.npy'), ...options)).toMatchObject({ code: 0, stderr: '' }); // biome-ignore format: one line
      const { shape, data } = readNpy(readFileSync(file('f.npy')));
      expect(shape).toEqual([3, 5, 3, 5]);
      const whole = read('s.npy');
      const sums = new Float64Array(9);
      for (const [k, score] of data.entries()) {
        const [q, t, i, s] = [Math.floor(k / 75), Math.floor(k / 15) % 5, Math.floor(k / 5) % 3, k % 5];
        sums[q * 3 + i] += score;
        if (queryMask.at(q, t) * mask.at(i, s) === 0) expect(score).toBe(0);
      }
      const scale = whole.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      for (const [k, sum] of sums.entries())
        expect(Math.abs(sum - whole.data[k])).toBeLessThan(1e-12 * scale);
    },
  );

  test('--token-scores is refused in one line, and nothing is written', async () => {
    const lenetFiles = ['--train-inputs', file('images.npy'), '--train-labels', file('y.npy'), '--query-inputs', file('images.npy'), '--query-labels', file('y.npy')]; // biome-ignore format: one line
    const none = ['--out', file('none.npy'), '--token-scores', file('none-f.npy')];
    for (const [told, line] of [
      [
        await influence('cg', ...none.slice(2)),
        /--token-scores does not apply to cg; it belongs to hessian, ggn, .*, bif/,
      ],
      [
        await command('influence', '--model', archive('lenet'), ...lenetFiles, '--method', 'ggn', ...none),
        /--token-scores is for networks that read tokens; .*lenet\.pt2 does not/,
      ],
      [await influence('ggn', '--token-scores', file('w.npy')), /overwrite the input .* of --token-weights/],
      [await influence('ggn', '--token-scores', file('s.npy')), /--token-scores/],
    ] as const) {
      // biome-ignore format: a table
      expect(told.code).not.toBe(0);
      expect(told.stderr).toMatch(line);
      expect(told.stderr.trim().split('\n').length).toBe(1);
    }
    expect([existsSync(file('none.npy')), existsSync(file('none-f.npy'))]).toEqual([false, false]);
  });

  test('--module-scores: the share of every layer, named, which add up to --out', async () => {
    const told = await influence('ekfac', '--damping', '0.1', '--module-scores', file('m.npy'));
    expect(told).toMatchObject({ code: 0, stderr: '' });
    const names = (JSON.parse(told.stdout) as { modules: string[] }).modules;
    expect(names).toEqual(model.layers.map(({ name }) => name));
    const { shape, data } = readNpy(readFileSync(file('m.npy')));
    expect(shape).toEqual([3, names.length, 3]);
    const models = [{ model, theta, loss: 'cross-entropy' }] as const;
    const options = { damping: 0.1 };
    const { moduleScores = [] } = attribute({
      method: 'ekfac',
      options,
      models,
      train,
      queries,
      modules: true,
    });
    const whole = read('s.npy');
    for (let q = 0; q < 3; q++)
      for (let i = 0; i < 3; i++) {
        const shares = names.map((_, l) => data[(q * names.length + l) * 3 + i]);
        expect(shares).toEqual(moduleScores.map((part) => part.at(q, i)));
        expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(whole.at(q, i), 12);
      }
    const refused = await influence('bif', '--module-scores', file('none-m.npy'));
    expect(refused.stderr).toMatch(/--module-scores does not apply to bif; it belongs to hessian, ggn/);
    expect(existsSync(file('none-m.npy'))).toBe(false);
  });

  test('--kfac is refused where there are no such factors', async () => {
    const { code, stderr } = await influence('ggn', '--kfac', 'reduce');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/--kfac does not apply to ggn; it belongs to ekfac, kfac/);
  });
});

describe('what does not go together or does not fit is one line', () => {
  const lenetModel = ['--model', archive('lenet')];
  const tokens = [
    '--model',
    archive('gpt-fused-tied'),
    '--inputs',
    file('tokens.npy'),
    '--labels',
    file('next.npy'),
  ];
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no network', images, /required option '--params <file>' not specified/],
    ['two networks', [...lenetModel, '--params', file('lenet.safetensors'), ...images], /--params does not go with --model/],
    ['a model and a description', [...lenetModel, '--architecture', file('lenet.json'), ...images], /--architecture does not go with --model/],
    ['a description alone', ['--architecture', file('lenet.json'), ...images], /required option '--params <file>' not specified/],
    ['an activation', [...lenetModel, '--activation', 'tanh', ...images], /--activation does not go with --model/],
    ['layers', ['--architecture', file('lenet.json'), '--params', file('lenet.safetensors'), '--layers', 'a', ...images], /--layers does not go with --architecture/],
    ['parameters of another network', ['--architecture', file('lenet.json'), '--params', file('gpt.safetensors'), ...images], /gpt\.safetensors: .*conv1/],
    ['a description that is none', ['--architecture', file('y.npy'), '--params', file('lenet.safetensors'), ...images], /y\.npy: architecture: it is not JSON/],
    ['an archive that is none', ['--model', file('y.npy'), ...images], /y\.npy: pt2: not a zip archive\. It is a \.npy file/],
    ['an op that is not supported', ['--model', archive('bilinear', 'exported-layers'), ...images], /bilinear\.pt2: pt2: node "bilinear" \(aten\.bilinear\.default\)/],
    ['smaller images', [...lenetModel, '--inputs', file('narrow.npy'), '--labels', file('y.npy')], /narrow\.npy has 56 numbers per example \(\[3, 1, 8, 7\]\), the network reads 64/],
    ['a token beyond the vocabulary', ['--model', archive('gpt-fused-tied'), '--inputs', file('tokens-high.npy'), '--labels', file('next.npy')], /tokens-high\.npy: element \[1, 2\] is 7; the network reads tokens 0\.\.6/],
    ['labels that do not count, without weights', tokens, /next\.npy: label 4 is -100; .* --token-weights/],
    ['weights that are not 0 or 1', [...tokens, '--token-weights', file('w-wrong.npy')], /w-wrong\.npy: element \[0, 1\] is 0\.5; weights of tokens are 0 or 1/],
    ['weights where there are no tokens', [...lenetModel, ...images, '--token-weights', file('w.npy')], /w\.npy: weights of tokens are for a network with an output at each token/],
    ['one label per sequence', ['--model', archive('gpt-fused-tied'), '--inputs', file('tokens.npy'), '--labels', file('y.npy')], /y\.npy must be \[3, 5\], one label for each token, got \[3\]/],
    ['labels and targets', [...lenetModel, ...images, '--targets', file('t.npy')], /give one of them/],
    ['neither', [...lenetModel, '--inputs', file('images.npy')], /required option '--labels <y\.npy>' not specified/],
  ]; // biome-ignore format: a table
  test.each(cases)('%s', async (_, options, line) => {
    const { code, stderr } = await curvature(...options);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(line);
    expect(stderr.trim().split('\n').length).toBe(1);
  });
});

test('train: a network of that shape from a new start, which the other commands read', async () => {
  const options = [
    '--inputs',
    file('images.npy'),
    '--labels',
    file('y.npy'),
    '--epochs',
    '3',
    '--out',
    file('new.safetensors'),
  ];
  expect(await command('train', '--model', archive('lenet'), ...options)).toMatchObject({
    code: 0,
    stderr: '',
  });
  const described = ['--architecture', file('lenet.json'), '--params', file('new.safetensors')];
  expect(await curvature(...described, ...images)).toMatchObject({ code: 0, stderr: '' });
  const first = readFileSync(file('new.safetensors'));
  expect(
    await command(
      'train',
      '--architecture',
      file('lenet.json'),
      '--params',
      file('lenet.safetensors'),
      ...options,
    ),
  ).toMatchObject({ code: 0 });
  expect(readFileSync(file('new.safetensors'))).toEqual(first);
  const refused = async (...more: string[]): Promise<string> =>
    (await command('train', ...more, ...options)).stderr;
  expect(await refused('--model', archive('lenet'), '--depth', '2')).toMatch(
    /--depth does not go with --architecture or --model/,
  );
  expect(await refused('--params', file('lenet.safetensors'))).toMatch(
    /--params goes with --architecture or --model/,
  );
  expect(await refused('--model', archive('lenet'), '--checkpoint-count', '2')).toMatch(
    /--checkpoint-count goes with --checkpoints/,
  );
});

test("docs/from-pytorch.md: its commands run, on PyTorch's archive", async () => {
  const page = readFileSync(new URL('../../docs/from-pytorch.md', import.meta.url), 'utf8');
  const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) =>
    text.replace(/\\\n\s*/g, ' ').trim(),
  );
  expect(commands.length).toBe(2);
  const given: Record<string, string> = {
    'model.pt2': archive('lenet'),
    'x.npy': file('images.npy'),
    'xq.npy': file('images.npy'),
    'y.npy': file('y.npy'),
    'yq.npy': file('y.npy'),
    'scores.npy': file('scores.npy'),
    'H.npy': file('H.npy'),
  };
  for (const line of commands) {
    const [name, ...options] = line.replace('npm run -s cli -- ', '').split(/\s+/);
    expect(await command(name, ...options.map((word) => given[word] ?? word)), line).toMatchObject({
      code: 0,
      stderr: '',
    });
  }
  expect(read('scores.npy').rows).toBe(3);
  expect(read('H.npy').rows).toBe(lenet.model.parameterCount);
});
