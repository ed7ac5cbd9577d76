/** @file Fields of an architecture.json, each read by a reader that says what it expects. */
import { isReadable } from '../../linalg/border/arguments.ts';
import { describe, isArray } from '../../linalg/border/describe.ts';
import { FormatError } from '../../linalg/errors.ts';

/** No size in a description is larger. */
export const MAX_SIZE: number = 2 ** 31 - 1;
const MAX_AXES = 8;
const MAX_NAME = 1000;

/** What a field must be, and whether it may be absent. */
export interface Field {
  readonly expected: string;
  readonly optional: boolean;
  /** The value itself, lists copied and frozen; undefined when it is not as expected. */
  readonly read: (value: unknown) => unknown;
}

function field(expected: string, accepts: (value: unknown) => boolean): Field {
  return { expected, optional: false, read: (value) => (accepts(value) ? value : undefined) };
}

/** The same field, which may be absent. */
export function optional(of: Field): Field {
  return { ...of, optional: true };
}

/** An integer in low..high. */
export function whole(low: number, high: number = MAX_SIZE): Field {
  return field(
    `an integer in ${low}..${high}`,
    (value) => Number.isInteger(value) && (value as number) >= low && (value as number) <= high,
  );
}

/** A finite number ≥ low. */
export function atLeast(low: number): Field {
  return field(`a finite number ≥ ${low}`, (value) => Number.isFinite(value) && (value as number) >= low);
}

/** A finite number. */
export const finite: Field = field('a finite number', Number.isFinite);

/** True or false. */
export const flag: Field = field('true or false', (value) => typeof value === 'boolean');

/** One of some words. */
export function word(...words: readonly string[]): Field {
  return field(`one of ${words.join(', ')}`, (value) => words.includes(value as string));
}

/** The name of a node or parameter. Names that every object has are none. */
export const name: Field = field(
  `a name of 1 to ${MAX_NAME} characters without control characters, and none of Object.prototype`,
  (value) =>
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_NAME &&
    !/[\p{Cc}\p{Cs}]/u.test(value) &&
    !(value in Object.prototype),
);

/** A list of some length whose entries are such. */
export function list(of: Field, low: number, high: number = MAX_AXES): Field {
  const length = low === high ? `${low}` : `${low} to ${high}`;
  return {
    expected: `a list of ${length}, each ${of.expected}`,
    optional: false,
    read: (value) => {
      if (!isArray(value) || value.length < low || value.length > high) return undefined;
      const entries = Array.from(value, of.read);
      return entries.includes(undefined) ? undefined : Object.freeze(entries);
    },
  };
}

/** A list of different entries. */
export function different(of: Field): Field {
  return {
    ...of,
    expected: `${of.expected}, no two the same`,
    read: (value) => {
      const entries = of.read(value) as readonly unknown[] | undefined;
      return entries !== undefined && new Set(entries).size === entries.length ? entries : undefined;
    },
  };
}

/** @throws {FormatError} it is no object. */
export function asRecord(what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || isArray(value) || !isReadable(value))
    refuse(`${what} must be an object, got ${describe(value)}.`);
  return value as Record<string, unknown>;
}

/** Reads the fields of a record into a new one; unknown names are refused. @throws {FormatError} naming `what` and the field. */
export function readFields<T>(what: string, value: unknown, fields: { readonly [K in keyof T]-?: Field }): T {
  const given = asRecord(what, value);
  const known = Object.keys(fields);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined)
    refuse(`${what} has the unknown field ${quoted(unknown)}; known are ${known.join(', ')}.`);
  const out: Record<string, unknown> = {};
  for (const [key, { expected, optional, read }] of Object.entries<Field>(fields)) {
    const entry = Object.hasOwn(given, key) ? given[key] : undefined;
    if (entry === undefined && optional) continue;
    if (entry === undefined) refuse(`${what} lacks the field ${key}: ${expected}.`);
    const taken = read(entry);
    if (taken === undefined) refuse(`${what}: ${key} must be ${expected}, got ${shown(entry)}.`);
    out[key] = taken;
  }
  return out as T;
}

/** What came, for a message; short lists of numbers as they are. */
function shown(value: unknown): string {
  return isArray(value) && value.length <= MAX_AXES && value.every((v) => typeof v === 'number')
    ? `[${value.join(', ')}]`
    : describe(value);
}

/** Untrusted text for a message: short, on one line, in quotes. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** @throws {FormatError} always: 'architecture: …'. */
export function refuse(problem: string): never {
  throw new FormatError('architecture', problem);
}
