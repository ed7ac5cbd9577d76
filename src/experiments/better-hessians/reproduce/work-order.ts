/** @file In which order the work of several settings is done, so that a run that stops early is of use. */
import type { NetworkJob } from './network-job.ts';

/** After the first round every subset has this many seeds, after the second that many; then all. */
const SEEDS_OF_ROUNDS = [2, 10] as const;

/**
 * Ranks of jobs, lower first. Work goes in rounds over all settings: first one base model with two seeds of every
 * subset, then the other base models and ten seeds, then the rest. So whenever a run stops, each setting has as much as
 * the others, every subset as many seeds. Within a round settings go in the given order, and the few long jobs of a
 * setting before its many retrainings.
 */
export class WorkOrder {
  private readonly position: ReadonlyMap<string, number>;
  private readonly rounds: readonly number[];

  /** @param names - The settings, those to begin with first. @param seeds - Of each subset. */
  constructor(names: readonly string[], seeds: number) {
    this.position = new Map(names.map((name, i) => [name, i]));
    this.rounds = [...SEEDS_OF_ROUNDS.filter((end) => end < seeds), seeds];
  }

  /** Rank of a job of a setting. */
  ofJob(name: string, { model }: NetworkJob): number {
    return this.rank(name, model === 0 ? 0 : Math.min(1, this.rounds.length - 1), 0);
  }

  /** Rank of a retraining of a setting. */
  ofRetraining(name: string, seed: number): number {
    return this.rank(
      name,
      this.rounds.findIndex((end) => seed < end),
      1,
    );
  }

  private rank(name: string, round: number, kind: 0 | 1): number {
    const position = this.position.get(name);
    if (position === undefined) throw new Error(`${name} has no place in the order of work.`);
    return (round * this.position.size + position) * 2 + kind;
  }
}
