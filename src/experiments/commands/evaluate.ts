/** @file `evaluate`: the linear data-modelling score of anybody's score matrix against stored retrainings. */
import type { Command } from 'commander';
import type { ClassMeasurement, LdsResult, RetrainingBank } from '../../influence/index.ts';
import { type Matrix, maxAbs, NonFiniteError, type Vec } from '../../linalg/index.ts';
import { staleArchives } from '../better-hessians/reproduce/stale.ts';
import { ldsEntry } from '../better-hessians/results/assemble.ts';
import type { LdsEntry } from '../better-hessians/results/results.ts';
import { dataFolder, workFolders } from '../engine/folders.ts';
import { CommandError } from '../files/command-error.ts';
import type { JsonInterval } from '../files/json-number.ts';
import { basisSentence } from '../judging/basis.ts';
import { ceilingOf, judgeOf, pairedDifference } from '../judging/judge.ts';
import { divergedSentence, fewSubsetsSentence, undefinedSentences } from '../judging/undefined-queries.ts';
import { PROFILES, profile, settingConfig } from '../protocol/profile.ts';
import { openArchive, retrainingBank } from '../protocol/retrainings.ts';
import type { RunSize } from '../protocol/run-size.ts';
import { parseSettingName, type SettingConfig } from '../protocol/setting.ts';
import { largestCell } from '../terminal/finite-result.ts';
import { choice, integerIn, withJson } from '../terminal/options.ts';
import { type Output, printOutput, Stopwatch } from '../terminal/output.ts';
import { readMatrix } from '../user-files/arrays.ts';

interface Flags {
  readonly scores: string;
  readonly against?: string;
  readonly setting: string;
  readonly profile: string;
  readonly measurement?: ClassMeasurement;
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
      .option('--against <T.npy>', 'a second score matrix: LDS(S) − LDS(T), paired over subsets')
      .requiredOption('--setting <name>', 'd{depth}-w{width}-e{epochs}, and conventions as in reproduce')
      .addOption(choice('--profile <name>', 'whose data the setting uses', Object.keys(PROFILES), 'quick'))
      .addOption(
        choice('--measurement <m>', "what the scores predict (default: the setting's, loss)", [
          'loss',
          'margin',
        ]),
      )
      .option('--subsets <K>', 'use the first K subsets (default: all that are complete)', integerIn(2))
      .option('--seeds <R>', 'use the first R seeds (default: all that are complete)', integerIn(1))
      .option('--seed <n>', 'seed of the experiment', integerIn(0), 0)
      .option('--out <DIR>', 'folder of the experiment', 'runs'),
  ).action((flags: Flags) => printOutput(run(flags), flags.json === true));
}

function run(flags: Flags): Output {
  const watch = new Stopwatch();
  const setting = judgedSetting(flags);
  const scores = watch.time('read', () => readScores(flags.scores, setting));
  const { against } = flags;
  const rival = against === undefined ? undefined : watch.time('read', () => readScores(against, setting));
  const notices: string[] = [];
  const { bank, size } = watch.time('read', () => readBank(flags, setting, notices));
  const byBank = judgeOf(setting, bank);
  const judge = (matrix: Matrix, file: string): LdsResult =>
    watch.time('lds', () => {
      try {
        return byBank(matrix);
      } catch (error) {
        if (!(error instanceof NonFiniteError) || Number.isFinite(maxAbs(matrix) * matrix.cols)) throw error;
        const cell = largestCell([{ file, matrix }]);
        throw new CommandError(
          `${file}: sums of its scores over subsets overflow: ${cell}. Scale the scores down; ranks do not change.`,
        );
      }
    });
  const result = judge(scores, flags.scores);
  const lds = ldsEntry(result);
  const { ceiling } = watch.time('ceiling', () => ceilingOf(setting, bank));
  const second = rival === undefined ? undefined : judge(rival, against ?? '');
  const compared = second === undefined ? undefined : compare(result, second);
  const warnings = [
    ...undefinedSentences(result.constant, scores.rows, flags.scores),
    ...(second === undefined
      ? []
      : undefinedSentences({ ...second.constant, outcomes: [] }, scores.rows, against)),
    ...divergedSentence(judgedOutcomes(bank, setting)),
    ...fewSubsetsSentence(size.subsets),
  ];
  const basis = {
    setting: setting.name,
    measurement: setting.measurement,
    ...size,
    intervals: 'subsets',
  } as const;
  return {
    figures: {
      setting: setting.name,
      measurement: setting.measurement,
      ...size,
      lds: { ...lds },
      ...(compared === undefined
        ? {}
        : { against: { ...compared.lds }, difference: { ...compared.difference } }),
      undefinedQueries: {
        ...result.constant,
        ...(second === undefined ? {} : { against: second.constant.predictions }),
      },
      ceiling,
      intervals: basis.intervals,
      warnings,
      notices,
      seconds: watch.seconds(),
    },
    lines: [
      ...notices,
      basisSentence(basis),
      `LDS ${text(lds.mean)}, ${intervals(lds)}`,
      ...(compared === undefined
        ? []
        : [
            `LDS of ${flags.against} ${text(compared.lds.mean)}, ${intervals(compared.lds)}`,
            `difference ${text(compared.difference.difference)}, ${intervals(compared.difference)}, paired over subsets: ${verdict(compared.difference.ci)}`,
          ]),
      `noise ceiling ${size.seeds < 2 ? 'undefined: it needs two seeds' : text(ceiling)}`,
      ...warnings.map((warning) => `warning: ${warning}`),
    ],
  };
}

/** The setting, with the measurement that is judged in its name. */
function judgedSetting({ profile: chosen, setting: name, seed, measurement }: Flags): SettingConfig {
  const setting = settingConfig(profile(chosen), name, seed);
  if (measurement === undefined || measurement === setting.measurement) return setting;
  if (parseSettingName(name).conventions.measurement !== 'loss')
    throw new CommandError(`--measurement ${measurement}: the setting ${name} is about another.`);
  return { ...setting, measurement };
}

function readScores(file: string, { data }: SettingConfig): Matrix {
  const scores = readMatrix(file);
  const { queries, train } = data;
  if (scores.rows !== queries || scores.cols !== train)
    throw new CommandError(
      `${file} is [${scores.rows}, ${scores.cols}], expected [${queries}, ${train}]: queries by training examples, as in DIR/${dataFolder(data)}.`,
    );
  return scores;
}

function readBank(
  flags: Flags,
  setting: SettingConfig,
  notices: string[],
): { bank: RetrainingBank; size: RunSize } {
  const folders = workFolders(flags.out);
  const archive = openArchive(setting, folders.retrainings, (line) => notices.push(line), false);
  const stored = archive.largestRectangle();
  const size = { subsets: flags.subsets ?? stored.subsets, seeds: flags.seeds ?? stored.seeds };
  const complete = archive.isComplete(size);
  if (size.subsets >= 2 && size.seeds >= 1 && complete)
    return { bank: retrainingBank(setting, size, archive), size };
  const stale = staleArchives(folders.retrainings, [setting]);
  throw new CommandError(
    `${flags.out} holds ${stored.subsets} subsets × ${stored.seeds} seeds of ${flags.setting}${complete ? '' : `, not ${size.subsets} × ${size.seeds}`}: ` +
      `run reproduce --profile ${flags.profile} --setting ${flags.setting} --out ${flags.out} first.${stale.map((line) => ` (${line})`).join('')}`,
  );
}

/** The outcomes that the setting is judged by, retraining by retraining. */
function judgedOutcomes(bank: RetrainingBank, { measurement }: SettingConfig): Vec {
  return (measurement === 'margin' ? bank.margins : bank.losses) ?? bank.losses;
}

function compare(
  a: LdsResult,
  b: LdsResult,
): { lds: LdsEntry; difference: ReturnType<typeof pairedDifference> } {
  return { lds: ldsEntry(b), difference: pairedDifference(a, b) };
}

function intervals({
  ci,
  percentile,
}: {
  readonly ci: JsonInterval;
  readonly percentile: JsonInterval;
}): string {
  return `95 % interval [${ci.map(text).join(', ')}] (BCa), [${percentile.map(text).join(', ')}] (percentile)`;
}

/** What the interval of a difference allows to say. */
function verdict([lo, hi]: JsonInterval): string {
  if (lo === null || hi === null) return 'undefined';
  if (lo > 0) return 'the first predicts better';
  return hi < 0 ? 'the second predicts better' : 'no ordering';
}

function text(x: number | null): string {
  return x === null ? 'undefined' : x.toFixed(4);
}
