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

/** A parameter, or a view of one that keeps its elements in order; `transposed`: the last two axes are exchanged. */
export interface ParameterValue {
  readonly kind: 'parameter';
  readonly name: string;
  readonly shape: readonly number[];
  readonly transposed: boolean;
}

/** A table whose row t belongs to position t: shape [.., positions, features] with axes of size 1 before. */
export interface TableRows {
  readonly kind: 'rows';
  readonly weight: string;
  readonly shape: readonly number[];
}

/** q kᵀ, scaled and masked, or after the softmax. */
export interface Scores {
  readonly kind: 'scores' | 'probabilities';
  readonly query: View;
  readonly key: View;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly causal: boolean;
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
  | ParameterValue
  | TableRows
  | Scores
  | Moment
  | NormPart
  | { readonly kind: 'size'; readonly size: number };
