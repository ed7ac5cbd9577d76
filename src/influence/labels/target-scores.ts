/** @file How well each real target agrees with predictions made without it. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { isArray } from '../../linalg/border/describe.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asMatrix, type MatrixInput } from '../../linalg/border/matrix.ts';
import { checkFinite, checkShape } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { argsort } from '../judging/rank-correlation.ts';
import type { OutOfFold } from './out-of-fold.ts';

/** A score for each row of targets, and what is predicted instead. */
export interface TargetScores {
  /** In (0, 1], [n]: low where a target is doubtful. 1/(1 + z²). */
  readonly scores: Vec;
  /** z, [n]: how many standard deviations the targets lie away from what is predicted; over several outputs the root of the mean square. */
  readonly deviations: Vec;
  /** The mean prediction, [n, C]. */
  readonly suggested: Matrix;
  /** All examples, [n], the most doubtful first; equal scores keep their order. */
  readonly ranked: Int32Array;
}

/** Median of |x| to standard deviation, for a normal distribution: 1/Φ⁻¹(3/4). */
const MEDIAN_TO_DEVIATION = 1.482602218505602;

/**
 * Scores targets by predictions made without them, as {@link outOfFold} gives. With μ and s the mean and the standard deviation over the R
 * repeats of what is predicted for example i, and σ the noise of an output, 1.4826 times the median of |t − μ| over the examples,
 *
 *   z² = (t − μ)² / (s² + σ²), averaged over the outputs;   score = 1/(1 + z²).
 *
 * s counts what the networks do not know: where they disagree, a large residual says little about the target. σ is a median, so that wrong
 * targets do not widen it. Trained with a loss that they cannot pull far, `huber`, the networks follow wrong targets less.
 *
 * @param predictions - Of {@link outOfFold} with R ≥ 2, or the R matrices by themselves. @param targets - [n, C].
 * @throws {ShapeError} sizes that do not match, fewer than two repeats or no examples. @throws {NonFiniteError} an element that is no number.
 * @throws {DomainError} σ = 0 and s = 0 somewhere beside a residual: more than half of an output's targets are predicted exactly.
 * Cost: O(R n C + n log n). Accuracy: a few ulp.
 * @example targetScores([[[1], [2], [3]], [[1.2], [2], [3.2]]], [[1], [2.5], [9]]).ranked; // [2, 1, 0]
 */
export function targetScores(
  predictions: OutOfFold | readonly MatrixInput[],
  targets: MatrixInput,
): TargetScores {
  const where = 'targetScores';
  const t = asMatrix(where, 'targets', targets);
  if (t.data.length === 0) throw new ShapeError(where, 'targets', 'at least one example and output', 'none');
  checkFinite(where, 'targets', t.data);
  const repeats = asRepeats(where, predictions, t);
  const { mean, variance } = momentsOf(repeats);
  const squares = new Float64Array(t.rows);
  for (let c = 0; c < t.cols; c++) {
    const residuals = Float64Array.from({ length: t.rows }, (_, i) => t.at(i, c) - mean.at(i, c));
    const sigma = MEDIAN_TO_DEVIATION * median(residuals.map(Math.abs));
    for (let i = 0; i < t.rows; i++) {
      const scale = Math.sqrt(variance.at(i, c) + sigma * sigma);
      if (scale === 0 && residuals[i] !== 0)
        throw new DomainError(
          where,
          'predictions',
          'uncertain or wrong for half of the examples',
          0,
          'exact ones',
        );
      if (scale > 0) squares[i] += (residuals[i] / scale) ** 2 / t.cols;
    }
  }
  const scores = squares.map((square) => 1 / (1 + square));
  const ranked = argsort(squares.map((square) => -square));
  return { scores, deviations: squares.map(Math.sqrt), suggested: mean, ranked };
}

function asRepeats(where: string, predictions: OutOfFold | readonly MatrixInput[], t: Matrix): Matrix[] {
  const repeats = asList<MatrixInput>(where, 'predictions', listOf(where, predictions), 'matrices');
  if (repeats.length < 2)
    throw new ShapeError(where, 'predictions', 'of at least two repeats', `${repeats.length}`);
  return repeats.map((one, r) => {
    const rows = asMatrix(where, `predictions[${r}]`, one);
    checkShape(where, `predictions[${r}]`, rows, t.rows, t.cols);
    checkFinite(where, `predictions[${r}]`, rows.data);
    return rows;
  });
}

function listOf(where: string, predictions: OutOfFold | readonly MatrixInput[]): readonly MatrixInput[] {
  if (isArray(predictions)) return predictions as readonly MatrixInput[];
  checkObject(where, 'predictions', predictions);
  return (predictions as OutOfFold).repeats;
}

/** Mean and unbiased variance of every element over the repeats, in two passes. */
function momentsOf(repeats: readonly Matrix[]): { mean: Matrix; variance: Matrix } {
  const [{ rows, cols }] = repeats;
  const mean = Matrix.zeros(rows, cols);
  const variance = Matrix.zeros(rows, cols);
  for (let i = 0; i < mean.data.length; i++) {
    for (const { data } of repeats) mean.data[i] += data[i] / repeats.length;
    for (const { data } of repeats) variance.data[i] += (data[i] - mean.data[i]) ** 2 / (repeats.length - 1);
  }
  return { mean, variance };
}

function median(x: Vec): number {
  const sorted = x.sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
