/** @file The settings of stochastic gradient descent as data. */
import {
  checkBoolean,
  checkFunction,
  checkObject,
  checkOneOf,
  checkOptions,
} from '../linalg/border/arguments.ts';
import { checkInteger, checkNonNegative } from '../linalg/checks.ts';
import { cosPi } from '../linalg/elementary.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import { INITIALISATIONS, type Initialisation } from './initialise.ts';
import type { Optimiser } from './optimisers/optimiser.ts';

/** What training depends on whatever the optimiser, beside model, loss, data and seed. */
export interface TrainingSchedule {
  readonly epochs: number;
  /** Examples per step. */
  readonly batch: number;
  /** Step size at the start. */
  readonly learningRate: number;
  readonly schedule: 'constant' | 'cosine';
  readonly initialisation: Initialisation;
  /** Leave out the incomplete last batch of every epoch. A set smaller than one batch is one batch all the same. */
  readonly dropLast: boolean;
}

/** Stochastic gradient descent with heavy ball. */
export interface TrainingConfig extends TrainingSchedule {
  /** μ in v ← μ v + g, 0 ≤ μ < 1. */
  readonly momentum: number;
  /** L2 penalty added to the gradient: g ← g + weightDecay · θ, biases included, as PyTorch does. */
  readonly weightDecay: number;
  readonly optimiser?: undefined;
}

/** Training by an optimiser that is a value, such as `adamW()`, which has what it depends on beside the rate. */
export interface OptimiserConfig extends TrainingSchedule {
  readonly optimiser: Optimiser;
  readonly momentum?: undefined;
  readonly weightDecay?: undefined;
}

/** Training by any optimiser. */
export type AnyTrainingConfig = TrainingConfig | OptimiserConfig;

/** What a {@link AnyTrainingConfig} leaves to the defaults. */
export type TrainingOptions =
  | Partial<TrainingConfig>
  | (Partial<TrainingSchedule> & Pick<OptimiserConfig, 'optimiser'>);

/**
 * The settings given, completed: 100 epochs, batches of 32 (all examples when there are fewer), the incomplete last one left out, rate 0.03 falling by a
 * cosine, momentum 0.9, no weight decay, PyTorch's initialisation. Of another optimiser the rate is 0.001. The command `train` has the same.
 *
 * @param examples - How many there are. @throws {DomainError} settings that make no sense, or of unknown name.
 */
export function completeConfig(where: string, given: TrainingOptions, examples: number): AnyTrainingConfig {
  checkObject(where, 'config', given);
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const schedule = {
    epochs: 100,
    batch: Math.max(1, Math.min(32, examples)),
    schedule: 'cosine',
    initialisation: 'torch',
    dropLast: true,
  };
  const descent = { learningRate: 0.03, momentum: 0.9, weightDecay: 0 };
  const defaults =
    given.optimiser === undefined ? { ...schedule, ...descent } : { ...schedule, learningRate: 0.001 };
  const config = { ...defaults, ...chosen } as AnyTrainingConfig;
  checkTrainingConfig(where, config);
  return config;
}

/**
 * The step size in an epoch: constant, or ½ η (1 + cos(π e / E)), which falls from η towards 0 and is updated once per
 * epoch (Loshchilov & Hutter, SGDR, 2017, Eq. 5, without restarts; PyTorch's CosineAnnealingLR with T_max = E, eta_min = 0).
 *
 * @param epoch - e in 0..E−1.
 * @example learningRate({ ...config, schedule: 'cosine', learningRate: 0.1, epochs: 4 }, 2); // 0.05
 */
export function learningRate(config: AnyTrainingConfig, epoch: number): number {
  checkTrainingConfig('learningRate', config);
  checkInteger('learningRate', 'epoch', epoch, 0, Number.MAX_SAFE_INTEGER);
  return rateOf(config, epoch);
}

/** As {@link learningRate}, unchecked. */
export function rateOf(config: TrainingSchedule, epoch: number): number {
  if (config.schedule === 'constant') return config.learningRate;
  return 0.5 * config.learningRate * (1 + cosPi(epoch / config.epochs));
}

/** Sizes of the batches of one epoch over m examples. @example epochBatches({ ...config, batch: 32, dropLast: true }, 80); // [32, 32] */
export function epochBatches(config: AnyTrainingConfig, m: number): number[] {
  checkTrainingConfig('epochBatches', config);
  checkInteger('epochBatches', 'm', m, 0, 2 ** 31 - 1);
  if (m <= config.batch) return [m];
  const sizes: number[] = new Array(Math.floor(m / config.batch)).fill(config.batch);
  const rest = m % config.batch;
  return rest === 0 || config.dropLast ? sizes : [...sizes, rest];
}

/** Refuses settings that make no sense. @throws {DomainError} naming the setting. */
export function checkTrainingConfig(where: string, config: AnyTrainingConfig): void {
  checkObject(where, 'config', config);
  const { optimiser } = config;
  checkOptions(
    where,
    config,
    [...SCHEDULE, ...(optimiser === undefined ? DESCENT : []), 'optimiser'],
    'config',
  );
  checkInteger(where, 'epochs', config.epochs, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'batch', config.batch, 1, Number.MAX_SAFE_INTEGER);
  checkNonNegative(where, 'learningRate', config.learningRate);
  if (config.optimiser === undefined) {
    checkNonNegative(where, 'momentum', config.momentum);
    if (config.momentum >= 1) throw new DomainError(where, 'momentum', 'in [0, 1)', config.momentum);
    checkNonNegative(where, 'weightDecay', config.weightDecay);
  } else checkOptimiser(where, config.optimiser);
  checkOneOf(where, 'schedule', config.schedule, ['constant', 'cosine']);
  checkOneOf(where, 'initialisation', config.initialisation, INITIALISATIONS);
  checkBoolean(where, 'dropLast', config.dropLast);
}

function checkOptimiser(where: string, optimiser: Optimiser): void {
  checkObject(where, 'optimiser', optimiser);
  for (const part of ['start', 'step'] as const) checkFunction(where, `optimiser.${part}`, optimiser[part]);
  for (const part of ['states', 'settings'] as const)
    checkInteger(where, `optimiser.${part}`, optimiser[part], 1, 100);
}

/** Refuses an optimiser whose steps cannot be gone back. @throws {UnsupportedError} naming it. */
export function checkReversible(where: string, { optimiser }: AnyTrainingConfig): void {
  if (optimiser !== undefined && optimiser.backward === undefined)
    throw new UnsupportedError(
      `${where}: training by ${optimiser.name} is not supported; SGD with momentum and AdamW are.`,
    );
}

const DESCENT: readonly string[] = ['momentum', 'weightDecay'];
const SCHEDULE: readonly (keyof TrainingSchedule)[] = [
  'epochs',
  'batch',
  'learningRate',
  'schedule',
  'initialisation',
  'dropLast',
];
