/** @file `study`: which of the paper's statements survive other conventions and everyone's own best regularisation. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { StudyCase } from '../better-hessians/study/prepare-study.ts';
import { checkRetrainings, checkWorkers } from '../engine/bounds.ts';
import { runExperiment } from '../engine/experiment.ts';
import { createProgress } from '../engine/progress.ts';
import { CommandError } from '../files/command-error.ts';
import { PROFILES, profile, settingConfig } from '../protocol/profile.ts';
import { checkRetrainingTime } from '../protocol/retraining-time.ts';
import { type SettingConfig, trainingName } from '../protocol/setting.ts';
import { choice, integerIn, withJson } from '../terminal/options.ts';
import { printOutput } from '../terminal/output.ts';
import { type Given, givenTo, refuseGiven } from '../terminal/strict-options.ts';

interface Flags {
  readonly profile: string;
  readonly setting: readonly string[];
  readonly training?: readonly string[];
  readonly models?: number;
  readonly subsets: number;
  readonly seeds: number;
  readonly trainingSubsets: number;
  readonly trainingSeeds: number;
  readonly seed: number;
  readonly workers: number;
  readonly out: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addStudy(program: Command): void {
  withJson(
    program
      .command('study')
      .description(
        'judge every method under other conventions, with the retrainings that reproduce stored in the same folder',
      )
      .requiredOption('--setting <names...>', 'd{depth}-w{width}-e{epochs}, one or more, retrained before')
      .option(
        '--training <words...>',
        'also with other training, retrained here: m0 (no momentum), unit (pixels/16), xavier, several joined by -, for every setting; or a whole name, d8-w16-e100-m0',
      )
      .addOption(choice('--profile <name>', 'whose data the settings use', Object.keys(PROFILES), 'paper'))
      .option('--models <n>', 'base models (default: of the profile)', integerIn(1, 1e3))
      .option('--subsets <K>', 'use at most the first K stored subsets', integerIn(2, 1e6), 1e6)
      .option('--seeds <R>', 'use at most the first R stored seeds', integerIn(1, 1e6), 1e6)
      .option('--training-subsets <K>', 'subsets per --training word', integerIn(2, 1e6), 50)
      .option('--training-seeds <R>', 'seeds per --training word', integerIn(1, 1e6), 4)
      .option('--seed <n>', 'seed of the experiment', integerIn(0), 0)
      .option('--workers <n>', 'threads', integerIn(1, 1024), availableParallelism())
      .option('--out <DIR>', 'folder of the experiment', 'runs'),
  ).action((flags: Flags, command: Command) => run(flags, givenTo(command)));
}

async function run(flags: Flags, given: Given<Flags>): Promise<void> {
  if (flags.training === undefined)
    refuseGiven(given, ['trainingSubsets', 'trainingSeeds'], 'has no effect without --training');
  const { STUDY_EXPERIMENT } = await import('../better-hessians/study/run-study.ts'); // only this command pays for loading Vega
  const { studyLines } = await import('../better-hessians/study/study-table.ts');
  const start = performance.now();
  const json = flags.json === true;
  const { workers, out } = flags;
  const cases = studyCases(flags);
  checkWorkers(workers);
  const retrained = cases.flatMap(({ retrainings, setting }) =>
    retrainings === 'retrained' ? [setting] : [],
  );
  if (retrained.length > 0) {
    const { trainingSubsets, trainingSeeds } = flags;
    checkRetrainings(trainingSubsets, trainingSeeds, retrained[0].data.queries, retrained.length);
    checkRetrainingTime(retrained, trainingSubsets * trainingSeeds, workers);
  }
  const study = await runExperiment(STUDY_EXPERIMENT, { cases, workers, out }, createProgress(json));
  const wall = Math.round(performance.now() - start) / 1000;
  printOutput(
    {
      figures: {
        digest: study.digest,
        settings: study.settings.map(({ setting }) => setting),
        seconds: { wall },
      },
      lines: [...studyLines(study), `study: ${out}/study.json, study.md, study.csv, ${wall.toFixed(1)} s`],
    },
    json,
  );
}

function studyCases(flags: Flags): StudyCase[] {
  const chosen = profile(flags.profile);
  const names = flags.setting.flatMap((name) => name.split(','));
  const words = (flags.training ?? []).flatMap((word) => word.split(','));
  const config = (name: string): SettingConfig => settingConfig(chosen, name, flags.seed, flags.models);
  const cases: StudyCase[] = [
    ...names.map(
      (name): StudyCase => ({
        setting: config(name),
        retrainings: 'stored',
        subsets: flags.subsets,
        seeds: flags.seeds,
      }),
    ),
    ...words
      .flatMap((word) => (/^d\d/.test(word) ? [word] : names.map((name) => `${name}-${word}`)))
      .map(
        (name): StudyCase => ({
          setting: config(name),
          retrainings: 'retrained',
          subsets: flags.trainingSubsets,
          seeds: flags.trainingSeeds,
        }),
      ),
  ];
  for (const { setting } of cases)
    if (setting.name !== trainingName(setting))
      throw new CommandError(
        `--setting: ${setting.name} names conventions that the study varies itself: use ${trainingName(setting)}.`,
      );
  if (new Set(cases.map(({ setting }) => setting.name)).size !== cases.length)
    throw new CommandError('--setting: the same setting is named twice.');
  return cases;
}
