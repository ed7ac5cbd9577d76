/** @file `astra`: the protocol of Wang et al. (2025) on Concrete and Fashion-MNIST. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { astraModel } from '../astra/network.ts';
import type { AstraCase } from '../astra/run-astra.ts';
import {
  ASTRA_PROFILES,
  type AstraProfile,
  astraSetting,
  SETTING_NAMES,
  type SettingName,
} from '../astra/setting.ts';
import { checkRetrainings, checkTime, checkWorkers, leastTrainingSeconds } from '../engine/bounds.ts';
import { runExperiment } from '../engine/experiment.ts';
import { createProgress } from '../engine/progress.ts';
import { CommandError } from '../files/command-error.ts';
import { choice, integerIn, positive, withJson } from '../terminal/options.ts';
import { printOutput } from '../terminal/output.ts';

interface Flags {
  readonly profile: keyof typeof ASTRA_PROFILES;
  readonly setting?: SettingName;
  readonly subsets?: number;
  readonly seeds?: number;
  readonly models?: number;
  readonly queries?: number;
  readonly data?: string;
  readonly seed: number;
  readonly workers: number;
  readonly timeBudget?: number;
  readonly plan?: true;
  readonly out: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addAstra(program: Command): void {
  withJson(
    program
      .command('astra')
      .description(
        'ASTRA, EK-FAC, stochastic Neumann and others judged by retraining on masks: LDS, convergence, low curvature, implicit damping',
      )
      .addOption(
        choice(
          '--profile <name>',
          'quick: Concrete, minutes; full: both data sets, hours; paper: with all its counts, a day',
          Object.keys(ASTRA_PROFILES),
          'quick',
        ),
      )
      .addOption(
        choice(
          '--setting <name>',
          'one data set of the profile full (default: all of the profile)',
          SETTING_NAMES,
        ),
      )
      .option('--data <DIR>', 'folder of the IDX files of Fashion-MNIST, plain or .gz')
      .option('--subsets <K>', 'masks', integerIn(2, 1e6))
      .option('--seeds <R>', 'retrainings per mask', integerIn(1, 1e6))
      .option('--models <n>', 'base models', integerIn(1, 1e3))
      .option('--queries <n>', 'score only the first n queries', integerIn(1, 1e6))
      .option('--seed <n>', 'seed of the experiment', integerIn(0), 0)
      .option('--workers <n>', 'worker threads', integerIn(1, 256), availableParallelism())
      .option(
        '--time-budget <minutes>',
        'begin nothing after this time; the same command continues',
        positive,
      )
      .option('--plan', 'say what is to do and how long it takes, and stop')
      .option('--out <DIR>', 'folder of the experiment', 'runs/astra'),
  ).action(run);
}

async function run(flags: Flags): Promise<void> {
  const json = flags.json === true;
  const { out, workers, data, timeBudget } = flags;
  const chosen: AstraProfile = ASTRA_PROFILES[flags.setting === undefined ? flags.profile : 'full'];
  const quick: AstraProfile = ASTRA_PROFILES[flags.profile];
  const names = flags.setting === undefined ? (Object.keys(chosen) as SettingName[]) : [flags.setting];
  const cases = names.flatMap((name) => {
    const size = quick[name] ?? chosen[name];
    if (size === undefined) return [];
    const setting = astraSetting(name, flags.seed);
    const {
      subsets = size.subsets,
      seeds = size.seeds,
      models = size.models,
      queries = size.queries,
    } = flags;
    return [
      {
        setting,
        size: { ...size, subsets, seeds, models, queries: Math.min(queries, setting.draw.queries) },
      },
    ];
  });
  const most = Math.max(...cases.map(({ setting }) => setting.draw.queries));
  if (flags.queries !== undefined && flags.queries > most)
    throw new CommandError(
      `--queries ${flags.queries} is more than the ${most} queries of ${names.join(', ')}.`,
    );
  if (data !== undefined && !names.includes('fashion-mnist'))
    throw new CommandError('--data does not apply to concrete; it belongs to fashion-mnist.');
  if (flags.plan === true) {
    const { planAstra } = await import('../astra/plan.ts');
    printOutput(planAstra(cases, workers, data), json);
    return;
  }
  checkWorkers(workers);
  for (const { setting, size } of cases) checkRetrainings(size.subsets, size.seeds, setting.draw.queries);
  if (timeBudget === undefined)
    checkTime(
      cases.reduce((sum, one) => sum + leastSeconds(one), 0) / workers,
      `these trainings, with ${workers} workers,`,
      'give fewer --subsets, --seeds or --models, or a --time-budget',
    );
  const start = performance.now();
  const { ASTRA_EXPERIMENT } = await import('../astra/run-astra.ts'); // only this command pays for loading Vega
  const { astraLines } = await import('../astra/tables.ts');
  const results = await runExperiment(
    ASTRA_EXPERIMENT,
    {
      cases,
      workers,
      out,
      command: `npm run -s cli -- astra --profile ${flags.profile}`,
      ...(data === undefined ? {} : { data }),
      ...(timeBudget === undefined ? {} : { budget: 60 * timeBudget }),
    },
    createProgress(json),
  );
  const wall = Math.round(performance.now() - start) / 1000;
  printOutput(
    {
      figures: {
        digest: results.digest,
        settings: results.settings.map(({ name }) => name),
        seconds: { wall },
      },
      lines: [
        ...astraLines(results),
        '',
        `astra: ${out}/astra.json, astra.md, astra.csv, ${wall.toFixed(1)} s`,
      ],
    },
    json,
  );
}

/** Of all retrainings and base networks, on a machine that nobody has. */
function leastSeconds({ setting, size }: AstraCase): number {
  const { training, draw, subsetFraction } = setting;
  const { parameterCount } = astraModel(setting);
  const of = (examples: number): number => {
    const steps = training.epochs * Math.max(1, Math.floor(examples / training.batch));
    return leastTrainingSeconds(steps, Math.min(training.batch, examples), parameterCount);
  };
  return size.subsets * size.seeds * of(draw.train * subsetFraction) + size.models * of(draw.train);
}
