/** @file The tape that a function of each example is recorded on, and the leaf that it reads beside the outputs. */
import { type ExampleFunction, usesLabels } from './functions.ts';
import { CORE_OPS } from './ops/core-table.ts';
import type { Ops } from './ops/table.ts';
import { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/** A tape with the given ops and those of the function. */
export function tapeFor(f: 'logits' | ExampleFunction, ops: Partial<Ops> = CORE_OPS): Tape {
  return new Tape(typeof f === 'string' || f.ops === undefined ? ops : { ...ops, ...f.ops });
}

/** Labels, or targets [outputs, cols]. */
export function recordAnswers(tape: Tape, outputs: number, f: ExampleFunction, cols: number): TapeNode {
  return usesLabels(f) ? tape.labels(outputs, cols) : tape.input(outputs, cols);
}
