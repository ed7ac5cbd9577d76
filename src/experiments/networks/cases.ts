/** @file Which networks a profile and options ask for, with how much of each. */
import { CommandError } from '../files/command-error.ts';
import { networkSetting } from '../protocol/network-setting.ts';
import type { NetworkCase } from './networks-work.ts';
import { type Judged, NETWORKS_PROFILES, type NetworksProfile } from './profile.ts';

/** What overrules a profile. */
interface Overruled {
  readonly subsets?: number | undefined;
  readonly seeds?: number | undefined;
  readonly models?: number | undefined;
}

/** The cases. A name with a size behind it has that one, whatever overrules the others. A network that is not of the profile has as much as its first one. @throws {CommandError} no such profile or network. */
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
  const { extents, networks }: NetworksProfile = NETWORKS_PROFILES[profile as keyof typeof NETWORKS_PROFILES];
  const cases = (names ?? networks.map(({ network }) => network)).map((given): NetworkCase => {
    const { name, ...own } = sized(given);
    const known: Judged = networks.find(({ network }) => network === name) ?? networks[0];
    const of = { subsets, seeds, models, ...own };
    return {
      setting: networkSetting(name, extents, of.models ?? known.models, seed),
      size: { subsets: of.subsets ?? known.subsets, seeds: of.seeds ?? known.seeds },
    };
  });
  const all = cases.map(({ setting }) => setting.name);
  const twice = all.find((name, i) => all.indexOf(name) < i);
  if (twice !== undefined) throw new CommandError(`--network: ${twice} is there twice.`);
  return cases;
}

/** A name may have its own size behind it, subsets × seeds × base networks: `gpt-l2-w8@50x5x3`. @throws {CommandError} another form. */
function sized(given: string): { readonly name: string } & Overruled {
  if (!given.includes('@')) return { name: given };
  const found = /^([^@]+)@([1-9]\d{0,5})x([1-9]\d{0,5})x([1-9]\d{0,3})$/.exec(given);
  if (found === null)
    throw new CommandError(
      `--network: expected NAME or NAME@SUBSETSxSEEDSxMODELS, such as gpt-l2-w8@50x5x3, got ${JSON.stringify(given)}.`,
    );
  const [, name, ...size] = found;
  const [subsets, seeds, models] = size.map(Number);
  if (subsets < 2)
    throw new CommandError(`--network: expected 2 subsets or more, got ${JSON.stringify(given)}.`);
  return { name, subsets, seeds, models };
}
