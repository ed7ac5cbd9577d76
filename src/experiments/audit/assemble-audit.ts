/** @file Findings from what is stored. */
import type { Matrix } from '../../linalg/index.ts';
import type { Store } from '../engine/store.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { AuditCase, AuditRequest } from './audit-case.ts';
import type { AuditData } from './audit-data.ts';
import { classQuality } from './class-quality.ts';
import { closeness } from './closeness.ts';
import { baselineOf, numberLuck, plainErrors } from './distrust.ts';
import type { EffectFinding, Findings, LabelFinding, QueryFinding } from './findings.ts';
import { foldOf, storedUnder } from './jobs.ts';
import type { Doubts } from './label-doubts.ts';
import { type Measured, overRepeats, rowLoss } from './measured.ts';
import { candidateText } from './plan.ts';
import { trustOf } from './trust.ts';
import { verification } from './verify.ts';

/** Rows of each list but the first. */
export const LISTED = 200;
/** Rows that helped and harmed a row. */
const HELPERS = 5;
/** Neighbours that are named. */
const NAMED = 3;

export function findingsOf(of: AuditCase, request: AuditRequest, store: Store): Findings {
  const { shape, candidate, doubts, verified } = of;
  const { data, plan } = request;
  const near = closeness(data, shape, plan, store);
  const effects = meanEffects(of, request, store);
  const labels = labelFindings(of.doubts, data, near.index);
  const { networks, ...quality } = howGood(of, request, store);
  const trust = trustOf(of, request, quality, store);
  return {
    data,
    model: {
      text: candidateText(candidate),
      networks,
      ...quality,
    },
    trust,
    labels,
    ...effectFindings(effects, data),
    duplicates: near.duplicates.slice(0, LISTED),
    outliers: near.outliers.slice(0, LISTED),
    queries: queryFindings(of, request, store),
    ...(verified === 0
      ? {}
      : {
          verified: verification(
            { data: shape, plan, candidate, doubts, k: verified },
            data,
            Float64Array.from(effects, ({ value }) => value),
            store,
          ),
        }),
  };
}

/** The rows that harm, the worst first, and those that carry the model. */
export function effectFindings(
  effects: readonly Measured[],
  data: AuditData,
): Pick<Findings, 'harmful' | 'carrying'> {
  const ordered = [...effects.keys()].sort((a, b) => effects[b].value - effects[a].value || a - b);
  const findings = (positions: readonly number[]): EffectFinding[] =>
    positions
      .slice(0, LISTED)
      .map((position) => ({ position, row: data.used[position], effect: effects[position] }));
  return {
    harmful: findings(ordered.filter((i) => effects[i].value < 0).reverse()),
    carrying: findings(ordered.filter((i) => effects[i].value > 0)),
  };
}

/** Every row by doubt. @param neighbours - Of a position, nearest first. */
export function labelFindings(
  doubts: Doubts,
  data: AuditData,
  neighbours: (position: number) => readonly number[],
): LabelFinding[] {
  const { answers, classes } = data;
  const flagged = new Set(doubts.flagged);
  const { repeats } = doubts.predictions;
  const said = (value: number): string =>
    classes.length > 0 ? classes[value] : String(Number(value.toPrecision(6)));
  return Array.from(doubts.ranked, (position) => {
    const [given, suggested] = [answers[position], doubts.suggested[position]];
    const speaks = (j: number): boolean => classes.length === 0 || answers[j] === suggested;
    return {
      position,
      row: data.used[position],
      score: doubts.scores[position],
      given: said(given),
      ...(suggested === given ? {} : { suggested: said(suggested) }),
      flagged: flagged.has(position),
      loss: overRepeats(repeats.map((one) => rowLoss(one.row(position), given, classes.length))),
      neighbours: neighbours(position).filter(speaks).slice(0, NAMED),
    };
  });
}

/** What leaving each row out does to the mean loss of rows that a network did not see: the mean over folds, its error over repeats. */
function meanEffects(of: AuditCase, request: AuditRequest, store: Store): Measured[] {
  const { data, plan } = request;
  const n = data.answers.length;
  const byRepeat = Array.from({ length: plan.repeats }, (_, repeat) => {
    const sum = new Float64Array(n);
    for (let fold = 0; fold < plan.folds; fold++) {
      const { kept } = foldOf(plan, of.shape, data.answers, repeat, fold);
      const { effect } = influenceOf(of, request, repeat, fold, store);
      for (const [at, i] of kept.entries()) sum[i] += effect.data[at] / (plan.folds - 1);
    }
    return sum;
  });
  return Array.from({ length: n }, (_, i) => overRepeats(byRepeat.map((sum) => sum[i])));
}

function influenceOf(
  { shape, candidate, doubts, queries }: AuditCase,
  { plan }: AuditRequest,
  repeat: number,
  fold: number,
  store: Store,
) {
  const doubted = [...doubts.flagged].sort((a, b) => a - b);
  const job = { kind: 'influence', data: shape, plan, candidate, repeat, fold, queries, doubted } as const;
  const { effect, scores } = store.get(storedUnder(job)).arrays;
  return { effect, scores };
}

/** For each query the rows that helped and harmed most, over the repeats: in each it is held out once. */
function queryFindings(of: AuditCase, request: AuditRequest, store: Store): QueryFinding[] {
  const { data, plan } = request;
  const n = data.answers.length;
  const asked = new Set(of.queries);
  const rows = new Map<number, Float64Array[]>();
  for (let repeat = 0; repeat < plan.repeats; repeat++)
    for (let fold = 0; fold < plan.folds; fold++) {
      const { kept, heldOut } = foldOf(plan, of.shape, data.answers, repeat, fold);
      const own = heldOut.filter((i) => asked.has(i));
      if (own.length === 0) continue;
      const scores = matrixOf(influenceOf(of, request, repeat, fold, store).scores);
      for (const [r, query] of own.entries()) {
        const whole = new Float64Array(n).fill(Number.NaN);
        const row = scores.row(r);
        for (const [at, i] of kept.entries()) whole[i] = row[at];
        rows.set(query, [...(rows.get(query) ?? []), whole]);
      }
    }
  return of.queries.map((position) => {
    const parts = rows.get(position) ?? [];
    const effect = (i: number): Measured =>
      overRepeats(parts.map((one) => one[i]).filter((x) => !Number.isNaN(x)));
    return queryFinding(position, effect, data);
  });
}

/** The rows that helped and harmed one. @param effect - Of leaving a row out; NaN: not known. */
export function queryFinding(
  position: number,
  effect: (row: number) => Measured,
  { used, answers }: AuditData,
): QueryFinding {
  const mean = Float64Array.from(answers, (_, i) => (i === position ? 0 : effect(i).value || 0));
  const order = Int32Array.from(mean.keys()).sort((a, b) => mean[b] - mean[a] || a - b);
  const finding = (i: number): EffectFinding => ({ position: i, row: used[i], effect: effect(i) });
  return {
    position,
    row: used[position],
    helped: Array.from(order.slice(0, HELPERS))
      .filter((i) => mean[i] > 0)
      .map(finding),
    harmed: Array.from(order.slice(-HELPERS))
      .reverse()
      .filter((i) => mean[i] < 0)
      .map(finding),
  };
}

/** How well the networks do on rows that they did not see, beside an answer that looks at nothing. */
function howGood({ shape, candidate, doubts }: AuditCase, { data, plan }: AuditRequest, store: Store) {
  const { classes } = data;
  const { repeats } = doubts.predictions;
  const ofRepeat = (pick: 'trainLoss' | 'heldOutLoss'): number[] =>
    Array.from({ length: plan.repeats }, (_, repeat) => {
      let sum = 0;
      for (let fold = 0; fold < plan.folds; fold++) {
        const { value } = store.get(
          storedUnder({ kind: 'member', data: shape, plan, candidate, repeat, fold }),
        );
        sum += (value as { trainLoss: number; heldOutLoss: number })[pick] / plan.folds;
      }
      return sum;
    });
  const said = (one: Matrix): Int32Array =>
    Int32Array.from({ length: one.rows }, (_, i) =>
      one.row(i).reduce((best, x, k, row) => (x > row[best] ? k : best), 0),
    );
  return {
    networks: plan.folds * plan.repeats,
    heldOutLoss: overRepeats(ofRepeat('heldOutLoss')),
    trainLoss: overRepeats(ofRepeat('trainLoss')),
    ...(classes.length > 0
      ? classQuality(repeats.map(said), data)
      : { luck: numberLuck(meanErrors(repeats, data), plainErrors(data)) }),
    baseline: baselineOf(data),
  };
}

/** Of each row, |prediction − target|, its mean over the repeats. */
function meanErrors(repeats: readonly Matrix[], { answers }: AuditData): Float64Array {
  return answers.map(
    (t, i) => repeats.reduce((sum, one) => sum + rowLoss(one.row(i), t, 0), 0) / repeats.length,
  );
}
