/** @file The mean of statistics that were resampled alike. */
import type { Bootstrap } from '../../influence/index.ts';

/** The bootstrap of the mean of several statistics, resample by resample. @throws {Error} none are given. */
export function meanBootstrap(all: readonly Bootstrap[]): Bootstrap {
  const [first] = all;
  if (first === undefined) throw new Error('meanBootstrap: nothing to average.');
  const average = (read: (b: Bootstrap) => Float64Array): Float64Array =>
    read(first).map((_, i) => all.reduce((total, b) => total + read(b)[i], 0) / all.length);
  return {
    estimate: all.reduce((total, { estimate }) => total + estimate, 0) / all.length,
    replicates: average((b) => b.replicates),
    jackknife: average((b) => b.jackknife),
    seed: first.seed,
  };
}
