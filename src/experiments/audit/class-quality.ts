/** @file How often predictions are right, in all and class by class: with 99 rows of one class and one of another, the share of right answers says nothing. */
import type { AuditData } from './audit-data.ts';
import { type Measured, overRepeats } from './measured.ts';

/** How often predictions are right. */
export interface ClassQuality {
  readonly accuracy: Measured;
  /** The mean over the classes of the share of their rows that are recognised: 1 / C by guessing, however rare a class is. */
  readonly balancedAccuracy: Measured;
  /** [C]: that share for each class; null: no row of it. */
  readonly recall: readonly (number | null)[];
  /** What that mean reaches by luck, were the same predictions dealt to the rows at random. */
  readonly luck: number;
}

/** Fewer rows of a class, and nothing is said of them. */
export const FEW_ROWS = 10;
/** Standard deviations of luck that are still no skill. */
export const DEVIATIONS = 2;
/** Of the way from guessing to being right, what is as good as none. */
export const HARDLY = 0.05;
/** Share of all rows below which a class is rare. */
const RARE = 0.05;
/** So many times the share of all rows that are flagged is more. */
const MORE = 2;
/** Names that a sentence lists. */
const NAMED = 5;

/** @param said - The predicted classes, [n] for each repeat; each repeat is a measurement of its own. */
export function classQuality(
  said: readonly ArrayLike<number>[],
  { answers, classes }: Pick<AuditData, 'answers' | 'classes'>,
): ClassQuality {
  const counts = countsOf(answers, classes.length);
  const right = said.map((one) =>
    countsOf(
      answers.filter((y, i) => one[i] === y),
      classes.length,
    ),
  );
  const present = Array.from(counts.keys()).filter((k) => counts[k] > 0);
  const over = (of: (one: Float64Array) => number): Measured => overRepeats(right.map(of));
  const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
  return {
    accuracy: over((one) => sum([...one]) / answers.length),
    balancedAccuracy: over((one) => sum(present.map((k) => one[k] / counts[k])) / present.length),
    recall: classes.map((_, k) =>
      counts[k] === 0 ? null : sum(right.map((one) => one[k] / counts[k])) / right.length,
    ),
    luck: classLuck(
      counts.map((_, k) => sum(said.map((one) => countsOf(one, counts.length)[k]))),
      counts,
    ),
  };
}

/**
 * What the classes' mean share of recognised rows reaches by luck: 1 / C and two standard deviations. A share q of predictions of a class recognises
 * q of its n rows where they are dealt at random, with the variance q (1 − q) / n.
 *
 * @param predicted - For each class, how many of all predictions. @param counts - Rows of each class.
 */
export function classLuck(predicted: ArrayLike<number>, counts: Float64Array): number {
  const present = Array.from(counts.keys()).filter((k) => counts[k] > 0);
  const all = Array.from(predicted).reduce((a, b) => a + b, 0);
  const variance = present.reduce((sum, k) => {
    const q = predicted[k] / all;
    return sum + (q * (1 - q)) / counts[k];
  }, 0);
  return (1 + DEVIATIONS * Math.sqrt(variance)) / present.length;
}

/** The whole, where it is all there; undefined of numbers. */
export function classesOf({
  accuracy,
  balancedAccuracy,
  recall,
  luck,
}: Partial<ClassQuality>): ClassQuality | undefined {
  return (
    accuracy &&
    balancedAccuracy &&
    recall &&
    (luck === undefined ? undefined : { accuracy, balancedAccuracy, recall, luck })
  );
}

/** No better than guessing: the classes' mean share of right answers is what luck reaches, or within a twentieth of the way from 1 / C to 1. */
export function guesses({ balancedAccuracy: { value }, recall, luck }: ClassQuality): boolean {
  const chance = 1 / recall.filter((one) => one !== null).length;
  return value <= Math.max(luck, chance + HARDLY * (1 - chance));
}

/** Classes too rare to judge, those of which most rows are taken for another, and rare ones of which many are flagged, in sentences. @param flagged - Positions. */
export function classWarnings(
  { answers, classes }: Pick<AuditData, 'answers' | 'classes'>,
  quality: ClassQuality | undefined,
  flagged: ArrayLike<number> = [],
): string[] {
  const counts = countsOf(answers, classes.length);
  const all = [...classes.keys()];
  const rare = all.filter((k) => counts[k] < FEW_ROWS);
  const missed =
    quality === undefined || guesses(quality)
      ? []
      : all.filter((k) => counts[k] >= FEW_ROWS && (quality.recall[k] ?? 1) < 0.5);
  const list = (some: readonly number[], text: (k: number) => string): string =>
    `${some.slice(0, NAMED).map(text).join(', ')}${some.length > NAMED ? ', …' : ''}`;
  const name = (k: number): string => JSON.stringify(classes[k]);
  return [
    ...(rare.length === 0
      ? []
      : [
          `${rare.length === 1 ? 'A class has' : `${rare.length} classes have`} fewer than ${FEW_ROWS} rows (${list(rare, name)}): nothing can be said of their labels.`,
        ]),
    ...(missed.length === 0
      ? []
      : [
          `${missed.length === 1 ? 'One class is' : `${missed.length} classes are`} mostly taken for another on rows that the networks did not see (${list(missed, (k) => `${name(k)}: ${Math.round(100 * (quality?.recall[k] ?? 0))} % of ${counts[k]} rows recognised`)}): a right label of such a class may look wrong.`,
        ]),
    ...rareWarnings({ answers, classes }, flagged, missed),
  ];
}

/**
 * Rare classes of which relatively more rows are flagged than of all, in a sentence. That they are is no fault: where as many rows of every class got a
 * wrong label, more of the labels of a rare class are wrong.
 *
 * @param flagged - Positions. @param named - Classes of which more was said.
 */
export function rareWarnings(
  { answers, classes }: Pick<AuditData, 'answers' | 'classes'>,
  flagged: ArrayLike<number>,
  named: readonly number[] = [],
): string[] {
  const counts = countsOf(answers, classes.length);
  const doubted = new Float64Array(classes.length);
  for (let f = 0; f < flagged.length; f++) doubted[answers[flagged[f]]] += 1;
  const rare = [...classes.keys()].filter(
    (k) =>
      counts[k] >= FEW_ROWS &&
      counts[k] < RARE * answers.length &&
      doubted[k] > 0 &&
      doubted[k] / counts[k] > MORE * (flagged.length / answers.length) &&
      !named.includes(k),
  );
  if (rare.length === 0) return [];
  const list = rare
    .slice(0, NAMED)
    .map((k) => `${doubted[k]} of the ${counts[k]} rows of ${JSON.stringify(classes[k])}`)
    .join(', ');
  return [
    `Rows of a rare class are listed more readily than others (${list}${rare.length > NAMED ? ', …' : ''}): networks see few of it, and one that is only unusual may look mislabelled. Compare such a row with those near it before you change its label.`,
  ];
}

function countsOf(answers: ArrayLike<number>, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (let i = 0; i < answers.length; i++) counts[answers[i]] += 1;
  return counts;
}
