/** @file The form of a task's result: which values and arrays it has. A checksum that holds does not make a file ours. */
import type * as v from 'valibot';
import type { Json } from '../files/digest.ts';
import { checkJson, JsonError } from '../files/json.ts';
import type { StoredArray, Task, TaskResult } from './task.ts';

/** The length of an axis: a number, or one that the computation found. One object in several places is one length. */
export type Axis = number | { readonly atMost: number };

/** An array of doubles. */
export interface ArrayForm {
  readonly shape: readonly Axis[];
  /** `any`: also NaN and ±∞, which stand for what is undefined. */
  readonly numbers: 'finite' | 'any';
}

/** What a task's result is made of. */
export interface ResultForm {
  /** The plain values. */
  readonly value: v.GenericSchema<unknown, Values>;
  /** Every array by name, given the values. */
  readonly arrays: (value: Values) => { readonly [name: string]: ArrayForm };
  /** Stages whose seconds are read one by one; others may be there. */
  readonly seconds: (value: Values) => readonly string[];
}

type Values = { readonly [name: string]: unknown };

/** A task whose result is stored, with what it looks like. The form is no part of the key. */
export interface StoredTask extends Task {
  readonly form: ResultForm;
}

/** A form; arrays and seconds may depend on the values. Without `seconds`, none is read by name. */
export function resultForm<const S extends v.GenericSchema<unknown, Values>>(
  value: S,
  arrays: Fixed<v.InferOutput<S>, { readonly [name: string]: ArrayForm }> = {},
  seconds: Fixed<v.InferOutput<S>, readonly string[]> = [],
): ResultForm {
  const from = <T>(part: Fixed<v.InferOutput<S>, T>) =>
    typeof part === 'function'
      ? (part as (value: Values) => T) // called with what `value` has let through
      : () => part;
  return { value, arrays: from(arrays), seconds: from(seconds) };
}

type Fixed<V, T> = T | ((value: V) => T);

/** A dense array of finite numbers. */
export function finiteArray(...shape: readonly Axis[]): ArrayForm {
  return { shape, numbers: 'finite' };
}

/** An array that may hold NaN and ±∞. */
export function anyArray(...shape: readonly Axis[]): ArrayForm {
  return { shape, numbers: 'any' };
}

/** Numbers that are finite in whatever the task computes from finite numbers, and are not. */
export class NonFiniteResultError extends JsonError {
  override name = 'NonFiniteResultError';
}

/**
 * Checks a result against its form.
 *
 * @throws {JsonError} the first value, array or stage that is missing, surplus or misshapen; a number that must be finite.
 * Cost: one pass over the numbers.
 */
export function checkResult({ value, arrays, seconds }: TaskResult, form: ResultForm): void {
  const values = checkJson(form.value, value as { readonly [name: string]: Json });
  const expected = form.arrays(values);
  const lengths = new Map<object, number>();
  for (const name of Object.keys(arrays))
    if (!Object.hasOwn(expected, name)) throw new JsonError(`array ${name} is not known here.`);
  for (const [name, array] of Object.entries(expected)) {
    if (!Object.hasOwn(arrays, name)) throw new JsonError(`array ${name} is missing.`);
    checkArray(name, arrays[name], array, lengths);
  }
  for (const stage of form.seconds(values))
    if (!Object.hasOwn(seconds, stage)) throw new JsonError(`field seconds.${stage} is missing.`);
}

function checkArray(
  name: string,
  { shape, data }: StoredArray,
  form: ArrayForm,
  lengths: Map<object, number>,
): void {
  const fits = form.shape.map((axis, k) => {
    if (typeof axis === 'number') return shape[k] === axis;
    const known = lengths.get(axis);
    return known === undefined ? shape[k] <= axis.atMost : shape[k] === known;
  });
  if (shape.length !== form.shape.length || fits.includes(false))
    throw new JsonError(
      `array ${name}: expected shape [${form.shape.map((axis) => axisText(axis, lengths)).join(', ')}], received [${shape.join(', ')}].`,
    );
  for (const [k, axis] of form.shape.entries()) if (typeof axis !== 'number') lengths.set(axis, shape[k]);
  if (form.numbers === 'any') return;
  for (let k = 0; k < data.length; k++)
    if (!Number.isFinite(data[k]))
      throw new NonFiniteResultError(`array ${name}: expected finite numbers, received ${data[k]} at ${k}.`);
}

function axisText(axis: Axis, lengths: ReadonlyMap<object, number>): string {
  return String(typeof axis === 'number' ? axis : (lengths.get(axis) ?? `at most ${axis.atMost}`));
}
