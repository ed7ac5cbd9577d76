/** @file How well each label agrees with probabilities predicted without it. */
import { checkBoolean } from '../../linalg/border/arguments.ts';
import { type Check, checkFields, oneOf } from '../../linalg/border/fields.ts';
import { asIntegers, type IntegersInput } from '../../linalg/border/integers.ts';
import { asMatrix, type MatrixInput } from '../../linalg/border/matrix.ts';
import { checkFinite, checkLength } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import { argsort } from '../judging/rank-correlation.ts';

export interface LabelScoreOptions {
  /**
   * - `self-confidence` (default): p_y.
   * - `normalised-margin`: (1 + p_y − max_{k≠y} p_k) / 2. Below ½ where another class is more probable.
   */
  readonly score?: 'normalised-margin' | 'self-confidence';
  /**
   * First takes away what the network believes of each class in general: p_k ← (p_k − t_k + max t) / Σ, t_k the mean of p_k over the examples
   * labelled k. Default false.
   */
  readonly balanced?: boolean;
}

/** A score for each label, and what speaks against it. */
export interface LabelScores {
  /** In [0, 1], [n]: low where the label is doubtful. */
  readonly scores: Vec;
  /** The most probable class of each example, [n]; ties go to the label, then to the smaller class. */
  readonly suggested: Int32Array;
  /** All examples, [n], the most doubtful first; equal scores keep their order. */
  readonly ranked: Int32Array;
}

const OPTIONS: Record<keyof LabelScoreOptions, Check> = {
  score: oneOf('normalised-margin', 'self-confidence'),
  balanced: checkBoolean,
};

/** How far a row of probabilities may be from adding up to 1. */
const SUM_ERROR = 1e-6;

/**
 * Scores labels by probabilities that were predicted without them, as {@link outOfFold} gives: a network that has seen a wrong label may have
 * learnt it by heart.
 *
 * @param probabilities - [n, C], C ≥ 2: each row in [0, 1] and of sum 1. @param labels - [n], 0..C−1.
 * @throws {ShapeError} sizes that do not match. @throws {DomainError} rows that are no probabilities, labels that are no class, bad options.
 * @throws {NonFiniteError} a probability that is no number.
 * Cost: O(n C + n log n). Accuracy: a few ulp. Reference: Northcutt, Jiang & Chuang, Confident learning (JAIR 70, 2021); Kuan & Mueller,
 * Model-agnostic label quality scoring to detect real-world label errors (2022).
 * @example labelScores([[0.9, 0.1], [0.8, 0.2]], [0, 1]).scores; // [0.9, 0.2]; the second should be class 0
 */
export function labelScores(
  probabilities: MatrixInput,
  labels: IntegersInput,
  options: LabelScoreOptions = {},
): LabelScores {
  const where = 'labelScores';
  const p = asMatrix(where, 'probabilities', probabilities);
  if (p.rows === 0 || p.cols < 2)
    throw new ShapeError(where, 'probabilities', '[n ≥ 1, C ≥ 2]', `[${p.rows}, ${p.cols}]`);
  checkProbabilities(where, p);
  const y = asIntegers(where, 'labels', labels, 0, p.cols - 1);
  checkLength(where, 'labels', y, p.rows);
  checkFields(where, options, OPTIONS);
  const { score = 'self-confidence', balanced = false } = options;
  const q = balanced ? withoutBias(p, y) : p;
  const scores = new Float64Array(q.rows);
  const suggested = new Int32Array(q.rows);
  for (let i = 0; i < q.rows; i++) {
    const row = q.row(i);
    const other = best(row, y[i]);
    suggested[i] = row[other] > row[y[i]] ? other : y[i];
    scores[i] = score === 'self-confidence' ? row[y[i]] : (1 + row[y[i]] - row[other]) / 2;
  }
  return { scores, suggested, ranked: argsort(scores) };
}

/** The most probable class but one. */
function best(row: Vec, but: number): number {
  let at = but === 0 ? 1 : 0;
  for (let k = at + 1; k < row.length; k++) if (k !== but && row[k] > row[at]) at = k;
  return at;
}

/** Probabilities less the mean confidence in each class, shifted to be positive and of sum 1 again. */
function withoutBias(p: Matrix, y: Int32Array): Matrix {
  const total = new Float64Array(p.cols);
  const count = new Float64Array(p.cols);
  for (let i = 0; i < p.rows; i++) {
    total[y[i]] += p.at(i, y[i]);
    count[y[i]]++;
  }
  const mean = total.map((sum, k) => (count[k] === 0 ? 0 : sum / count[k]));
  const top = Math.max(...mean);
  const out = p.clone();
  for (let i = 0; i < out.rows; i++) {
    const row = out.row(i);
    let sum = 0;
    for (let k = 0; k < row.length; k++) sum += row[k] += top - mean[k];
    for (let k = 0; k < row.length; k++) row[k] /= sum;
  }
  return out;
}

function checkProbabilities(where: string, p: Matrix): void {
  checkFinite(where, 'probabilities', p.data);
  for (let i = 0; i < p.rows; i++) {
    let sum = 0;
    for (const [k, x] of p.row(i).entries()) {
      if (!(x >= 0 && x <= 1)) throw new DomainError(where, `probabilities[${i}][${k}]`, 'in [0, 1]', x);
      sum += x;
    }
    if (Math.abs(sum - 1) > SUM_ERROR)
      throw new DomainError(where, `probabilities[${i}]`, 'of sum 1', sum, `a sum of ${sum}`);
  }
}
