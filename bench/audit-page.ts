/** @file The audit beside cleanlab as a page, docs/audit-measured.md, and as CSV. Nothing in them is typed by hand. */
import { isDefined, signOf } from '../src/experiments/judging/estimate.ts';
import { fixed } from '../src/experiments/judging/table.ts';
import type { Drawing } from '../src/experiments/pages/render.ts';
import { type Columns, csv, fields, markdown } from '../src/experiments/pages/table.ts';
import { averagingSection } from './audit-averaging.ts';
import { auditFigure } from './audit-figure.ts';
import {
  type Entry,
  entryIn,
  type Group,
  gain,
  groups,
  type Judge,
  lead,
  OURS,
  over,
  precisionOf,
  type Removal,
  removalIn,
} from './audit-groups.ts';
import type { AuditFound, DrawResult } from './audit-results.ts';
import { shown } from './audit-text.ts';

const CASES: Readonly<Record<string, string>> = {
  digits: 'Digits: images of ten digits',
  hpc: 'Computing jobs: how long one will run, four classes; its protocol and weekday are text',
  credit: 'Credit: paid back or not; home, marital status, records and job are text, cells are missing',
  concrete: 'Concrete: compressive strength, a number',
};

/** Every entry of every draw. */
export function auditBenchCsv(draws: readonly DrawResult[]): string {
  const rows = draws.flatMap((draw) =>
    draw.entries.map((entry) => ({ ...entry, table: draw.case, draw: draw.draw, wrong: draw.wrong })),
  );
  return csv(
    fields<'table' | 'draw' | 'way' | 'model' | 'wrong' | 'found' | 'flagged' | 'flaggedRight'>(
      'table',
      'draw',
      'way',
      'model',
      'wrong',
      'found',
      'flagged',
      'flaggedRight',
    ),
    rows,
  );
}

/** Every removal of every draw. */
export function auditRemovalsCsv(draws: readonly DrawResult[]): string {
  const columns: Columns<{ draw: DrawResult; one: Removal }> = {
    table: ({ draw }) => draw.case,
    draw: ({ draw }) => draw.draw,
    list: ({ one }) => ({ quoted: one.list }),
    rows: ({ one }) => one.rows,
    networks_loss: ({ one }) => one.networks.loss,
    networks_accuracy: ({ one }) => one.networks.accuracy,
    peer_judge: ({ draw }) => draw.judge,
    peer_loss: ({ one }) => one.peer.loss,
    peer_accuracy: ({ one }) => one.peer.accuracy,
  };
  return csv(
    columns,
    draws.flatMap((draw) => draw.removals.map((one) => ({ draw, one }))),
  );
}

function rankingTable(group: Group): string[] {
  const columns: Columns<Entry> = {
    way: ({ way }) => way,
    'predictions of': ({ model }) => model,
    'precision at k': (of) => shown(precisionOf(group, of), 3),
    'audit − it': (of) => (of.way === OURS ? '–' : shown(lead(group, of), 3)),
    flagged: (of) => fixed(over(group, (draw) => entryIn(draw, of).flagged).value, 1),
    'right of those': (of) =>
      fixed(over(group, (draw) => entryIn(draw, of).flaggedRight / Math.max(1, entryIn(draw, of).flagged)).value, 3), // biome-ignore format: one column
    recall: (of) => fixed(over(group, (draw) => entryIn(draw, of).flaggedRight / draw.wrong).value, 3),
  };
  return markdown(columns, group.draws[0].entries);
}

function removalTable(group: Group): string[] {
  const { classes, judge, removals } = group.draws[0];
  const accuracies = (kind: Judge): Columns<Removal> =>
    classes === 0
      ? {}
      : {
          [`accuracy, ${kind === 'peer' ? judge : 'networks'}`]: ({ list }) =>
            shown(gain(group, list, kind, 'accuracy'), 3),
        };
  const columns: Columns<Removal> = {
    'trained without': ({ list }) => list,
    rows: ({ list }) => fixed(over(group, (draw) => removalIn(draw, list).rows).value, 1),
    'loss, networks': ({ list }) => shown(gain(group, list, 'networks', 'loss'), 3),
    [`loss, ${judge}`]: ({ list }) => shown(gain(group, list, 'peer', 'loss'), 3),
    ...accuracies('networks'),
    ...accuracies('peer'),
  };
  return markdown(
    columns,
    removals.filter(({ list }) => list !== 'nothing'),
  );
}

function caseSection(group: Group): string[] {
  const [first] = group.draws;
  const networks = [...new Set(group.draws.map(({ network }) => network))];
  const level = over(group, (draw) => removalIn(draw, 'nothing').networks.loss).value;
  const peer = over(group, (draw) => removalIn(draw, 'nothing').peer.loss).value;
  return [
    `## ${CASES[group.name]}`,
    '',
    `${first.rows} rows of ${first.features} features are audited, k = ${first.wrong} of them with a wrong answer; ${first.clean} clean rows judge. Chosen by the audit: ${networks.join('; ')}.`,
    '',
    ...rankingTable(group),
    '',
    `Trained on all rows, the clean ones have the ${first.classes > 0 ? 'loss' : 'mean |error|'} ${fixed(level, 3)} with the audit's networks and ${fixed(peer, 3)} with ${first.judge}. It changes by:`,
    '',
    ...removalTable(group),
    '',
  ];
}

/** Where the audit is ahead, and where it is not, counted. */
function summary(all: readonly Group[]): string[] {
  const pairs = all.flatMap((group) =>
    group.draws[0].entries
      .filter(({ way }) => way !== OURS)
      .map((entry) => ({ group, entry, estimate: lead(group, entry) })),
  );
  const of = (sign: string) => pairs.filter(({ estimate }) => signOf(estimate) === sign);
  const named = ({ group, entry, estimate }: (typeof pairs)[number]): string =>
    `${group.name}, ${entry.way} with ${entry.model} (${shown(estimate, 3)})`;
  const best = all.map((group) => {
    const means = group.draws[0].entries.map((entry) => ({
      entry,
      value: precisionOf(group, entry).value ?? 0,
    }));
    const ours = means.find(({ entry }) => entry.way === OURS)?.value ?? 0;
    const peers = means.filter(({ entry }) => entry.way !== OURS && !entry.model.startsWith('the audit'));
    const top = peers.sort((a, b) => b.value - a.value)[0];
    return `| ${group.name} | ${fixed(ours, 3)} | ${fixed(top.value, 3)} (${top.entry.way}, ${top.entry.model}) | ${shown(lead(group, top.entry), 3)} |`;
  });
  const behind = of('negative');
  return [
    '| table | audit | the best of cleanlab with a model of its own | audit − it |',
    '|---|---|---|---|',
    ...best,
    '',
    `Precision at k. Of ${pairs.length} comparisons with a way of cleanlab the audit is ahead in ${of('positive').length} and behind in ${behind.length} by an interval that excludes zero; ${of('undecided').length} are undecided.`,
    behind.length === 0 ? 'Behind: none.' : `Behind: ${behind.map(named).join('; ')}.`,
  ];
}

/** Precision of every way on every table. */
export function auditDrawing(draws: readonly DrawResult[]): Drawing {
  return auditFigure(
    groups(draws).flatMap((group) =>
      group.draws[0].entries.map((entry) => ({
        table: group.name,
        way: entry.way,
        model: entry.model,
        precision: precisionOf(group, entry),
      })),
    ),
  );
}

/** Where the figure lies, seen from the page. */
const FIGURE = '../results/audit/figures';

export function auditMeasuredPage(found: AuditFound): string {
  const { draws } = found;
  const all = groups(draws);
  const [{ draws: some }] = all;
  const versions = Object.entries(some[0].versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
  const drawing = auditDrawing(draws);
  const text = [
    '# The audit beside cleanlab, measured',
    '',
    `Generated by \`npm run results:audit\` from [results/audit/audit.json](../results/audit/audit.json). Peer: ${versions}, run by [cleanlab_audit.py](../bench/peers/cleanlab_audit.py).`,
    '',
    ...summary(all),
    '',
    `![${drawing.alt}](${FIGURE}/${drawing.name}.svg)`,
    '',
    drawing.caption,
    '',
    '## How',
    '',
    `Draws ${some.map(({ draw }) => draw).join(', ')}: each takes other rows of a table and makes 5 % of the answers wrong: a label becomes any other one, each alike; a number becomes that of another row drawn at random. Nobody is told which. Numbers are means over the ${some.length} draws, in brackets Student's 95 % interval of them; differences are paired, draw by draw.`,
    '',
    '- **Precision at k**: the share of wrong rows among the first k, k being their number; so it is the recall there as well. Flagged: the rows that each way points out by itself, without knowing k.',
    '- **audit**: the ranking of [`eigenfluence audit`](audit.md) with its defaults; four repeats of five folds.',
    "- **Confident Learning**: `find_label_issues`, then the rest by `get_label_quality_scores`. **Datalab**: its `label` issue. Both on out-of-fold probabilities of models of scikit-learn with their defaults over five folds, once, as cleanlab's documentation does it. On \"the audit's networks\" they get the audit's own probabilities, the mean of four repeats: beside the first row that tells signal from model. **CleanLearning** (of cleanlab.regression) makes its folds itself.",
    '- **Trained without**: the rows of a list are taken out, and models trained anew judge on the clean rows: two networks as the audit chose them, and one of scikit-learn that is none of ours. Negative loss: better. The wrong rows themselves show what there is to win, random ones what taking rows out costs.',
    '',
    'The grid of networks that the audit tries was chosen on draws from 100 on of the same tables, which are not among these; nothing of the audit or its grid was changed after these draws were seen.',
    '',
    ...averagingSection(found),
    ...all.flatMap(caseSection),
    '## What to take from it',
    '',
    ...lessons(all),
    '',
  ];
  return text.join('\n');
}

/** Sentences that are counted here. */
function lessons(all: readonly Group[]): string[] {
  const signal = all.flatMap((group) =>
    group.draws[0].entries
      .filter(({ way, model }) => way !== OURS && model.startsWith('the audit'))
      .map((entry) => lead(group, entry)),
  );
  const most = Math.max(...signal.map(({ value }) => Math.abs(value ?? 0)));
  const hurt = all.filter((group) => {
    const change = gain(group, 'audit: flagged', 'networks', 'loss');
    return isDefined(change) && change.lo > 0;
  });
  const helped = all.filter((group) => {
    const change = gain(group, 'audit: flagged', 'networks', 'loss');
    return isDefined(change) && change.hi < 0;
  });
  const names = (of: readonly Group[]): string =>
    of.length === 0 ? 'none' : of.map(({ name }) => name).join(', ');
  return [
    `- On the same probabilities the audit's order and cleanlab's differ by ${fixed(most, 3)} at most: what decides is whose probabilities they are, not the formula of the score.`,
    `- Taking out what the audit flags lowers the loss of its networks on clean rows by an interval below zero on: ${names(helped)}; it raises it on: ${names(hurt)}. Where classes overlap by nature, a flagged row is often an honest exception: look at it before you take it out.`,
  ];
}
