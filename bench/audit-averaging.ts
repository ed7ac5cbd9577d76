/** @file How much of what the audit finds is the averaging of its repeats: the audit and cleanlab's ways, each with one repeat and with as many. */
import { type Estimate, meanOverModels, signOf } from '../src/experiments/judging/estimate.ts';
import { type Columns, markdown } from '../src/experiments/pages/table.ts';
import { OURS } from './audit-groups.ts';
import type { AuditFound, AveragedResult } from './audit-results.ts';
import { shown } from './audit-text.ts';

/** A way with a model of its own on one table: its precision in each draw, once and averaged. */
interface Compared {
  readonly table: string;
  readonly way: string;
  readonly model: string;
  readonly once: readonly number[];
  readonly averaged: readonly number[];
}

function compared({ draws, averaged }: AuditFound, table: string): Compared[] {
  const own = averaged.filter((one) => one.case === table);
  const share = (of: AveragedResult, way: string, model: string, repeats: number): number => {
    const there = of.entries.find((one) => one.way === way && one.model === model && one.repeats === repeats);
    const single = draws
      .find((one) => one.case === table && one.draw === of.draw)
      ?.entries.find((one) => one.way === way && one.model === model);
    const found = there ?? single;
    if (found === undefined) throw new Error(`${table}, draw ${of.draw}: no ${way} with ${model}.`);
    return found.found / of.wrong;
  };
  return own[0].entries
    .filter(({ repeats }) => repeats > 1)
    .map(({ way, model, repeats }) => ({
      table,
      way,
      model,
      once: own.map((one) => share(one, way, model, 1)),
      averaged: own.map((one) => share(one, way, model, repeats)),
    }));
}

const paired = (a: readonly number[], b: readonly number[]): Estimate =>
  meanOverModels(a.map((x, i) => x - b[i]));

const COLUMNS: Columns<Compared & { readonly ours: Compared }> = {
  table: ({ table }) => table,
  way: ({ way }) => way,
  'predictions of': ({ model }) => model,
  once: ({ once }) => shown(meanOverModels(once), 3),
  averaged: ({ averaged }) => shown(meanOverModels(averaged), 3),
  'gain of averaging': ({ once, averaged }) => shown(paired(averaged, once), 3),
  'audit − it, both once': ({ ours, once, way }) => (way === OURS ? '–' : shown(paired(ours.once, once), 3)),
  'audit − it, both averaged': ({ ours, averaged, way }) =>
    way === OURS ? '–' : shown(paired(ours.averaged, averaged), 3),
};

/** The section of the page. */
export function averagingSection(found: AuditFound): string[] {
  const tables = [...new Set(found.averaged.map((one) => one.case))];
  const rows = tables.flatMap((table) => {
    const all = compared(found, table);
    const ours = all.find(({ way }) => way === OURS) as Compared;
    return all.map((one) => ({ ...one, ours }));
  });
  const [{ repeats }] = found.averaged;
  const peers = rows.filter(({ way }) => way !== OURS);
  const counts = (of: (one: (typeof rows)[number]) => Estimate): string => {
    const signs = peers.map((one) => signOf(of(one)));
    const times = (sign: string): number => signs.filter((one) => one === sign).length;
    return `ahead in ${times('positive')}, behind in ${times('negative')}, undecided in ${times('undecided')}`;
  };
  return [
    '## How much of it is averaging',
    '',
    `The audit's predictions are the mean of ${repeats} repeats of five folds; cleanlab's, in the tables below, are of one. Here both have one, and both have ${repeats}: cleanlab's ways on the mean probabilities of their own models over the same ${repeats} × 5 folds; CleanLearning, which makes its folds itself, by the mean quality over ${repeats} seeds. Precision at k, paired by draw.`,
    '',
    ...markdown(COLUMNS, rows),
    '',
    `Of ${peers.length} comparisons with a model of cleanlab's own the audit is, both with one repeat, ${counts(({ ours, once }) => paired(ours.once, once))}; both with ${repeats}, ${counts(({ ours, averaged }) => paired(ours.averaged, averaged))}; the audit with ${repeats} against one, as in the tables below, ${counts(({ ours, once }) => paired(ours.averaged, once))}.`,
    '',
  ];
}
