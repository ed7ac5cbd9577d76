/** @file One step of training on a batch of one size, with θ and what the optimiser keeps in the memory of its program. */
import type { Matrix, Vec } from '../linalg/matrix.ts';
import { BatchProgram } from './batch-program.ts';
import { type Dataset, isWeighted } from './dataset.ts';
import type { Loss } from './functions.ts';
import type { Network } from './network.ts';
import type { Optimiser, StepArrays } from './optimisers/optimiser.ts';
import type { AnyTrainingConfig } from './training-config.ts';

/** Larger inputs (128 MB) are not copied into the memory of each program. */
const MAX_RESIDENT = 2 ** 24;

/** The option of a program that keeps inputs in its memory, where they are not too large for that. */
export function residentInputs(inputs: Matrix): { readonly resident?: Matrix } {
  return inputs.data.length <= MAX_RESIDENT ? { resident: inputs } : {};
}

/** What SGD keeps, the velocity, and how many settings its kernel reads. */
const DESCENT = { states: 1, settings: 3 };

/** What a trainer asks of the step of one batch size, whatever it computes in. */
export interface BatchStep {
  readonly size: number;
  /** θ as doubles; of another precision than float64 a copy. */
  readonly theta: Vec;
  /** What the optimiser keeps, likewise. */
  readonly states: readonly Vec[];
  /** One element: the mean loss of the batch before the step. */
  readonly meanLoss: Vec;
  /** The first is the rate of the steps to come. */
  readonly settings: Vec;
  start(theta: Vec): void;
  takeOver(other: BatchStep): this;
  lossNow(): number;
  run(data: Dataset, order: Int32Array, start: number): void;
}

/** The program of one batch size with its θ and the state of the optimiser in the arena. */
export class TrainingStep implements BatchStep {
  readonly size: number;
  readonly theta: Vec;
  /** One element: the mean loss of the batch before the step. */
  readonly meanLoss: Vec;
  private readonly recorded: BatchProgram;
  /** What the optimiser keeps: of SGD the velocity. */
  readonly states: readonly Vec[];
  /** Rate, momentum and weight decay, where the kernel reads them: a fraction handed over at every step would be boxed. Of another optimiser its own. */
  readonly settings: Vec;
  private readonly optimiser: Optimiser | undefined;
  private readonly arrays: StepArrays;

  constructor(model: Network, loss: Loss, size: number, config: AnyTrainingConfig, data: Dataset) {
    const { optimiser } = config;
    const { states, settings } = optimiser ?? DESCENT;
    const options = {
      state: states,
      room: settings,
      weighted: isWeighted(data),
      ...residentInputs(data.inputs),
    };
    this.recorded = new BatchProgram(model, loss, size, options, (tape, values) => tape.mean(values));
    const { program } = this.recorded;
    this.size = size;
    this.theta = program.parameters;
    this.states = Array.from({ length: states }, (_, k) => program.state(k));
    this.optimiser = optimiser;
    this.meanLoss = program.value(program.output).data;
    this.settings = program.room(this.recorded.spare - program.plan.room, settings);
    const { theta, state } = program.plan;
    this.arrays = {
      count: program.parameterCount,
      settings: this.recorded.spare,
      gradient: theta.bar,
      states: state,
      theta: theta.value,
    };
    if (config.optimiser === undefined) this.settings.set([0, config.momentum, config.weightDecay]);
  }

  /** Begins with θ at rest. */
  start(theta: Vec): void {
    this.theta.set(theta);
    for (const state of this.states) state.fill(0);
    this.optimiser?.start(this.settings, 0);
  }

  /** Continues where a step of another batch size stopped. */
  takeOver(other: BatchStep): this {
    this.theta.set(other.theta);
    for (const [k, state] of this.states.entries()) state.set(other.states[k]);
    this.settings.set(other.settings);
    return this;
  }

  /** The mean loss of the last batch at θ as it is now. */
  lossNow(): number {
    this.recorded.program.forward();
    return this.meanLoss[0];
  }

  /** One step on the examples order[start..start+size−1]. */
  run(data: Dataset, order: Int32Array, start: number): void {
    const { program } = this.recorded;
    const { count, settings, gradient, states, theta } = this.arrays;
    this.recorded.loadSelected(data, order, start);
    program.forward();
    program.backward();
    if (this.optimiser === undefined) program.arena.kernels.sgd(count, settings, gradient, states[0], theta);
    else this.optimiser.step(program.arena, this.settings, this.arrays);
  }
}
