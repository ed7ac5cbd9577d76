/** @file The first query of a text and training sequences by their scores, character by character. */
import * as v from 'valibot';
import { type Dataset, datasetSize } from '../../autodiff/index.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { StoredArray } from '../engine/task.ts';
import { finite, type ReadOnly } from '../files/json-schemas.ts';
import { textOf } from './data/moby-dick.ts';

/** The query that is shown. */
export const SHOWN_QUERY = 0;
/** How many sequences are shown on each side. */
const SHOWN = 3;

/** A sequence with the character behind it, and what each character but the first has of the score. */
const PassageSchema = v.strictObject({ text: v.string(), score: finite, shares: v.array(finite) });
export type Passage = ReadOnly<v.InferOutput<typeof PassageSchema>>;

/** The fields of a file that hold them: the query has its shares in the first pair. */
export const passageEntries = {
  query: PassageSchema,
  helpful: v.array(PassageSchema),
  harmful: v.array(PassageSchema),
};
const PassagesSchema = v.strictObject(passageEntries);
export type Passages = ReadOnly<v.InferOutput<typeof PassagesSchema>>;

/**
 * The sequences with the highest and the lowest scores, with the share of each character; and the query with its shares in the first pair.
 *
 * @param stored - Scores of every pair of characters of the query and the training sequences, [length, N · length].
 */
export function passagesOf(train: Dataset, query: Dataset, stored: StoredArray): Passages {
  const scores = matrixOf(stored);
  const { rows: length } = scores;
  const shares = Array.from({ length: datasetSize(train) }, (_, i) =>
    Array.from({ length }, (_s, s) => sum(length, (t) => scores.at(t, i * length + s))),
  );
  const totals = shares.map((own) => own.reduce((a, b) => a + b, 0));
  const order = totals.map((_, i) => i).sort((a, b) => totals[b] - totals[a] || a - b);
  const passage = (i: number): Passage => ({
    text: textAt(train, i, length),
    score: totals[i],
    shares: shares[i],
  });
  const [best] = order;
  const own = Array.from({ length }, (_, t) => sum(length, (s) => scores.at(t, best * length + s)));
  return {
    query: { text: textAt(query, SHOWN_QUERY, length), score: totals[best], shares: own },
    helpful: order.slice(0, SHOWN).map(passage),
    harmful: order.slice(-SHOWN).reverse().map(passage),
  };
}

/** A sequence with the character behind it. */
function textAt(data: Dataset, i: number, length: number): string {
  const { inputs } = data;
  const labels = 'labels' in data ? data.labels : new Int32Array();
  return textOf([...inputs.row(i), labels[(i + 1) * length - 1]]);
}

function sum(count: number, of: (k: number) => number): number {
  let total = 0;
  for (let k = 0; k < count; k++) total += of(k);
  return total;
}
