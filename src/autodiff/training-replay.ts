/** @file A training run taken again with the same bits, and walked from its end to its start. */
import type { IntegersInput } from '../linalg/border/integers.ts';
import { UnsupportedError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { rng } from '../linalg/random/random.ts';
import { Float32Trainer } from './float32/float32-trainer.ts';
import { initialise } from './initialise.ts';
import type { Trainer } from './train.ts';
import { checkReversible, epochBatches, rateOf } from './training-config.ts';
import { TrainingStep } from './training-step.ts';
import { asSubset } from './training-subset.ts';

/** Which run of a trainer: what `Trainer.train` is told. */
export interface RunName {
  readonly seed: number;
  readonly path?: readonly (string | number)[];
  readonly subset?: IntegersInput;
}

/** The examples of one step. */
export interface StepBatch {
  /** They are order[start..start+size−1] of `TrainingReplay.order`. */
  readonly start: number;
  readonly size: number;
}

/** A step of another optimiser than SGD: its settings, and the states behind it. Views. */
export interface TakenStep {
  readonly settings: Vec;
  readonly states: readonly Vec[];
}

/**
 * The run that `Trainer.train` makes of a name, with its bits: random start and order of examples come from the named streams.
 * `forward` takes it once and keeps θ and what the optimiser keeps every `spacing` steps; `backward` then hands out θ_t for t = T−1, …, 0, taking every
 * stretch between two checkpoints once more.
 *
 * Cost: two runs in all. Memory: (2 ⌈T / spacing⌉ + spacing) D doubles (with AdamW 3 of each), least near spacing = √(2T), beside two programs of a step.
 */
export class TrainingReplay {
  /** Steps of the run, T. */
  readonly steps: number;
  /** Indices of the examples, in the order of the epoch of the batch last asked for. */
  readonly order: Int32Array;
  private readonly trainer: Trainer;
  private readonly run: RunName;
  private readonly subset: Int32Array;
  private readonly sizes: readonly number[];
  private readonly spacing: number;
  private readonly programs = new Map<number, TrainingStep>();
  /** How many arrays the optimiser keeps: of SGD the velocity. */
  private readonly states: number;
  /** θ and states before the steps 0, spacing, 2·spacing, …, one behind the other. */
  private readonly checkpoints: Matrix;
  /** θ before every step of one stretch. */
  private readonly stretch: Matrix;
  /** Of other optimisers than SGD: the states behind every step of the stretch, and the settings of the step. */
  private readonly behind: Matrix;
  private readonly settings: Matrix;
  private epoch = -1;

  /** @param where - Heads the message about a subset that is none. @param spacing - Steps between checkpoints, ≥ 1; default ⌈√(2T)⌉. */
  constructor(where: string, trainer: Trainer, run: RunName, spacing?: number) {
    const { model, data } = trainer;
    const { config } = trainer;
    checkReversible(where, config);
    if (trainer instanceof Float32Trainer)
      throw new UnsupportedError(
        `${where}: runs in float32 are not differentiated; use Trainer, whose are float64.`,
      );
    const n = data.inputs.rows;
    this.trainer = trainer;
    this.run = run;
    this.subset = asSubset(where, run.subset ?? Int32Array.from({ length: n }, (_, i) => i), n);
    this.sizes = epochBatches(config, this.subset.length);
    this.steps = config.epochs * this.sizes.length;
    this.order = new Int32Array(this.subset.length);
    this.spacing = Math.max(1, Math.min(spacing ?? Math.ceil(Math.sqrt(2 * this.steps)), this.steps));
    this.states = config.optimiser?.states ?? 1;
    const each = 1 + this.states;
    this.checkpoints = new Matrix(each * Math.ceil(this.steps / this.spacing), model.parameterCount);
    const kept = this.steps === 0 ? 0 : this.spacing;
    this.stretch = new Matrix(kept, model.parameterCount);
    const behind = config.optimiser === undefined ? 0 : kept;
    this.behind = new Matrix(behind * this.states, model.parameterCount);
    this.settings = new Matrix(behind, config.optimiser?.settings ?? 0);
  }

  /** The sizes of batches that occur. */
  get batchSizes(): readonly number[] {
    return [...new Set(this.sizes)];
  }

  /** η of step t. */
  rateAt(t: number): number {
    return rateOf(this.trainer.config, Math.floor(t / this.sizes.length));
  }

  /** The batch of step t; makes `order` that of its epoch. */
  batch(t: number): StepBatch {
    const { sizes, order, subset } = this;
    const epoch = Math.floor(t / sizes.length);
    if (epoch !== this.epoch) {
      const { seed, path = [] } = this.run;
      const shuffled = rng(seed, ...path, 'shuffle', epoch).permutation(subset.length);
      for (let i = 0; i < order.length; i++) order[i] = subset[shuffled[i]];
      this.epoch = epoch;
    }
    const i = t - epoch * sizes.length;
    return { start: i * sizes[0], size: sizes[i] };
  }

  /**
   * Takes the run and keeps its checkpoints.
   *
   * @param onStep - Told each step t and the mean loss of its batch before it. @returns θ after the last step.
   */
  forward(onStep: (t: number, meanLoss: number) => void): Vec {
    const { seed, path = [] } = this.run;
    const { model, config } = this.trainer;
    const initial = initialise(model, config.initialisation, rng(seed, ...path, 'init'));
    let step = this.program(this.sizes[0]);
    step.start(initial);
    for (let t = 0; t < this.steps; t++) {
      if (t % this.spacing === 0) {
        const row = (t / this.spacing) * (1 + this.states);
        this.checkpoints.row(row).set(step.theta);
        for (const [k, state] of step.states.entries()) this.checkpoints.row(row + 1 + k).set(state);
      }
      step = this.take(step, t);
      onStep(t, step.meanLoss[0]);
    }
    return step.theta.slice();
  }

  /** Calls `body` for t = T−1, …, 0 with θ_t, the parameters before step t: a view. Needs `forward` before. */
  backward(body: (t: number, theta: Vec, taken: TakenStep | undefined) => void): void {
    const { spacing, stretch, checkpoints, states } = this;
    const { optimiser } = this.trainer.config;
    const each = 1 + states;
    for (let k = checkpoints.rows / each - 1; k >= 0; k--) {
      const first = k * spacing;
      const end = Math.min(first + spacing, this.steps);
      let step = this.program(this.sizes[0]);
      step.start(checkpoints.row(each * k));
      for (const [s, state] of step.states.entries()) state.set(checkpoints.row(each * k + 1 + s));
      optimiser?.start(step.settings, first);
      for (let t = first; t < end; t++) {
        stretch.row(t - first).set(step.theta);
        if (t + 1 < end || optimiser !== undefined) step = this.take(step, t);
        if (optimiser !== undefined) this.keep(step, t - first);
      }
      for (let t = end - 1; t >= first; t--) body(t, stretch.row(t - first), this.taken(t - first));
    }
  }

  /** Keeps what lies behind a step of the stretch. */
  private keep(step: TrainingStep, at: number): void {
    for (const [k, state] of step.states.entries()) this.behind.row(at * this.states + k).set(state);
    this.settings.row(at).set(step.settings);
  }

  private taken(at: number): TakenStep | undefined {
    const { behind, settings, states } = this;
    if (settings.rows === 0) return undefined;
    return {
      settings: settings.row(at),
      states: Array.from({ length: states }, (_, k) => behind.row(at * states + k)),
    };
  }

  /** Step t from where `from` is; returns the program that took it. */
  private take(from: TrainingStep, t: number): TrainingStep {
    const { start, size } = this.batch(t);
    const step = size === from.size ? from : this.program(size).takeOver(from);
    step.settings[0] = this.rateAt(t);
    step.run(this.trainer.data, this.order, start);
    return step;
  }

  private program(size: number): TrainingStep {
    let step = this.programs.get(size);
    if (step === undefined) {
      const { model, loss, config, data } = this.trainer;
      step = new TrainingStep(model, loss, size, config, data);
      this.programs.set(size, step);
    }
    return step;
  }
}
