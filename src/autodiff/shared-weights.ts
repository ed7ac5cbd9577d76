/**
 * @file What only networks with shared weights need, as such a network hands it out: an Mlp has none, and a program that knows no other network
 * does not carry it.
 */
import type { Matrix, Vec } from '../linalg/matrix.ts';
import type { Dataset } from './dataset-types.ts';
import type { Loss } from './functions.ts';
import type { Site, SiteBlock, SiteSides } from './site.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/** Positions of an example apart, or together. */
export type KfacForm = 'expand' | 'reduce';

/** A mean loss at θ, of a network of type N. */
export interface MeanLoss<N> {
  readonly model: N;
  readonly loss: Loss;
  readonly theta: Vec;
  readonly data: Dataset;
}

/** What a sweep over directions of single parameters differentiates. */
export interface TangentOptions {
  /** Count the network as linear in θ: the Gauss–Newton matrix in place of the Hessian. */
  readonly gaussNewton: boolean;
  /** Only the sites before this one, each with all later ones; default all. What lies between later ones stays 0. */
  readonly before?: number;
  /** Examples per chunk; default: about as many as have 1,024 positions together. */
  readonly batch?: number;
}

/** Where the sides of some examples belong. */
export interface PartOfSweep {
  /** Index of the first example. */
  readonly start: number;
  /** Whether these are their first pseudo-labels: those of one example may come in several parts. */
  readonly first: boolean;
  /** Of each site the positions that outputs of a weight above 0 depend on, [positions · examples], 1 or 0; absent where every output counts. */
  readonly reached?: readonly Vec[] | undefined;
}

/** Receives the sides of some examples at some of their pseudo-labels. */
export type SweepBody = (sides: SiteSides, part: PartOfSweep) => void;

/**
 * Cotangents of the logits [C, columns] with Σ_s seed seedᵀ the output curvature, per column; answers begin at `start` in the data.
 * @param place - Names the random stream of a column.
 */
export type LabelSeeds = (
  logits: Matrix,
  data: Dataset,
  start: number,
  place: (column: number) => readonly number[],
) => readonly Matrix[];

/** A matrix over all parameters, or over those of a block: where pairs of sites are added to. */
export interface PairTarget {
  readonly matrix: Matrix;
  /** θ[origin] is its element 0. */
  readonly origin: number;
}

/** Adds half of what lies between two sites that are used once, as in an MLP. */
export type FactoredPair = (first: Site, second: Site, sides: SiteSides, target: PairTarget) => void;

/** What stands left and right in the block of a site's group, of its rows and of its columns; and the exact blocks of what has no such factors. */
export interface UseFactors {
  use(site: Site, group: number): { readonly left: Matrix; readonly right: Matrix };
  exact(block: number): Matrix;
}

/** A block of parameters of which one site, the first that uses it, is known. */
interface BlockOfSite {
  readonly layer: number;
  readonly rows: number;
  readonly cols: number;
  readonly indices: Int32Array;
}

/** Derivatives, sums and factors of networks with shared weights; N is the type of networks. Each is documented where it is made. */
export interface SharedWeights<N> {
  recordLookup(tape: Tape, site: Site, a: TapeNode): TapeNode;
  inputOf(site: Site, value: Matrix, batch: number): Matrix;
  gatherPositions(data: Dataset, chosen: Vec, positions: number, answers: Vec, weights: Vec): void;
  weightedSum(tape: Tape, x: TapeNode, weights: TapeNode): TapeNode;

  addSiteGradients(a: Matrix, delta: Matrix, site: Site, first: number, out: Matrix, count: number): void;
  siteGradients(site: Site, seen: Matrix, passed: Matrix, count: number): Matrix;
  blockRows(block: SiteBlock, sides: SiteSides): Matrix;
  addBlockSquares(
    block: SiteBlock,
    inputs: readonly Matrix[],
    deltas: readonly Matrix[],
    count: number,
    add: (example: number, term: number) => void,
  ): void;

  tangentMatrix(problem: MeanLoss<N>, options: TangentOptions): Matrix;
  unsharedTail(model: N): readonly Site[];
  tailBatch(model: N): number;
  prefersTangents(model: N): boolean;

  sweepLabels(
    model: N,
    seeds: LabelSeeds,
    theta: Vec,
    data: Dataset,
    batch: number | undefined,
    body: SweepBody,
  ): void;
  sumPairs(
    model: N,
    count: number,
    sweep: (body: SweepBody) => void,
    target: (first: Site, second: Site) => PairTarget | undefined,
    factored: FactoredPair,
  ): readonly Matrix[];
  useFactors(model: N, data: Dataset, form: KfacForm, sweep: (body: SweepBody) => void): UseFactors;
  splitBlocks<B extends BlockOfSite>(
    model: N,
    blocks: readonly B[],
  ): readonly (B & { readonly group?: number; readonly exact?: true })[];
  addRotatedSquares(
    block: { readonly rows: number; readonly cols: number; readonly indices: Int32Array },
    left: Matrix,
    right: Matrix,
    gradients: Matrix,
    offset: number,
    alpha: number,
    moments: Matrix,
  ): void;
}
