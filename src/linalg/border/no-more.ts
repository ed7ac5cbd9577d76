/** @file Arguments beyond the last: other libraries take an axis, an output or another matrix there. */
import { DomainError } from '../errors.ts';
import { describe, isArray } from './describe.ts';

/**
 * Throws {@link DomainError} where more was given than a function takes: it would be ignored without a word. A number stays where it says
 * nothing: the index that callbacks of arrays get, and an axis beside the vector x.
 *
 * @param instead - What takes it, for the message. @param x - The first argument. @param more - What came behind the last one.
 * @param list - What came behind that.
 */
export function checkNoMore(where: string, instead: string, x: unknown, more: unknown, list?: unknown): void {
  if (more === undefined || (typeof more === 'number' && (isArray(list) || isFlat(x)))) return;
  throw new DomainError(where, 'a further argument', `absent: ${instead}`, more, describe(more));
}

function isFlat(x: unknown): boolean {
  return ArrayBuffer.isView(x) || (isArray(x) && typeof x[0] === 'number');
}
