/** @file Where parameters enter a network: sites, the blocks of θ that they use, and their two sides on some examples. */
import type { Matrix } from '../linalg/matrix.ts';

/**
 * Where parameters enter: s = W a + b at each of its positions, with W and b columns of a block [rows, width] of θ, row-major. With ā = [a; 1]
 * in the rows of its columns and δ = ∂f/∂s, the site's share of an example's gradient is Σ δ āᵀ over the positions. Curvatures and
 * attribution methods read ā and δ, and know nothing of what lies between sites.
 *
 * Arrays of a site are [rows, positions · batch], position-major: column s·batch + n is position s of example n.
 */
export interface Site {
  /** Position in the order of recording, from 0. */
  readonly index: number;
  /** Rows of a, all groups together; of a lookup: how many rows its table has. */
  readonly inputs: number;
  /** Rows of s, all groups together. */
  readonly outputs: number;
  /** First element of the block in θ. Tied sites have the same. */
  readonly offset: number;
  /** rows · width. */
  readonly size: number;
  /** Rows of the block: the outputs; of a lookup the inputs. */
  readonly rows: number;
  /** Columns of the block: the inputs of a group, then a column for the bias, if there is one; more where tied sites have biases of their own. */
  readonly width: number;
  /** The column of this site's bias; undefined: none. */
  readonly bias: number | undefined;
  /** Which of the network's `blocks` it uses. */
  readonly block: number;
  /** At how many places of an example its parameters are used: pixels of its output, tokens. 1 in an MLP. */
  readonly positions: number;
  /**
   * Inputs and outputs fall into so many equal groups, and an output sees the inputs of its group only. 1 in an MLP. Scale and shift of
   * a normalisation, y = γ ⊙ x + β, are groups of one input and one output.
   */
  readonly groups: number;
  /** False where curvatures with Kronecker factors keep the exact block: scale and shift. */
  readonly kronecker: boolean;
  /**
   * A table whose row is chosen by a token or by the position. As a linear map its inputs are one-hot and its block is transposed: rows belong to
   * the inputs, columns to the outputs. Undefined: an ordinary linear map.
   */
  readonly lookup: Lookup | undefined;
}

/** What chooses the row of a table. */
export type Lookup = 'token' | 'position';

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

/**
 * The gradient of example n with respect to a site of an MLP, at its s-th cotangent, is δ[:, s·count + n] ā[:, n]ᵀ. With S positions, it is the
 * sum over t of δ[:, (s·S + t)·count + n] ā[:, t·count + n]ᵀ, group by group where there are groups; tied sites add theirs up.
 */
export interface SiteSides {
  readonly count: number;
  /** Cotangents per example. */
  readonly samples: number;
  /**
   * Per site ā, the inputs with a row of ones where there is a bias, [groups · width, S·count], position t of example n in column t·count + n.
   * Of a lookup: the rows of its table, [1, S·count].
   */
  readonly inputs: readonly Matrix[];
  /** Per site δ = ∂f/∂s, [outputs, samples·S·count]; cotangent s of position t of example n in column (s·S + t)·count + n. */
  readonly deltas: readonly Matrix[];
}

/** What a network says of one of its sites. */
export interface SiteShape {
  readonly inputs: number;
  readonly outputs: number;
  /** Default true; a lookup has none. */
  readonly bias?: boolean;
  /**
   * Uses the weight of an earlier site, with a block of the same shape, and its bias too, unless `shares` is 'weight'. Default: parameters of
   * its own.
   */
  readonly tie?: { readonly source: number; readonly shares?: 'layer' | 'weight' };
  /** Default 1. */
  readonly positions?: number;
  /** Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly kronecker?: boolean;
  /** Default: none. */
  readonly lookup?: Lookup;
}

/** Whether a site is one linear map, used once per example. */
export function isPlain({ positions, groups, kronecker, lookup }: Site): boolean {
  return positions === 1 && groups === 1 && kronecker && lookup === undefined;
}
