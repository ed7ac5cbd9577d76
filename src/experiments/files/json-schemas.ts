/** @file The vocabulary of our file formats: what numbers, names and intervals may be. The messages complete "expected …". */
import * as v from 'valibot';
import type { Json } from './digest.ts';

/** A type with every property and list read-only, as writers hold what schemas describe. */
export type ReadOnly<T> = [Json] extends [T]
  ? T // whatever JSON can say is read-only all the way down
  : T extends object
    ? { readonly [K in keyof T]: ReadOnly<T[K]> }
    : T;

const whole = v.pipe(v.number(), v.safeInteger('a whole number'));

/** 1, 2, … */
export const count = v.pipe(whole, v.minValue(1, 'a whole number ≥ 1'));
/** 0, 1, … */
export const index = v.pipe(whole, v.minValue(0, 'a whole number ≥ 0'));
export const finite = v.pipe(v.number(), v.finite('a finite number'));
export const positive = v.pipe(finite, v.gtValue(0, 'a number > 0'));
export const nonNegative = v.pipe(finite, v.minValue(0, 'a number ≥ 0'));

/** Rounding may leave a correlation of equal ranks this far above 1. */
const ROUNDING = 1e-9;

/** A number within a range, up to rounding. */
function within(lo: number, hi: number) {
  const text = `a number from ${lo} to ${hi}`;
  return v.pipe(finite, v.minValue(lo - ROUNDING, text), v.maxValue(hi + ROUNDING, text));
}

/** A share, an accuracy, an overlap. */
export const fraction = within(0, 1);
/** A rank correlation, or a mean of such: an LDS. */
export const correlation = within(-1, 1);
/** LDS(a) − LDS(b). */
export const correlationDifference = within(-2, 2);

/** [lo, hi] of such numbers; null stands for an end that is undefined. */
export function intervalOf<S extends v.GenericSchema<number>>(end: S) {
  return v.pipe(
    v.strictTuple([v.nullable(end), v.nullable(end)]),
    v.check(([lo, hi]) => lo === null || hi === null || lo <= hi, 'an interval [lo, hi] with lo ≤ hi'),
  );
}

/** One entry for each of the keys, and no other. */
export function recordOf<const K extends string, S extends v.GenericSchema>(keys: readonly K[], entry: S) {
  return v.strictObject(Object.fromEntries(keys.map((key) => [key, entry])) as Record<K, S>);
}

/** SHA-256 in 64 hexadecimal digits. */
export const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'the 64 hexadecimal digits of a SHA-256'));

/** Whatever JSON can say. */
export const jsonValue = v.custom<Json>((value) => value !== undefined, 'a value');

/** Any names, each with such an entry. A list is none, though valibot's record takes an empty one for it. */
export function named<S extends v.GenericSchema>(entry: S) {
  const isObject = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  return v.pipe(v.custom<{ [name: string]: unknown }>(isObject, 'an object'), v.record(v.string(), entry));
}

/** Versions by name. */
export const versionsSchema = named(v.string());
/** Seconds by stage. */
export const secondsSchema = named(nonNegative);

/** A check of fields against one another. @param find - The first contradiction in words, undefined when there is none. */
export function consistent<T>(find: (value: T) => string | undefined) {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    const contradiction = dataset.typed && dataset.issues === undefined ? find(dataset.value) : undefined;
    if (contradiction !== undefined) addIssue({ message: contradiction });
  });
}

/** "lds has 3 entries, expected 5 (queries)" for the first list that is not as long as it must be. */
export function wrongLength(
  lists: readonly (readonly [name: string, list: { readonly length: number }])[],
  length: number,
  why: string,
): string | undefined {
  const wrong = lists.find(([, list]) => list.length !== length);
  return wrong === undefined
    ? undefined
    : `${wrong[0]} has ${wrong[1].length} entries, expected ${length} (${why})`;
}
