/** @file A network as all that lies above the tape knows it: the sites where parameters enter, and how it is recorded. */
import { checkOptions } from '../linalg/border/arguments.ts';
import { checkInstance } from '../linalg/border/instances.ts';
import { checkInteger } from '../linalg/checks.ts';
import { UnsupportedError } from '../linalg/errors.ts';
import { CORE_OPS } from './ops/core-table.ts';
import type { Ops } from './ops/table.ts';
import { isPlain, type Lookup, type Site, type SiteBlock, type SiteShape } from './site.ts';
import { checkShapes, layOut } from './site-layout.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

export { isPlain, type Lookup, type Site, type SiteBlock, type SiteShape };

/** What a network may say of itself beside sizes and sites. */
export interface NetworkOptions {
  /** How many columns of outputs an example has: the tokens of a language model. Default 1. */
  readonly outputPositions?: number;
  /** Inputs are tokens, integers from 0 to below this number. Default: real numbers. */
  readonly vocabulary?: number;
  /** Names the class in errors. */
  readonly where?: string;
}

/** Records the i-th site on its input; i = 0, 1, 2, … */
export type SiteRecorder = (index: number, a: TapeNode) => TapeNode;

/**
 * A function of inputs and parameters θ, recorded on a tape: linear sites with any ops between them, each example by itself. Holds shapes
 * only; θ is a plain vector of length `parameterCount`, block by block in the order of their first sites, each [outputs, inputs + 1]
 * row-major with the bias as last column, or [outputs, inputs] without one; inputs are those of one group, and the block of a lookup is
 * [inputs, outputs].
 *
 * A subclass names its sites and records what lies between them; training, derivatives, every curvature and every attribution method then
 * take it as they take an `Mlp`, which is one. Not so the formats of files, which are those of an MLP.
 *
 * @throws {ShapeError} no site, groups that do not divide its inputs and outputs, or tied sites of different shapes. @throws {DomainError} a size
 * is not an integer ≥ 1, a lookup has a bias or groups, or a tie is to no earlier site.
 * @example
 * class Residual extends Network {
 *   constructor() {
 *     super(8, 3, [{ inputs: 8, outputs: 8 }, { inputs: 8, outputs: 3 }]);
 *   }
 *   override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
 *     return site(1, tape.add(x, tape.tanh(site(0, x))));
 *   }
 * }
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

  constructor(inputs: number, outputs: number, shapes: readonly SiteShape[], options: NetworkOptions = {}) {
    checkOptions('Network', options, ['outputPositions', 'vocabulary', 'where']);
    const { outputPositions = 1, vocabulary, where = 'Network' } = options;
    checkInteger(where, 'inputs', inputs, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, 'outputPositions', outputPositions, 1, Number.MAX_SAFE_INTEGER);
    if (vocabulary !== undefined) checkInteger(where, 'vocabulary', vocabulary, 1, Number.MAX_SAFE_INTEGER);
    checkShapes(where, shapes);
    const { places, blocks } = layOut(shapes);
    const sites = shapes.map((shape, index): Site => {
      const { block, bias } = places[index];
      const { offset, cols: width, rows } = blocks[block];
      const { inputs: own, outputs: out, positions = 1, groups = 1, kronecker = true, lookup } = shape;
      const size = rows * width;
      const place = { index, inputs: own, outputs: out, offset, size, rows, width, bias, block };
      return { ...place, positions, groups, kronecker, lookup };
    });
    this.inputs = inputs;
    this.outputs = outputs;
    this.outputPositions = outputPositions;
    this.vocabulary = vocabulary;
    this.sites = sites;
    this.blocks = blocks.map((block, index) => ({
      index,
      ...block,
      size: block.rows * block.cols,
      sites: sites.filter((site) => site.block === index),
    }));
    this.parameterCount = this.blocks.reduce((total, { size }) => total + size, 0);
  }

  /** The ops that `connect` records by name. Default: those of an Mlp; a network that records others says `OP_TABLE`. */
  get ops(): Partial<Ops> {
    return CORE_OPS;
  }

  /** Why it cannot be trained, e.g. which normalisation is frozen; undefined: it can. */
  get untrainable(): string | undefined {
    return undefined;
  }

  /** Whether files hold the weight of a site as [inputs, outputs]. */
  storesTransposed(_site: number): boolean {
    return false;
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

/**
 * Refuses tied sites where the answer would not be that of the parameters that there are.
 * @throws {UnsupportedError} naming the sites.
 */
export function checkUntied(where: string, model: Network): void {
  checkInstance(where, 'model', model, Network, 'a Network, e.g. an Mlp');
  for (const { sites } of model.blocks)
    if (sites.length > 1)
      throw new UnsupportedError(
        `${where}: layers ${sites.map(({ index }) => index).join(' and ')} are tied: not supported for layers that share parameters.`,
      );
}

/**
 * Refuses networks with weights used at several positions, in groups or as tables, where the answer would not be that of such networks.
 * @throws {UnsupportedError} naming the site.
 */
export function checkPlain(where: string, model: Network): void {
  checkOneOutput(where, model);
  for (const site of model.sites)
    if (!isPlain(site))
      throw new UnsupportedError(
        `${where}: layer ${site.index} uses its weights at several positions, in groups or as a table: not supported.`,
      );
}

/** Refuses networks with several output positions, likewise. @throws {UnsupportedError} saying how many. */
export function checkOneOutput(where: string, model: Network): void {
  checkInstance(where, 'model', model, Network, 'a Network, e.g. an Mlp');
  const { outputPositions } = model;
  if (outputPositions > 1)
    throw new UnsupportedError(`${where}: outputs at ${outputPositions} positions are not supported.`);
}
