/** @file `plan`: what a study costs on other numbers of workers, by the times that are stored of it. */
import { bounds, type Simulated, simulate } from '../distributed/simulation.ts';
import { storedJobs, type TimedJob } from '../distributed/stored-times.ts';
import { duration } from '../engine/progress.ts';
import { CommandError } from '../files/command-error.ts';
import { aligned, type Columns } from '../pages/table.ts';
import { command } from '../terminal/command.ts';
import { integerIn, nonNegative, parsed, text, texts, whole } from '../terminal/options.ts';
import { split } from './run-shown.ts';

/** Milliseconds of the queue for one job; `npm run check:redis` measures it. */
const OVERHEAD = 1;
const MOST_WORKERS = 1e6;

export const addPlan = command({
  name: 'plan',
  description:
    'how long a study takes on other numbers of workers, and what limits there: a simulation by the times stored in a folder',
  options: {
    out: text('<DIR>', 'folder of an experiment, or of a small run of it').required(),
    workers: texts('<n...>', 'threads of all machines together', 'numbers').or(['1', '10', '100', '1000']),
    subsets: whole('<K>', 'as if there were so many subsets (default: as stored)', 1, 1e5),
    seeds: whole('<R>', 'as if there were so many retrainings of each (default: as stored)', 1, 1e5),
    overhead: parsed('<ms>', 'of the queue for one job', nonNegative).or(OVERHEAD),
  },
  run({ out, workers, subsets, seeds, overhead }) {
    const counts = split(workers).map(integerIn(1, MOST_WORKERS));
    const jobs = storedJobs(out, { subsets, seeds });
    if (jobs.length === 0) throw new CommandError(`${out} holds no stored work, and so no times.`);
    const runs = counts.map((count) => simulate(jobs, count, overhead / 1000));
    const { work, chain, queue } = bounds(jobs, 1, overhead / 1000);
    return {
      figures: {
        jobs: jobs.length,
        seconds: { work, chain, queue, longest: longest(jobs).seconds },
        runs: runs.map((run) => ({ ...run, shards: { ...run.shards } })),
      },
      lines: [
        `${jobs.length} jobs, ${duration(work)} of one core; longest job ${longest(jobs).name}, ${duration(longest(jobs).seconds)}; longest chain ${duration(chain)}; queue ${duration(queue)}`,
        ...aligned(COLUMNS, runs),
        'Without what the command does at the end, alone: statistics and pages.',
      ],
    };
  },
});

function longest(jobs: readonly TimedJob[]): TimedJob {
  return jobs.reduce((most, job) => (job.seconds > most.seconds ? job : most));
}

const WORDS = { work: 'workers', queue: 'the queue', chain: 'jobs that wait' } as const;

const COLUMNS: Columns<Simulated> = {
  workers: ({ workers }) => workers,
  time: ({ seconds }) => duration(seconds),
  'worker time': ({ workers, seconds }) => duration(workers * seconds),
  used: ({ efficiency }) => `${(100 * efficiency).toFixed(0)} %`,
  'limited by': ({ limit }) => WORDS[limit],
  'slowest shard': ({ shards }) => duration(shards.slowest),
  'after merging': ({ shards }) => duration(shards.afterwards),
};
