/** @file Options that several commands have, each with its bounds. */
import { availableParallelism } from 'node:os';
import type { Flag } from '../terminal/command.ts';
import { parsed, positive, whole } from '../terminal/options.ts';

/** What a setting is called. */
export const SETTING_FORM = 'd{depth}-w{width}-e{epochs}';

export const WORKERS = whole('<n>', 'threads', 1, 1024).or(availableParallelism());
export const STREAM_SEED = whole('<n>', 'names every random stream', 0).or(0);
export const EXPERIMENT_SEED = whole('<n>', 'seed of the experiment', 0).or(0);

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
