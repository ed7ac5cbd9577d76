/** @file How two matrices of token scores agree, and how token scores add up. */
import type { ClassificationData } from '../../autodiff/index.ts';
import { spearman } from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';
import { pearson } from '../judging/correlation.ts';
import { average } from '../judging/judge.ts';

/** Means over rows: of Pearson's correlation and of Spearman's. */
export interface Agreement {
  readonly pearson: number;
  readonly spearman: number;
}

/** Over the columns of each row. */
export function agreementOf(a: Matrix, b: Matrix): Agreement {
  const rows = Array.from({ length: a.rows }, (_, r) => r);
  return {
    pearson: average(rows.map((r) => pearson(a.row(r), b.row(r)))),
    spearman: average(rows.map((r) => spearman(a.row(r), b.row(r)))),
  };
}

/** Scores of sequences [nQuery, N]: the sums of those of their tokens. */
export function sequenceScores(tokens: Matrix, length: number): Matrix {
  const out = new Matrix(tokens.rows / length, tokens.cols / length);
  for (let r = 0; r < tokens.rows; r++) {
    const [row, own] = [tokens.row(r), out.row(Math.floor(r / length))];
    for (let k = 0; k < row.length; k++) own[Math.floor(k / length)] += row[k];
  }
  return out;
}

/** The share of a query's pairs of neighbouring characters that a training sequence has too, [nQuery, N]. */
export function overlaps(train: ClassificationData, queries: ClassificationData): Matrix {
  const pairs = ({ inputs, labels }: ClassificationData): string[][] =>
    Array.from({ length: inputs.rows }, (_, i) =>
      Array.from(inputs.row(i), (before, t) => `${before} ${labels[i * inputs.cols + t]}`),
    );
  const known = pairs(train).map((own) => new Set(own));
  return Matrix.of(
    pairs(queries).map((own) => known.map((set) => own.filter((pair) => set.has(pair)).length / own.length)),
  );
}
