/** @file Arrays by name, as a record or as pairs. */
import { describe, isArray } from '../border/describe.ts';
import { convert } from '../border/vector.ts';
import { DomainError } from '../errors.ts';

/**
 * Names with what they name, of a record or of an iterable of pairs such as a Map.
 *
 * @throws {DomainError} neither, or a name that is no string; names `where` and `argument`.
 */
export function asPairs(where: string, argument: string, named: unknown): (readonly [string, unknown])[] {
  const refuse = (value: unknown): never => {
    throw new DomainError(where, argument, 'a record or pairs of names and arrays', value, describe(value));
  };
  return convert(where, argument, () => {
    if (typeof named !== 'object' || named === null || ArrayBuffer.isView(named)) return refuse(named);
    const pairs: readonly unknown[] =
      Symbol.iterator in named ? [...(named as Iterable<unknown>)] : Object.entries(named);
    return pairs.map((pair) => {
      if (!isArray(pair) || pair.length !== 2) return refuse(pair);
      const [name, value] = pair;
      if (typeof name !== 'string') throw new DomainError(where, 'name', 'a string', name, describe(name));
      return [name, value];
    });
  });
}
