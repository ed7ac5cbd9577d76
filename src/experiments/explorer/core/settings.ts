/** @file How a network is made and trained: what a person chooses, and what the command line calls it. */
import { type Activation, type Loss, Mlp, type TrainingConfig } from '../../../autodiff/index.ts';
import { tableLoss } from '../../tables/table-loss.ts';
import { ExplorerError } from './examples.ts';
import { count } from './format.ts';
import { type Sets, trainingSize } from './sets.ts';

/** What a person chooses. */
export interface Settings {
  readonly depth: number;
  readonly width: number;
  readonly activation: Activation;
  readonly epochs: number;
  readonly rate: number;
  readonly seed: number;
}

/** Those of `train`. */
export const DEFAULT_SETTINGS: Settings = {
  depth: 1,
  width: 16,
  activation: 'tanh',
  epochs: 100,
  rate: 0.03,
  seed: 0,
};

/** What each number may be. */
export const SETTING_RANGES = {
  depth: { least: 0, most: 8, whole: true },
  width: { least: 1, most: 128, whole: true },
  epochs: { least: 1, most: 2000, whole: true },
  rate: { least: 1e-6, most: 10, whole: false },
  seed: { least: 0, most: 1e9, whole: true },
} as const;

/** Whether a number is one that the setting takes. */
export function isSetting(name: keyof typeof SETTING_RANGES, value: number): boolean {
  const { least, most, whole } = SETTING_RANGES[name];
  return value >= least && value <= most && (!whole || Number.isInteger(value));
}

/** Parameters at most. */
export const MOST_PARAMETERS = 16_384;

/** The network of the settings. @throws {ExplorerError} it has more parameters than the page takes. */
export function networkOf({ depth, width, activation }: Settings, { train, outputs }: Sets): Mlp {
  const sizes = [train.inputs.cols, ...new Array<number>(depth).fill(width), outputs];
  const parameters = sizes.slice(1).reduce((sum, size, l) => sum + size * (sizes[l] + 1), 0);
  if (parameters > MOST_PARAMETERS)
    throw new ExplorerError(
      `this network has ${count(parameters)} parameters, the page takes ${count(MOST_PARAMETERS)}: choose a smaller width.`,
    );
  return new Mlp(sizes, activation);
}

/** As `train` has it when nothing else is said. */
export function trainingOf({ epochs, rate }: Settings, sets: Sets): TrainingConfig {
  return {
    epochs,
    batch: Math.min(32, trainingSize(sets)),
    learningRate: rate,
    momentum: 0.9,
    weightDecay: 0,
    schedule: 'cosine',
    initialisation: 'torch',
    dropLast: true,
  };
}

/** That of `audit`. */
export function lossOf({ train }: Sets): Loss {
  return tableLoss('labels' in train ? 'classes' : 'numbers');
}

/** The options of `train` that say the same. */
export function trainFlags({ depth, width, activation, epochs, rate, seed }: Settings, sets: Sets): string {
  const layers = depth === 0 ? '--depth 0' : `--depth ${depth} --width ${width} --activation ${activation}`;
  return `${layers} --epochs ${epochs} --lr ${rate} --seed ${seed}${lossFlag(sets)}`;
}

/** What the command line must be told of the loss. */
export function lossFlag(sets: Sets): string {
  return 'labels' in sets.train ? '' : ' --loss huber';
}
