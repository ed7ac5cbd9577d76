/** @file The draws of each table, and how many of its wrong rows each way found. */
import { type Estimate, meanOverModels } from '../src/experiments/judging/estimate.ts';
import type { DrawResult } from './audit-results.ts';

export type Entry = DrawResult['entries'][number];
export type Removal = DrawResult['removals'][number];
/** Who is trained without some rows. */
export type Judge = 'networks' | 'peer';

/** The way that is ours. */
export const OURS = 'audit';

/** Draws of a table, each with the same entries in the same order. */
export interface Group {
  readonly name: string;
  readonly draws: readonly DrawResult[];
}

export function groups(draws: readonly DrawResult[]): Group[] {
  return [...new Set(draws.map((one) => one.case))].map((name) => ({
    name,
    draws: draws.filter((one) => one.case === name),
  }));
}

/** The mean over the draws, with Student's interval. */
export const over = (group: Group, of: (draw: DrawResult) => number): Estimate =>
  meanOverModels(group.draws.map(of));

/** Share of the wrong rows among as many first ones. */
const precision = (entry: Entry, { wrong }: DrawResult): number => entry.found / wrong;

const same = (a: Entry, b: Entry): boolean => a.way === b.way && a.model === b.model;
export const entryIn = (draw: DrawResult, of: Entry): Entry =>
  draw.entries.find((one) => same(one, of)) as Entry;
const oursIn = (draw: DrawResult): Entry => draw.entries.find(({ way }) => way === OURS) as Entry;

/** Precision among the first k of a way, over the draws. */
export function precisionOf(group: Group, of: Entry): Estimate {
  return over(group, (draw) => precision(entryIn(draw, of), draw));
}

/** By how much the audit finds more, paired over draws. */
export function lead(group: Group, of: Entry): Estimate {
  return over(group, (draw) => precision(oursIn(draw), draw) - precision(entryIn(draw, of), draw));
}

export const removalIn = (draw: DrawResult, list: string): Removal =>
  draw.removals.find((one) => one.list === list) as Removal;

/** Change of a quality against training on all rows. */
export function gain(group: Group, list: string, judge: Judge, what: 'loss' | 'accuracy'): Estimate {
  return over(group, (draw) => {
    const [all, without] = ['nothing', list].map((name) => removalIn(draw, name)[judge][what] as number);
    return without - all;
  });
}
