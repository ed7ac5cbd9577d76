/** @file A static share of an experiment's jobs: which of n machines does which, without a word between them. */
import { digest } from '../files/digest.ts';

/** Number `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Places of a retraining, as its series numbers them. */
export interface Numbered {
  readonly subset: number;
  readonly seed: number;
}

/**
 * Retrainings of neighbouring seeds are dealt so many places apart. Up to 101 shards get equal shares of every seed; more shards than
 * subsets get shares of several seeds.
 */
const SEED_STRIDE = 101;

/** Whose a retraining is, of shards 1..count: dealt out in turn, since all take about as long. */
export function ownerOfRetraining({ subset, seed }: Numbered, count: number): number {
  return ((subset + SEED_STRIDE * seed) % count) + 1;
}

/** Whose any other job is, by what it is and nothing else: an equal share on the average. @param key - Its digest. */
export function ownerOfKey(key: string, count: number): number {
  return (Number.parseInt(key.slice(0, 12), 16) % count) + 1;
}

/** Whether a retraining is a shard's. */
export function retrainingIsOf({ index, count }: Shard, retraining: Numbered): boolean {
  return ownerOfRetraining(retraining, count) === index;
}

/** Whether any other job is a shard's. @param unit - Plain values. */
export function unitIsOf({ index, count }: Shard, unit: unknown): boolean {
  return ownerOfKey(digest(unit), count) === index;
}
