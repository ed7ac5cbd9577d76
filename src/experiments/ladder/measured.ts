/** @file The measured outcomes that a source's predictions are held against. */
import { outcomeMeans, type RetrainingBank } from '../../influence/index.ts';
import { sortColumns } from '../../influence/judging/lds.ts';
import type { SortedRows } from '../../influence/judging/resampled-spearman.ts';
import { Matrix } from '../../linalg/index.ts';
import type { AnySetting } from '../protocol/any-setting.ts';
import type { Source } from './jobs.ts';
import { queriesOf } from './ladder-task.ts';

/** The measured outcomes of a source's queries, ranked. */
export function measuredFor(setting: AnySetting, source: Source, bank: RetrainingBank): SortedRows {
  const all = outcomeMeans(bank, setting.measurement);
  const queries = queriesOf(setting, source);
  const some = new Matrix(all.rows, queries.length);
  for (let j = 0; j < all.rows; j++) some.row(j).set(Float64Array.from(queries, (q) => all.at(j, q)));
  return sortColumns(some);
}
