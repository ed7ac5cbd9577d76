/** @file LDS of group scores, and how they are written. */
import { type Bootstrap, bootstrapDifference } from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';
import { estimateOf, judgeBy } from '../judging/judge.ts';
import type { Scored } from './astra-results.ts';
import { singletons } from './groups.ts';

/** Resamples behind every interval here: thousands of LDS are computed, and 1,000 are the least that BCa ends ask for. */
const RESAMPLES = 1000;

/** Judges group scores [Q, K]. */
export type GroupJudge = (groups: Matrix) => Bootstrap;

/** The judge by the outcomes [K, Q] of the same subsets and queries. */
export function groupJudge(outcomes: Matrix, seed: number): GroupJudge {
  const judge = judgeBy({ subsets: singletons(outcomes.rows), outcomes, seed });
  return (groups) => judge(corner(groups, outcomes.cols, outcomes.rows), RESAMPLES).bootstrap;
}

/** An LDS as it is written; nulls of one that diverged. */
export function scored(drawn: Bootstrap | undefined): Scored {
  const { value, lo, hi } = estimateOf(drawn);
  return { mean: value, ci: [lo, hi] };
}

export function difference(a: Bootstrap, b: Bootstrap): Scored {
  return scored(bootstrapDifference(a, b));
}

/** The first rows and columns: results may hold more queries and subsets than are judged. */
export function corner(a: Matrix, rows: number, cols: number): Matrix {
  if (a.rows === rows && a.cols === cols) return a;
  const out = new Matrix(rows, cols);
  for (let i = 0; i < rows; i++) out.row(i).set(a.row(i).subarray(0, cols));
  return out;
}
