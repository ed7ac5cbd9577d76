/** @file What a worker says that it has computed, before it is believed: only what a job of ours stores, with checksums that hold, is stored. */
import * as v from 'valibot';
import type { DeclaredJobs, Retraining } from '../engine/jobs.ts';
import { decodeLogRecord, recordBytes } from '../engine/retraining-log.ts';
import { decodeRecord } from '../engine/store.ts';
import { taskKey } from '../engine/task.ts';
import type { BatchResult } from './messages.ts';
import { unseal } from './sealed.ts';

const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');
const ResultSchema = v.strictObject({
  code: v.string(),
  worker: v.string(),
  outcomes: v.array(
    v.strictObject({
      reply: v.unknown(),
      written: v.array(v.strictObject({ kind: v.picklist(['result', 'retraining']), bytes })),
      seconds: v.pipe(v.number(), v.finite(), v.minValue(0)),
    }),
  ),
});

/** The result of a batch of so many jobs, or what is wrong with it. @param code - That must have computed it. */
export function openResult(sealed: Uint8Array, code: string, jobs: number): BatchResult | string {
  const value = unseal(sealed);
  if (value === undefined) return 'its digest is wrong';
  const parsed = v.safeParse(ResultSchema, value);
  if (!parsed.success) return 'it is not a result';
  const { output } = parsed;
  if (output.code !== code) return 'it was made by other code';
  if (output.outcomes.length !== jobs) return `it has ${output.outcomes.length} outcomes of ${jobs} jobs`;
  return output;
}

/** What may be stored of one job. */
export interface Accepted {
  /** Result files, by task and key. */
  readonly results: readonly { readonly name: string; readonly key: string; readonly bytes: Uint8Array }[];
  /** The record of the retraining that the job is. */
  readonly retraining: { readonly of: Retraining; readonly bytes: Uint8Array } | undefined;
}

/** Checks what one job has stored. @returns what may be stored, or what is wrong. */
export function accept<Job>(
  jobs: DeclaredJobs<Job>,
  job: Job,
  { written }: BatchResult['outcomes'][number],
): Accepted | string {
  const retraining = jobs.retraining?.(job);
  if (retraining !== undefined) return acceptRetraining(retraining, written);
  const results: Accepted['results'][number][] = [];
  for (const one of written) {
    if (one.kind !== 'result') return 'it holds a retraining that nobody asked for';
    const record = decodeRecord(one.bytes);
    if (typeof record === 'string') return `a result in it: ${record}`;
    const { name, version } = record.task;
    if (!Object.hasOwn(jobs.versions, name) || jobs.versions[name] !== version)
      return `it holds a result of ${name} ${version}, which is not of this study`;
    results.push({ name, key: taskKey(record.task), bytes: one.bytes });
  }
  const task = jobs.task(job);
  if (task !== undefined && (results.length !== 1 || results[0].key !== taskKey(task)))
    return 'it does not hold the result that was asked for';
  return { results, retraining: undefined };
}

function acceptRetraining(
  of: Retraining,
  written: BatchResult['outcomes'][number]['written'],
): Accepted | string {
  const [one] = written;
  if (written.length !== 1 || one.kind !== 'retraining') return 'it does not hold one retraining';
  const { series, subset, seed } = of;
  if (one.bytes.length !== recordBytes(series.queries, series.measurements.length))
    return 'its retraining has another length';
  const record = decodeLogRecord(series, Uint8Array.from(one.bytes));
  if (record === undefined) return 'the checksum of its retraining is wrong';
  if (record.subset !== subset || record.seed !== seed) return 'it holds another retraining';
  return { results: [], retraining: { of, bytes: one.bytes } };
}
