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
}

/** Fewer rows of a class, and nothing is said of them. */
export const FEW_ROWS = 10;
/** Of the way from guessing to being right, what is as good as none. */
const NONE = 0.05;
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
  };
}

/** The whole, where it is all there; undefined of numbers. */
export function classesOf({
  accuracy,
  balancedAccuracy,
  recall,
}: Partial<ClassQuality>): ClassQuality | undefined {
  return accuracy && balancedAccuracy && recall && { accuracy, balancedAccuracy, recall };
}

/** No better than guessing: the classes' mean share of right answers is within a twentieth of the way from 1 / C to 1. */
export function guesses({ balancedAccuracy: { value }, recall }: ClassQuality): boolean {
  const chance = 1 / recall.filter((one) => one !== null).length;
  return value - chance <= NONE * (1 - chance);
}

/** Classes too rare to judge, and those of which most rows are taken for another, in sentences. */
export function classWarnings(
  { answers, classes }: Pick<AuditData, 'answers' | 'classes'>,
  quality: ClassQuality | undefined,
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
  ];
}

function countsOf(answers: ArrayLike<number>, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (let i = 0; i < answers.length; i++) counts[answers[i]] += 1;
  return counts;
}
