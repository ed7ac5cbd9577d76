/** @file How much the experiment on Bayesian influence computes, and the sampler settings that it compares. */
import { CommandError } from '../files/command-error.ts';
import { networkSetting, WHOLE_EXTENTS } from '../protocol/network-setting.ts';
import { PROFILES, type Profile, settingConfig } from '../protocol/profile.ts';
import { DEFAULT_SAMPLER, type SamplerVariant } from '../protocol/sampler-variant.ts';
import type { BifSetting } from './bif-setting.ts';

/** A size of the experiment. */
export interface BifProfile {
  /** The network whose retrainings judge the scores: a perceptron on the data of a profile, or a declared one. */
  readonly network: { readonly base: Profile; readonly setting: string } | { readonly declared: string };
  /** Repetitions of everything: base model, subsets, retrainings, chains. */
  readonly seeds: number;
  /** α: the share of the training set that retrainings keep. */
  readonly fractions: readonly number[];
  /** Retrainings per seed and fraction: K subsets, each so many times. */
  readonly subsets: number;
  readonly repeats: number;
  readonly chains: number;
  /** Examples per step of the chains; default: that of the library. */
  readonly batch?: number;
  /** Draws per chain, and per chain of a grid point. */
  readonly draws: number;
  readonly gridDraws: number;
  readonly grid: readonly SamplerVariant[];
  /** λ of EK-FAC that the best is chosen from. */
  readonly dampings: readonly number[];
  /** Of the networks whose times are compared: units of each of two hidden layers, or the narrowest channels of a ResNet-9. */
  readonly widths: readonly number[];
  /** Draws that a time per draw rests on. */
  readonly timedDraws: number;
  readonly resamples: number;
}

const FACTORS = [1 / 8, 1, 8];
const DAMPINGS = [0.03, 0.1, 0.3];
const STEPS = [1 / 16, 1 / 4, 1];

/** Every combination of nβ and γ at the default step, and the other steps at the default of both. */
const CROSS: readonly SamplerVariant[] = [
  ...FACTORS.flatMap((nBeta) => DAMPINGS.map((damping) => ({ ...DEFAULT_SAMPLER, nBeta, damping }))),
  ...[STEPS[0], STEPS[2]].map((step) => ({ ...DEFAULT_SAMPLER, step })),
  { ...DEFAULT_SAMPLER, method: 'rmsprop-sgld' },
];

/** Every combination of the three, and RMSprop-SGLD at every step and temperature. */
const FULL: readonly SamplerVariant[] = [
  ...FACTORS.flatMap((nBeta) =>
    DAMPINGS.flatMap((damping) => STEPS.map((step) => ({ ...DEFAULT_SAMPLER, nBeta, damping, step }))),
  ),
  ...FACTORS.flatMap((nBeta) =>
    STEPS.map((step): SamplerVariant => ({ ...DEFAULT_SAMPLER, method: 'rmsprop-sgld', nBeta, step })),
  ),
];

const LAMBDAS = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

/**
 * `quick`: a few minutes on two cores. `full`: hours. `resnet`: a ResNet-9 with group normalisation on emoji by category, two hours of one core. `smoke`,
 * `resnet-smoke`: the same on 60 examples and on 40, for tests; their numbers mean nothing.
 */
export const BIF_PROFILES = {
  quick: {
    network: { base: PROFILES.paper, setting: 'd1-w16-e100' },
    seeds: 5,
    fractions: [0.1, 0.25, 0.5, 0.9],
    subsets: 40,
    repeats: 1,
    chains: 4,
    draws: 250,
    gridDraws: 100,
    grid: CROSS,
    dampings: LAMBDAS,
    widths: [16, 32, 64, 128],
    timedDraws: 20,
    resamples: 500,
  },
  full: {
    network: { base: PROFILES.paper, setting: 'd8-w16-e100' },
    seeds: 5,
    fractions: [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9],
    subsets: 100,
    repeats: 2,
    chains: 4,
    draws: 500,
    gridDraws: 250,
    grid: FULL,
    dampings: LAMBDAS,
    widths: [16, 32, 64, 128, 256, 512],
    timedDraws: 20,
    resamples: 1000,
  },
  resnet: {
    network: { declared: 'resnet9-w2' },
    seeds: 5,
    fractions: [0.1, 0.25, 0.5, 0.9],
    subsets: 40,
    repeats: 1,
    chains: 4,
    batch: 64,
    draws: 250,
    gridDraws: 100,
    grid: CROSS,
    dampings: LAMBDAS,
    widths: [2, 4, 8, 16, 30],
    timedDraws: 6,
    resamples: 500,
  },
  smoke: {
    network: { base: PROFILES.smoke, setting: 'd1-w3-e3' },
    seeds: 2,
    fractions: [0.3, 0.5],
    subsets: 6,
    repeats: 2,
    chains: 2,
    draws: 20,
    gridDraws: 8,
    grid: [DEFAULT_SAMPLER, { ...DEFAULT_SAMPLER, nBeta: 8 }, { ...DEFAULT_SAMPLER, step: 1e6 }],
    dampings: [1e-2, 1],
    widths: [3, 5],
    timedDraws: 4,
    resamples: 20,
  },
  'resnet-smoke': {
    network: { declared: 'resnet9-w1' },
    seeds: 2,
    fractions: [0.5],
    subsets: 4,
    repeats: 2,
    chains: 2,
    batch: 16,
    draws: 8,
    gridDraws: 6,
    grid: [DEFAULT_SAMPLER],
    dampings: [1e-2, 1],
    widths: [2, 4],
    timedDraws: 2,
    resamples: 20,
  },
} as const satisfies Record<string, BifProfile>;

export type BifProfileName = keyof typeof BIF_PROFILES;

/** The profile of a name. @throws {CommandError} there is none. */
export function bifProfile(name: string): BifProfile {
  if (!Object.hasOwn(BIF_PROFILES, name))
    throw new CommandError(
      `--profile: expected ${Object.keys(BIF_PROFILES).join(', ')}, got ${JSON.stringify(name)}.`,
    );
  return BIF_PROFILES[name as BifProfileName];
}

/** The setting of one seed, its retrainings on subsets of fixed size ⌊αN⌋. The base model does not depend on α. */
export function bifSetting({ network }: BifProfile, seed: number, fraction: number): BifSetting {
  return 'declared' in network
    ? { ...networkSetting(network.declared, WHOLE_EXTENTS, 1, seed), subsetFraction: fraction }
    : { ...settingConfig(network.base, network.setting, seed, 1), subsetFraction: fraction };
}
