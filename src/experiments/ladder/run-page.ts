/** @file The part of the page that says what `trajectory` is: growth, length, rate, momentum, start, adjoint, smoothness, kinship. */
import { RUN_RULE } from '../../influence/trajectory/run-rule.ts';
import { interval, ranged } from '../judging/estimate.ts';
import { fixed } from '../judging/table.ts';
import { type Columns, columnsOf, fields, markdown } from '../pages/table.ts';
import type { LadderSetting, RunEntry } from './ladder-results.ts';
import { shortLabel } from './ladder-table.ts';

/** Sections of the settings that have other runs. */
export function runTables(settings: readonly LadderSetting[]): string[] {
  const studied = settings.filter(({ runs }) => runs.length > 0);
  return [
    '## How the rungs are akin',
    '',
    'The correlation over the subsets of what two rungs predict, scores averaged, mean over the queries.',
    ...settings.flatMap((setting) => ['', `${setting.setting}:`, '', ...alikeTable(setting)]),
    '',
    '## What the rule looked at',
    '',
    'The adjoint of the Hessian against the length of the run: the short trainings by which the rule chose. Growth is the median over eight held-out queries, the geometric mean over three runs; the loss is that of the held-out examples.',
    '',
    ...markdown(
      PROBE_COLUMNS,
      settings.flatMap(({ setting, choice }) =>
        choice.probes.map((probe) => ({
          ...probe,
          setting,
          chosen:
            probe.epochs === choice.epochs &&
            probe.start === choice.initialisation &&
            probe.lr === choice.learningRate,
        })),
      ),
    ),
    '',
    endings(settings),
    ...(studied.length === 0 ? [] : studiedTables(studied)),
  ];
}

/** Why each search went no further: the last probe was refused for its growth, or because what it learned did not pay. */
export function endings(settings: readonly Pick<LadderSetting, 'setting' | 'choice'>[]): string {
  const ended = (by: 'growth' | 'loss'): string =>
    settings
      .filter(({ choice: { probes } }) => {
        const last = probes[probes.length - 1];
        return (last?.growth ?? Number.POSITIVE_INFINITY) > RUN_RULE.growth === (by === 'growth');
      })
      .map(({ setting }) => setting)
      .join(', ');
  const [growth, loss] = [ended('growth'), ended('loss')];
  return [
    'What ended the search:',
    ...(growth === '' ? [] : [`growth above ${RUN_RULE.growth} in ${growth};`]),
    ...(loss === ''
      ? []
      : [
          `a held-out loss above ${RUN_RULE.gain} of that at half the length, in ${loss}: longer runs contract there too, and the rule holds that they have little more to learn.`,
        ]),
  ].join(' ');
}

function studiedTables(studied: readonly LadderSetting[]): string[] {
  return [
    '',
    '## Length, rate, momentum, start and adjoint',
    '',
    `Runs around that of the rule; every third query. τ = Σ η/(1 − μ) is how long the run would take as a gradient flow. *Growth*: of the adjoint that is taken back, median over queries, geometric mean over networks. *Alike*: the correlation of what two networks predict.`,
    ...studied.flatMap(({ setting, runs }) => [
      '',
      `${setting}, ${runs[0].models} networks:`,
      '',
      ...markdown(RUN_COLUMNS, runs),
    ]),
    '',
    '## How smoothly training answers',
    '',
    'The weights of a random half of the examples are lowered by h, and by h again, in the same run with the same batches. *Smoothness* is the share of the first change of the query losses that the second repeats in sign (empirical metasmoothness, Engstrom et al. 2025, Definition 2): 1 where training answers evenly, 0 where the second step knows nothing of the first. ' +
      '*Predicted*: the correlation of the first change with what the exact derivative of the run says, over queries and halves. Growth is that of all adjoints together.',
    '',
    ...markdown(
      RESPONSE_COLUMNS,
      studied.flatMap(({ setting, responses }) => responses.map((response) => ({ ...response, setting }))),
    ),
  ];
}

const growth = (value: number | null): string =>
  value === null ? '–' : value >= 1e4 ? value.toExponential(0).replace('e+', 'e') : value.toPrecision(3);

type ProbeLine = LadderSetting['choice']['probes'][number] & {
  readonly setting: string;
  readonly chosen: boolean;
};

const PROBE_COLUMNS: Columns<ProbeLine> = {
  ...fields('setting', 'start', 'epochs'),
  rate: ({ lr }) => lr.toPrecision(3),
  growth: (probe) => growth(probe.growth),
  'held-out loss': ({ heldOut }) => fixed(heldOut, 3),
  chosen: ({ chosen }) => (chosen ? 'yes' : ''),
};

const RUN_COLUMNS: Columns<RunEntry> = {
  epochs: ({ epochs }) => epochs,
  rate: ({ learningRate }) => learningRate.toPrecision(3),
  momentum: ({ momentum }) => momentum,
  start: ({ initialisation }) => initialisation,
  adjoint: ({ adjoint }) => adjoint,
  τ: ({ duration }) => duration.toPrecision(3),
  growth: ({ amplification }) => growth(amplification),
  'one network': ({ single, failed }) => failed ?? ranged(interval(single.lds, single.ci)),
  averaged: ({ ensemble }) => ranged(interval(ensemble.lds, ensemble.ci)),
  alike: ({ alike }) => fixed(alike, 2),
};

type ResponseLine = LadderSetting['responses'][number] & { readonly setting: string };

const RESPONSE_COLUMNS: Columns<ResponseLine> = {
  setting: ({ setting }) => setting,
  run: ({ run }) => (run === 'chosen' ? 'that of trajectory' : 'the whole training'),
  growth: ({ amplification }) => growth(amplification),
  h: ({ step }) => String(step),
  smoothness: ({ smoothness }) => fixed(smoothness, 2),
  predicted: ({ predicted }) => fixed(predicted, 2),
};

/** How alike the rungs of a setting predict. */
function alikeTable({ alike, rungs }: LadderSetting): string[] {
  const name = (id: string): string => {
    const entry = rungs.find((one) => one.id === id);
    return entry === undefined ? id : shortLabel(entry);
  };
  const rows = alike.of.map((id, k) => ({ id, values: alike.values[k] }));
  type Line = (typeof rows)[number];
  const columns: Columns<Line> = {
    '': ({ id }) => name(id),
    ...columnsOf(alike.of, name, ({ values }: Line, _, j) => fixed(values[j], 2)),
  };
  return markdown(columns, rows);
}
