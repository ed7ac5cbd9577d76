/** @file Whether the training drawings that a method finds strongest are kin of the query. */
import type { Matrix } from '../../linalg/index.ts';
import { loadEmoji } from '../protocol/data/emoji.ts';
import { prepareSets } from '../protocol/data/prepare-sets.ts';
import { AMONG, chanceKin, type Family, families, kinOf } from '../protocol/emoji-kin.ts';
import type { BifMethod } from './bif-method.ts';
import type { KinResults } from './bif-results.ts';
import { type BifSetting, isDeclared } from './bif-setting.ts';

/** The methods that the paper looks at by eye. */
export const KIN_METHODS: readonly BifMethod[] = ['bif', 'ekfac'];

/** Undefined where the data are no drawings. @param scoresOf - [queries, train]; undefined where there are none. */
export function kinResults(
  setting: BifSetting,
  seeds: readonly number[],
  scoresOf: (method: BifMethod, seed: number) => Matrix | undefined,
): KinResults | undefined {
  if (!isDeclared(setting) || setting.data.dataset !== 'emoji') return undefined;
  const { train, query } = prepareSets(setting.data).positions;
  const family = families(loadEmoji(), train, Array.from(query));
  return {
    among: AMONG,
    toned: family.filter(({ tones }) => tones.size > 0).length,
    chance: chanceKin(family, train.length),
    entries: KIN_METHODS.flatMap((method) =>
      seeds.flatMap((seed) => {
        const scores = scoresOf(method, seed);
        return scores === undefined ? [] : [{ seed, method, ...ownKin(scores, family) }];
      }),
    ),
  };
}

function ownKin(scores: Matrix, family: readonly Family[]): ReturnType<typeof kinOf> {
  // a positive score: its presence lowers the loss
  const strongest = family.map((_, q) => {
    const row = scores.row(q);
    return Array.from(row.keys()).sort((a, b) => row[b] - row[a] || a - b);
  });
  return kinOf(strongest, family);
}
