/** @file Who helped and who harmed, and how alike two rankings are. */
import { type Measurement, spearman, topInfluences } from '../../../influence/index.ts';
import { Matrix } from '../../../linalg/index.ts';

/** One training example of a list. */
export interface Ranked {
  /** Among the training examples. */
  readonly index: number;
  readonly score: number;
  /** What leaving it out is predicted to add to the measurement: score / N. */
  readonly change: number;
}

/** Both ends of a ranking. */
export interface Ends {
  readonly helped: readonly Ranked[];
  readonly harmed: readonly Ranked[];
}

/** The k examples at each end, strongest first. */
export function ends(scores: Float64Array, k: number, measurement: Measurement): Ends {
  const { proponents, opponents } = topInfluences(new Matrix(1, scores.length, scores), 0, k, measurement);
  const ranked = (list: typeof proponents): Ranked[] =>
    list.map(({ index, score }) => ({ index, score, change: score / scores.length }));
  return { helped: ranked(proponents), harmed: ranked(opponents) };
}

/** How alike two scores of one query are: Spearman's ρ, and how many of the k strongest of each end they share. */
export interface Likeness {
  readonly rank: number;
  /** Of 2k. */
  readonly shared: number;
}

/** Compares scores with those of a reference. */
export function likeness(
  scores: Float64Array,
  reference: Float64Array,
  k: number,
  measurement: Measurement,
): Likeness {
  const [a, b] = [ends(scores, k, measurement), ends(reference, k, measurement)];
  const common = (x: readonly Ranked[], y: readonly Ranked[]): number =>
    x.filter(({ index }) => y.some((other) => other.index === index)).length;
  return {
    rank: spearman(scores, reference),
    shared: common(a.helped, b.helped) + common(a.harmed, b.harmed),
  };
}

/** What removing a set is predicted to add to the measurement: (1/N) Σ score. */
export function predictedChange(scores: Float64Array, removed: Iterable<number>): number {
  let total = 0;
  for (const i of removed) total += scores[i];
  return total / scores.length;
}
