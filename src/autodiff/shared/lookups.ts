/** @file Sites that choose a row of a table: how they are recorded, and which rows they read. */
import { Matrix } from '../../linalg/matrix.ts';
import type { Site } from '../site.ts';
import type { Tape } from '../tape.ts';
import type { TapeNode } from '../tape-node.ts';

/** Records a lookup on its tokens, or on what the rows of positions are added to. */
export function recordLookup(tape: Tape, site: Site, a: TapeNode): TapeNode {
  const { inputs: rows, outputs, positions, lookup } = site;
  const table = { rows, outputs, block: site };
  return lookup === 'token'
    ? tape.apply('embedding', [a], table)
    : tape.apply('position-embedding', [a], { ...table, positions });
}

/** What a site has as input: the value of its node, or the rows of its table, [1, positions · batch]. */
export function inputOf(
  { lookup, positions }: Pick<Site, 'lookup' | 'positions'>,
  value: Matrix,
  batch: number,
): Matrix {
  if (lookup === 'position') return positionRows(positions, batch);
  return lookup === 'token' ? new Matrix(1, positions * batch, value.data) : value;
}

/** Rows of the table that a lookup by position reads at count examples, [1, positions · count]. */
function positionRows(positions: number, count: number): Matrix {
  const out = new Matrix(1, positions * count);
  for (let s = 0; s < positions; s++) out.data.fill(s, s * count, (s + 1) * count);
  return out;
}
