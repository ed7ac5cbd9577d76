/** @file Stochastic gradient descent: one recording, many models. */
import { checkFunction, checkOptions } from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { asIntegers, type IntegersInput } from '../linalg/border/integers.ts';
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, NumericalError, UnsupportedError } from '../linalg/errors.ts';
import type { Vec } from '../linalg/matrix.ts';
import { rng } from '../linalg/random/random.ts';
import { asModel } from './as-model.ts';
import { constantLoss } from './constant-loss.ts';
import { asDataset, type Dataset, type DatasetInput, datasetSize } from './dataset.ts';
import { asLoss, type Loss } from './functions.ts';
import { initialise } from './initialise.ts';
import type { Network } from './network.ts';
import {
  type AnyTrainingConfig,
  completeConfig,
  epochBatches,
  rateOf,
  type TrainingOptions,
} from './training-config.ts';
import { type BatchStep, TrainingStep } from './training-step.ts';
import { asSubset } from './training-subset.ts';
import type { Checkpoint, Trajectory } from './trajectory.ts';

/** One model to train. */
export interface TrainOptions {
  /** With `path`, names the random streams: initialisation and the order of examples. Default 0. */
  readonly seed?: number;
  readonly path?: readonly (string | number)[];
  /** Indices of the training examples to use, each once; default all. */
  readonly subset?: IntegersInput;
  /** Called after each epoch e = 0, 1, … with the mean loss of its examples, each taken before its step. */
  readonly onEpoch?: (epoch: number, meanLoss: number) => void;
}

/** One model to train, and where to look on the way. */
export interface TrajectoryOptions extends TrainOptions {
  /** SGD steps after which θ is kept: integers in 0..steps of the run, each once, in any order. */
  readonly checkpoints: readonly number[];
}

/**
 * Trains networks on one data set, one after the other, with the program recorded once.
 *
 * PyTorch's SGD on the mean loss of a batch: g ← ∇ + weightDecay θ; v ← μ v + g (from v = 0); θ ← θ − η_e v; or the optimiser that the
 * configuration names, e.g. `adamW()` of `eigenfluence/autodiff`. Every epoch
 * visits the examples in a fresh random order. The initial θ comes from the stream rng(seed, ...path, 'init'), the
 * order of epoch e from rng(seed, ...path, 'shuffle', e): a model depends on nothing that was trained before it.
 *
 * @param config - What is left out is: 100 epochs, batches of 32, rate 0.03 falling by a cosine, momentum 0.9, no weight decay.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} the data do not fit the model or the loss; bad settings.
 * Cost: no allocation per step; memory for one batch, and a copy of the inputs up to 128 MB, per size of batch that occurs.
 * @example
 * const trainer = new Trainer(model, 'cross-entropy', train, { epochs: 50 });
 * const theta = trainer.train();
 * const without7 = trainer.train({ seed: 0, subset: allBut(7) });
 */
export class Trainer {
  readonly model: Network;
  readonly loss: Loss;
  readonly data: Dataset;
  readonly config: AnyTrainingConfig;
  private readonly everyone: Int32Array;
  private readonly steps = new Map<number, BatchStep>();
  private constantLoss: number | undefined;
  /** One element: the sum of the losses of the epoch so far. */
  private readonly total: Vec = new Float64Array(1);

  constructor(model: Network, loss: Loss, data: DatasetInput, config: TrainingOptions = {}) {
    const network = asModel('Trainer', 'model', model);
    const { untrainable } = network;
    if (untrainable !== undefined) throw new UnsupportedError(`Trainer: ${untrainable}`);
    asLoss('Trainer', 'loss', loss);
    const examples = asDataset('Trainer', network, loss, data);
    this.model = network;
    this.loss = loss;
    this.data = examples;
    this.config = completeConfig('Trainer', config, datasetSize(examples));
    this.everyone = Int32Array.from({ length: datasetSize(examples) }, (_, i) => i);
  }

  /**
   * Trains one model from its own random start.
   *
   * @returns θ after the last epoch, [D]: a copy.
   * @throws {NumericalError} loss or θ stop being finite, or the loss ends above ten times that of the start and of a constant
   * prediction; names the epoch. @throws {DomainError} a subset that is empty or
   * has an index outside the data or twice.
   */
  train(options: TrainOptions = {}): Vec {
    checkOptions('Trainer.train', options, TRAIN_OPTIONS);
    return this.descend(options, [], []);
  }

  /**
   * Trains one model as {@link train} does, with the same bits, and keeps θ on the way.
   *
   * @returns θ after the last epoch, and the run with the checkpoints asked for.
   * @throws as {@link train}; {@link DomainError} also where no checkpoint is asked for, one is out of range or twice.
   * Cost: one copy of θ per checkpoint, nothing per step.
   * @example trainer.trainTrajectory({ seed: 0, checkpoints: checkpointSteps(trainer.stepsOf(), 6) }).trajectory;
   */
  trainTrajectory(options: TrajectoryOptions): { theta: Vec; trajectory: Trajectory } {
    const { config } = this;
    const { batch, optimiser } = config;
    const { momentum = 0, weightDecay = 0 } = config;
    const where = 'Trainer.trainTrajectory';
    checkOptions(where, options, [...TRAIN_OPTIONS, 'checkpoints']);
    const steps = this.stepsOf(options.subset);
    const stops = [...asIntegers(where, 'checkpoints', options.checkpoints)].sort((a, b) => a - b);
    if (stops.length === 0) throw new DomainError(where, 'checkpoints', 'non-empty', 'no steps');
    for (const [i, stop] of stops.entries()) {
      checkInteger(where, 'checkpoints', stop, 0, steps);
      if (stop === stops[i - 1])
        throw new DomainError(where, 'checkpoints', 'free of repetitions', `${stop} twice`);
    }
    const checkpoints: Checkpoint[] = [];
    const theta = this.descend(options, stops, checkpoints);
    const learningRates = Float64Array.from({ length: config.epochs }, (_, e) => rateOf(config, e));
    const stepsPerEpoch = config.epochs === 0 ? 1 : steps / config.epochs;
    const run = {
      steps,
      learningRates,
      stepsPerEpoch,
      momentum,
      weightDecay,
      batch,
      ...(optimiser === undefined ? {} : { optimiser }),
    };
    return { theta, trajectory: { checkpoints, ...run } };
  }

  /** SGD steps that training on a subset takes; default all examples. */
  stepsOf(subset: IntegersInput = this.everyone): number {
    const { length } = this.checkedSubset('Trainer.stepsOf', subset);
    return this.config.epochs * epochBatches(this.config, length).length;
  }

  /** Trains one model; θ after each of the steps `stops`, which ascend, is added to `kept`. */
  private descend(options: TrainOptions, stops: readonly number[], kept: Checkpoint[]): Vec {
    const { seed = 0, path = [], onEpoch } = options;
    asList('Trainer.train', 'path', path, 'names');
    if (onEpoch !== undefined) checkFunction('Trainer.train', 'onEpoch', onEpoch);
    const subset = this.checkedSubset('Trainer.train', options.subset ?? this.everyone);
    const { config } = this;
    const theta = initialise(this.model, config.initialisation, rng(seed, ...path, 'init'));
    const sizes = epochBatches(config, subset.length);
    const order = new Int32Array(subset.length);
    let step = this.step(sizes[0]);
    step.start(theta);
    let atStart = 0;
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      const shuffled = rng(seed, ...path, 'shuffle', epoch).permutation(subset.length);
      for (let i = 0; i < order.length; i++) order[i] = subset[shuffled[i]];
      this.total[0] = 0;
      const taken = epoch * sizes.length;
      for (let from = 0, to = 0; from < sizes.length; from = to) {
        if (stops[kept.length] === taken + from) kept.push(this.checkpoint(step, taken + from));
        to = Math.min(sizes.length, (stops[kept.length] ?? Number.POSITIVE_INFINITY) - taken);
        if (taken + from === 0) to = Math.min(to, 1); // the first batch by itself: its loss is that of the start
        step = this.batches(step, sizes, order, rateOf(config, epoch), from, to);
        if (taken + from === 0 && to === 1) atStart = this.total[0] / sizes[0];
      }
      const meanLoss = this.total[0] / sizes.reduce((sum, size) => sum + size, 0);
      checkProgress(epoch, meanLoss, step.theta);
      onEpoch?.(epoch, meanLoss);
      if (epoch === config.epochs - 1) this.checkEnd(epoch, meanLoss, step, atStart);
    }
    const end = config.epochs * sizes.length;
    if (stops[kept.length] === end) kept.push(this.checkpoint(step, end));
    return step.theta.slice();
  }

  /**
   * One step per batch from..to−1 of an epoch; adds the losses to `total`, and returns where θ is. A function of its own is
   * compiled as a whole.
   */
  private batches(
    step: BatchStep,
    sizes: readonly number[],
    order: Int32Array,
    rate: number,
    from: number,
    to: number,
  ): BatchStep {
    const { data, total } = this;
    step.settings[0] = rate;
    for (let i = from, start = from * sizes[0]; i < to; start += sizes[i++]) {
      if (sizes[i] !== step.size) step = this.step(sizes[i]).takeOver(step);
      step.run(data, order, start);
      total[0] += sizes[i] * step.meanLoss[0];
    }
    return step;
  }

  /** Where training stands after so many steps. Of an optimiser that is a value, with what it keeps. */
  private checkpoint({ theta, states }: BatchStep, step: number): Checkpoint {
    const kept = { step, theta: theta.slice() };
    return this.config.optimiser === undefined
      ? kept
      : { ...kept, states: states.map((state) => state.slice()) };
  }

  /** Refuses a network that is far worse than the one it started from and than a constant prediction. */
  private checkEnd(epoch: number, meanLoss: number, step: BatchStep, atStart: number): void {
    const lastBatch = step.lossNow();
    const last = step.size;
    this.constantLoss ??= constantLoss(this.model, this.loss, this.data);
    const usual = Math.max(atStart, this.constantLoss);
    if (
      usual === 0 ||
      (meanLoss <= DIVERGED * usual && lastBatch <= DIVERGED * usual * Math.max(1, 100 / last))
    )
      return;
    const loss = Math.max(meanLoss, lastBatch);
    throw new NumericalError(
      `Trainer.train: diverged: mean loss ${loss.toPrecision(3)} in the last epoch, ${epoch}, where training began at ` +
        `${atStart.toPrecision(3)} and a constant prediction has ${this.constantLoss.toPrecision(3)}. Lower the learning rate.`,
    );
  }

  private step(size: number): BatchStep {
    let step = this.steps.get(size);
    if (step === undefined) {
      step = this.newStep(size);
      this.steps.set(size, step);
    }
    return step;
  }

  /** The step of batches of a size; a trainer of another precision has another. */
  protected newStep(size: number): BatchStep {
    return new TrainingStep(this.model, this.loss, size, this.config, this.data);
  }

  private checkedSubset(where: string, given: IntegersInput): Int32Array {
    if (given === this.everyone) return this.everyone;
    return asSubset(where, given, this.everyone.length);
  }
}

const TRAIN_OPTIONS: readonly (keyof TrainOptions)[] = ['seed', 'path', 'subset', 'onEpoch'];

/** How many times the loss of the start, or of a constant prediction, the loss at the end may be; a small last batch may be odd, and has leave for more. */
const DIVERGED = 10;

function checkProgress(epoch: number, meanLoss: number, theta: Vec): void {
  if (!Number.isFinite(meanLoss))
    throw new NumericalError(
      `Trainer.train: diverged in epoch ${epoch}: mean loss ${meanLoss}. Lower the learning rate.`,
    );
  for (let i = 0; i < theta.length; i++)
    if (!Number.isFinite(theta[i]))
      throw new NumericalError(
        `Trainer.train: diverged in epoch ${epoch}: parameter ${i} is ${theta[i]}. Lower the learning rate.`,
      );
}
