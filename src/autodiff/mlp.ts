/** @file The shape of a fully connected network and where its parameters lie in θ. */
import { checkOptions } from '../linalg/border/arguments.ts';
import { describe, isArray } from '../linalg/border/describe.ts';
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import { ACTIVATIONS, type Activation } from './functions.ts';
import { Network, type Site, type SiteBlock, type SiteRecorder, type SiteShape } from './network.ts';
import { checkTied, layOut } from './site-layout.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/** One linear layer: a site of the network. */
export type MlpLayer = Site;

/** A block of θ and the layers that use it: one, or several that are tied. */
export interface MlpBlock extends SiteBlock {
  /** Its layers, in order. */
  readonly layers: readonly MlpLayer[];
}

/** Layer `layer` uses the weight of the earlier layer `source`, and its bias too, unless `shares` is 'weight'. */
export interface MlpTie {
  readonly layer: number;
  readonly source: number;
  /** What is shared; default 'layer': the weight, and the bias if there is one. */
  readonly shares?: 'layer' | 'weight';
}

/** What an MLP may have beyond sizes and activation. */
export interface MlpOptions {
  /** Whether layers have a bias: all of them, or one answer per layer. Default true. */
  readonly bias?: boolean | readonly boolean[];
  /** Layers that share parameters; each is named at most once as `layer`. Default none. */
  readonly ties?: readonly MlpTie[];
}

/**
 * A multilayer perceptron s_l = W_l a_{l−1} + b_l, a_l = φ(s_l), logits u = s_L (no activation after the last layer).
 * Holds shapes only; the parameters are a plain vector θ of length `parameterCount`: layer by layer, each
 * [outputs, inputs + 1] row-major with the bias as last column, or [outputs, inputs] without one.
 *
 * Tied layers use one block of θ, where the first of them would have its own: θ holds every parameter once, so gradients,
 * Hessian and GGN are those of the parameters that there are. Layers that share a weight but not the bias have a column each
 * in the block, in the order of the layers.
 *
 * @param sizes - Widths from the input features to the outputs, e.g. [64, 16, 10]: one hidden layer of 16.
 * @param activation - φ, after every layer but the last.
 * @throws {ShapeError} fewer than two sizes, not one answer about the bias per layer, tied layers of different shapes.
 * @throws {DomainError} a size is not an integer ≥ 1, φ is unknown, a tie is not to an earlier layer, or a layer is tied twice.
 * @example new Mlp([64, 16, 10], 'tanh').parameterCount; // 16·65 + 10·17 = 1210
 * @example new Mlp([64, 16, 10], 'tanh', { bias: [true, false] }).parameterCount; // 16·65 + 10·16 = 1200
 * @example new Mlp([3, 3, 3, 2], 'tanh', { ties: [{ layer: 1, source: 0 }] }).parameterCount; // 3·4 + 2·4 = 20
 */
export class Mlp extends Network {
  readonly sizes: readonly number[];
  readonly activation: Activation;
  /** Its sites. */
  readonly layers: readonly MlpLayer[];
  declare readonly blocks: readonly MlpBlock[];
  /** As given, complete: for another Mlp of the same shape. */
  readonly options: { readonly bias: readonly boolean[]; readonly ties: readonly Required<MlpTie>[] };

  constructor(sizes: readonly number[], activation: Activation, options: MlpOptions = {}) {
    if (!isArray(sizes) && !(ArrayBuffer.isView(sizes) && 'length' in sizes))
      throw new DomainError('Mlp', 'sizes', 'a list of widths', sizes, describe(sizes));
    checkOptions('Mlp', options, ['bias', 'ties']);
    if (options.ties !== undefined && !isArray(options.ties))
      throw new DomainError('Mlp', 'ties', 'a list', options.ties, describe(options.ties));
    for (const [t, tie] of (options.ties ?? []).entries())
      checkOptions('Mlp', tie, ['layer', 'source', 'shares'], `ties[${t}]`);
    if (sizes.length < 2)
      throw new ShapeError('Mlp', 'sizes', 'of length ≥ 2 (features, …, outputs)', `length ${sizes.length}`);
    for (const [i, size] of sizes.entries())
      checkInteger('Mlp', `sizes[${i}]`, size, 1, Number.MAX_SAFE_INTEGER);
    if (!ACTIVATIONS.includes(activation))
      throw new DomainError('Mlp', 'activation', `one of ${ACTIVATIONS.join(', ')}`, activation);
    const depth = sizes.length - 1;
    const bias = biases(options.bias, depth);
    const ties = (options.ties ?? []).map(({ layer, source, shares = 'layer' }) => ({
      layer,
      source,
      shares,
    }));
    const tied = checkTies(ties, sizes);
    const shapes = bias.map((has, l): SiteShape => {
      const own = { inputs: sizes[l], outputs: sizes[l + 1], bias: has };
      const tie = tied.get(l);
      return tie === undefined ? own : { ...own, tie: { source: tie.source, shares: tie.shares } };
    });
    for (const [layer, tie] of tied) checkTied('Mlp', shapes, layer, tie);
    super({ inputs: sizes[0], outputs: sizes[depth] }, layOut(shapes));
    for (const block of this.blocks) Object.assign(block, { layers: block.sites });
    this.sizes = [...sizes];
    this.activation = activation;
    this.layers = this.sites;
    this.options = { bias, ties };
  }

  /** None: a layer is used once per example. */
  override get shared(): undefined {
    return undefined;
  }

  // s_l = W_l a_{l−1} + b_l, a_l = φ(s_l)
  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    let a = x;
    for (const { index } of this.sites) {
      const s = site(index, a);
      a = index + 1 < this.sites.length ? tape.activation(this.activation, s) : s;
    }
    return a;
  }
}

/** One answer per layer. */
function biases(bias: MlpOptions['bias'], depth: number): readonly boolean[] {
  if (typeof bias === 'object' && !isArray(bias))
    throw new DomainError('Mlp', 'bias', 'true, false, or a list of these', bias, describe(bias));
  if (bias !== undefined && typeof bias !== 'boolean' && typeof bias !== 'object')
    throw new DomainError('Mlp', 'bias', 'true, false, or a list of these', bias, describe(bias));
  const each =
    bias === undefined || typeof bias === 'boolean'
      ? new Array<boolean>(depth).fill(bias ?? true)
      : [...bias];
  if (each.length !== depth)
    throw new ShapeError('Mlp', 'bias', `one answer per layer, ${depth}`, `${each.length}`);
  for (const [l, has] of each.entries())
    if (typeof has !== 'boolean') throw new DomainError('Mlp', `bias[${l}]`, 'true or false', has);
  return each;
}

/** The tie of each layer that has one. */
function checkTies(
  ties: readonly Required<MlpTie>[],
  sizes: readonly number[],
): ReadonlyMap<number, Required<MlpTie>> {
  const out = new Map<number, Required<MlpTie>>();
  for (const [t, tie] of ties.entries()) {
    const { layer, source, shares } = tie;
    checkInteger('Mlp', `ties[${t}].layer`, layer, 1, sizes.length - 2);
    checkInteger('Mlp', `ties[${t}].source`, source, 0, layer - 1);
    if (shares !== 'layer' && shares !== 'weight')
      throw new DomainError('Mlp', `ties[${t}].shares`, "'layer' or 'weight'", shares);
    if (out.has(layer)) throw new DomainError('Mlp', `ties[${t}].layer`, 'tied once', layer);
    out.set(layer, tie);
  }
  return out;
}
