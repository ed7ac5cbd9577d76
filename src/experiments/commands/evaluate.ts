/** @file `evaluate`: the linear data-modelling score of anybody's score matrix against stored retrainings. */
import {
  type LdsResult,
  ldsOverNetworks,
  type NetworksLds,
  networksDifference,
  outcomeMeans,
  type RetrainingBank,
} from '../../influence/index.ts';
import { type Matrix, maxAbs, NonFiniteError, type Vec } from '../../linalg/index.ts';
import { staleArchives } from '../better-hessians/reproduce/stale.ts';
import { ldsEntry } from '../better-hessians/results/assemble.ts';
import { networkDifferenceEntry, networkLdsEntry } from '../better-hessians/results/over-networks.ts';
import type { LdsEntry } from '../better-hessians/results/results.ts';
import { dataFolder, workFolders } from '../engine/folders.ts';
import { CommandError } from '../files/command-error.ts';
import type { JsonInterval } from '../files/json-number.ts';
import { basisSentence } from '../judging/basis.ts';
import { ceilingOf, judgeOf, pairedDifference } from '../judging/judge.ts';
import type { PairedDifference } from '../judging/results-file.ts';
import { meanMatrix } from '../judging/stored-scores.ts';
import { divergedSentence, fewSubsetsSentence, undefinedSentences } from '../judging/undefined-queries.ts';
import { PROFILES, profile, settingConfig } from '../protocol/profile.ts';
import { openArchive, retrainingBank } from '../protocol/retrainings.ts';
import type { RunSize } from '../protocol/run-size.ts';
import { parseSettingName, type SettingConfig } from '../protocol/setting.ts';
import { command, type FlagsOf } from '../terminal/command.ts';
import { largestCell } from '../terminal/finite-result.ts';
import { oneOf, text, texts, whole } from '../terminal/options.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import { readMatrix } from '../user-files/arrays.ts';
import { EXPERIMENT_SEED, SETTING_FORM } from './shared-options.ts';

const OPTIONS = {
  scores: texts(
    '<S.npy...>',
    '[query, train]; positive: leaving the example out raises the measurement; several files: those of one method at several networks',
    'files',
  ).required(),
  against: texts('<T.npy...>', 'as many files of a second method: LDS(S) − LDS(T), paired', 'files'),
  setting: text('<name>', `${SETTING_FORM}, and conventions as in reproduce`).required(),
  profile: oneOf('<name>', 'whose data the setting uses', Object.keys(PROFILES)).or('quick'),
  measurement: oneOf('<m>', "what the scores predict (default: the setting's, loss)", ['loss', 'margin']),
  subsets: whole('<K>', 'use the first K subsets (default: all that are complete)', 2),
  seeds: whole('<R>', 'use the first R seeds (default: all that are complete)', 1),
  seed: EXPERIMENT_SEED,
  out: text('<DIR>', 'folder of the experiment').or('runs'),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const addEvaluate = command({
  name: 'evaluate',
  description:
    "LDS of a score matrix [query, train]; rows and columns as in DIR/data, sign as 'influence' writes it",
  options: OPTIONS,
  run,
});

function run(flags: Flags): Output {
  const watch = new Stopwatch();
  const setting = judgedSetting(flags);
  const { against } = flags;
  checkCounts(flags.scores, against);
  const networks = watch.time('read', () => flags.scores.map((file) => readScores(file, setting)));
  const rivals = watch.time('read', () => against?.map((file) => readScores(file, setting)));
  const notices: string[] = [];
  const { bank, size } = watch.time('read', () => readBank(flags, setting, notices));
  const byBank = judgeOf(setting, bank);
  const judge = (matrices: readonly Matrix[], files: readonly string[]): LdsResult =>
    watch.time('lds', () => {
      try {
        return byBank(meanOf(matrices));
      } catch (error) {
        const overflows = matrices.some(
          (matrix) => !Number.isFinite(maxAbs(matrix) * matrix.cols * matrices.length),
        );
        if (!(error instanceof NonFiniteError) || !overflows) throw error;
        const cell = largestCell(matrices.map((matrix, i) => ({ file: files[i], matrix })));
        throw new CommandError(
          `${files.join(', ')}: sums of its scores over subsets overflow: ${cell}. Scale the scores down; ranks do not change.`,
        );
      }
    });
  const result = judge(networks, flags.scores);
  const { ceiling } = watch.time('ceiling', () => ceilingOf(setting, bank));
  const second = rivals === undefined ? undefined : judge(rivals, against ?? []);
  const over =
    networks.length < 2
      ? undefined
      : watch.time('networks', () => judgeOver(setting, bank, [networks, ...(rivals ? [rivals] : [])]));
  const lds = { ...ldsEntry(result), ...(over && networkLdsEntry(over[0], ldsEntry(result))) };
  const compared = second && compare(result, second, over);
  const warnings = [
    ...undefinedSentences(result.constant, setting.data.queries, flags.scores.join(', ')),
    ...(second === undefined
      ? []
      : undefinedSentences({ ...second.constant, outcomes: [] }, setting.data.queries, against?.join(', '))),
    ...divergedSentence(judgedOutcomes(bank, setting)),
    ...fewSubsetsSentence(size.subsets),
  ];
  const judged = { setting: setting.name, measurement: setting.measurement, ...size };
  const basis = {
    ...judged,
    ...(over === undefined ? {} : { networks: networks.length }),
    intervals: over === undefined ? 'subsets' : 'networks and subsets',
  } as const;
  const form = over === undefined ? 'BCa' : 'studentised';
  return {
    figures: {
      ...judged,
      ...(over === undefined ? {} : { networks: networks.length }),
      lds: { ...lds },
      ...(compared && { against: { ...compared.lds }, difference: { ...compared.difference } }),
      undefinedQueries: { ...result.constant, ...(second && { against: second.constant.predictions }) },
      ceiling,
      intervals: basis.intervals,
      warnings,
      notices,
      seconds: watch.seconds(),
    },
    lines: [
      ...notices,
      basisSentence(basis),
      `LDS ${decimals(lds.mean)}, ${intervals(lds, form)}`,
      ...singleLine(lds),
      ...(compared === undefined
        ? []
        : [
            `LDS of ${against?.join(', ')} ${decimals(compared.lds.mean)}, ${intervals(compared.lds, form)}`,
            ...singleLine(compared.lds),
            `difference ${decimals(compared.difference.difference)}, ${intervals(compared.difference, form)}, paired over ${basis.intervals}: ${verdict(compared.difference.ci)}`,
            ...(compared.difference.single === undefined
              ? []
              : [
                  `difference of single networks ${decimals(compared.difference.single.difference)}, ${intervals(compared.difference.single, form)}: ${verdict(compared.difference.single.ci)}`,
                ]),
          ]),
      `noise ceiling ${size.seeds < 2 ? 'undefined: it needs two seeds' : decimals(ceiling)}`,
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

/** Scores of a second method need as many networks: pairs of files are pairs of networks. */
function checkCounts(scores: readonly string[], against: readonly string[] | undefined): void {
  if (against !== undefined && against.length !== scores.length)
    throw new CommandError(
      `--against: expected as many files as --scores, ${scores.length}, each of the same network, got ${against.length}.`,
    );
}

function meanOf(matrices: readonly Matrix[]): Matrix {
  return matrices.length === 1 ? matrices[0] : meanMatrix(matrices);
}

function judgeOver(
  { measurement, seed }: SettingConfig,
  bank: RetrainingBank,
  scores: readonly (readonly Matrix[])[],
): NetworksLds[] {
  return ldsOverNetworks({ scores, subsets: bank.subsets, outcomes: outcomeMeans(bank, measurement), seed });
}

/** The second method, and the difference. */
function compare(
  result: LdsResult,
  second: LdsResult,
  over: readonly NetworksLds[] | undefined,
): { readonly lds: NetworkLds; readonly difference: NetworkDifference } {
  const [entry, paired] = [ldsEntry(second), pairedDifference(result, second)];
  if (over === undefined) return { lds: entry, difference: paired };
  return {
    lds: { ...entry, ...networkLdsEntry(over[1], entry) },
    difference: networkDifferenceEntry(networksDifference(over[0], over[1]), paired),
  };
}

type NetworkLds = LdsEntry & Partial<ReturnType<typeof networkLdsEntry>>;
type NetworkDifference = PairedDifference & Partial<ReturnType<typeof networkDifferenceEntry>>;

/** What single networks reach, of several. */
function singleLine({ single }: NetworkLds): string[] {
  if (single?.ci === undefined || single.percentile === undefined) return [];
  const { mean, sd, ci, percentile } = single;
  return [
    `of single networks ${decimals(mean)}, sd ${decimals(sd)}, ${intervals({ ci, percentile }, 'studentised')}`,
  ];
}

function intervals(
  { ci, percentile }: Pick<LdsEntry, 'ci' | 'percentile'>,
  form: 'BCa' | 'studentised',
): string {
  return `95 % interval [${ci.map(decimals).join(', ')}] (${form}), [${percentile.map(decimals).join(', ')}] (percentile)`;
}

/** What the interval of a difference allows to say. */
function verdict([lo, hi]: JsonInterval): string {
  if (lo === null || hi === null) return 'undefined';
  if (lo > 0) return 'the first predicts better';
  return hi < 0 ? 'the second predicts better' : 'no ordering';
}

function decimals(x: number | null): string {
  return x === null ? 'undefined' : x.toFixed(4);
}
