/** @file A network as all that lies above the tape knows it: the sites where parameters enter, and how it is recorded. */
import { checkBoolean, checkOptions } from '../linalg/border/arguments.ts';
import { asList, checkInstance } from '../linalg/border/instances.ts';
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, ShapeError, UnsupportedError } from '../linalg/errors.ts';
import { CORE_OPS } from './ops/core-table.ts';
import type { Ops } from './ops/table.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/**
 * Where parameters enter: s = W a + b, with W and b columns of a block [outputs, width] of θ, row-major. With ā = [a; 1] in the rows of
 * its columns and δ = ∂f/∂s, the site's share of an example's gradient is δ āᵀ. Curvatures and attribution methods read ā and δ, and know nothing
 * of what lies between sites.
 */
export interface Site {
  /** Position in the order of recording, from 0. */
  readonly index: number;
  readonly inputs: number;
  readonly outputs: number;
  /** First element of the block in θ. Tied sites have the same. */
  readonly offset: number;
  /** outputs · width. */
  readonly size: number;
  /** Columns of the block: the inputs, then a column for the bias, if there is one; more where tied sites have biases of their own. */
  readonly width: number;
  /** The column of this site's bias; undefined: none. */
  readonly bias: number | undefined;
  /** Which of the network's `blocks` it uses. */
  readonly block: number;
}

/** A block of θ and the sites that use it: one, or several that are tied. */
export interface SiteBlock {
  readonly index: number;
  readonly rows: number;
  readonly cols: number;
  /** First element in θ. */
  readonly offset: number;
  /** rows · cols. */
  readonly size: number;
  /** Columns that are weights; those behind are biases. */
  readonly inputs: number;
  /** Its sites, in order. */
  readonly sites: readonly Site[];
}

/** What a network says of one of its sites. */
export interface SiteShape {
  readonly inputs: number;
  readonly outputs: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Uses the weight of an earlier site, of the same shape, and its bias too, unless `shares` is 'weight'. Default: parameters of its own. */
  readonly tie?: { readonly source: number; readonly shares?: 'layer' | 'weight' };
}

/** Records the i-th site on its input; i = 0, 1, 2, … */
export type SiteRecorder = (index: number, a: TapeNode) => TapeNode;

/**
 * A function of inputs and parameters θ, recorded on a tape: linear sites with any ops between them, each example by itself. Holds shapes
 * only; θ is a plain vector of length `parameterCount`, block by block in the order of their first sites, each [outputs, inputs + 1]
 * row-major with the bias as last column, or [outputs, inputs] without one.
 *
 * A subclass names its sites and records what lies between them; training, derivatives, every curvature and every attribution method then
 * take it as they take an `Mlp`, which is one. Not so the formats of files, which are those of an MLP.
 *
 * @throws {ShapeError} no site, or tied sites of different shapes. @throws {DomainError} a size is not an integer ≥ 1, or a tie is to no earlier site.
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
  /** Number of outputs: classes, or target dimensions. */
  readonly outputs: number;
  readonly sites: readonly Site[];
  /** The blocks of θ, in its order. */
  readonly blocks: readonly SiteBlock[];
  readonly parameterCount: number;

  /** @param where - Names the class in errors. */
  constructor(inputs: number, outputs: number, shapes: readonly SiteShape[], where: string = 'Network') {
    checkInteger(where, 'inputs', inputs, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
    checkShapes(where, shapes);
    const { places, blocks } = layOut(shapes);
    const sites = shapes.map((shape, index): Site => {
      const { block, bias } = places[index];
      const { offset, cols: width, rows } = blocks[block];
      const { inputs: own } = shape;
      return { index, inputs: own, outputs: rows, offset, size: rows * width, width, bias, block };
    });
    this.inputs = inputs;
    this.outputs = outputs;
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

  /** Whether any sites share parameters. */
  get tied(): boolean {
    return this.blocks.length < this.sites.length;
  }

  /**
   * Records u(x, θ), [outputs, cols], on a tape: every site once, in its order. Called by the library.
   *
   * @param x - [inputs, cols], one example per column.
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

function checkShapes(where: string, shapes: readonly SiteShape[]): void {
  asList(where, 'sites', shapes, 'shapes');
  if (shapes.length === 0) throw new ShapeError(where, 'sites', 'at least one', 'none');
  const shape = (l: number): string => `[${shapes[l].outputs}, ${shapes[l].inputs}]`;
  for (const [l, site] of shapes.entries()) {
    const what = `sites[${l}]`;
    checkOptions(where, site, ['inputs', 'outputs', 'bias', 'tie'], what);
    const { inputs, outputs, bias = true, tie } = site;
    checkBoolean(where, `${what}.bias`, bias);
    checkInteger(where, `${what}.inputs`, inputs, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, `${what}.outputs`, outputs, 1, Number.MAX_SAFE_INTEGER);
    if (tie === undefined) continue;
    checkOptions(where, tie, ['source', 'shares'], `${what}.tie`);
    const { source, shares = 'layer' } = tie;
    checkInteger(where, `${what}.tie.source`, source, 0, l - 1);
    if (shape(l) !== shape(source))
      throw new ShapeError(where, `tied layer ${l}`, `${shape(source)} as layer ${source}`, shape(l));
    if (shares === 'layer' && bias !== (shapes[source].bias ?? true))
      throw new DomainError(
        where,
        `${what}.tie.shares`,
        "'weight', where one of the layers has no bias",
        shares,
      );
  }
}

interface Laid {
  readonly rows: number;
  readonly inputs: number;
  readonly cols: number;
  readonly offset: number;
}

/** Blocks in the order of their first sites, and each site's block and bias column. */
function layOut(shapes: readonly SiteShape[]): {
  places: readonly { block: number; bias: number | undefined }[];
  blocks: readonly Laid[];
} {
  const places: { block: number; bias: number | undefined }[] = [];
  const blocks: { rows: number; inputs: number; cols: number }[] = [];
  for (const { inputs, outputs, bias = true, tie } of shapes) {
    if (tie === undefined) blocks.push({ rows: outputs, inputs, cols: inputs });
    const block = tie === undefined ? blocks.length - 1 : places[tie.source].block;
    const shared = tie !== undefined && tie.shares !== 'weight' ? places[tie.source].bias : undefined;
    places.push({ block, bias: bias ? (shared ?? blocks[block].cols++) : undefined });
  }
  let offset = 0;
  const laid = blocks.map((block): Laid => {
    const at = offset;
    offset += block.rows * block.cols;
    return { ...block, offset: at };
  });
  return { places, blocks: laid };
}
