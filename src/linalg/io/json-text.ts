/** @file JSON from untrusted bytes: bounded depth, no key twice, and one error of ours instead of a SyntaxError. */
import { FormatError } from '../errors.ts';
import { jsonKeys, nestingDepth } from './json-keys.ts';
import { decodeUtf8 } from './utf8.ts';

/** An object as JSON.parse makes it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The object that a JSON text in UTF-8 says.
 *
 * @param what - What the text is called in messages.
 * @throws {FormatError} not UTF-8, nested deeper than `maxDepth`, not JSON, no object, a key that occurs twice in one object.
 */
export function parseJsonObject(
  format: string,
  what: string,
  bytes: Uint8Array,
  maxDepth: number,
): JsonObject {
  const text = decodeUtf8(format, bytes);
  const depth = nestingDepth(text);
  if (depth > maxDepth)
    throw new FormatError(format, `${what} is nested ${depth} deep, ${maxDepth} is the limit.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new FormatError(format, `${what} is not JSON.`);
  }
  if (!isJsonObject(value)) throw new FormatError(format, `${what} is not a JSON object.`);
  const { twice } = jsonKeys(text);
  if (twice !== undefined)
    throw new FormatError(
      format,
      `${what} has the key ${JSON.stringify(twice.slice(0, 60))} twice in one object.`,
    );
  return value;
}

/** Whether a value of JSON is an object, and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own field of an object, undefined when it has none of that name. */
export function ownField(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
