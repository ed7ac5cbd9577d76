/** @file State dicts as PyTorch users have them: names, order, biases, ties, modules that are not linear, metadata. */
import { describe, expect, test } from 'vitest';
import {
  type Activation,
  Mlp,
  networkMetadata,
  readTorchParameters,
  writeTorchParameters,
} from '../../src/autodiff/index.ts';
import { EigenfluenceError, FormatError } from '../../src/linalg/errors.ts';
import {
  readSafetensors,
  type SafetensorsFile,
  type TensorInput,
  writeSafetensors,
} from '../../src/linalg/io/index.ts';
import { GOLDEN_NETWORKS } from '../reference/networks.ts';

/** A file with tensors of the given shapes, filled with 0, 1, 2, … times a tenth. */
function file(shapes: Record<string, number[]>, metadata: Record<string, string> = {}): SafetensorsFile {
  let next = 0;
  const pairs = Object.entries(shapes).map(([name, shape]): [string, TensorInput] => {
    const data = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next++ / 10);
    return [name, { shape, data }];
  });
  return readSafetensors(writeSafetensors(pairs, metadata));
}

/** weight and bias of layers by name, sizes[i] → sizes[i + 1]. */
function layers(names: readonly string[], sizes: readonly number[], bias = true): Record<string, number[]> {
  return Object.fromEntries(
    names.flatMap((name, i) => [
      [`${name}weight`, [sizes[i + 1], sizes[i]]],
      ...(bias ? [[`${name}bias`, [sizes[i + 1]]]] : []),
    ]),
  );
}

const SIZES = [4, 3, 3, 2];
const NAMES: Record<string, string[]> = {
  Sequential: ['0.', '2.', '4.'],
  'with gaps': ['1.', '4.', '12.'],
  'an attribute': ['net.0.', 'net.2.', 'net.4.'],
  DataParallel: ['module.0.', 'module.2.', 'module.4.'],
  compiled: ['_orig_mod.0.', '_orig_mod.2.', '_orig_mod.4.'],
  both: ['_orig_mod.module.net.0.', '_orig_mod.module.net.2.', '_orig_mod.module.net.4.'],
  ModuleList: ['layers.0.', 'layers.1.', 'layers.2.'],
  'a wrapped ModuleList': ['module.model.layers.0.', 'module.model.layers.1.', 'module.model.layers.2.'],
  numbered: ['fc1.', 'fc2.', 'fc3.'],
  'natural order': ['fc2.', 'fc9.', 'fc10.'],
  nested: ['encoder.linear1.', 'encoder.linear2.', 'encoder.linear3.'],
  blocks: ['blocks.0.linear.', 'blocks.1.linear.', 'blocks.2.linear.'],
  'leading zeros': ['layer01.', 'layer02.', 'layer10.'],
  'kinds of names that only chain one way': ['net.0.', 'net.2.', 'head.'],
};

describe('names', () => {
  for (const [name, names] of Object.entries(NAMES))
    for (const bias of [true, false])
      test(`${name}, ${bias ? 'with' : 'without'} bias, in any order of the file`, () => {
        const shapes = layers(names, SIZES, bias);
        const forwards = readTorchParameters(file(shapes), 'tanh');
        expect(forwards.model).toEqual(new Mlp(SIZES, 'tanh', { bias }));
        expect(forwards.layers).toEqual(names.map((n) => n.slice(0, -1)));
        const reversed = new Map([...file(shapes)].reverse());
        expect(readTorchParameters(reversed, 'tanh').theta).toEqual(forwards.theta);
      });

  test('one layer, which needs no activation', () => {
    for (const name of ['', 'fc.', 'linear.', 'module.', '0.', 'net.0.'])
      expect(readTorchParameters(file(layers([name], [4, 2]))).model.sizes).toEqual([4, 2]);
  });

  test('names without numbers: the one order in which shapes chain', () => {
    const shapes = layers(['hidden.', 'input.', 'output.'], [0, 0, 0, 0]);
    Object.assign(shapes, layers(['input.', 'hidden.', 'output.'], [4, 3, 5, 2]));
    expect(readTorchParameters(file(shapes), 'relu').layers).toEqual(['input', 'hidden', 'output']);
  });

  test('where several orders fit, it has to be said, and can be', () => {
    const shapes = layers(['alpha.', 'beta.'], [3, 3, 3]);
    expect(() => readTorchParameters(file(shapes), 'tanh')).toThrow(FormatError);
    expect(() => readTorchParameters(file(shapes), 'tanh')).toThrow(/alpha, beta cannot be known.*--layers/);
    const { layers: order, theta } = readTorchParameters(file(shapes), 'tanh', { layers: ['beta', 'alpha'] });
    expect(order).toEqual(['beta', 'alpha']);
    expect(theta[0]).toBe(1.2);
  });

  test.each([
    [['a', 'b', 'c'], /there is no linear layer "c"/],
    [['alpha'], /leave out beta/],
    [['alpha', 'alpha', 'beta'], /named twice/],
  ])('refuses layers %j', (order, message) => {
    const shapes = layers(['alpha.', 'beta.'], [3, 3, 3]);
    const names = order.map((name) => ({ a: 'alpha', b: 'beta' })[name] ?? name);
    expect(() => readTorchParameters(file(shapes), 'tanh', { layers: names })).toThrow(message);
  });

  test.each([
    ['0.', '1.'],
    ['net.0.', 'net.1.'],
    ['module.0.', 'module.1.'],
    ['layers.1.', 'layers.2.'],
  ])('neighbours %s and %s of a Sequential have no activation between them', (a, b) => {
    const shapes = layers([a, b], [3, 4, 2]);
    expect(() => readTorchParameters(file(shapes), 'tanh')).toThrow(
      /are both linear: no activation lies between/,
    );
    expect(readTorchParameters(file(shapes), 'identity').model.sizes).toEqual([3, 4, 2]);
    const said = { layers: [a, b].map((name) => name.slice(0, -1)) };
    expect(readTorchParameters(file(shapes), 'tanh', said).model.sizes).toEqual([3, 4, 2]);
  });

  test('other tensors are left alone and named', () => {
    const shapes = {
      ...layers(['0.', '2.'], [3, 4, 2]),
      'optimizer.state.0.exp_avg': [4, 3],
      mask: [3],
      step: [],
    };
    expect(readTorchParameters(file(shapes), 'tanh').ignored).toEqual([
      'optimizer.state.0.exp_avg',
      'mask',
      'step',
    ]);
  });
});

describe('modules that are not linear are refused by their name', () => {
  const base = layers(['0.', '3.'], [3, 4, 2]);
  test.each<[string, Record<string, number[]>, RegExp]>([
    ['LayerNorm', { '1.weight': [4], '1.bias': [4] }, /"1" is part of LayerNorm/],
    [
      'BatchNorm',
      { '1.weight': [4], '1.bias': [4], '1.running_mean': [4], '1.num_batches_tracked': [] },
      /"1" is part of BatchNorm/,
    ],
    ['BatchNorm without scale', { '1.running_mean': [4], '1.running_var': [4] }, /"1" is part of BatchNorm/],
    ['Conv2d', { 'conv1.weight': [4, 3, 2, 2], 'conv1.bias': [4] }, /"conv1" is a convolution \(Conv2d\)/],
    ['Embedding', { 'embedding.weight': [9, 3] }, /"embedding" is an Embedding/],
    ['attention', { 'attn.in_proj_weight': [9, 3], 'attn.out_proj.weight': [3, 3] }, /attention/],
    ['LSTM', { 'lstm.weight_ih_l0': [16, 3], 'lstm.bias_ih_l0': [16] }, /recurrent layer/],
    ['weight norm', { '5.weight_g': [4, 1], '5.weight_v': [4, 3] }, /reparametrised/],
    [
      'spectral norm',
      { '5.bias': [4], '5.parametrizations.weight.original': [4, 3], '5.parametrizations.weight.0._u': [4] },
      /"5.parametrizations.weight" is a reparametrised/,
    ],
    ['GRUCell', { 'cell.weight_ih': [12, 3], 'cell.bias_ih': [12] }, /recurrent layer/],
    ['Bilinear', { '5.weight': [4, 3, 3], '5.bias': [4] }, /\(Conv1d\) or a Bilinear layer/],
    ['PReLU', { '1.weight': [1] }, /PReLU/],
    ['LoRA', { '0.lora_A.weight': [2, 3], '0.lora_B.weight': [4, 2] }, /LoRA/],
  ])('%s', (_, shapes, message) => {
    const tensors = file({ ...base, ...shapes });
    expect(() => readTorchParameters(tensors, 'tanh')).toThrow(FormatError);
    expect(() => readTorchParameters(tensors, 'tanh')).toThrow(message);
    expect(() => readTorchParameters(tensors, 'tanh')).toThrow(/^[^\n]*not supported[^\n]*$/);
  });
});

describe('shared tensors', () => {
  const shapes = layers(['0.', '4.'], [3, 3, 2]);

  test('aliases of save_model are followed: a 3-3-3-2 network of 20 parameters', () => {
    const { model, layers: names } = readTorchParameters(
      file(shapes, { '2.weight': '0.weight', '2.bias': '0.bias' }),
      'tanh',
    );
    expect(model).toEqual(new Mlp([3, 3, 3, 2], 'tanh', { ties: [{ layer: 1, source: 0 }] }));
    expect([names, model.parameterCount]).toEqual([['0', '2', '4'], 20]);
  });

  test('also when the first use is the one that is not stored, and in chains', () => {
    const late = readTorchParameters(
      file(layers(['fc2.', 'fc3.'], [3, 3, 2]), { 'fc1.weight': 'fc2.weight', 'fc1.bias': 'fc2.bias' }),
      'tanh',
    );
    expect(late.model).toEqual(new Mlp([3, 3, 3, 2], 'tanh', { ties: [{ layer: 1, source: 0 }] }));
    const chain = { '2.weight': '3.weight', '3.weight': '0.weight' };
    expect(
      readTorchParameters(file(layers(['0.'], [3, 3], false), chain), 'identity').model.parameterCount,
    ).toBe(9);
  });

  test('a module with a second name of another kind is not taken for a second use', () => {
    const tensors = file(layers(['net.0.', 'net.4.'], [3, 3, 2]), {
      'net.2.weight': 'net.0.weight',
      'net.2.bias': 'net.0.bias',
      'shared.weight': 'net.0.weight',
      'shared.bias': 'net.0.bias',
    });
    expect(() => readTorchParameters(tensors, 'tanh')).toThrow(
      /"net.0" and "shared" are one module: whether it is used twice cannot be known; .*--layers/,
    );
    const { model } = readTorchParameters(tensors, 'tanh', { layers: ['net.0', 'net.2', 'net.4'] });
    expect(model).toEqual(new Mlp([3, 3, 3, 2], 'tanh', { ties: [{ layer: 1, source: 0 }] }));
  });

  test('a network stored under two names, plain and compiled, is read under one', () => {
    const stored = layers(['model.0.', 'model.2.'], [3, 4, 2]);
    const twice = Object.keys(stored).map((name) => [name.replace('model.', 'compiled._orig_mod.'), name]);
    const tensors = file(stored, Object.fromEntries(twice));
    expect(() => readTorchParameters(tensors, 'tanh')).toThrow(/are one module/);
    const { model } = readTorchParameters(tensors, 'tanh', { layers: ['model.0', 'model.2'] });
    expect([model.sizes, model.tied]).toEqual([[3, 4, 2], false]);
  });

  test('a weight without its bias', () => {
    const { model } = readTorchParameters(
      file({ ...shapes, '2.bias': [3] }, { '2.weight': '0.weight' }),
      'tanh',
    );
    expect(model.options.ties).toEqual([{ layer: 1, source: 0, shares: 'weight' }]);
    expect(model.parameterCount).toBe(23);
  });

  test.each<[Record<string, string>, RegExp]>([
    [{ '2.weight': '7.weight' }, /"2.weight" is "7.weight", which is not in the file/],
    [{ '2.weight': '3.weight', '3.weight': '2.weight' }, /which is not in the file/],
    [{ '0.weight': '4.weight' }, /both are in the file/],
    [{ '2.bias': '0.weight' }, /2.bias must be \[outputs\]/],
  ])('refuses aliases %j', (metadata, message) => {
    expect(() => readTorchParameters(file(shapes, metadata), 'tanh')).toThrow(message);
  });

  test('a bias shared alone is refused as tied', () => {
    const tensors = file({ ...shapes, '2.weight': [3, 3] }, { '2.bias': '0.bias' });
    expect(() => readTorchParameters(tensors, 'tanh')).toThrow(/layers 0 and 2 are tied by their bias alone/);
  });

  test('metadata that are no names are not aliases', () => {
    const { model } = readTorchParameters(file(shapes, { format: 'pt', weight: '0.5' }), 'tanh');
    expect(model.tied).toBe(false);
  });
});

describe('metadata', () => {
  const networks = [
    ...GOLDEN_NETWORKS.map(({ model, theta }) => ({ model, theta })),
    { model: new Mlp([2, 2], 'identity'), theta: Float64Array.of(1, 2, 3, 4, 5, 6) },
  ];
  test.each(networks)('a written network knows itself %#', ({ model, theta }) => {
    const facts = { loss: 'squared-error', preprocessing: 'none', version: '1.0.0' } as const;
    const bytes = writeSafetensors(writeTorchParameters(model, theta), networkMetadata(model, facts));
    const back = readTorchParameters(readSafetensors(bytes));
    expect(back.model.options).toEqual(model.options);
    expect(back.model.layers).toEqual(model.layers);
    expect(back.model.activation).toBe(model.activation);
    expect(back.theta).toEqual(theta);
    expect([back.loss, back.preprocessing, back.described]).toEqual(['squared-error', 'none', true]);
  });

  const model = new Mlp([3, 4, 2], 'tanh');
  const theta = Float64Array.from({ length: model.parameterCount }, (_, k) => k / 7);
  const written = (metadata: Record<string, string>): SafetensorsFile =>
    readSafetensors(writeSafetensors(writeTorchParameters(model, theta), metadata));
  const own = networkMetadata(model, { loss: 'cross-entropy' });
  const edited = (change: (architecture: Record<string, unknown>) => unknown): Record<string, string> => {
    const architecture = JSON.parse(own['eigenfluence.architecture']) as Record<string, unknown>;
    return { 'eigenfluence.architecture': JSON.stringify(change(architecture) ?? architecture) };
  };

  test('another activation or loss than the file’s is refused', () => {
    expect(() => readTorchParameters(written(own), 'relu')).toThrow(/has tanh between its layers.*relu/);
    expect(() => readTorchParameters(written(own), 'tanh', { loss: 'squared-error' })).toThrow(
      /trained with the loss cross-entropy, but squared-error/,
    );
    expect(readTorchParameters(written(own), 'tanh', { loss: 'cross-entropy' }).theta).toEqual(theta);
  });

  test('a file that does not say has to be told', () => {
    expect(() => readTorchParameters(written({}))).toThrow(FormatError);
    expect(() => readTorchParameters(written({}))).toThrow(/does not say which activation/);
    expect(readTorchParameters(written({}), 'relu').described).toBe(false);
    expect(() => readTorchParameters(written({}), 'swish' as Activation)).toThrow('activation');
  });

  test('metadata may be given, or be absent, apart from the tensors', () => {
    const bare = new Map(written({}));
    expect(() => readTorchParameters(bare)).toThrow(FormatError);
    expect(readTorchParameters(bare, undefined, { metadata: own }).model.activation).toBe('tanh');
    expect(readTorchParameters(bare, undefined, { metadata: new Map(Object.entries(own)) }).loss).toBe(
      'cross-entropy',
    );
  });

  const nodes = (architecture: Record<string, unknown>): Record<string, unknown>[] =>
    architecture['nodes'] as Record<string, unknown>[];
  const set = (a: Record<string, unknown>, node: number, key: string, value: unknown): void => {
    nodes(a)[node][key] = value;
  };
  test.each<[string, Record<string, string>, RegExp]>([
    ['no JSON', { 'eigenfluence.architecture': '{' }, /not JSON/],
    ['a list', { 'eigenfluence.architecture': '[]' }, /not an object/],
    [
      'nested a million deep',
      { 'eigenfluence.architecture': '['.repeat(1e6) + ']'.repeat(1e6) },
      /not an object/,
    ],
    ['another format', edited((a) => ({ ...a, format: 'onnx' })), /format/],
    ['another version', edited((a) => ({ ...a, version: 2 })), /version is 2/],
    ['other features', edited((a) => ({ ...a, input: { kind: 'real', shape: [5] } })), /5 features.*reads 3/],
    ['tokens', edited((a) => ({ ...a, input: { kind: 'token', length: 3, vocabulary: 4 } })), /its input/],
    ['a convolution', edited((a) => set(a, 1, 'op', 'conv2d')), /"conv2d"/],
    ['a skip', edited((a) => set(a, 2, 'inputs', ['0'])), /does not follow/],
    ['a loop', edited((a) => set(a, 2, 'id', '0')), /there twice/],
    ['another tensor', edited((a) => set(a, 2, 'weight', '9.weight')), /"9.weight" is not in the file/],
    [
      'shapes that do not chain',
      edited((a) => set(a, 2, 'weight', '0.weight')),
      /contradicts|reads 3 inputs|elements/,
    ],
    ['a bias less', edited((a) => set(a, 2, 'bias', undefined)), /"2.bias" is in no layer/],
    ['a layer less', edited((a) => ({ ...a, nodes: nodes(a).slice(0, 1), output: '0' })), /is in no layer/],
    ['no output', edited((a) => ({ ...a, output: '1' })), /output/],
    [
      'an activation at the end',
      edited((a) => ({ ...a, nodes: nodes(a).slice(0, 2), output: '1' })),
      /after the last/,
    ],
    ['another loss', { ...own, 'eigenfluence.loss': 'squared-error' }, /contradict themselves/],
    ['an unknown loss', { 'eigenfluence.loss': 'hinge' }, /"hinge"/],
  ])('refuses %s', (_, metadata, message) => {
    expect(() => readTorchParameters(written(metadata), 'tanh')).toThrow(FormatError);
    expect(() => readTorchParameters(written(metadata), 'tanh')).toThrow(message);
    expect(() => readTorchParameters(written(metadata), 'tanh')).toThrow(/^[^\n]{1,400}$/);
  });
});

describe('arguments', () => {
  const shapes = layers(['0.', '2.'], [3, 4, 2]);
  test('a record of tensors will do', () => {
    const record = Object.fromEntries(file(shapes));
    expect(readTorchParameters(record, 'tanh')).toEqual(readTorchParameters(file(shapes), 'tanh'));
  });

  test.each<[string, unknown, unknown?]>([
    ['nothing', undefined],
    ['bytes', writeSafetensors({ weight: { shape: [1, 1], data: [1] } })],
    ['a name', 'net.safetensors'],
    ['tensors that are arrays', { '0.weight': [[1, 2]] }],
    ['a misspelt option', file(shapes), { layer: ['0', '2'] }],
    ['layers in one string', file(shapes), { layers: '0,2' }],
    ['data of another length', { weight: { shape: [2, 2], dtype: 'F64', data: Float64Array.of(1) } }],
  ])('refuses %s', (_, tensors, options) => {
    const read = (): unknown => readTorchParameters(tensors as SafetensorsFile, 'tanh', options as object);
    expect(read).toThrow(EigenfluenceError);
    expect(read).toThrow(/^readTorchParameters: /);
  });

  test.each<[unknown, unknown]>([
    [undefined, undefined],
    ['3-4-2', undefined],
    [[3, 2], { biases: false }],
    [[3, 2], { bias: 'no' }],
    [[3, 2], { bias: null }],
    [[3, 2], { ties: {} }],
    [[3, 2], { ties: [null] }],
    [[3, 2], null],
  ])('refuses Mlp of %j with %j', (sizes, options) => {
    expect(() => new Mlp(sizes as number[], 'tanh', options as undefined)).toThrow(EigenfluenceError);
  });
});
