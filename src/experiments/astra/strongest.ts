/** @file Which training pictures helped and harmed the queries most, under EK-FAC and under ASTRA, and whether they are kin. */
import type { Matrix } from '../../linalg/index.ts';
import { meanMatrix } from '../judging/stored-scores.ts';
import { EMOJI_CATEGORIES, type Emoji, loadEmoji } from '../protocol/data/emoji.ts';
import { AMONG, chanceKin, families, kinOf } from '../protocol/emoji-kin.ts';
import type { ShownExample, Strongest } from './astra-results.ts';
import { type AstraMethod, type Variant, variantLabel, variantName } from './method.ts';
import type { SettingWork } from './tasks.ts';

/** Methods that are shown, under the first λ. */
const SHOWN: readonly AstraMethod[] = ['ekfac', 'astra', 'exact'];
/** Pictures on each side. */
const PICTURES = 4;

/**
 * Of the mean scores of each shown method; undefined until all of them have some.
 *
 * @param scoresOf - [queries, train] of each base model with scores.
 */
export function strongestExamples(
  { hashed, sets, folder, size }: SettingWork,
  scoresOf: (variant: Variant) => readonly Matrix[],
): Strongest | undefined {
  const [damping] = hashed.setting.dampings;
  const variants = SHOWN.map((method): Variant => ({ method, damping }));
  const stored = variants.map(scoresOf);
  if (stored.some((models) => models.length === 0)) return undefined;
  const scores = stored.map(meanMatrix);
  const emoji = loadEmoji(folder);
  const { train, query } = sets.positions;
  const queries = Array.from(query.subarray(0, size.queries));
  const family = families(emoji, train, queries);
  return {
    among: AMONG,
    toned: family.filter(({ tones }) => tones.size > 0).length,
    chance: chanceKin(family, train.length),
    methods: variants.map((variant, k) => ({
      name: variantName(variant),
      label: variantLabel(variant),
      models: stored[k].length,
      kin: kinOf(
        family.map((_, q) => ascending(scores[k].row(q))),
        family,
      ),
    })),
    queries: EMOJI_CATEGORIES.flatMap((_, label) => {
      const q = queries.findIndex((position) => emoji.labels[position] === label);
      if (q < 0) return [];
      const shown = scores.map((of) => {
        const example = (i: number): ShownExample => ({ ...drawn(emoji, train[i]), score: of.at(q, i) });
        const order = ascending(of.row(q));
        return {
          helped: order.slice(0, PICTURES).map(example),
          harmed: order.slice(-PICTURES).reverse().map(example),
        };
      });
      return [{ query: drawn(emoji, queries[q]), shown }];
    }),
  };
}

function drawn({ names, labels }: Emoji, position: number) {
  return { position, name: names[position], label: labels[position] };
}

/** Examples by score, the most negative first; equal ones by place. */
function ascending(scores: Float64Array): number[] {
  return Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b] || a - b);
}
