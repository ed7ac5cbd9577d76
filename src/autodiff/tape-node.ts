/** @file One array of a recorded program and how it comes about. */
import { describe } from '../linalg/border/describe.ts';
import { DomainError } from '../linalg/errors.ts';
import type { OpDefinition, ThetaBlock } from './op.ts';
import type { Op } from './ops/table.ts';

/** An array of the program, shape [rows, cols], one example per column. Made by a {@link Tape}, never by hand. */
export interface TapeNode {
  /** Position in the recording. */
  readonly id: number;
  readonly kind: 'input' | 'variable' | 'labels' | Op;
  readonly rows: number;
  readonly cols: number;
  readonly operands: readonly TapeNode[];
  /** What makes it; undefined for a leaf: an input, a variable or labels. */
  readonly op: OpDefinition<unknown> | undefined;
  /** The block of θ that the op reads, if it reads any. */
  readonly block: ThetaBlock | undefined;
  /** Numbers that the op keeps from the start. */
  readonly constants: readonly number[];
  /** labels: the number of classes; else 0. */
  readonly classes: number;
}

/** A node that an op makes. */
export type OpNode = TapeNode & { readonly op: OpDefinition<unknown> };

/** Whether a node is made by an op: no leaf. */
export function isOp(node: TapeNode): node is OpNode {
  return node.op !== undefined;
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
