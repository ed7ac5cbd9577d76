/** @file Drawings of emoji that are kin: of one category, and one thing in several skin tones. */
import type { Emoji } from './data/emoji.ts';

/** How many of the strongest examples count. */
export const AMONG = 10;

/** Training examples of a query's category, and those that are its own drawing in another skin tone. */
export interface Family {
  readonly category: ReadonlySet<number>;
  readonly tones: ReadonlySet<number>;
}

/** Shares of the {@link AMONG} strongest examples; null where no query has its own drawing in other tones. */
export interface Kin {
  readonly category: number;
  readonly tones: number | null;
}

/** The kin of each query among the training examples, by positions in the file. */
export function families({ names, labels }: Emoji, train: Int32Array, queries: readonly number[]): Family[] {
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

/** Of each query the training examples in the order of their strength. */
export function kinOf(strongest: readonly (readonly number[])[], family: readonly Family[]): Kin {
  const top = strongest.map((order) => order.slice(0, AMONG));
  const toned = family.flatMap(({ tones }, q) =>
    tones.size === 0 ? [] : [top[q].filter((i) => tones.has(i)).length / Math.min(AMONG, tones.size)],
  );
  return {
    category: mean(
      family.map(({ category }, q) => top[q].filter((i) => category.has(i)).length / top[q].length),
    ),
    tones: toned.length === 0 ? null : mean(toned),
  };
}

/** Added up from the first to the last. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The same of examples that are drawn at random. */
export function chanceKin(family: readonly Family[], examples: number): Kin {
  return {
    category: mean(family.map(({ category }) => category.size / examples)),
    tones: family.some(({ tones }) => tones.size > 0) ? AMONG / examples : null,
  };
}
