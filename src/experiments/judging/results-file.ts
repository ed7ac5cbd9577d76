/** @file What every file of results has in common: how it was made, a digest of its numbers, and LDS with their intervals. */
import * as v from 'valibot';
import { digest } from '../files/digest.ts';
import type { DigestedFormat } from '../files/digested-file.ts';
import {
  correlation,
  correlationDifference,
  count,
  fraction,
  intervalOf,
  nonNegative,
  type ReadOnly,
  sha256,
} from '../files/json-schemas.ts';
import { makingEntries } from './versions.ts';

/** The fields that stand before the settings. */
export function headEntries<const F extends string>(format: F) {
  return { format: v.literal(format), ...makingEntries, digest: sha256 };
}

/** A file whose `digest` is the {@link settingsDigest} of its `settings`. */
export function settingsFile<S extends v.GenericSchema<unknown, DigestedSettings>>(
  format: string,
  schema: S,
  command: string,
): DigestedFormat<S> {
  return {
    format,
    schema,
    digest: ({ digest: stored, settings }) => ({
      field: 'digest',
      stored,
      computed: settingsDigest(settings),
    }),
    command,
  };
}

interface DigestedSettings {
  readonly digest: string;
  readonly settings: readonly object[];
}

/** SHA-256 of settings without the times in them, which vary between runs. */
export function settingsDigest(settings: readonly object[]): string {
  return digest(withoutTimes(settings));
}

const TIMES: readonly string[] = ['seconds', 'trainingSeconds'];

/** A tree of plain values without fields that hold seconds. */
export function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (TIMES.includes(key) ? [] : [[key, withoutTimes(item)]])),
  );
}

/** What an LDS rests on: base models, and subsets that were retrained with so many seeds each. */
export const extentEntries = { models: count, subsets: count, seeds: count };

/** A declared network, how it was trained, and how well: means over its base models. */
export const networkEntries = {
  network: v.string(),
  parameters: count,
  train: count,
  queries: count,
  epochs: count,
  ...extentEntries,
  /** What knowing every expected outcome would reach. */
  ceiling: v.nullable(correlation),
  accuracy: v.strictObject({ train: fraction, query: fraction }),
  loss: v.strictObject({ train: nonNegative, query: nonNegative }),
};

/** An LDS with its 95 % BCa interval. */
export const ldsEntries = { lds: v.nullable(correlation), ci: intervalOf(correlation) };

/** The LDS of one method less that of another, paired over subsets; `ci` is the BCa interval. */
export const differenceEntries = {
  difference: v.nullable(correlationDifference),
  ci: intervalOf(correlationDifference),
  percentile: intervalOf(correlationDifference),
};

const DifferenceSchema = v.strictObject(differenceEntries);
export type PairedDifference = ReadOnly<v.InferOutput<typeof DifferenceSchema>>;

/** An LDS of each base model alone. `sd` divides by n − 1; null for a single network. */
export const SpreadSchema = v.strictObject({
  mean: v.nullable(correlation),
  sd: v.nullable(nonNegative),
  values: v.array(v.nullable(correlation)),
});
export type Spread = ReadOnly<v.InferOutput<typeof SpreadSchema>>;
