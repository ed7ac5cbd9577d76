/** @file Networks that PyTorch exported: nodes, tensors to the bit, the order of parameters, and what is refused. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readExportedNetwork } from '../../../src/autodiff/pt2/read-network.ts';
import { UnsupportedError } from '../../../src/linalg/errors.ts';

const reference = new URL('../../reference/', import.meta.url);
const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: size });
const read = (name: string) =>
  readExportedNetwork(readFileSync(new URL(`exported-networks/${name}.pt2`, reference)), { inflateRaw });

interface Recorded {
  readonly parameters: readonly string[];
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly sha256: string }>>;
}
const recorded = JSON.parse(readFileSync(new URL('exported-networks.json', reference), 'utf8')) as Record<
  string,
  Recorded
>;

const GPT = 'attention linear add layer-norm linear gelu linear add layer-norm linear';
/** Every network with the ops that it becomes. */
const NETWORKS: readonly (readonly [name: string, ops: string])[] = [
  ['lenet', 'conv2d relu max-pool conv2d tanh flatten linear leaky-relu linear'],
  ['lenet-f32-fixed', 'conv2d relu max-pool conv2d tanh flatten linear leaky-relu linear'],
  ['resnet-groupnorm', 'conv2d group-norm relu conv2d group-norm relu max-pool conv2d group-norm relu conv2d group-norm relu add global-avg-pool linear'],
  ['resnet-batchnorm', 'conv2d batch-norm relu conv2d batch-norm relu max-pool conv2d batch-norm relu conv2d batch-norm relu add global-avg-pool linear'],
  ['depthwise', 'conv2d batch-norm silu conv2d gelu conv2d avg-pool global-avg-pool linear'],
  ['channels-last', 'conv2d transpose layer-norm linear gelu linear transpose concat split flatten layer-norm reshape global-avg-pool linear'],
  ['gpt-separate', `embedding position-embedding layer-norm linear linear linear ${GPT}`],
  ['gpt-fused-tied', `embedding position-embedding layer-norm linear split split split ${GPT}`],
  ['gpt-hand-fixed', `embedding position-embedding layer-norm linear split split split ${GPT}`],
  ['gpt-where', `embedding position-embedding layer-norm linear linear linear ${GPT}`],
  ['gpt-added', `embedding position-embedding layer-norm linear linear linear ${GPT}`],
  ['gpt-interleaved', `embedding position-embedding layer-norm linear reshape split split split reshape reshape reshape ${GPT}`],
  ['gpt-one-token', `embedding position-embedding layer-norm linear split split split ${GPT}`],
  ['vit', 'conv2d transpose reshape position-embedding linear split split split attention linear add mean linear'],
  ['encoder-layer', 'embedding linear split split split attention linear add layer-norm linear relu linear add layer-norm select linear'],
  ['llama', 'embedding rms-norm linear split split silu multiply linear add rms-norm linear'],
  ['conv1d', 'conv1d group-norm sigmoid conv1d softplus mean linear'],
  ['by-hand', 'linear layer-norm relu multiply linear'],
  ['strided', 'linear tanh linear'],
  ['padding-index', 'embedding linear'],
  ['sinusoidal', 'embedding constant-affine linear'],
  ['rms-default', 'rms-norm linear tanh rms-norm linear'],
  ['rms-default-f32', 'rms-norm linear tanh rms-norm linear'],
]; // biome-ignore format: a table

describe.each(NETWORKS)('%s', (name, ops) => {
  const { description, tensors, parameters, notes } = read(name);
  const want = recorded[name];

  test('has these nodes', () => {
    expect(description.nodes.map(({ op }) => op).join(' ')).toBe(ops);
  });

  test('has the tensors of the module, to the bit', () => {
    for (const [key, { shape, data }] of tensors) {
      if (!(key in want.tensors)) {
        expect(description.nodes.some((node) => node.op === 'constant-affine' && node.shift === key)).toBe(
          true,
        );
        continue;
      }
      expect(createHash('sha256').update(data).digest('hex'), key).toBe(want.tensors[key].sha256);
      expect(shape.reduce((a, b) => a * b, 1)).toBe(want.tensors[key].shape.reduce((a, b) => a * b, 1));
    }
  });

  test("has the parameters in PyTorch's order, all but unused ones", () => {
    const unused = want.parameters.filter((key) => !parameters.includes(key));
    expect(parameters).toEqual(want.parameters.filter((key) => !unused.includes(key)));
    expect(unused.every((key) => notes.some((note) => note.includes(JSON.stringify(key))))).toBe(true);
    expect(unused.length).toBe(name === 'by-hand' ? 2 : 0);
  });
});

test('every network of the reference is here', () => {
  const names = Object.keys(recorded).filter(
    (key) => typeof recorded[key] === 'object' && 'y' in recorded[key],
  );
  expect(names.sort()).toEqual(NETWORKS.map(([name]) => name).sort());
});

describe('details that shapes do not show', () => {
  const node = (name: string, id: string) => read(name).description.nodes.find((one) => one.id === id);

  test('attention: heads, mask, and a scale only where it is not the usual', () => {
    const [usual] = read('gpt-hand-fixed').description.nodes.filter(({ op }) => op === 'attention');
    expect(usual).toEqual({ id: usual.id, op: 'attention', inputs: usual.inputs, heads: 2, causal: true });
    const [own] = read('gpt-where').description.nodes.filter(({ op }) => op === 'attention');
    expect(own).toMatchObject({ heads: 2, causal: true, scale: 1 / 3 });
    const [open] = read('vit').description.nodes.filter(({ op }) => op === 'attention');
    expect(open).toEqual({ id: open.id, op: 'attention', inputs: open.inputs, heads: 2, causal: false });
  });

  test('a fused projection is cut into consecutive thirds', () => {
    const parts = read('gpt-fused-tied').description.nodes.filter(({ op }) => op === 'split');
    expect(parts.map(({ inputs }) => inputs)).toEqual([['attn.qkv'], ['attn.qkv'], ['attn.qkv']]);
    expect(parts.map((part) => part.op === 'split' && [part.start, part.stop]).sort()).toEqual([[0, 4], [4, 8], [8, 12]]); // biome-ignore format: a list
  });

  test('tied weights are one tensor, under the name that comes first', () => {
    expect(node('gpt-fused-tied', 'wte')).toMatchObject({ op: 'embedding', weight: 'wte.weight', rows: 7 });
    expect(read('gpt-fused-tied').description.nodes.at(-1)).toMatchObject({
      op: 'linear',
      weight: 'wte.weight',
    });
    expect(read('gpt-fused-tied').parameters).not.toContain('lm_head.weight');
  });

  test('convolutions: stride, padding, dilation, groups', () => {
    expect(node('depthwise', 'dw')).toMatchObject({ padding: [1, 1], groups: 4, kernel: [3, 3] });
    expect(node('depthwise', 'di')).toMatchObject({
      stride: [1, 2],
      padding: [2, 2],
      dilation: [2, 2],
      groups: 2,
    });
    expect(node('depthwise', 'pool')).toMatchObject({ op: 'avg-pool', countPadding: false, padding: [1, 1] });
    expect(node('depthwise', 'pw')).not.toHaveProperty('bias');
    expect(node('conv1d', 'c2')).toMatchObject({ kernel: [3], stride: [2], dilation: [2], padding: [0] });
  });

  test('gelu in both forms, eps, the slope', () => {
    expect(node('depthwise', 'gelu')).toMatchObject({ approximate: 'tanh' });
    expect(node('gpt-separate', 'gelu')).toMatchObject({ approximate: 'none' });
    expect(node('llama', 'n')).toMatchObject({ op: 'rms-norm', eps: 1e-6, weight: 'n.weight' });
    expect(node('lenet', 'leaky_relu')).toMatchObject({ slope: 0.1 });
  });

  test('inputs: the example alone, whatever the batch', () => {
    expect(read('lenet').description.input).toEqual({ kind: 'real', shape: [1, 8, 8] });
    expect(read('gpt-hand-fixed').description.input).toEqual({ kind: 'token', length: 5, vocabulary: 7 });
  });
});

describe('what is refused, in one line with node and op', () => {
  test.each([
    [
      'training-mode',
      /^pt2: node "batch_norm" \(aten\.batch_norm\.default\) is in training mode: .* in evaluation mode \(model\.eval\)/,
    ],
    ['softmax', /^pt2: the output "softmax" is a softmax, which belongs to the loss: export the logits\.$/],
  ])('%s', (name, line) => {
    expect(() => read(name)).toThrow(line);
    expect(() => read(name)).toThrow(UnsupportedError);
  });
});
