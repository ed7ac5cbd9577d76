/** @file Layers by name, as the field writes them: each adds its nodes to a description under construction. */
import {
  checkBoolean,
  checkFunction,
  checkObject,
  checkOneOf,
  checkOptions,
} from '../../linalg/border/arguments.ts';
import { describe, isArray } from '../../linalg/border/describe.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkInteger, checkNonNegative } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { DescribedNode, NodeOp, Pair } from './description.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** Adds nodes named after `name` that read node `input`; returns the id of its result. */
export type Layer = (builder: GraphBuilder, name: string, input: string) => string;

/** One number for both axes, or one for each. */
export type Size = number | Pair;

/** What convolutions have beside width and kernel. Defaults: stride 1, no padding, dilation 1, one group, a bias. */
export interface ConvolutionOptions<S> {
  readonly stride?: S;
  readonly padding?: S;
  readonly dilation?: S;
  readonly groups?: number;
  readonly bias?: boolean;
}

/** What a linear layer has beside its width. */
export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** The name of its weight; one that another layer has is shared with it. Default: its own. */
  readonly weight?: string;
}

/** y = W x + b over the last axis. @param outputs - Its size. */
export function linear(outputs: number, options: LinearOptions = {}): Layer {
  checkInteger('linear', 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
  checkOptions('linear', options, ['bias', 'weight']);
  checkBias('linear', options);
  if (options.weight !== undefined && typeof options.weight !== 'string')
    throw new DomainError('linear', 'weight', 'a name', options.weight);
  return (builder, name, input) => {
    const weight = options.weight ?? under(name, 'weight');
    const known = builder.shapes.has(weight) ? {} : { [weight]: [outputs, -1] };
    return builder.add({ ...node('linear', name, input), weight, ...biasOf(name, options) }, known);
  };
}

/** [C, H, W] → [outputs, H′, W′]. @param kernel - Rows and columns of the window. */
export function conv2d(outputs: number, kernel: Size, options: ConvolutionOptions<Size> = {}): Layer {
  checkInteger('conv2d', 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
  checkOptions('conv2d', options, CONVOLUTION);
  checkBias('conv2d', options);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  checkInteger('conv2d', 'groups', groups, 1, Number.MAX_SAFE_INTEGER);
  const sizes = {
    kernel: pair('conv2d', 'kernel', kernel, 1),
    stride: pair('conv2d', 'stride', stride, 1),
    padding: pair('conv2d', 'padding', padding, 0),
    dilation: pair('conv2d', 'dilation', dilation, 1),
    groups,
  };
  return (builder, name, input) =>
    builder.add(
      { ...node('conv2d', name, input), ...sizes, weight: under(name, 'weight'), ...biasOf(name, options) },
      {
        [under(name, 'weight')]: [outputs, -1, ...sizes.kernel],
      },
    );
}

/** [C, L] → [outputs, L′]. */
export function conv1d(outputs: number, kernel: number, options: ConvolutionOptions<number> = {}): Layer {
  checkInteger('conv1d', 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
  checkOptions('conv1d', options, CONVOLUTION);
  checkBias('conv1d', options);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  for (const [key, value] of Object.entries({ kernel, stride, dilation, groups }))
    checkInteger('conv1d', key, value, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('conv1d', 'padding', padding, 0, Number.MAX_SAFE_INTEGER);
  const sizes = {
    kernel: [kernel],
    stride: [stride],
    padding: [padding],
    dilation: [dilation],
    groups,
  } as const;
  return (builder, name, input) =>
    builder.add(
      { ...node('conv1d', name, input), ...sizes, weight: under(name, 'weight'), ...biasOf(name, options) },
      {
        [under(name, 'weight')]: [outputs, -1, kernel],
      },
    );
}

/** What pooling has beside its window. Defaults: windows side by side, no padding. */
export interface PoolOptions {
  readonly stride?: Size;
  readonly padding?: Size;
}

/** The greatest of each window, [C, H, W] → [C, H′, W′]. */
export function maxPool(kernel: Size, options: PoolOptions = {}): Layer {
  checkOptions('maxPool', options, ['stride', 'padding']);
  const sizes = poolSizes('maxPool', kernel, options);
  return (builder, name, input) => builder.add({ ...node('max-pool', name, input), ...sizes });
}

/** The mean of each window; `countPadding`: whether zeros of the padding count, default true. */
export function avgPool(
  kernel: Size,
  options: PoolOptions & { readonly countPadding?: boolean } = {},
): Layer {
  checkOptions('avgPool', options, ['stride', 'padding', 'countPadding']);
  const { countPadding = true } = options;
  checkBoolean('avgPool', 'countPadding', countPadding);
  const sizes = { ...poolSizes('avgPool', kernel, options), countPadding };
  return (builder, name, input) => builder.add({ ...node('avg-pool', name, input), ...sizes });
}

/** [C, …] → [C]. */
export function globalAvgPool(): Layer {
  return plain('global-avg-pool');
}

/** All axes become one. */
export function flatten(): Layer {
  return plain('flatten');
}

/** Any op of one operand without attributes. */
export function plain(
  op: 'tanh' | 'relu' | 'silu' | 'sigmoid' | 'identity' | 'flatten' | 'global-avg-pool',
): Layer {
  return (builder, name, input) => builder.add(node(op, name, input));
}

export function relu(): Layer {
  return plain('relu');
}

export function tanh(): Layer {
  return plain('tanh');
}

export function silu(): Layer {
  return plain('silu');
}

export function sigmoid(): Layer {
  return plain('sigmoid');
}

/** x Φ(x), or its approximation by tanh. */
export function gelu(approximate: 'none' | 'tanh' = 'none'): Layer {
  checkOneOf('gelu', 'approximate', approximate, ['none', 'tanh']);
  return (builder, name, input) => builder.add({ ...node('gelu', name, input), approximate });
}

/** Normalises the last axis; scale and shift of its size. */
export function layerNorm(eps = 1e-5): Layer {
  checkNonNegative('layerNorm', 'eps', eps);
  return (builder, name, input) =>
    builder.add({
      ...node('layer-norm', name, input),
      eps,
      weight: under(name, 'weight'),
      bias: under(name, 'bias'),
    });
}

/** Normalises groups of channels of [C, …]. */
export function groupNorm(groups: number, eps = 1e-5): Layer {
  checkInteger('groupNorm', 'groups', groups, 1, Number.MAX_SAFE_INTEGER);
  checkNonNegative('groupNorm', 'eps', eps);
  return (builder, name, input) =>
    builder.add({
      ...node('group-norm', name, input),
      groups,
      eps,
      weight: under(name, 'weight'),
      bias: under(name, 'bias'),
    });
}

/** Tokens [T] → [T, width]: a row of a table for each. */
export function embedding(width: number): Layer {
  checkInteger('embedding', 'width', width, 1, Number.MAX_SAFE_INTEGER);
  return (builder, name, input) => {
    if (builder.input.kind !== 'token')
      throw new DomainError(`embedding '${name}'`, 'input of the network', 'tokens', builder.input.kind);
    const { vocabulary: rows } = builder.input;
    return builder.add(
      { ...node('embedding', name, input), rows, weight: under(name, 'weight') },
      { [under(name, 'weight')]: [rows, width] },
    );
  };
}

/** Adds a row of a table for each position, [T, d] → [T, d]. @param rows - Default T. */
export function positionEmbedding(rows?: number): Layer {
  if (rows !== undefined) checkInteger('positionEmbedding', 'rows', rows, 1, Number.MAX_SAFE_INTEGER);
  return (builder, name, input) =>
    builder.add({
      ...node('position-embedding', name, input),
      rows: rows ?? builder.shape(input)[0],
      weight: under(name, 'weight'),
    });
}

/** Attention of a sequence to itself, [T, d] → [T, d]: one linear layer for q, k and v, `heads` heads, one linear layer behind. */
export function selfAttention(heads: number, options: { readonly causal?: boolean } = {}): Layer {
  checkInteger('selfAttention', 'heads', heads, 1, Number.MAX_SAFE_INTEGER);
  checkOptions('selfAttention', options, ['causal']);
  const { causal = false } = options;
  checkBoolean('selfAttention', 'causal', causal);
  return (builder, name, input) => {
    const width = builder.shape(input).at(-1) as number;
    const qkv = linear(3 * width)(builder, under(name, 'qkv'), input);
    const parts = ['q', 'k', 'v'].map((part, i) =>
      builder.add({ ...node('split', under(name, part), qkv), start: i * width, stop: (i + 1) * width }),
    );
    const mixed: DescribedNode = {
      id: under(name, 'attention'),
      op: 'attention',
      inputs: parts,
      heads,
      causal,
    };
    return linear(width)(builder, under(name, 'out'), builder.add(mixed));
  };
}

/** One layer behind the other, named 0, 1, 2, … as in nn.Sequential, or by the keys of a record, in their order: no whole numbers, which JavaScript puts first. */
export function sequential(layers: readonly Layer[] | Readonly<Record<string, Layer>>): Layer {
  if (!isArray(layers)) checkObject('sequential', 'layers', layers);
  const entries = Object.entries(layers);
  if (!isArray(layers))
    for (const [key] of entries)
      if (/^\d+$/.test(key))
        throw new DomainError('sequential', 'layers', 'named otherwise than by whole numbers', key);
  if (entries.length === 0) throw new DomainError('sequential', 'layers', 'at least one', layers);
  for (const [key, layer] of entries) checkFunction('sequential', `layers.${key}`, layer);
  return (builder, name, input) =>
    entries.reduce((reads, [key, layer]) => layer(builder, under(name, key), reads), input);
}

/** x + layer(x), or shortcut(x) + layer(x) where shapes change. */
export function residual(layer: Layer, shortcut?: Layer): Layer {
  checkFunction('residual', 'layer', layer);
  if (shortcut !== undefined) checkFunction('residual', 'shortcut', shortcut);
  return (builder, name, input) => {
    const beside = shortcut === undefined ? input : shortcut(builder, under(name, 'shortcut'), input);
    const result = layer(builder, name, input);
    return builder.add({ id: under(name, 'sum'), op: 'add', inputs: [beside, result] });
  };
}

const CONVOLUTION = ['stride', 'padding', 'dilation', 'groups', 'bias'];

function node<K extends NodeOp>(op: K, id: string, input: string): { id: string; op: K; inputs: [string] } {
  return { id: id === '' ? op : id, op, inputs: [input] };
}

/** The name of a part of a layer: alone, of the whole network. */
function under(name: string, part: string): string {
  return name === '' ? part : `${name}.${part}`;
}

function biasOf(name: string, { bias = true }: { readonly bias?: boolean }): { readonly bias?: string } {
  return bias ? { bias: under(name, 'bias') } : {};
}

function checkBias(where: string, { bias = true }: { readonly bias?: boolean }): void {
  checkBoolean(where, 'bias', bias);
}

function poolSizes(
  where: string,
  kernel: Size,
  { stride = kernel, padding = 0 }: PoolOptions,
): {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
} {
  return {
    kernel: pair(where, 'kernel', kernel, 1),
    stride: pair(where, 'stride', stride, 1),
    padding: pair(where, 'padding', padding, 0),
  };
}

function pair(where: string, name: string, size: Size, least: number): Pair {
  const both: readonly number[] =
    typeof size === 'number' ? [size, size] : asList<number>(where, name, size, 'integers');
  if (both.length !== 2)
    throw new DomainError(
      where,
      name,
      'an integer, or one for rows and one for columns',
      size,
      describe(size),
    );
  for (const value of both) checkInteger(where, name, value, least, Number.MAX_SAFE_INTEGER);
  return [both[0], both[1]];
}
