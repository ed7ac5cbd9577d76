/** @file Which networks a profile and options ask for, with how much of each. */
import { CommandError } from '../files/command-error.ts';
import type { NetworkCase } from './networks-work.ts';
import { type Judged, NETWORKS_PROFILES, type NetworksProfile } from './profile.ts';
import { networkSetting } from './setting.ts';

/** What overrules a profile. */
interface Overruled {
  readonly subsets?: number | undefined;
  readonly seeds?: number | undefined;
  readonly models?: number | undefined;
}

/** The cases. A network that is not of the profile has as much as its first one. @throws {CommandError} no such profile or network. */
export function networksCases(
  profile: string,
  names: readonly string[] | undefined,
  { subsets, seeds, models }: Overruled,
  seed: number,
): NetworkCase[] {
  if (!Object.hasOwn(NETWORKS_PROFILES, profile))
    throw new CommandError(
      `--profile: expected ${Object.keys(NETWORKS_PROFILES).join(', ')}, got ${JSON.stringify(profile)}.`,
    );
  const { extent, networks }: NetworksProfile = NETWORKS_PROFILES[profile as keyof typeof NETWORKS_PROFILES];
  const chosen = (names ?? networks.map(({ network }) => network)).map(
    (name): Judged => networks.find(({ network }) => network === name) ?? { ...networks[0], network: name },
  );
  return chosen.map((of) => ({
    setting: networkSetting(of.network, extent, models ?? of.models, seed),
    size: { subsets: subsets ?? of.subsets, seeds: seeds ?? of.seeds },
  }));
}
