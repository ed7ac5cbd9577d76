/** @file `reproduce`: train, attribute, retrain, judge; resumable. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { PROFILES, profile, settingConfig } from '../config/profile.ts';
import { resultTable } from '../results/table.ts';
import { createProgress } from '../run/progress.ts';
import { choice, integerIn, withJson } from './options.ts';
import { printOutput } from './output.ts';

interface Flags {
  readonly profile: string;
  readonly setting?: readonly string[];
  readonly subsets?: number;
  readonly seeds?: number;
  readonly seed: number;
  readonly workers: number;
  readonly out: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addReproduce(program: Command): void {
  withJson(
    program
      .command('reproduce')
      .description(
        'train on Digits, score with every method, retrain on random halves, and compare; continues a stopped run',
      )
      .addOption(
        choice(
          '--profile <name>',
          'quick: minutes; paper: hours; smoke: seconds',
          Object.keys(PROFILES),
          'quick',
        ),
      )
      .option(
        '--setting <names...>',
        'd{depth}-w{width}-e{epochs}, one or more (default: those of the profile)',
      )
      .option(
        '--subsets <K>',
        'random halves of the training set (default: of the profile)',
        integerIn(2, 1e6),
      )
      .option('--seeds <R>', 'trainings per subset (default: of the profile)', integerIn(1, 1e6))
      .option('--seed <n>', 'names every random stream', integerIn(0), 0)
      .option('--workers <n>', 'threads', integerIn(1, 1024), availableParallelism())
      .option('--out <DIR>', 'folder of results, continued when it exists', 'runs'),
  ).action(run);
}

async function run(flags: Flags): Promise<void> {
  const start = performance.now();
  const { reproduce } = await import('../run/reproduce.ts'); // only this command pays for loading Vega
  const chosen = profile(flags.profile);
  const names = (flags.setting ?? chosen.settings).flatMap((name) => name.split(','));
  if (new Set(names).size !== names.length)
    throw new CommandError('--setting: the same setting is named twice.');
  const settings = names.map((name) => settingConfig(chosen, name, flags.seed));
  const size = { subsets: flags.subsets ?? chosen.subsets, seeds: flags.seeds ?? chosen.seeds };
  const { seed, workers, out } = flags;
  const json = flags.json === true;
  const progress = createProgress(json);
  const { results, digest, resultsFile, reportFile } = await reproduce(
    { settings, size, seed, workers, out },
    progress,
  );
  const wall = Math.round(performance.now() - start) / 1000;
  const seconds = Object.fromEntries([...results].map(([name, result]) => [name, result.seconds]));
  printOutput(
    {
      figures: {
        digest,
        results: resultsFile,
        report: reportFile,
        lds: Object.fromEntries(
          [...results].map(([name, { lds }]) => [
            name,
            Object.fromEntries(Object.entries(lds).map(([method, entry]) => [method, entry.mean])),
          ]),
        ),
        seconds: { wall, ...seconds },
      },
      lines: [
        ...[...results].flatMap(([name, result]) => ['', ...resultTable(name, result)]),
        '',
        `results: ${resultsFile} (digest ${digest.slice(0, 16)}), report: ${reportFile}, ${wall.toFixed(1)} s`,
      ],
    },
    json,
  );
}
