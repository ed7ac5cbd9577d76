/** @file Settings that a run takes from an earlier file of results, as they stand there, beside its own. */
import * as v from 'valibot';
import { named, sha256 } from '../files/json-schemas.ts';

/** Settings of an earlier file, and the digest of that file. */
export interface EarlierSettings<Setting> {
  readonly digest: string;
  readonly settings: readonly Setting[];
}

/** The field of a file of results that names what was taken over. */
export const keptEntries = {
  /** Settings that stand as in an earlier file, each with the digest of that file. Absent where there is none. */
  kept: v.exactOptional(named(sha256)),
};

/** What {@link keptEntries} holds. */
interface KeptNames {
  readonly kept?: { readonly [name: string]: string };
}

/** Own settings beside the earlier ones: in the order of the earlier file, own ones in place of those of the same name, new ones last. */
export function withEarlier<Setting>(
  own: readonly Setting[],
  earlier: EarlierSettings<Setting> | undefined,
  nameOf: (setting: Setting) => string,
): KeptNames & { readonly settings: Setting[] } {
  if (earlier === undefined) return { settings: [...own] };
  const { digest } = earlier;
  const made = new Map(own.map((setting) => [nameOf(setting), setting]));
  const before = new Set(earlier.settings.map(nameOf));
  const kept = [...before].filter((name) => !made.has(name)).map((name) => [name, digest] as const);
  return {
    settings: [
      ...earlier.settings.map((setting) => made.get(nameOf(setting)) ?? setting),
      ...own.filter((setting) => !before.has(nameOf(setting))),
    ],
    ...(kept.length === 0 ? {} : { kept: Object.fromEntries(kept) }),
  };
}

/** For a page: which settings were not computed in this run. No line where all were. */
export function keptLines({ kept = {} }: KeptNames): string[] {
  const names = Object.keys(kept);
  if (names.length === 0) return [];
  const [digest] = Object.values(kept);
  return [`Taken over as an earlier file has them (digest ${digest.slice(0, 16)}): ${names.join(', ')}.`];
}
