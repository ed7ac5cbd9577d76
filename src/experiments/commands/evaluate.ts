/** @file `evaluate`: the linear data-modelling score of anybody's score matrix against stored retrainings. */
import path from 'node:path';
import type { Command } from 'commander';
import { type Measurement, noiseCeiling } from '../../influence/index.ts';
import { CommandError } from '../command-error.ts';
import { PROFILES, profile, settingConfig } from '../config/profile.ts';
import { readMatrix } from '../files/arrays.ts';
import { evaluateScores, ldsEntry, retrainingBank } from '../results/assemble.ts';
import { finiteOrNull } from '../results/json-number.ts';
import { openArchive } from '../run/compute-setting.ts';
import { RETRAININGS } from '../run/folders.ts';
import { choice, integerIn, withJson } from './options.ts';
import { type Output, printOutput, Stopwatch } from './output.ts';

interface Flags {
  readonly scores: string;
  readonly setting: string;
  readonly profile: string;
  readonly measurement: Measurement;
  readonly subsets?: number;
  readonly seeds?: number;
  readonly seed: number;
  readonly out: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addEvaluate(program: Command): void {
  withJson(
    program
      .command('evaluate')
      .description(
        "LDS of a score matrix [query, train]; rows and columns as in DIR/data, sign as 'influence' writes it",
      )
      .requiredOption(
        '--scores <S.npy>',
        '[query, train]; positive: leaving the example out raises the measurement',
      )
      .requiredOption('--setting <name>', 'd{depth}-w{width}-e{epochs}')
      .addOption(choice('--profile <name>', 'whose data the setting uses', Object.keys(PROFILES), 'quick'))
      .addOption(choice('--measurement <m>', 'what the scores predict', ['loss', 'margin'], 'loss'))
      .option('--subsets <K>', 'use the first K subsets (default: all that are complete)', integerIn(2))
      .option('--seeds <R>', 'use the first R seeds (default: all that are complete)', integerIn(1))
      .option('--seed <n>', 'seed of the experiment', integerIn(0), 0)
      .option('--out <DIR>', 'folder of the experiment', 'runs'),
  ).action((flags: Flags) => printOutput(run(flags), flags.json === true));
}

function run(flags: Flags): Output {
  const watch = new Stopwatch();
  const { measurement } = flags;
  const setting = { ...settingConfig(profile(flags.profile), flags.setting, flags.seed), measurement };
  const scores = watch.time('read', () => readMatrix(flags.scores));
  const { queries, train } = setting.data;
  if (scores.rows !== queries || scores.cols !== train)
    throw new CommandError(
      `${flags.scores} is [${scores.rows}, ${scores.cols}], expected [${queries}, ${train}]: queries by training examples.`,
    );
  const notices: string[] = [];
  const archive = watch.time('read', () =>
    openArchive(setting, path.join(flags.out, RETRAININGS), (line) => notices.push(line), false),
  );
  const stored = archive.largestRectangle();
  const size = { subsets: flags.subsets ?? stored.subsets, seeds: flags.seeds ?? stored.seeds };
  const complete = archive.isComplete(size);
  if (size.subsets < 2 || size.seeds < 1 || !complete)
    throw new CommandError(
      `${flags.out} holds ${stored.subsets} subsets × ${stored.seeds} seeds of ${flags.setting}${complete ? '' : `, not ${size.subsets} × ${size.seeds}`}: ` +
        `run reproduce --profile ${flags.profile} --setting ${flags.setting} --out ${flags.out} first.`,
    );
  const bank = retrainingBank(setting, size, archive);
  const lds = watch.time('lds', () => ldsEntry(evaluateScores(setting, bank, scores)));
  const ceiling = watch.time('ceiling', () =>
    size.seeds < 2
      ? null
      : finiteOrNull(noiseCeiling(bank, { measurement, seed: setting.seed }).perfect.mean),
  );
  const text = (x: number | null): string => (x === null ? 'undefined' : x.toFixed(4));
  return {
    figures: {
      setting: setting.name,
      measurement,
      ...size,
      lds: { ...lds },
      ceiling,
      notices,
      seconds: watch.seconds(),
    },
    lines: [
      ...notices,
      `${setting.name}, ${measurement}, ${size.subsets} subsets × ${size.seeds} seeds`,
      `LDS ${text(lds.mean)}, 95 % interval [${lds.ci.map(text).join(', ')}] (BCa), [${lds.percentile.map(text).join(', ')}] (percentile)`,
      `noise ceiling ${text(ceiling)}`,
    ],
  };
}
