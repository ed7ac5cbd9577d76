/** @file A network written on a tape, with the arrays at its sites. */
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import type { Network } from './network.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/** The arrays of a recorded network. */
export interface RecordedNetwork {
  /** Per site a, [inputs, positions · batch]; what a lookup is recorded on: the tokens, or what the rows of its table are added to. */
  readonly inputs: readonly TapeNode[];
  /** Per site s, [outputs, positions · batch]. */
  readonly preactivations: readonly TapeNode[];
  /** The outputs u, [outputs, outputPositions · batch]. */
  readonly logits: TapeNode;
}

/**
 * Records u(x, θ), θ laid out as the sites say.
 *
 * @param x - [inputs, batch], one example per column.
 * @throws {DomainError} a site is left out, recorded twice or out of order. @throws {ShapeError} the input of a site, or the result, has another shape.
 */
export function recordNetwork(model: Network, tape: Tape, x: TapeNode): RecordedNetwork {
  const where = 'Network.connect';
  const { sites, outputs, outputPositions, shared } = model;
  const inputs: TapeNode[] = [];
  const preactivations: TapeNode[] = [];
  const check = (what: string, { rows, cols }: TapeNode, expected: number, positions: number): void => {
    if (rows !== expected || cols !== positions * x.cols)
      throw new ShapeError(where, what, `[${expected}, ${positions * x.cols}]`, `[${rows}, ${cols}]`);
  };
  const logits = model.connect(tape, x, (index, a) => {
    const next = preactivations.length;
    if (next === sites.length) throw new DomainError(where, 'site', `one of ${next}, each once`, index);
    checkInteger(where, 'site', index, next, next);
    const site = sites[index];
    const { inputs: rows, outputs: units, positions, lookup } = site;
    if (lookup !== 'token')
      check(`the input of site ${index}`, a, lookup === undefined ? rows : units, positions);
    const s = lookup === undefined ? tape.affine(a, units, site) : (shared?.recordLookup(tape, site, a) ?? a);
    check(`site ${index}`, s, units, positions);
    inputs.push(a);
    preactivations.push(s);
    return s;
  });
  if (preactivations.length !== sites.length)
    throw new DomainError(where, 'sites', `all ${sites.length} recorded`, preactivations.length);
  check('the result', logits, outputs, outputPositions);
  return { inputs, preactivations, logits };
}
