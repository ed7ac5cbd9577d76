/** @file One step of SGD on a batch of one size, with θ and the velocity in the memory of its program. */
import type { Matrix, Vec } from '../linalg/matrix.ts';
import { BatchProgram } from './batch-program.ts';
import { type Dataset, isWeighted } from './dataset.ts';
import type { Loss } from './functions.ts';
import type { Network } from './network.ts';
import type { TrainingConfig } from './training-config.ts';

/** Larger inputs (128 MB) are not copied into the memory of each program. */
const MAX_RESIDENT = 2 ** 24;

/** The option of a program that keeps inputs in its memory, where they are not too large for that. */
export function residentInputs(inputs: Matrix): { readonly resident?: Matrix } {
  return inputs.data.length <= MAX_RESIDENT ? { resident: inputs } : {};
}

/** How many settings the kernel of SGD reads. */
const SETTINGS = 3;

/** The program of one batch size with its θ and velocity in the arena. */
export class TrainingStep {
  readonly size: number;
  readonly theta: Vec;
  /** One element: the mean loss of the batch before the step. */
  readonly meanLoss: Vec;
  private readonly recorded: BatchProgram;
  readonly velocity: Vec;
  /** Rate, momentum and weight decay, where the kernel reads them: a fraction handed over at every step would be boxed. */
  readonly settings: Vec;

  constructor(model: Network, loss: Loss, size: number, config: TrainingConfig, data: Dataset) {
    const options = { state: 1, room: SETTINGS, weighted: isWeighted(data), ...residentInputs(data.inputs) };
    this.recorded = new BatchProgram(model, loss, size, options, (tape, values) => tape.mean(values));
    const { program } = this.recorded;
    this.size = size;
    this.theta = program.parameters;
    this.velocity = program.state(0);
    this.meanLoss = program.value(program.output).data;
    this.settings = program.room(this.recorded.spare - program.plan.room, SETTINGS);
    this.settings.set([0, config.momentum, config.weightDecay]);
  }

  /** Begins with θ at rest. */
  start(theta: Vec): void {
    this.theta.set(theta);
    this.velocity.fill(0);
  }

  /** Continues where a step of another batch size stopped. */
  takeOver(other: TrainingStep): this {
    this.theta.set(other.theta);
    this.velocity.set(other.velocity);
    this.settings.set(other.settings);
    return this;
  }

  /** The mean loss of the last batch at θ as it is now. */
  lossNow(): number {
    this.recorded.program.forward();
    return this.meanLoss[0];
  }

  /** One SGD step on the examples order[start..start+size−1]. */
  run(data: Dataset, order: Int32Array, start: number): void {
    const { program, spare } = this.recorded;
    const { theta, state } = program.plan;
    this.recorded.loadSelected(data, order, start);
    program.forward();
    program.backward();
    program.arena.kernels.sgd(program.parameterCount, spare, theta.bar, state[0], theta.value);
  }
}
