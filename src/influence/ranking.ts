/** @file The training examples that matter most for one query. */
import { checkOneOf } from '../linalg/border/arguments.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { checkInteger } from '../linalg/checks.ts';
import { argsort } from './judging/rank-correlation.ts';
import { MEASUREMENT_FACTS, MEASUREMENTS, type Measurement } from './measurement.ts';

/** One training example and its score for the query. */
export interface Influence {
  readonly index: number;
  readonly score: number;
}

export interface TopInfluences {
  /** Helped the query most: leaving one out is predicted to make it worse. Strongest first. */
  readonly proponents: readonly Influence[];
  /** Harmed the query most: leaving one out is predicted to make it better. Strongest first. */
  readonly opponents: readonly Influence[];
}

/**
 * The k strongest proponents and opponents of query q.
 *
 * @param scores - Shape [nQuery, nTrain], in the convention of `Attributor`: positive ⇔ leaving out raises m.
 * @param q - Query row. @param k - At most so many of each.
 * @param measurement - What the scores speak of. For 'loss' (default) and 'absolute-error' proponents have positive scores; for 'margin',
 * where higher is better, proponents have negative scores: leaving one out lowers the margin.
 * @returns Fewer than k when fewer examples have the sign; zeros are neither. Ties go to the smaller index.
 * @throws {DomainError} q out of range, k not an integer ≥ 0. @throws {NonFiniteError} NaN in the row.
 * Cost: O(nTrain log nTrain).
 * @example topInfluences(Matrix.of([[2, -1, 5, 0]]), 0, 1).proponents; // [{ index: 2, score: 5 }]
 */
export function topInfluences(
  scores: MatrixInput,
  q: number,
  k: number,
  measurement: Measurement = 'loss',
): TopInfluences {
  const table = asMatrix('topInfluences', 'scores', scores);
  checkInteger('topInfluences', 'q', q, 0, table.rows - 1);
  checkInteger('topInfluences', 'k', k, 0, Number.POSITIVE_INFINITY);
  checkOneOf('topInfluences', 'measurement', measurement, MEASUREMENTS);
  const row = table.row(q);
  const smallest = strongest(row, k, -1);
  const largest = strongest(row, k, 1);
  return MEASUREMENT_FACTS[measurement].rises === true
    ? { proponents: smallest, opponents: largest }
    : { proponents: largest, opponents: smallest };
}

/** The k entries with sign·score > 0 largest, in descending order; stable, so ties go to the smaller index. */
function strongest(row: Float64Array, k: number, sign: 1 | -1): Influence[] {
  const out: Influence[] = [];
  for (const index of argsort(row.map((score) => -sign * score))) {
    if (out.length === k || !(sign * row[index] > 0)) break;
    out.push({ index, score: row[index] });
  }
  return out;
}
