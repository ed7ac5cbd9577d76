/** @file The linear layers of a PyTorch state dict, under whatever names, with what they share. */
import type { Tensor } from '../linalg/io/safetensors.ts';
import { isFloat } from '../linalg/io/safetensors-dtype.ts';
import { foreignModule } from './foreign-modules.ts';
import { ADVICE, checkBetween, checkChain, kindOf, listed, orderLayers } from './layer-order.ts';
import { refuse } from './refuse-parameters.ts';

/** A linear layer: names are those of the tensors that hold its numbers, which layers may share. */
export interface StoredLayer {
  /** Path of the module, as in the file; '' for a file of one layer. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: string;
  readonly bias: string | undefined;
}

export interface StoredLayers {
  readonly layers: readonly StoredLayer[];
  /** Tensors that belong to no linear layer and are not read. */
  readonly ignored: readonly string[];
}

/** A module as the file has it: which tensor holds its weight, and which its bias. */
export interface Module {
  readonly weight: string | undefined;
  readonly bias: string | undefined;
}

/**
 * Finds the layers and their order.
 *
 * @param aliases - Names that are not in the file → names that are, as `safetensors.torch.save_model` writes them.
 * @param order - Names of the modules in the order of the network, with or without the wrappers they share; absent: to be found out.
 * @param linear - No activation lies between the layers anyway, so neighbours of an nn.Sequential are in order.
 * @throws {FormatError} modules that are not linear, by their right name; shapes that do not chain; an order that cannot be known.
 */
export function storedLayers(
  tensors: ReadonlyMap<string, Tensor>,
  aliases: ReadonlyMap<string, string>,
  order: readonly string[] | undefined,
  linear: boolean,
): StoredLayers {
  const { modules, ignored } = findModules(tensors, aliases);
  if (modules.size === 0)
    refuse('no layers: the file has no N.weight, nor any other weight of two dimensions.');
  const wrapper = sharedWrapper([...modules.keys()]);
  const found = [...modules].map(([path, module]): StoredLayer => linearLayer(path, module, tensors));
  const bare = found.map((layer) => ({ ...layer, name: layer.name.slice(wrapper.length) }));
  if (order === undefined) checkNames(bare);
  const layers = order === undefined ? orderLayers(bare) : chosen(bare, wrapper, order);
  if (order === undefined && !linear) checkBetween(layers);
  return { layers: layers.map((layer) => ({ ...layer, name: wrapper + layer.name })), ignored };
}

/** Modules with a weight of two dimensions; whatever is none of a linear layer's tensors is ignored or refused by its name. */
export function findModules(
  tensors: ReadonlyMap<string, Tensor>,
  aliases: ReadonlyMap<string, string>,
): { modules: ReadonlyMap<string, Module>; ignored: readonly string[] } {
  const names = new Map([...tensors.keys()].map((name) => [name, name] as const));
  for (const [name, kept] of aliases) names.set(name, kept);
  const batchNorms = new Set<string>();
  const biased = new Set<string>();
  for (const name of names.keys()) {
    const { module, leaf } = parted(name);
    if (/^running_(mean|var)$|^num_batches_tracked$/.test(leaf)) batchNorms.add(module);
    if (leaf === 'bias') biased.add(module);
  }
  const modules = new Map<string, Module>();
  const ignored: string[] = [];
  for (const [name, kept] of names) {
    const tensor = tensors.get(kept);
    if (tensor === undefined) continue;
    const { module, leaf } = parted(name);
    const foreign = foreignModule(module, leaf, tensor, batchNorms, biased);
    if (foreign !== undefined) refuseForeign(name, module, leaf, tensor, foreign);
    if (leaf !== 'weight' && leaf !== 'bias') {
      ignored.push(name);
      continue;
    }
    checkTensor(name, leaf, tensor);
    modules.set(module, { weight: undefined, bias: undefined, ...modules.get(module), [leaf]: kept });
  }
  return { modules, ignored };
}

function refuseForeign(
  name: string,
  module: string,
  leaf: string,
  { shape }: Tensor,
  foreign: string,
): never {
  const what = `${quoted(module === '' ? name : module)} is ${/^(an? |not )/.test(foreign) ? foreign : `part of ${foreign}`}`;
  const of =
    leaf === 'weight' && shape.length > 2
      ? `${name.slice(0, 60)} must be [outputs, inputs], got [${shape.join(', ')}]: `
      : '';
  return refuse(
    `${of}${what}, which is not supported: only linear layers with one activation between them are (${quoted(name)} [${shape.join(', ')}]).`,
  );
}

function checkTensor(name: string, leaf: 'weight' | 'bias', { shape, dtype }: Tensor): void {
  const rank = leaf === 'weight' ? 2 : 1;
  if (shape.length !== rank || shape.includes(0))
    refuse(
      `${name.slice(0, 60)} must be ${rank === 2 ? '[outputs, inputs]' : '[outputs]'}, got [${shape.join(', ')}].`,
    );
  if (!isFloat(dtype))
    refuse(
      `${name.slice(0, 60)} holds ${/^[IUB]/.test(dtype) ? 'integers' : 'numbers that are not read'} (${dtype}), not floats.`,
    );
}

/** A module with the shapes of its tensors, held against each other. @throws {FormatError} a bias alone, or of another length. */
export function linearLayer(
  path: string,
  { weight, bias }: Module,
  tensors: ReadonlyMap<string, Tensor>,
): StoredLayer {
  const prefix = path === '' ? '' : `${path.slice(0, 60)}.`;
  if (weight === undefined) refuse(`${prefix}bias has no ${prefix}weight beside it.`);
  const [outputs, inputs] = tensors.get(weight)?.shape ?? [];
  const length = bias === undefined ? outputs : tensors.get(bias)?.shape[0];
  if (length !== outputs)
    refuse(`${prefix}bias has ${length} elements, ${prefix}weight gives ${outputs} outputs.`);
  return { name: path, inputs, outputs, weight, bias };
}

/** Refuses a module under two names of different kinds: whether it is used twice, or has a second name only, is in no file. */
function checkNames(layers: readonly StoredLayer[]): void {
  for (const [l, layer] of layers.entries())
    for (const other of layers.slice(0, l))
      if (isSame(layer, other) && kindOf(layer.name) !== kindOf(other.name))
        refuse(
          `${quoted(other.name)} and ${quoted(layer.name)} are one module: whether it is used twice cannot be known; ${ADVICE}`,
        );
}

/** Whether two layers share every number. */
function isSame(a: StoredLayer, b: StoredLayer): boolean {
  return a.weight === b.weight && a.bias === b.bias;
}

/** The layers that the caller names, in that order: all of them, but what has a second name only once. */
function chosen(
  layers: readonly StoredLayer[],
  wrapper: string,
  order: readonly string[],
): readonly StoredLayer[] {
  const out = order.map((name) => {
    const layer = layers.find((known) => known.name === name || wrapper + known.name === name);
    if (layer === undefined)
      refuse(`there is no linear layer ${quoted(name)}: the file has ${listed(layers.map((l) => l.name))}.`);
    return layer;
  });
  const twice = out.find((layer, i) => out.indexOf(layer) !== i);
  if (twice !== undefined) refuse(`layer ${quoted(twice.name)} is named twice; each layer is used once.`);
  const left = layers.filter((layer) => !out.some((used) => used === layer || isSame(used, layer)));
  if (left.length > 0)
    refuse(`layers leave out ${listed(left.map(({ name }) => name))}: name every linear layer.`);
  return checkChain(out);
}

/**
 * What all paths begin with and that is only a wrapper: `module.` of DataParallel, `_orig_mod.` of torch.compile, `model.`; and any
 * other name that all share, when what is left still tells the layers apart. A container of numbered layers keeps its own.
 */
function sharedWrapper(paths: readonly string[]): string {
  const parts = paths.map((path) => path.split('.'));
  let shared = 0;
  while (parts.every((part) => part.length > shared + 1 && part[shared] === parts[0][shared])) shared++;
  const first = parts[0].slice(0, shared);
  const numbered = parts.every((part) => /^\d+$/.test(part[shared] ?? ''));
  // `layers.0`: the last name before the numbers tells a list of layers from an nn.Sequential
  if (numbered && first.length > 0 && !/^(module|_orig_mod|model)$/.test(first[first.length - 1]))
    first.pop();
  return first.length === 0 ? '' : `${first.join('.')}.`;
}

function parted(name: string): { module: string; leaf: string } {
  const dot = name.lastIndexOf('.');
  return { module: dot < 0 ? '' : name.slice(0, dot), leaf: name.slice(dot + 1) };
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}
