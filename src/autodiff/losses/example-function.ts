/** @file What a scalar function of each example is: which answers it reads, and how it is recorded on a tape. */
import type { GivenOf, Op } from '../ops/table.ts';
import type { TapeNode } from '../tape-node.ts';

/** What a function is recorded on: a tape. */
export interface Recorder {
  apply<K extends Op>(
    op: K,
    operands: readonly TapeNode[],
    ...given: GivenOf<K> extends undefined ? [] : [given: GivenOf<K>]
  ): TapeNode;
}

/** A scalar per example, as a function of its outputs u and its class label or real target. */
export interface ExampleFunctionDefinition {
  readonly answers: 'labels' | 'targets';
  /** u is [C, batch], answers are labels(C, batch) or an input [C, batch]; the result is [1, batch]. */
  record(tape: Recorder, u: TapeNode, answers: TapeNode): TapeNode;
}
