/** @file The settings of Wang et al. (2025) that this experiment repeats, with everything that their tables state. */
import { type LossName, learningRate, type TrainingConfig } from '../../autodiff/index.ts';
import type { FisherType } from '../../curvature/index.ts';
import type { Measurement, StepDecay } from '../../influence/index.ts';
import { mean } from '../../linalg/index.ts';
import { CommandError } from '../files/command-error.ts';
import type { Coverage } from '../judging/coverage.ts';
import { stepsOf } from '../protocol/checkpointed-network.ts';
import { EMOJI_CATEGORIES, EMOJI_COLOURS, EMOJI_SIDE } from '../protocol/data/emoji.ts';
import type { Draw } from '../protocol/data/prepare-sets.ts';
import type { ResNet9 } from '../protocol/resnet9.ts';

/** One data set with its network, training and solver. Plain values: all of it enters the keys of stored results. */
export type AstraSetting = AstraNetwork & AstraProtocol;

/** A perceptron, or a convolutional network. */
type AstraNetwork =
  | {
      /** Units per layer, inputs first. ReLU between them. */
      readonly sizes: readonly number[];
      readonly resnet?: never;
    }
  | { readonly resnet: ResNet9; readonly sizes?: never };

interface AstraProtocol {
  readonly name: string;
  readonly draw: Draw;
  readonly loss: LossName;
  readonly training: TrainingConfig;
  readonly measurement: Measurement;
  /** β: the share of the training set that a mask keeps. */
  readonly subsetFraction: number;
  readonly fisher: FisherType;
  readonly solver: SolverConfig;
  /** λ of every damped method: that of Table 3 first, or where it has none, that of its rule. */
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

/** What 95 % intervals of the methods cover: those of perceptrons masks alone, as the paper's. Studies of the solver are of one network. */
export function coverageOf({ resnet }: AstraSetting, models: number): Coverage {
  return resnet === undefined || models < 2 ? 'subsets' : 'networks and subsets';
}

/** α in multiples of λ that Table 3 has for CIFAR-10, the paper's only convolutional network; 0.1 for every other data set but text. */
export const CIFAR_TIMES_DAMPING = 0.01;

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

export const SETTING_NAMES = ['concrete', 'fashion-mnist', 'emoji', 'emoji-smoke'] as const;
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
 * rate, η/(1 − momentum); of a rate that falls, the mean over the segments, which have equally many steps. For FashionMNIST it gives the λ of the
 * paper's Table 3; for Concrete ten times it.
 *
 * @example sourceDamping(training, 6144); // 0.0052 for the training of FashionMNIST
 */
export function sourceDamping(training: TrainingConfig, examples: number): number {
  const { steps, stepsPerEpoch } = stepsOf(training, examples);
  if (training.schedule === 'constant')
    return (1 - training.momentum) / (training.learningRate * (steps / SEGMENTS));
  const times = new Float64Array(SEGMENTS);
  for (let step = 0; step < steps; step++) {
    const rate = learningRate(training, Math.floor(step / stepsPerEpoch));
    times[Math.floor((step * SEGMENTS) / steps)] += rate / (1 - training.momentum);
  }
  return mean(times.map((time) => 1 / time));
}

/**
 * Emoji by category, with the ResNet-9 of a CIFAR-10 of the paper in small. Not its training, of which it says too little for batches of any size: rate and batches are those of
 * `networks`; epochs were chosen by what a retraining costs and by the accuracy on queries, before any score was judged. The batch of the solvers is that of CIFAR-10.
 */
const EMOJI_TRAINING = {
  ...TRAINING,
  epochs: 30,
  batch: 32,
  learningRate: 0.02,
  weightDecay: 1e-3,
  schedule: 'cosine',
} as const;

/** How much of the drawings, and how wide a network with so many groups in each normalisation. */
interface EmojiExtent {
  readonly train: number;
  readonly queries: number;
  readonly epochs: number;
  readonly width: number;
  readonly trakDimension: number;
}

const EMOJI: EmojiExtent = { train: 1200, queries: 100, epochs: 30, width: 2, trakDimension: 512 };
const EMOJI_SMOKE: EmojiExtent = { train: 40, queries: 6, epochs: 6, width: 1, trakDimension: 8 };

/** λ by the rule of the paper, and a tenth of it, as Table 3 has for Concrete. */
function emojiSetting(
  name: SettingName,
  extent: EmojiExtent,
  solver: SolverConfig,
  seed: number,
): AstraSetting {
  const { train, queries, epochs, width, trakDimension } = extent;
  const training = { ...EMOJI_TRAINING, epochs };
  const rule = sourceDamping(training, train);
  return {
    name,
    draw: { dataset: 'emoji', train, queries, seed },
    resnet: {
      width,
      groups: width,
      side: EMOJI_SIDE,
      colours: EMOJI_COLOURS,
      classes: EMOJI_CATEGORIES.length,
    },
    loss: 'cross-entropy',
    training,
    measurement: 'margin',
    subsetFraction: 0.5,
    fisher: { kind: 'mc', samples: 1, seed },
    solver,
    dampings: [rule, rule / 10],
    trakDimension,
    seed,
  };
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
    case 'emoji':
      return emojiSetting(name, EMOJI, { ...SOLVER, batch: 128 }, seed);
    case 'emoji-smoke': {
      const short = { ...SOLVER, iterations: 5, neumannIterations: 10, batch: 16 };
      return emojiSetting(name, EMOJI_SMOKE, short, seed);
    }
    default:
      throw new CommandError(`--setting: expected ${SETTING_NAMES.join(', ')}, got ${JSON.stringify(name)}.`);
  }
}

/** A profile: which settings, and how much of each. */
export type AstraProfile = Partial<Readonly<Record<SettingName, AstraSize>>>;

/**
 * `quick`: Concrete with few retrainings, minutes. `full`: both, hours; Concrete with 20 retrainings per mask and four base models,
 * Fashion-MNIST with two, one base model and 10 queries. `paper`: both, with the counts of the paper's Table 2 and ten base models, a day. `emoji`: a ResNet-9, two
 * hours of one core; `emoji-quick`: the same in minutes; `smoke`: the same pipeline on 40 drawings, for tests; its numbers mean nothing.
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
  emoji: { emoji: { subsets: 100, seeds: 5, models: 3, queries: 50, dear: true } },
  'emoji-quick': { emoji: { subsets: 50, seeds: 2, models: 2, queries: 20, dear: false } },
  smoke: { 'emoji-smoke': { subsets: 4, seeds: 2, models: 2, queries: 6, dear: true } },
} as const satisfies Record<string, AstraProfile>;

export type AstraProfileName = keyof typeof ASTRA_PROFILES;
