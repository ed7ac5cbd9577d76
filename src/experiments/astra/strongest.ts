/** @file Which training pictures helped and harmed the queries most, under EK-FAC and under ASTRA, and whether they are kin. */
import type { Matrix } from '../../linalg/index.ts';
import { average } from '../judging/judge.ts';
import { meanMatrix } from '../judging/stored-scores.ts';
import { EMOJI_CATEGORIES, type Emoji, loadEmoji } from '../protocol/data/emoji.ts';
import type { ShownExample, Strongest } from './astra-results.ts';
import { type AstraMethod, type Variant, variantLabel, variantName } from './method.ts';
import type { SettingWork } from './tasks.ts';

/** Methods that are shown, under the first λ. */
const SHOWN: readonly AstraMethod[] = ['ekfac', 'astra', 'exact'];
/** Pictures on each side, and how many of the strongest count for kin. */
const PICTURES = 4;
const AMONG = 10;

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
    chance: {
      category: average(family.map(({ category }) => category.size / train.length)),
      tones: family.some(({ tones }) => tones.size > 0) ? AMONG / train.length : null,
    },
    methods: variants.map((variant, k) => ({
      name: variantName(variant),
      label: variantLabel(variant),
      models: stored[k].length,
      kin: kinOf(scores[k], family),
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

/** Training examples of a query's category, and those that are its own drawing in another skin tone. */
interface Family {
  readonly category: ReadonlySet<number>;
  readonly tones: ReadonlySet<number>;
}

function families({ names, labels }: Emoji, train: Int32Array, queries: readonly number[]): Family[] {
  const thing = (position: number): string => names[position].replace(/, tone \d$/, '');
  return queries.map((position) => {
    const among = (is: (other: number) => boolean): Set<number> =>
      new Set(Array.from(train.keys()).filter((i) => is(train[i])));
    return {
      category: among((other) => labels[other] === labels[position]),
      tones: among((other) => labels[other] === labels[position] && thing(other) === thing(position)),
    };
  });
}

function kinOf(scores: Matrix, family: readonly Family[]): Strongest['chance'] {
  const top = family.map((_, q) => ascending(scores.row(q)).slice(0, AMONG));
  const toned = family.flatMap(({ tones }, q) =>
    tones.size === 0 ? [] : [top[q].filter((i) => tones.has(i)).length / Math.min(AMONG, tones.size)],
  );
  return {
    category: average(
      family.map(({ category }, q) => top[q].filter((i) => category.has(i)).length / top[q].length),
    ),
    tones: toned.length === 0 ? null : average(toned),
  };
}
