/** @file How much the comparison computes: settings, retrainings, base models. */
import { CommandError } from '../files/command-error.ts';
import { PROFILES, type Profile } from '../protocol/profile.ts';

/** A size of the comparison. */
export interface MethodsProfile {
  /** Whose data the settings use. */
  readonly base: Profile;
  readonly settings: readonly string[];
  readonly subsets: number;
  readonly seeds: number;
  /** Base models. */
  readonly models: number;
  /** Base models of the methods that take much longer than the others. */
  readonly slowModels: number;
  /** Whether these have a grid of dampings, too. */
  readonly slowGrid: boolean;
}

/** `quick`: five minutes on two cores. `full`: hours. `smoke`: the same on 60 examples, for tests; its numbers mean nothing. */
export const METHODS_PROFILES = {
  quick: {
    base: PROFILES.paper,
    settings: ['d1-w16-e100'],
    subsets: 100,
    seeds: 5,
    models: 5,
    slowModels: 1,
    slowGrid: false,
  },
  full: {
    base: PROFILES.paper,
    settings: ['d1-w16-e100', 'd8-w16-e100'],
    subsets: 100,
    seeds: 50,
    models: 10,
    slowModels: 10,
    slowGrid: true,
  },
  smoke: {
    base: PROFILES.smoke,
    settings: ['d1-w3-e3'],
    subsets: 6,
    seeds: 2,
    models: 2,
    slowModels: 1,
    slowGrid: false,
  },
} as const satisfies Record<string, MethodsProfile>;

export type MethodsProfileName = keyof typeof METHODS_PROFILES;

/** The profile of a name. @throws {CommandError} there is none. */
export function methodsProfile(name: string): MethodsProfile {
  if (!Object.hasOwn(METHODS_PROFILES, name))
    throw new CommandError(
      `--profile: expected ${Object.keys(METHODS_PROFILES).join(', ')}, got ${JSON.stringify(name)}.`,
    );
  return METHODS_PROFILES[name as MethodsProfileName];
}

/** Sizes of ensembles; those that the base models suffice for are judged. */
export const ENSEMBLES: readonly number[] = [2, 5, 10];
