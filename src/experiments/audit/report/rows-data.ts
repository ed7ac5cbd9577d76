/** @file What the page knows of single rows, as JSON that ends no script. It stays within bounds: the rows that matter come first. */
import type { EffectFinding, Findings } from '../findings.ts';
import { answerText, cellText, clipped, imageUri, measuredText, measureOf, shortNumber } from './cells.ts';
import { flaggedFirst } from './tables.ts';

/** Bytes of the rows and of their pictures. */
const ROWS_BYTES = 1.3e6;
const IMAGES_BYTES = 1e6;
const LETTERS = 240;

/** A row as the script reads it. */
interface KnownRow {
  readonly given: string;
  readonly suggested?: string;
  readonly flagged?: true;
  readonly score?: string;
  readonly loss?: string;
  /** Place among all rows by doubt, from 1. */
  readonly rank?: number;
  readonly cells: string;
  /** Row, effect without its sign; absent: not computed. */
  readonly helped?: readonly Effect[];
  readonly harmed?: readonly Effect[];
}
type Effect = readonly [row: number, text: string];

/** The text of the script element. */
export function rowsJson(findings: Findings): string {
  const { data, labels } = findings;
  const order = wanted(findings);
  const read = reader(findings);
  const rows = within(ROWS_BYTES, order, (position) => [data.used[position], read(position)]);
  const images =
    data.images === undefined
      ? {}
      : within(IMAGES_BYTES, order, (position) => [data.used[position], imageUri(data, position)]);
  return JSON.stringify({
    target: clipped(data.target, 60),
    measure: measureOf(data),
    total: labels.length,
    rows,
    images,
  }).replaceAll('<', '\\u003c');
}

/** Positions in the order in which they are let in: of the tables, of the lists of the rows that are known best, the rest by doubt. */
function wanted({ labels, harmful, carrying, duplicates, outliers, queries, data }: Findings): Set<number> {
  const ordered = flaggedFirst(labels);
  const place = new Map(Array.from(data.used, (row, position) => [row, position]));
  const first = [...ordered.slice(0, 200), ...harmful, ...carrying, ...duplicates, ...outliers];
  const helpers = (list: Findings['queries']): number[] =>
    list.flatMap(({ position, helped, harmed }) => [
      position,
      ...[...helped, ...harmed].map((one) => one.position),
    ]);
  return new Set([
    ...first.map(({ position }) => position),
    ...duplicates.map(({ other }) => place.get(other) ?? -1).filter((position) => position >= 0),
    ...ordered.slice(0, 200).flatMap(({ neighbours }) => neighbours),
    ...helpers(queries),
    ...ordered.map(({ position }) => position),
  ]);
}

/** Entries until their bytes are used up. */
function within<T>(
  bytes: number,
  order: Iterable<number>,
  entry: (position: number) => readonly [number, T],
): Record<string, T> {
  const out: Record<string, T> = {};
  let used = 0;
  for (const position of order) {
    const [row, value] = entry(position);
    used += Buffer.byteLength(JSON.stringify(value)) + 10;
    if (used > bytes) break;
    out[row] = value;
  }
  return out;
}

function reader({ data, labels, queries }: Findings): (position: number) => KnownRow {
  const finding = new Map(labels.map((one, rank) => [one.position, { ...one, rank: rank + 1 }]));
  const asked = new Map(queries.map((one) => [one.position, one]));
  return (position) => {
    const label = finding.get(position);
    const query = asked.get(position);
    return {
      given: answerText(data, position),
      ...(label === undefined ? {} : labelPart(label)),
      cells: cellText(data, position, LETTERS),
      ...(query === undefined ? {} : { helped: effects(query.helped), harmed: effects(query.harmed) }),
    };
  };
}

function labelPart({
  suggested,
  flagged,
  score,
  loss,
  rank,
}: Findings['labels'][number] & { readonly rank: number }): Partial<KnownRow> {
  return {
    ...(suggested === undefined ? {} : { suggested: clipped(suggested, 60) }),
    ...(flagged ? { flagged } : {}),
    score: shortNumber(1 - score),
    loss: measuredText(loss),
    rank,
  };
}

const effects = (list: readonly EffectFinding[]): Effect[] =>
  list.map(({ row, effect }) => [row, measuredText(effect, false)]);
