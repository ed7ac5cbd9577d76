/** @file The leaf that a function of each example reads beside the outputs. */
import { type ExampleFunction, usesLabels } from './functions.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/** Labels, or targets [outputs, cols]. */
export function recordAnswers(tape: Tape, outputs: number, f: ExampleFunction, cols: number): TapeNode {
  return usesLabels(f) ? tape.labels(outputs, cols) : tape.input(outputs, cols);
}
