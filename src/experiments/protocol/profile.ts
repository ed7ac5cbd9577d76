/** @file The named experiments: which settings, how many subsets and seeds. */
import { CommandError } from '../files/command-error.ts';
import { defineSetting, parseSettingName, type SettingConfig } from './setting.ts';

/** What `reproduce` runs unless options say otherwise. */
export interface Profile {
  readonly settings: readonly string[];
  readonly subsets: number;
  readonly seeds: number;
  readonly train: number;
  readonly queries: number;
  readonly batch: number;
  /** Base models: ten where an LDS is to have an interval over networks. */
  readonly models: number;
}

/**
 * `paper`: Hong et al. (2025), Table 1 and Figures 1–3; d8-w16-e100 is shared by two of them. `quick`: one setting,
 * minutes. `smoke`: the same pipeline on 60 examples, seconds; its numbers mean nothing.
 */
export const PROFILES = {
  quick: {
    settings: ['d1-w16-e100'],
    subsets: 100,
    seeds: 20,
    train: 1617,
    queries: 180,
    batch: 32,
    models: 1,
  },
  paper: {
    settings: [
      'd8-w16-e10',
      'd8-w16-e100',
      'd8-w16-e1000',
      'd1-w16-e100',
      'd4-w16-e100',
      'd1-w32-e100',
      'd1-w64-e100',
      'd1-w128-e100',
    ],
    subsets: 100,
    seeds: 50,
    train: 1617,
    queries: 180,
    batch: 32,
    models: 10,
  },
  smoke: { settings: ['d1-w3-e3'], subsets: 6, seeds: 2, train: 60, queries: 12, batch: 8, models: 1 },
} as const satisfies Record<string, Profile>;

/** Base models of commands that decompose many curvatures at each: those of the profile, at most five. */
export function fewModels({ models }: Profile): number {
  return Math.min(models, 5);
}

/** The split is the same for every seed: a seed names trainings and subsets, not the data. */
export const SPLIT_SEED = 0;

export type ProfileName = keyof typeof PROFILES;

/**
 * The profile's configuration of a setting. Everything but depth, width, epochs and the conventions in its name is the
 * same for all settings of a profile.
 *
 * @param name - d8-w16-e100; conventions that are not the default follow, e.g. d8-w16-e100-m0-unit-drop.
 * @param models - Base models; those of the profile when absent.
 */
export function settingConfig(
  profile: Profile,
  name: string,
  seed: number,
  models: number = profile.models,
): SettingConfig {
  const { depth, width, epochs, conventions } = parseSettingName(name);
  const { fisher } = conventions;
  return defineSetting({
    name,
    data: {
      dataset: 'digits',
      train: profile.train,
      queries: profile.queries,
      splitSeed: SPLIT_SEED,
      scaling: conventions.scaling,
    },
    model: { depth, width, activation: 'tanh' },
    loss: 'cross-entropy',
    training: {
      epochs,
      batch: profile.batch,
      learningRate: 0.03,
      momentum: conventions.momentum,
      weightDecay: 0,
      schedule: 'cosine',
      initialisation: conventions.initialisation,
      dropLast: true,
    },
    ...(conventions.precision === 'float64' ? {} : { retrainingPrecision: conventions.precision }),
    curvature: {
      fisher: fisher.kind === 'mc' ? { ...fisher, seed } : fisher,
      partition: conventions.partition,
    },
    rule: conventions.rule,
    measurement: conventions.measurement,
    baseModels: models,
    subsetFraction: 0.5,
    seed,
  });
}

/** The profile of a name. @throws {CommandError} there is none. */
export function profile(name: string): Profile {
  if (!Object.hasOwn(PROFILES, name))
    throw new CommandError(
      `--profile: expected ${Object.keys(PROFILES).join(', ')}, got ${JSON.stringify(name)}.`,
    );
  return PROFILES[name as ProfileName];
}
