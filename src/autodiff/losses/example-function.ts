/** @file What a scalar function of each example is: which answers it reads, and how it is recorded on a tape. */
import type { Matrix } from '../../linalg/matrix.ts';
import type { GivenOf, Op, Ops } from '../ops/table.ts';
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
  /** What it is called where it stands in no table, as a value that is passed on. */
  readonly name?: string;
  /** The ops that `record` applies by name beyond those of every tape. */
  readonly ops?: Partial<Ops>;
  /** Refuses targets [n, outputs] outside of its domain. Finite they are. @throws {DomainError} naming the first. */
  checkTargets?(where: string, targets: Matrix): void;
}
