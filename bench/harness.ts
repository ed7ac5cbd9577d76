/** @file Timing: benchmark.js for our own code and JavaScript peers, medians, and pairs measured in turn. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import Benchmark from 'benchmark';

export interface Timing {
  /** Median seconds per call. */
  readonly seconds: number;
  /** Median absolute deviation of the samples, in seconds. */
  readonly spread: number;
  readonly samples: number;
}

/** Median of a non-empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export function timing(samples: readonly number[]): Timing {
  const seconds = median(samples);
  return { seconds, spread: median(samples.map((s) => Math.abs(s - seconds))), samples: samples.length };
}

/** Times a synchronous function. `maxTime` bounds the sampling, in seconds; slow functions still get `minSamples` calls. */
export function time(name: string, fn: () => unknown, { minSamples = 5, maxTime = 1 } = {}): Timing {
  const benchmark = new Benchmark(name, fn, { minSamples, maxTime, initCount: 1 });
  benchmark.run();
  if (benchmark.error) throw new Error(`${name}: ${String(benchmark.error)}`);
  return timing(benchmark.stats.sample);
}

/** A contender in a pair: something that returns how long one call took, in seconds. */
export type Contender = () => Timing | Promise<Timing>;

export interface Pair {
  readonly ours: Timing;
  readonly theirs: Timing;
  /** Median over the rounds of theirs / ours: above 1 we are faster. */
  readonly ratio: number;
}

/** Measures two contenders in turn, so that a drift of the machine's speed hits both. */
export async function pair(ours: Contender, theirs: Contender, rounds = 3): Promise<Pair> {
  const a: Timing[] = [];
  const b: Timing[] = [];
  for (let round = 0; round < rounds; round++) {
    a.push(await ours());
    b.push(await theirs());
  }
  return {
    ours: timing(a.map((t) => t.seconds)),
    theirs: timing(b.map((t) => t.seconds)),
    ratio: median(a.map((t, round) => b[round].seconds / t.seconds)),
  };
}

/** Where and with what a result was measured. */
export interface Environment {
  readonly cpu: string;
  readonly cores: string;
  readonly node: string;
  readonly commit: string;
  readonly date: string;
}

/** The machine, the versions and the commit of this moment. */
export function environment(): Environment {
  const git = (...args: string[]): string => {
    try {
      return execFileSync('git', args, { encoding: 'utf8' }).trim();
    } catch {
      return 'unknown';
    }
  };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: String(cpus().length),
    node: process.version,
    commit:
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', 'src') === '' ? '' : ' and uncommitted changes'),
    date: new Date().toISOString().slice(0, 10),
  };
}
