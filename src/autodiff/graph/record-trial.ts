/** @file A site recorded with parameters of its own, where only shapes matter. */
import type { Tape } from '../tape.ts';
import type { TapeNode } from '../tape-node.ts';
import type { NamedSite } from './node-context.ts';

/** The array that a site gives. */
export function recordTrial(tape: Tape, { shape }: NamedSite, a: TapeNode): TapeNode {
  const { inputs, outputs, groups = 1, lookup, positions = 1 } = shape;
  if (lookup === 'token') return tape.apply('embedding', [a], { rows: inputs, outputs });
  if (lookup === 'position')
    return tape.apply('position-embedding', [a], { rows: inputs, outputs, positions });
  return tape.affine(a, outputs, { offset: 0, width: inputs / groups, bias: undefined, groups });
}
