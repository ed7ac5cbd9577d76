/** @file How much the ladder computes: settings, retrainings, networks. */
import { CommandError } from '../files/command-error.ts';
import { PROFILES, type Profile } from '../protocol/profile.ts';
import type { ResponseRun } from './jobs.ts';

/** A size of the experiment. */
export interface LadderProfile {
  /** Whose data the settings use. */
  readonly base: Profile;
  readonly settings: readonly string[];
  /** Settings on which other runs of `trajectory` are tried, and the response of training is measured. */
  readonly studied: readonly string[];
  readonly subsets: number;
  readonly seeds: number;
  /** Runs whose response to the weights of examples is measured there: that of the rule, the whole training. */
  readonly responses: readonly ResponseRun[];
  /** Base networks. */
  readonly models: number;
  /** Base networks whose whole training is differentiated, up to `DEAR.small` parameters; above it is one. */
  readonly wholeModels: number;
  /** Networks of each run that is tried. */
  readonly runModels: number;
}

/**
 * `quick`: minutes. `full`: hours. `other-data`: Concrete and Fashion-MNIST, on neither of which the rule of `trajectory` was made; an hour of a core. `smoke`: the same on 60
 * examples, for tests; its numbers mean nothing.
 */
export const LADDER_PROFILES = {
  quick: {
    base: PROFILES.paper,
    settings: ['d1-w16-e100'],
    studied: ['d1-w16-e100'],
    responses: ['chosen', 'whole'],
    subsets: 100,
    seeds: 5,
    models: 3,
    wholeModels: 1,
    runModels: 2,
  },
  full: {
    base: PROFILES.paper,
    settings: PROFILES.paper.settings,
    studied: ['d1-w16-e100'],
    responses: ['chosen'],
    subsets: 100,
    seeds: 50,
    models: 10,
    wholeModels: 2,
    runModels: 3,
  },
  'other-data': {
    base: PROFILES.paper,
    settings: ['concrete-d2-w16-e100', 'fashion-mnist-d1-w16-e100'],
    studied: ['concrete-d2-w16-e100', 'fashion-mnist-d1-w16-e100'],
    responses: ['chosen'],
    subsets: 100,
    seeds: 50,
    models: 10,
    wholeModels: 2,
    runModels: 3,
  },
  smoke: {
    base: PROFILES.smoke,
    settings: ['d1-w3-e3'],
    studied: ['d1-w3-e3'],
    responses: ['chosen', 'whole'],
    subsets: 6,
    seeds: 2,
    models: 2,
    wholeModels: 1,
    runModels: 1,
  },
} as const satisfies Record<string, LadderProfile>;

/** The profile of a name. @throws {CommandError} there is none. */
export function ladderProfile(name: string): LadderProfile {
  if (!Object.hasOwn(LADDER_PROFILES, name))
    throw new CommandError(
      `--profile: expected ${Object.keys(LADDER_PROFILES).join(', ')}, got ${JSON.stringify(name)}.`,
    );
  return LADDER_PROFILES[name as keyof typeof LADDER_PROFILES];
}

/** Networks of a computation that takes D³ at each, and of SOURCE: all up to `small` parameters, `few` above it, and of those with D³ none above `large`. */
export const DEAR = { small: 1500, few: 5, large: 10000 } as const;

/** Epochs above which the whole training is not differentiated. */
export const WHOLE_LIMIT = 100;
