/** @file `methods`: every attribution method on Digits, by quality and cost, alone and in ensembles. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { METHOD_NAMES, type MethodName } from '../../influence/index.ts';
import { checkRetrainings, checkWorkers } from '../engine/bounds.ts';
import { runExperiment } from '../engine/experiment.ts';
import { createProgress } from '../engine/progress.ts';
import { CommandError } from '../files/command-error.ts';
import type { Json } from '../files/digest.ts';
import { METHODS_PROFILES, methodsProfile } from '../methods/methods-profile.ts';
import { settingConfig } from '../protocol/profile.ts';
import { checkRetrainingTime } from '../protocol/retraining-time.ts';
import { choice, integerIn, positive, withJson } from '../terminal/options.ts';
import { printOutput } from '../terminal/output.ts';
import { checkDistinct } from '../terminal/strict-options.ts';

interface Flags {
  readonly profile: string;
  readonly setting?: readonly string[];
  readonly method?: readonly string[];
  readonly subsets?: number;
  readonly seeds?: number;
  readonly models?: number;
  readonly slowModels?: number;
  readonly retrainings?: string;
  readonly timeBudget?: number;
  readonly seed: number;
  readonly workers: number;
  readonly out: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addMethods(program: Command): void {
  withJson(
    program
      .command('methods')
      .description(
        'judge every attribution method on Digits by the same retrainings: LDS against time, one base model and ensembles',
      )
      .addOption(
        choice(
          '--profile <name>',
          'quick: five minutes; full: hours; smoke: seconds',
          Object.keys(METHODS_PROFILES),
          'quick',
        ),
      )
      .option(
        '--setting <names...>',
        'd{depth}-w{width}-e{epochs}, one or more (default: those of the profile)',
      )
      .option('--method <names...>', `some of ${METHOD_NAMES.join(', ')} (default: all)`)
      .option('--subsets <K>', 'random halves (default: of the profile)', integerIn(2, 1e6))
      .option('--seeds <R>', 'retrainings per subset (default: of the profile)', integerIn(1, 1e6))
      .option('--models <n>', 'base models (default: of the profile)', integerIn(1, 1000))
      .option(
        '--slow-models <n>',
        'base models of cg, lissa, astra and astra-source (default: of the profile)',
        integerIn(1, 1000),
      )
      .option(
        '--retrainings <DIR>',
        'use the retrainings stored by reproduce in this folder, which is only read (default: retrain in --out)',
      )
      .option(
        '--time-budget <minutes>',
        'begin no scores that would not be done by then; the same command continues',
        positive,
      )
      .option('--seed <n>', 'names every random stream', integerIn(0), 0)
      .option('--workers <n>', 'threads', integerIn(1, 1024), availableParallelism())
      .option('--out <DIR>', 'folder of the experiment, continued when it exists', 'runs/methods'),
  ).action(run);
}

async function run(flags: Flags): Promise<void> {
  const { METHODS_EXPERIMENT } = await import('../methods/run-methods.ts'); // only this command pays for loading Vega
  const { methodsLines } = await import('../methods/methods-table.ts');
  const start = performance.now();
  const json = flags.json === true;
  const { out, workers, seed, retrainings, timeBudget } = flags;
  const chosen = methodsProfile(flags.profile);
  const names = (flags.setting ?? chosen.settings).flatMap((name) => name.split(','));
  checkDistinct('--setting', names);
  const models = flags.models ?? chosen.models;
  const { slowModels = Math.min(models, chosen.slowModels) } = flags;
  if (slowModels > models)
    throw new CommandError(`--slow-models ${slowModels} is more than the ${models} of --models.`);
  const size = { subsets: flags.subsets ?? chosen.subsets, seeds: flags.seeds ?? chosen.seeds };
  checkWorkers(workers);
  const settings = names.map((name) => settingConfig(chosen.base, name, seed, models));
  if (retrainings === undefined) {
    checkRetrainings(size.subsets, size.seeds, chosen.base.queries, settings.length);
    checkRetrainingTime(settings, size.subsets * size.seeds, workers);
  }
  const { results } = await runExperiment(
    METHODS_EXPERIMENT,
    {
      settings,
      size,
      methods: methodNames(flags.method),
      slowModels,
      slowGrid: chosen.slowGrid,
      workers,
      out,
      command: commandLine(flags),
      ...(retrainings === undefined ? {} : { retrainings }),
      ...(timeBudget === undefined ? {} : { budget: 60 * timeBudget }),
    },
    createProgress(json),
  );
  const wall = Math.round(performance.now() - start) / 1000;
  printOutput(
    {
      figures: {
        digest: results.digest,
        settings: results.settings as unknown as Json,
        claims: Object.fromEntries(results.claims.map(({ id, verdict }) => [id, verdict])),
        seconds: { wall },
      },
      lines: [
        ...methodsLines(results),
        '',
        `methods: ${out}/methods.json, methods.md, methods.csv, ${wall.toFixed(1)} s`,
      ],
    },
    json,
  );
}

/** In the order of the registry. */
function methodNames(given: readonly string[] | undefined): readonly MethodName[] {
  const names = given?.flatMap((name) => name.split(','));
  checkDistinct('--method', names);
  for (const name of names ?? [])
    if (!(METHOD_NAMES as readonly string[]).includes(name))
      throw new CommandError(
        `--method: expected some of ${METHOD_NAMES.join(', ')}, got ${JSON.stringify(name)}.`,
      );
  return names === undefined ? METHOD_NAMES : METHOD_NAMES.filter((name) => names.includes(name));
}

/** What a reader types to get the same numbers; folders and threads do not change them. */
function commandLine(flags: Flags): string {
  const { profile, setting, method, subsets, seeds, models, slowModels, seed } = flags;
  const parts: readonly (readonly [string, string | number | undefined])[] = [
    ['--profile', profile],
    ['--setting', setting?.join(' ')],
    ['--method', method?.join(' ')],
    ['--subsets', subsets],
    ['--seeds', seeds],
    ['--models', models],
    ['--slow-models', slowModels],
    ['--seed', seed === 0 ? undefined : seed],
  ];
  return [
    'npm run -s cli -- methods',
    ...parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])),
  ].join(' ');
}
