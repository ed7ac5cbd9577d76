/** @file The generated part of docs/what-we-learnt.md on wrong answers: what decides which rows are found, and what taking them out does. */

import { readDigested } from '../src/experiments/files/digested-file.ts';
import { isDefined } from '../src/experiments/judging/estimate.ts';
import { fixed } from '../src/experiments/judging/table.ts';
import { type Columns, markdown } from '../src/experiments/pages/table.ts';
import { type Entry, type Group, gain, groups, OURS, precisionOf } from './audit-groups.ts';
import { AUDIT_BENCH } from './audit-results.ts';
import { shown } from './audit-text.ts';
import { from } from './if-there.ts';

const OUR_NETWORKS = "the audit's networks";

const values = (group: Group, entries: readonly Entry[]): number[] =>
  entries.map((entry) => precisionOf(group, entry).value ?? Number.NaN);

/** Precision of every order of the rows that the same predictions give. */
const byOrder = (group: Group): number[] =>
  values(
    group,
    group.draws[0].entries.filter(({ model }) => model === OUR_NETWORKS),
  );

/** Precision of one order on the predictions of every model it was tried with. */
function byModel(group: Group): number[] {
  const others = group.draws[0].entries.filter(({ way }) => way !== OURS);
  const ways = [...new Set(others.map(({ way }) => way))].map((way) =>
    others.filter((one) => one.way === way),
  );
  return values(group, ways.sort((a, b) => b.length - a.length)[0]);
}

const spread = (of: readonly number[]): number => Math.max(...of) - Math.min(...of);
const span = (of: readonly number[]): string =>
  of.length < 2 ? '–' : `${fixed(Math.min(...of), 2)} … ${fixed(Math.max(...of), 2)}`;

/** What the order of the rows is worth beside whose predictions it is made of, and whether the networks gain when flagged rows are taken out. */
export function wrongAnswers(): string {
  return from(
    'results/audit/audit.json',
    'npm run bench:audit',
    (file) => groups(readDigested(file, AUDIT_BENCH).draws),
    (all) => {
      const loss = (list: string) => (group: Group) => shown(gain(group, list, 'networks', 'loss'), 3);
      const columns: Columns<Group> = {
        table: ({ name }) => name,
        'the audit': (group) =>
          shown(precisionOf(group, group.draws[0].entries.find(({ way }) => way === OURS) as Entry), 2),
        'all orders of its predictions': (group) => span(byOrder(group)),
        'one order, other models': (group) => span(byModel(group)),
        'loss without the wrong rows': loss('the wrong rows'),
        'without the flagged rows': loss('audit: flagged'),
        'without random rows': loss('random rows'),
      };
      const both = all.filter((group) => byOrder(group).length > 1);
      const worse = all.filter((group) => {
        const change = gain(group, 'audit: flagged', 'networks', 'loss');
        return isDefined(change) && change.lo > 0;
      });
      return [
        `Orders of the same predictions differ by at most ${fixed(Math.max(...both.map((group) => spread(byOrder(group)))), 2)}, one order on the predictions of different models by ${fixed(Math.min(...all.map((group) => spread(byModel(group)))), 2)} to ${fixed(Math.max(...all.map((group) => spread(byModel(group)))), 2)}. Taking out what is flagged makes the networks worse on ${worse.length} of ${all.length} tables${worse.length === 0 ? '' : ` (${worse.map(({ name }) => name).join(', ')})`}.`,
        '',
        ...markdown(columns, all),
        '',
        `Precision among the first k rows, k being the number of wrong answers (5 % of the rows); changes of the loss on clean rows when the networks are trained without some. Means over ${all[0].draws.length} draws, with Student’s 95 % intervals. Source: \`results/audit/\`; whole: [audit-measured.md](docs/audit-measured.md).`,
      ].join('\n');
    },
  );
}
