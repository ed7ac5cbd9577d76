/** @file A network written on a tape, with the arrays at its sites. */
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import type { Network } from './network.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/** The arrays of a recorded network. */
export interface RecordedNetwork {
  /** Per site a, [inputs, cols]. */
  readonly inputs: readonly TapeNode[];
  /** Per site s, [outputs, cols]. */
  readonly preactivations: readonly TapeNode[];
  /** The outputs u, [outputs, cols]. */
  readonly logits: TapeNode;
}

/**
 * Records u(x, θ), θ laid out as the sites say.
 *
 * @param x - [inputs, cols], one example per column.
 * @throws {DomainError} a site is left out, recorded twice or out of order. @throws {ShapeError} the input of a site, or the result, has another shape.
 */
export function recordNetwork(model: Network, tape: Tape, x: TapeNode): RecordedNetwork {
  const where = 'Network.connect';
  const { sites, outputs } = model;
  const inputs: TapeNode[] = [];
  const preactivations: TapeNode[] = [];
  const check = (what: string, { rows, cols }: TapeNode, expected: number): void => {
    if (rows !== expected || cols !== x.cols)
      throw new ShapeError(where, what, `[${expected}, ${x.cols}]`, `[${rows}, ${cols}]`);
  };
  const logits = model.connect(tape, x, (index, a) => {
    const next = preactivations.length;
    if (next === sites.length) throw new DomainError(where, 'site', `one of ${next}, each once`, index);
    checkInteger(where, 'site', index, next, next);
    check(`the input of site ${index}`, a, sites[index].inputs);
    const s = tape.affine(a, sites[index].outputs, sites[index]);
    inputs.push(a);
    preactivations.push(s);
    return s;
  });
  if (preactivations.length !== sites.length)
    throw new DomainError(where, 'sites', `all ${sites.length} recorded`, preactivations.length);
  check('the result', logits, outputs);
  return { inputs, preactivations, logits };
}
