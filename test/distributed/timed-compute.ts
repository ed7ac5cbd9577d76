/** @file A job that takes a given time and computes nothing: what is left is the queue. */
import type { Compute } from '../../src/experiments/engine/bench.ts';
import { pause } from './redis-server.ts';

/** Sleeps, or does not even that. */
export interface TimedJob {
  readonly kind: string;
  readonly k: number;
  readonly ms: number;
}

const compute: Compute<TimedJob, Promise<number> | number> = ({ k, ms }) =>
  ms === 0 ? k : pause(ms).then(() => k);

export default compute;
