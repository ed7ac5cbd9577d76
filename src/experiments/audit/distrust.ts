/** @file What an answer that looks at nothing reaches, by luck too; and whether the networks do better, without which their doubts are not to be trusted. */
import type { AuditData } from './audit-data.ts';
import { type ClassQuality, classesOf, DEVIATIONS, guesses, HARDLY } from './class-quality.ts';
import type { Findings, Trust } from './findings.ts';

/** How good predictions are, and what knows nothing. */
export type Skill = Partial<ClassQuality> & Pick<Findings['model'], 'heldOutLoss' | 'baseline'>;

/** What the mean |error| reaches by luck: that of always saying the median, less two standard errors of how much it differs from the networks'. */
export function numberLuck(errors: ArrayLike<number>, plain: ArrayLike<number>): number {
  const n = plain.length;
  let [sum, square, baseline] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    sum += (plain[i] - errors[i]) / n;
    baseline += plain[i] / n;
  }
  for (let i = 0; i < n; i++) square += (plain[i] - errors[i] - sum) ** 2 / (n - 1);
  return Math.max(0, baseline - DEVIATIONS * Math.sqrt(square / n));
}

/** |t − median| of numbers. @param asked - The rows it is said of, where they are others than those of the median. */
export function plainErrors(
  { answers }: Pick<AuditData, 'answers'>,
  { answers: asked }: Pick<AuditData, 'answers'> = { answers },
): Float64Array {
  const sorted = answers.slice().sort();
  const median = sorted[sorted.length >> 1];
  return asked.map((t) => Math.abs(t - median));
}

/** What always saying the most frequent class reaches, or the median of numbers: accuracy, or mean |error|. @param asked - As of {@link plainErrors}. */
export function baselineOf(
  { answers, classes }: Pick<AuditData, 'answers' | 'classes'>,
  { answers: asked }: Pick<AuditData, 'answers'> = { answers },
): number {
  if (classes.length === 0)
    return plainErrors({ answers }, { answers: asked }).reduce((sum, x) => sum + x, 0) / asked.length;
  const counts = new Float64Array(classes.length);
  for (const y of answers) counts[y] += 1;
  const most = counts.indexOf(Math.max(...counts));
  return asked.filter((y) => y === most).length / asked.length;
}

/** Whether the networks know hardly more of rows that they did not see than an answer that looks at nothing: then what they doubt says nothing. */
export function distrustOf({ heldOutLoss, baseline, ...rest }: Skill): Pick<Trust, 'distrust'> {
  const classes = classesOf(rest);
  const useless =
    classes === undefined
      ? heldOutLoss.value >= Math.min(rest.luck ?? baseline, (1 - HARDLY) * baseline)
      : guesses(classes);
  if (!useless) return {};
  const answers = classes === undefined ? 'targets' : 'labels';
  const than = classes === undefined ? 'always saying the median' : 'guessing the class';
  return {
    distrust: `Do not trust the doubts about ${answers}: on rows that they did not see the networks do no better, or hardly better, than ${than}.`,
  };
}
