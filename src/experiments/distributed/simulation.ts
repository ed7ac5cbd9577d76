/** @file How long stored jobs would take on n workers: by a queue, and by static shards. */
import { ownerOfKey, ownerOfRetraining } from '../engine/shard.ts';
import type { TimedJob } from './stored-times.ts';

/** What limits: too few workers, the queue, one chain of jobs that wait for each other. */
export type Limit = 'work' | 'queue' | 'chain';

/** A run by a queue. */
export interface Simulated {
  readonly workers: number;
  /** Seconds until the last job is done. */
  readonly seconds: number;
  /** Of the workers' time, the share that is computing. */
  readonly efficiency: number;
  /** The largest of the three lower bounds. */
  readonly limit: Limit;
  /** Seconds of the slowest shard, with what it computes beside its share; and of what is left after merging, on one core. */
  readonly shards: { readonly slowest: number; readonly afterwards: number };
}

/** Seconds that n workers take at least. */
export interface Bounds {
  readonly work: number;
  readonly queue: number;
  readonly chain: number;
}

/** Lower bounds: Σ tⱼ/n, J·o, and the longest chain of jobs that wait for each other. */
export function bounds(jobs: readonly TimedJob[], workers: number, overhead: number): Bounds {
  const work = jobs.reduce((sum, { seconds }) => sum + seconds, 0) / workers;
  return { work, queue: jobs.length * overhead, chain: Math.max(0, ...chains(jobs)) };
}

/** The longest chain that ends with each job, with it. Inputs stand before what reads them. */
function chains(jobs: readonly TimedJob[]): number[] {
  const ends: number[] = [];
  for (const { seconds, after } of jobs)
    ends.push(seconds + after.reduce((most, k) => Math.max(most, ends[k]), 0));
  return ends;
}

/**
 * Every worker that is free gets the next job that waits for nothing, in the order of the list; one job after the other leaves the
 * queue, each after `overhead` seconds.
 */
export function simulate(jobs: readonly TimedJob[], workers: number, overhead: number): Simulated {
  const followers = jobs.map((): number[] => []);
  const open = jobs.map(({ after }) => after.length);
  for (const [k, { after }] of jobs.entries()) for (const before of after) followers[before].push(k);
  const ready = new Heap();
  for (const [k, count] of open.entries()) if (count === 0) ready.push(k, k);
  const running = new Heap();
  let now = 0;
  let queue = 0;
  while (ready.size > 0 || running.size > 0) {
    if (ready.size > 0 && running.size < workers) {
      const k = ready.pop().item;
      queue = Math.max(queue, now) + overhead;
      running.push(queue + jobs[k].seconds, k);
      continue;
    }
    const { rank, item } = running.pop();
    now = rank;
    for (const next of followers[item]) {
      open[next]--;
      if (open[next] === 0) ready.push(next, next);
    }
  }
  const all = bounds(jobs, workers, overhead);
  const most = Math.max(all.work, all.queue, all.chain);
  const limit = (['work', 'queue', 'chain'] as const).find((name) => all[name] === most) ?? 'work';
  return {
    workers,
    seconds: now,
    efficiency: now === 0 ? 1 : all.work / now,
    limit,
    shards: shardTimes(jobs, workers),
  };
}

/** Each shard does its jobs that rest on no retrainings, and again what these rest on. */
function shardTimes(jobs: readonly TimedJob[], count: number): Simulated['shards'] {
  const late: boolean[] = [];
  for (const { after } of jobs) late.push(after.some((k) => late[k] || typeof jobs[k].id !== 'string'));
  const afterwards = jobs.reduce((sum, { seconds }, k) => sum + (late[k] ? seconds : 0), 0);
  const owner = ({ id }: TimedJob): number =>
    typeof id === 'string' ? ownerOfKey(id, count) : ownerOfRetraining(id, count);
  const loads = new Map<number, number>();
  const done = new Map<number, Set<number>>();
  const load = (shard: number, k: number): void => {
    const mine = done.get(shard) ?? new Set<number>();
    done.set(shard, mine);
    if (mine.has(k)) return;
    mine.add(k);
    loads.set(shard, (loads.get(shard) ?? 0) + jobs[k].seconds);
    for (const before of jobs[k].after) load(shard, before);
  };
  for (const [k, job] of jobs.entries()) if (!late[k]) load(owner(job), k);
  return { slowest: Math.max(0, ...loads.values()), afterwards };
}

interface Entry {
  readonly rank: number;
  readonly item: number;
}

/** A binary heap: the least rank first. */
class Heap {
  private readonly entries: Entry[] = [];

  get size(): number {
    return this.entries.length;
  }

  push(rank: number, item: number): void {
    const { entries } = this;
    let at = entries.push({ rank, item }) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (entries[above].rank <= entries[at].rank) return;
      [entries[above], entries[at]] = [entries[at], entries[above]];
      at = above;
    }
  }

  /** @throws {Error} it is empty. */
  pop(): Entry {
    const { entries } = this;
    const [first] = entries;
    const last = entries.pop();
    if (last === undefined) throw new Error('an empty heap.');
    if (entries.length === 0) return first;
    entries[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < entries.length && entries[below].rank < entries[least].rank) least = below;
      if (least === at) return first;
      [entries[least], entries[at]] = [entries[at], entries[least]];
      at = least;
    }
  }
}
