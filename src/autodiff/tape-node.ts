/** @file One array of a recorded program and how it comes about. */
import { describe } from '../linalg/border/describe.ts';
import { DomainError } from '../linalg/errors.ts';
import type { Op } from './rule.ts';

/** An array of the program, shape [rows, cols], one example per column. Made by a {@link Tape}, never by hand. */
export interface TapeNode {
  /** Position in the recording. */
  readonly id: number;
  readonly kind: 'input' | 'variable' | 'labels' | Op;
  readonly rows: number;
  readonly cols: number;
  readonly operands: readonly TapeNode[];
  /** affine: where its block [rows, width] begins in θ; else 0. */
  readonly offset: number;
  /** affine: columns of its block; else 0. */
  readonly width: number;
  /** affine: the column of the bias in the block, undefined without one; undefined for everything else. */
  readonly bias: number | undefined;
  /** scale: the constant; labels: the number of classes; else 0. */
  readonly factor: number;
}

/** Throws {@link DomainError} unless `node` is one of `nodes`, by identity. */
export function checkNode(
  where: string,
  argument: string,
  nodes: readonly TapeNode[],
  node: unknown,
  owner: 'tape' | 'program',
): asserts node is TapeNode {
  const id = idOf(node);
  if (id === undefined || nodes[id] !== node)
    throw new DomainError(
      where,
      argument,
      `a node of this ${owner}`,
      node,
      id === undefined ? describe(node) : `node ${id} of another`,
    );
}

function idOf(node: unknown): number | undefined {
  try {
    const { id } = Object(node) as { readonly id?: unknown };
    return typeof id === 'number' ? id : undefined;
  } catch {
    return undefined; // a revoked proxy
  }
}
