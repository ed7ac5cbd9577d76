/** @file Options that several commands have, each with its bounds. */
import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';
import type { Shard } from '../engine/shard.ts';
import type { Flag, FlagsOf } from '../terminal/command.ts';
import { oneOf, parsed, positive, text, whole } from '../terminal/options.ts';

/** What a setting is called. */
export const SETTING_FORM = 'd{depth}-w{width}-e{epochs}';

export const WORKERS = whole('<n>', 'threads', 1, 1024).or(availableParallelism());
export const STREAM_SEED = whole('<n>', 'names every random stream', 0).or(0);
export const EXPERIMENT_SEED = whole('<n>', 'seed of the experiment', 0).or(0);

export const PRECISION = oneOf('<name>', 'of training; float32: multilayer perceptrons only, twice as fast', [
  'float64',
  'float32',
]).or('float64');

/** K. */
export const subsets = (help: string): Flag<number | undefined> => whole('<K>', help, 2, 1e6);

/** R: retrainings of a subset. */
export const retrainingSeeds = (help: string): Flag<number | undefined> => whole('<R>', help, 1, 1e6);

/** Base models. */
export const baseModels = (help: string): Flag<number | undefined> => whole('<n>', help, 1, 1000);

/** Given in minutes, held in seconds. */
export const timeBudget = (help: string): Flag<number | undefined> =>
  parsed('<minutes>', help, (minutes) => 60 * positive(minutes));

/** The time budget of an experiment whose results need all of its work. */
export const TO_THE_END =
  'begin nothing after this time; the same command continues, and writes results when all is done';

/** An earlier file of results of the same command. */
export const KEEP = text(
  '<results>',
  'keep what this run does not compute as an earlier file of this command has it (.json)',
);

/** Who does the work of an experiment. */
export const ENGINE_OPTIONS = {
  engine: oneOf(
    '<name>',
    'who computes: threads of this machine, or every machine on which `work` runs with the same --redis',
    ['local', 'bullmq'],
  ).or('local'),
  redis: text('<url>', 'redis://… or rediss://… (TLS) of --engine bullmq; user and password stand in it'),
  shard: parsed(
    '<i/n>',
    'do only share i of n, in a folder of its own; `merge` puts the folders together, and the command without --shard finishes',
    shardOf,
  ),
};
export type EngineFlags = FlagsOf<typeof ENGINE_OPTIONS>;

/** More shards than any study has jobs. */
const MOST_SHARDS = 1e6;

/** Machines that share the work; of a queue nobody knows how many there will be. */
export function machines({ engine, shard }: EngineFlags): number {
  return engine === 'bullmq' ? Number.POSITIVE_INFINITY : (shard?.count ?? 1);
}

/** "3/8". */
function shardOf(given: string): Shard {
  const [, index = 0, count = 0] = (/^(\d{1,7})\/(\d{1,7})$/.exec(given) ?? []).map(Number);
  if (index < 1 || index > count || count > MOST_SHARDS)
    throw new InvalidArgumentError(`Expected i/n with 1 ≤ i ≤ n ≤ ${MOST_SHARDS}, such as 3/8.`);
  return { index, count };
}
