/** @file What an optimiser other than SGD is: the state that it keeps, and its step in the memory of a program. */
import type { Arena } from '../../linalg/kernels/arena.ts';
import type { Vec } from '../../linalg/matrix.ts';

/** Offsets in an arena of what a step works on. */
export interface StepArrays {
  /** Parameters. */
  readonly count: number;
  readonly settings: number;
  readonly gradient: number;
  readonly states: readonly number[];
  readonly theta: number;
}

/** Steps of an optimiser backwards: what a measurement owes to what lay before a step, from what it owes to what lies behind. */
export interface StepBackward {
  /** Looks at a step: its settings, the gradient that it took, and the states behind it. */
  prepare(settings: Vec, gradient: Vec, states: readonly Vec[]): void;
  /**
   * Takes one adjoint through that step: `p` and `states`, what is owed to θ and to the states, in place, as if the gradient were a constant; `u` becomes what is
   * owed to the gradient.
   */
  take(p: Vec, states: readonly Vec[], u: Vec): void;
}

/**
 * An optimiser as a value that a training configuration names. It allocates nothing per step, and gives the same bits in both tiers.
 */
export interface Optimiser {
  /** For messages and files. */
  readonly name: string;
  /** Arrays of the length of θ that it keeps from step to step, 0 at the start. */
  readonly states: number;
  /** Numbers that lie at `settings`; the first is the rate of the step to come, the others are its own. */
  readonly settings: number;
  /** Numbers behind the rate as they are after `steps` steps. */
  start(settings: Vec, steps: number): void;
  /** Its steps backwards, over so many parameters. Absent: runs of it are not differentiated. */
  backward?(count: number): StepBackward;
  /** One step: states and θ move along the gradient. */
  step(arena: Arena, settings: Vec, arrays: StepArrays): void;
}
