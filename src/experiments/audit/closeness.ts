/** @file What the distances between rows say: near-duplicates, outliers, neighbours. */
import type { Store } from '../engine/store.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { AuditData } from './audit-data.ts';
import type { DuplicateFinding, OutlierFinding } from './findings.ts';
import { storedUnder } from './jobs.ts';
import type { AuditPlan, DataShape } from './plan.ts';
import { NEIGHBOUR_BLOCK } from './plan.ts';

/** Nearer than this share of the usual distance, two rows are nearly the same. */
const NEARLY = 0.02;
/** So many times the usual distance from its neighbours, a row is an outlier. */
const FAR = 3;
/** Targets that differ by less, in standard deviations, agree. */
const SAME_TARGET = 0.1;

export interface Closeness {
  /** The nearest positions, nearest first. */
  readonly index: (position: number) => readonly number[];
  /** Pairs, those that disagree first, then the nearest. */
  readonly duplicates: readonly DuplicateFinding[];
  /** The farthest first. */
  readonly outliers: readonly OutlierFinding[];
}

export function closeness(data: AuditData, shape: DataShape, plan: AuditPlan, store: Store): Closeness {
  const n = shape.examples;
  const blocks = Array.from({ length: Math.ceil(n / NEIGHBOUR_BLOCK) }, (_, k) => {
    const from = k * NEIGHBOUR_BLOCK;
    const { arrays } = store.get(
      storedUnder({ kind: 'neighbours', data: shape, plan, from, to: Math.min(n, from + NEIGHBOUR_BLOCK) }),
    );
    return { index: matrixOf(arrays['index']), distance: matrixOf(arrays['distance']) };
  });
  return closenessBy(data, (i, of) => blocks[Math.floor(i / NEIGHBOUR_BLOCK)][of].row(i % NEIGHBOUR_BLOCK));
}

/** @param row - Of each position its neighbours, or their distances, nearest first. */
export function closenessBy(
  data: AuditData,
  row: (position: number, of: 'index' | 'distance') => Float64Array,
): Closeness {
  const n = data.answers.length;
  const nearest = Float64Array.from({ length: n }, (_, i) => row(i, 'distance')[0]);
  const around = Float64Array.from({ length: n }, (_, i) => meanOf(row(i, 'distance')));
  const [usual, usualAround] = [median(nearest), median(around)];
  return {
    index: (position) => Array.from(row(position, 'index')),
    duplicates: duplicatesOf(data, nearest, (i) => row(i, 'index')[0], usual),
    outliers: Array.from(around, (distance, position) => ({
      position,
      row: data.used[position],
      score: usualAround > 0 ? distance / usualAround : 0,
    }))
      .filter(({ score }) => score > FAR)
      .sort((a, b) => b.score - a.score || a.position - b.position),
  };
}

function duplicatesOf(
  data: AuditData,
  nearest: Float64Array,
  other: (i: number) => number,
  usual: number,
): DuplicateFinding[] {
  const spread = deviationOf(data.answers);
  const agree = (i: number, j: number): boolean =>
    data.classes.length > 0
      ? data.answers[i] === data.answers[j]
      : Math.abs(data.answers[i] - data.answers[j]) < SAME_TARGET * spread;
  const seen = new Set<string>();
  const out: DuplicateFinding[] = [];
  for (const [i, distance] of nearest.entries()) {
    const j = other(i);
    const name = `${Math.min(i, j)} ${Math.max(i, j)}`;
    if (seen.has(name) || !(distance === 0 || distance < NEARLY * usual)) continue;
    seen.add(name);
    out.push({
      position: i,
      row: data.used[i],
      other: data.used[j],
      score: usual > 0 ? distance / usual : 0,
      agree: agree(i, j),
    });
  }
  return out.sort(
    (a, b) => Number(a.agree) - Number(b.agree) || a.score - b.score || a.position - b.position,
  );
}

const meanOf = (x: Float64Array): number => x.reduce((sum, value) => sum + value, 0) / Math.max(1, x.length);

function deviationOf(x: Float64Array): number {
  const mean = meanOf(x);
  return Math.sqrt(meanOf(x.map((value) => (value - mean) ** 2)));
}

function median(x: Float64Array): number {
  return x.slice().sort()[x.length >> 1] ?? 0;
}
