/** @file A network as all that lies above the tape knows it: the sites where parameters enter, and how it is recorded. */
import { CORE_OPS } from './ops/core-table.ts';
import type { Ops } from './ops/table.ts';
import type { SharedWeights } from './shared-weights.ts';
import { isPlain, type Lookup, type Site, type SiteBlock, type SiteShape } from './site.ts';
import type { Layout } from './site-layout.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

export { isPlain, type Lookup, type Site, type SiteBlock, type SiteShape };

/** Records the i-th site on its input; i = 0, 1, 2, … */
export type SiteRecorder = (index: number, a: TapeNode) => TapeNode;

/** What a network is beside its sites. */
export interface NetworkExtent {
  readonly inputs: number;
  readonly outputs: number;
  readonly outputPositions?: number;
  readonly vocabulary?: number | undefined;
}

/**
 * What an `Mlp` and a `GeneralNetwork` have in common, which training, derivatives, curvatures and attribution methods take. Users know the
 * latter as `Network`.
 */
export abstract class Network {
  /** Number of input features. */
  readonly inputs: number;
  /** Number of outputs at each output position: classes, or target dimensions. */
  readonly outputs: number;
  /** Columns of outputs per example, each with its own label or targets: 1, or the tokens of a sequence. */
  readonly outputPositions: number;
  /** Inputs are tokens 0..vocabulary−1; undefined: real numbers. */
  readonly vocabulary: number | undefined;
  readonly sites: readonly Site[];
  /** The blocks of θ, in its order. */
  readonly blocks: readonly SiteBlock[];
  readonly parameterCount: number;

  constructor(
    { inputs, outputs, outputPositions = 1, vocabulary }: NetworkExtent,
    { sites, blocks }: Layout,
  ) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.outputPositions = outputPositions;
    this.vocabulary = vocabulary;
    this.sites = sites;
    this.blocks = blocks;
    this.parameterCount = blocks.reduce((total, { size }) => total + size, 0);
  }

  /**
   * What derivatives and curvatures need of weights that are used at several positions, in groups or as tables, or where outputs have several
   * positions. Undefined: all is {@link plain}.
   */
  abstract get shared(): SharedWeights<Network> | undefined;

  /** The ops that `connect` records by name. */
  get ops(): Partial<Ops> {
    return CORE_OPS;
  }

  /** Why it cannot be trained, e.g. which normalisation is frozen; undefined: it can. */
  get untrainable(): string | undefined {
    return undefined;
  }

  /** Where files hold an element of a site's weight, by its row and column in the block; undefined: row by row. */
  storedAt(_site: number): ((row: number, col: number) => number) | undefined {
    return undefined;
  }

  /** The token at whose positions a site does not count, since they are padding; undefined: all count. */
  padding(_site: number): number | undefined {
    return undefined;
  }

  /** Whether any sites share parameters. */
  get tied(): boolean {
    return this.blocks.length < this.sites.length;
  }

  /** Whether every site is an ordinary linear map used once per example, and an example has one column of outputs: as in an MLP. */
  get plain(): boolean {
    return this.outputPositions === 1 && this.sites.every(isPlain);
  }

  /**
   * Records u(x, θ), [outputs, outputPositions · batch], on a tape: every site once, in its order. Called by the library.
   *
   * @param x - [inputs, batch], one example per column.
   */
  abstract connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode;
}
