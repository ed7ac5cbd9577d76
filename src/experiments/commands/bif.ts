/** @file `bif`: the protocol of Kreer et al. (2026) for Bayesian influence functions, on Digits. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { BIF_PROFILES, bifProfile, bifSetting } from '../bayesian/bif-profile.ts';
import { checkRetrainings, checkWorkers } from '../engine/bounds.ts';
import { runExperiment } from '../engine/experiment.ts';
import { createProgress } from '../engine/progress.ts';
import { checkRetrainingTime } from '../protocol/retraining-time.ts';
import { choice, integerIn, positive, withJson } from '../terminal/options.ts';
import { printOutput } from '../terminal/output.ts';

interface Flags {
  readonly profile: string;
  readonly subsets?: number;
  readonly repeats?: number;
  readonly timeBudget?: number;
  readonly workers: number;
  readonly out: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addBif(program: Command): void {
  withJson(
    program
      .command('bif')
      .description(
        'Bayesian influence functions: LDS against subset size over five seeds, stability of the sampler, time against network size',
      )
      .addOption(
        choice(
          '--profile <name>',
          'quick: minutes; full: hours; smoke: seconds, on 60 examples',
          Object.keys(BIF_PROFILES),
          'quick',
        ),
      )
      .option('--subsets <K>', 'subsets per seed and α (default: of the profile)', integerIn(2, 1e6))
      .option('--repeats <R>', 'retrainings per subset (default: of the profile)', integerIn(1, 1e6))
      .option(
        '--time-budget <minutes>',
        'begin nothing that would not be done by then, and write what is complete; the same command continues',
        positive,
      )
      .option('--workers <n>', 'threads', integerIn(1, 1024), availableParallelism())
      .option('--out <DIR>', 'folder of results, continued when it exists', 'runs/bif'),
  ).action(run);
}

async function run(flags: Flags): Promise<void> {
  const { BIF_EXPERIMENT } = await import('../bayesian/run-bif.ts'); // only this command pays for loading Vega
  const { curveTable } = await import('../bayesian/bif-tables.ts');
  const start = performance.now();
  const json = flags.json === true;
  const { profile: name, subsets, repeats, timeBudget, workers, out } = flags;
  const profile = {
    ...bifProfile(name),
    ...(subsets === undefined ? {} : { subsets }),
    ...(repeats === undefined ? {} : { repeats }),
  };
  checkWorkers(workers);
  const cells = profile.fractions.flatMap((fraction) =>
    Array.from({ length: profile.seeds }, (_, seed) => bifSetting(profile, seed, fraction)),
  );
  checkRetrainings(profile.subsets, profile.repeats, profile.base.queries, cells.length, '--repeats');
  const unbounded = timeBudget === undefined ? cells : cells.slice(0, 1); // what the grid is judged by
  checkRetrainingTime(unbounded, profile.subsets * profile.repeats, workers);
  const budget = timeBudget === undefined ? {} : { budget: 60 * timeBudget };
  const results = await runExperiment(
    BIF_EXPERIMENT,
    { name, profile, workers, out, ...budget },
    createProgress(json),
  );
  const wall = Math.round(performance.now() - start) / 1000;
  const { digest, complete, curves, timing } = results;
  printOutput(
    {
      figures: {
        digest,
        complete,
        curves: curves.map(({ method, fraction, value, standardError }) => ({
          method,
          fraction,
          lds: value,
          standardError,
        })),
        timing: timing.map((entry) => ({ ...entry })),
        seconds: { wall },
      },
      lines: [
        ...curveTable(results),
        '',
        `bif: ${out}/results.json, bayesian.md, bif.md, bif.csv, figures/bif-*.svg, ${wall.toFixed(1)} s${complete ? '' : '; not complete, the same command continues'}`,
      ],
    },
    json,
  );
}
