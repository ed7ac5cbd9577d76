/** @file What a name in an exported graph stands for while it is converted. */
import type { View } from './view.ts';

/** Numbers that do not depend on the input, with PyTorch's shape; an axis of the batch has size 1. */
export interface Constant {
  readonly kind: 'constant';
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  /** A mask of PyTorch's op shows by Booleans, and adds numbers. */
  readonly boolean: boolean;
}

/**
 * Numbers that depend on where the input is a padding token, and on nothing else of it: what they are for each of some patterns of padding. Pattern 0
 * has none, pattern 1 everywhere, pattern 2 + k at the positions whose number has bit k.
 */
export interface Padding {
  readonly kind: 'padding';
  readonly token: number;
  readonly patterns: readonly Constant[];
}

/** A parameter, or a view of one that keeps its elements in order; `transposed`: the last two axes are exchanged. */
export interface ParameterValue {
  readonly kind: 'parameter';
  readonly name: string;
  readonly shape: readonly number[];
  readonly transposed: boolean;
  /** The first of its rows that are meant. Default 0. */
  readonly first?: number;
}

/** A table whose row t belongs to position t: shape [.., positions, features] with axes of size 1 before. */
export interface TableRows {
  readonly kind: 'rows';
  readonly weight: string;
  readonly shape: readonly number[];
  /** Which row of the table position t has. Default: row t. */
  readonly at?: readonly number[];
}

/** What is not seen by attention, and what is added to its scores. */
export interface Mask {
  readonly causal: boolean;
  readonly paddingToken?: number;
  /** 0 where a key is not seen; [.., T, S]. */
  readonly keep?: Constant;
  /** Added to the scores; [.., T, S]. */
  readonly shift?: Constant;
}

/** q kᵀ, scaled and masked, or after the softmax. */
export interface Scores {
  readonly kind: 'scores' | 'probabilities';
  readonly query: View;
  readonly key: View;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly mask: Mask;
}

/** A tensor [batch, T, ..] that is 0 at padding, and its sum over the positions. */
export interface Kept {
  readonly kind: 'kept' | 'kept-sum';
  readonly of: View;
  readonly token: number;
  /** Of the sum: whether its axis is kept. */
  readonly keepdim: boolean;
}

/** The mean of (x − mean)² or x² over the last axis, plus eps, and what became of it. */
export interface Moment {
  readonly kind: 'moment';
  readonly of: View;
  readonly centred: boolean;
  readonly eps: number;
  readonly power: 1 | 0.5 | -0.5;
}

/** x − mean, (x − mean)² or x², and the mean over the last axis: parts of a normalisation that is spelled out. */
export interface NormPart {
  readonly kind: 'last-mean' | 'centred' | 'square';
  readonly of: View;
  /** Of a square: whether it is of x − mean. */
  readonly centred: boolean;
}

/** A tensor that is computed from the input. */
export interface Computed {
  readonly kind: 'view';
  readonly view: View;
  /** Ids of tokens. */
  readonly integer: boolean;
  /** Went through a log-softmax over the last axis, which cross-entropy does again. */
  readonly logSoftmax?: boolean;
}

export type Value =
  | Computed
  | Constant
  | Padding
  | Kept
  | ParameterValue
  | TableRows
  | Scores
  | Moment
  | NormPart
  | { readonly kind: 'size'; readonly size: number };
