/** @file The settings of Wang et al. (2025) that this experiment repeats, with everything that their tables state. */
import type { LossName, TrainingConfig } from '../../autodiff/index.ts';
import type { FisherType } from '../../curvature/index.ts';
import type { Measurement, StepDecay } from '../../influence/index.ts';
import { CommandError } from '../files/command-error.ts';
import { stepsOf } from '../protocol/checkpointed-network.ts';
import type { Draw } from '../protocol/data/prepare-sets.ts';

/** One data set with its network, training and solver. Plain values: all of it enters the keys of stored results. */
export interface AstraSetting {
  readonly name: string;
  readonly draw: Draw;
  /** Units per layer, inputs first. ReLU between them. */
  readonly sizes: readonly number[];
  readonly loss: LossName;
  readonly training: TrainingConfig;
  readonly measurement: Measurement;
  /** β: the share of the training set that a mask keeps. */
  readonly subsetFraction: number;
  readonly fisher: FisherType;
  readonly solver: SolverConfig;
  /** λ of every damped method: that of Table 3 first. */
  readonly dampings: readonly number[];
  /** Dimension of TRAK's projection. */
  readonly trakDimension: number;
  readonly seed: number;
}

/** ASTRA as in Table 3 of the paper. */
export interface SolverConfig {
  readonly iterations: number;
  /** α in multiples of λ. */
  readonly timesDamping: number;
  readonly momentum: number;
  readonly decay: StepDecay;
  /** Examples per step; all of them when there are no more. */
  readonly batch: number;
  /** Steps of plain stochastic Neumann, which the paper gives no budget for. */
  readonly neumannIterations: number;
}

/** How much of a setting is computed. */
export interface AstraSize {
  /** Masks. */
  readonly subsets: number;
  /** Retrainings per mask. */
  readonly seeds: number;
  /** Base models. */
  readonly models: number;
  /** Queries that methods are scored on, the first of the draw; the retrainings measure all of them. */
  readonly queries: number;
  /** Also methods that take a quarter of an hour for one base model. */
  readonly dear: boolean;
}

export const SETTING_NAMES = ['concrete', 'fashion-mnist'] as const;
export type SettingName = (typeof SETTING_NAMES)[number];

/** Segments of SOURCE, whose time scale gives the damping rule. */
export const SEGMENTS = 3;

const SOLVER: SolverConfig = {
  iterations: 200,
  timesDamping: 0.1,
  momentum: 0.9,
  decay: { factor: 0.5, every: 50 },
  batch: 256,
  neumannIterations: 1000,
};

const TRAINING = {
  epochs: 20,
  learningRate: 3e-2,
  momentum: 0.9,
  schedule: 'constant',
  initialisation: 'torch',
  dropLast: false,
} as const;

/**
 * λ by the time scale of SOURCE, 1/(η K) with K the steps of a segment and η the step size that heavy ball makes of the learning
 * rate, η/(1 − momentum). For the image sets it gives the λ of the paper's Table 3; for Concrete ten times it.
 *
 * @example sourceDamping(training, 6144); // 0.0052 for the training of FashionMNIST
 */
export function sourceDamping(training: TrainingConfig, examples: number): number {
  const { steps } = stepsOf(training, examples);
  return (1 - training.momentum) / (training.learningRate * (steps / SEGMENTS));
}

/** The setting of a name. @throws {CommandError} there is none. */
export function astraSetting(name: string, seed: number): AstraSetting {
  const common = {
    subsetFraction: 0.5,
    fisher: { kind: 'mc', samples: 1, seed },
    solver: SOLVER,
    seed,
  } as const;
  switch (name) {
    case 'concrete': {
      const training = { ...TRAINING, weightDecay: 1e-5, batch: 32 };
      return {
        ...common,
        name,
        draw: { dataset: 'concrete', train: 896, queries: 103, seed },
        sizes: [8, 128, 128, 128, 1],
        loss: 'squared-error',
        training,
        measurement: 'absolute-error',
        dampings: [0.0017, sourceDamping(training, 896)],
        trakDimension: 512,
      };
    }
    case 'fashion-mnist':
      return {
        ...common,
        name,
        draw: { dataset: 'fashion-mnist', train: 6144, queries: 100, seed },
        sizes: [784, 512, 256, 128, 10],
        loss: 'cross-entropy',
        training: { ...TRAINING, weightDecay: 1e-3, batch: 64 },
        measurement: 'margin',
        dampings: [0.0052],
        trakDimension: 4096,
      };
    default:
      throw new CommandError(`--setting: expected ${SETTING_NAMES.join(', ')}, got ${JSON.stringify(name)}.`);
  }
}

/** A profile: which settings, and how much of each. */
export type AstraProfile = Partial<Readonly<Record<SettingName, AstraSize>>>;

/**
 * `quick`: Concrete with few retrainings, minutes. `full`: both, hours; Concrete with 20 retrainings per mask and four base models,
 * Fashion-MNIST with two, one base model and 10 queries. `paper`: both, with the counts of the paper's Table 2 and ten base models, a day.
 */
export const ASTRA_PROFILES = {
  quick: { concrete: { subsets: 100, seeds: 5, models: 2, queries: 103, dear: false } },
  full: {
    concrete: { subsets: 100, seeds: 20, models: 4, queries: 103, dear: true },
    'fashion-mnist': { subsets: 100, seeds: 2, models: 1, queries: 10, dear: true },
  },
  paper: {
    concrete: { subsets: 100, seeds: 100, models: 10, queries: 103, dear: true },
    'fashion-mnist': { subsets: 100, seeds: 50, models: 10, queries: 100, dear: true },
  },
} as const satisfies Record<string, AstraProfile>;

export type AstraProfileName = keyof typeof ASTRA_PROFILES;
