/** @file What the audit and cleanlab found, as it is stored: results/audit/audit.json. */
import * as v from 'valibot';
import { digest } from '../src/experiments/files/digest.ts';
import type { DigestedFormat } from '../src/experiments/files/digested-file.ts';
import { count, finite, index, nonNegative, positive } from '../src/experiments/files/json-schemas.ts';

const share = v.pipe(finite, v.minValue(0), v.maxValue(1));
const quality = v.strictObject({ loss: nonNegative, accuracy: v.nullable(share) });
const versions = v.record(v.string(), v.string());

const ranking = v.strictObject({
  way: v.string(),
  model: v.string(),
  ranked: v.array(index),
  flagged: v.array(index),
});

/** What bench/peers/cleanlab_audit.py answers. */
export const PeerRankSchema = v.strictObject({ versions, entries: v.array(ranking), seconds: nonNegative });
export const PeerJudgeSchema = v.strictObject({
  versions,
  judge: v.string(),
  judged: v.record(v.string(), quality),
  seconds: nonNegative,
});

export const DrawSchema = v.strictObject({
  case: v.string(),
  draw: index,
  rows: count,
  features: count,
  /** 0: numbers. */
  classes: index,
  /** Rows that judge; none of them was audited. */
  clean: count,
  /** Rows with a wrong answer: k. */
  wrong: count,
  network: v.string(),
  /** Of scikit-learn. */
  judge: v.string(),
  versions,
  /** Of the processor. */
  seconds: v.strictObject({ audit: positive, cleanlab: positive }),
  entries: v.array(
    v.strictObject({
      way: v.string(),
      /** Whose predictions were used. */
      model: v.string(),
      /** Wrong rows among the first k. */
      found: index,
      flagged: index,
      /** Wrong rows among those. */
      flaggedRight: index,
    }),
  ),
  /** Trained anew without some rows: quality on the clean ones. Loss: cross-entropy, of numbers mean |error|. */
  removals: v.array(v.strictObject({ list: v.string(), rows: index, networks: quality, peer: quality })),
});
export type DrawResult = v.InferOutput<typeof DrawSchema>;

/** One draw again: the audit with one repeat, and cleanlab's ways with the mean of as many as the audit has. */
export const AveragedSchema = v.strictObject({
  case: v.string(),
  draw: index,
  wrong: count,
  /** Of the audit. */
  repeats: count,
  versions,
  /** Wrong rows among the first k. */
  entries: v.array(v.strictObject({ way: v.string(), model: v.string(), repeats: count, found: index })),
});
export type AveragedResult = v.InferOutput<typeof AveragedSchema>;

const FORMAT = 'eigenfluence audit-bench 2';
export const AuditBenchSchema = v.strictObject({
  format: v.literal(FORMAT),
  digest: v.exactOptional(v.string()),
  draws: v.array(DrawSchema),
  /** Of the same draws, in their order. */
  averaged: v.array(AveragedSchema),
});
export type AuditBench = v.InferOutput<typeof AuditBenchSchema>;

/** What was found. */
export type AuditFound = Pick<AuditBench, 'draws' | 'averaged'>;

/** The digest of what was found; times have no part in it. */
export function benchDigest({ draws, averaged }: AuditFound): string {
  return digest([draws.map(({ seconds: _, ...found }) => found), averaged]);
}

/** The file of some draws. */
export function auditBench(found: AuditFound): AuditBench {
  return { format: FORMAT, digest: benchDigest(found), ...found };
}

export const AUDIT_BENCH: DigestedFormat<typeof AuditBenchSchema> = {
  format: FORMAT,
  schema: AuditBenchSchema,
  digest: (value) => ({ field: 'digest', stored: value.digest, computed: benchDigest(value) }),
  command: 'npm run bench:audit',
};
