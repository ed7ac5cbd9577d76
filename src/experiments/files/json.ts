/** @file JSON that comes from outside: text with every check that can be made, then a schema. Nothing is cast. */
import * as v from 'valibot';
import { jsonKeys, nestingDepth } from '../../linalg/io/json-keys.ts';
import { CommandError } from './command-error.ts';
import { readInput } from './read-input.ts';

/** JSON, or a value of it, that is not as it must be. The message names the field; a reader puts the file's name in front. */
export class JsonError extends CommandError {
  override name = 'JsonError';
}

/** Brackets open at one place; our own files have fewer than ten. What walks over a value may recurse so far. */
const DEEPEST = 64;

/**
 * The value of JSON text in UTF-8; a byte order mark before it is ignored.
 *
 * @throws {JsonError} not UTF-8; not JSON, or cut off; a key twice in one object; the key `__proto__`; a number beyond
 * the doubles, such as 1e999; more than 64 brackets open at one place.
 */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new JsonError('it is not text in UTF-8.');
    throw error;
  }
  if (nestingDepth(text) > DEEPEST)
    throw new JsonError(`more than ${DEEPEST} lists and objects lie in one another.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new JsonError('it is not JSON, or cut off.');
    throw error;
  }
  const { twice } = jsonKeys(text);
  if (twice !== undefined) throw new JsonError(`the key ${short(twice)} occurs twice in one object.`);
  checkValue(value, []);
  return value;
}

/**
 * A value as a schema describes it.
 *
 * @throws {JsonError} the first field that is missing, unknown or of another kind, with what was expected and received.
 */
export function checkJson<const S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  throw new JsonError(`${problem(result.issues[0])}.`);
}

/** {@link parseJson} and {@link checkJson} of a file. @throws {CommandError} it cannot be read. @throws {JsonError} as above. */
export function readJson<const S extends v.GenericSchema>(file: string, schema: S): v.InferOutput<S> {
  return prefixed(file, () => checkJson(schema, parseJson(readInput(file))));
}

/** Runs `read`; the {@link JsonError} that it throws gets the name of a file, or of what is read, in front. */
export function prefixed<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonError) throw new JsonError(`${name}: ${error.message}`);
    throw error;
  }
}

type Path = readonly (string | number)[];

/** Refuses numbers that JSON can write and doubles cannot hold, and the key that objects treat as another thing. */
function checkValue(value: unknown, path: Path): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new JsonError(`${fieldName(path)}: expected a finite number, received one beyond the doubles.`);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkValue(item, [...path, i]);
    return;
  }
  if (Object.hasOwn(value, '__proto__'))
    throw new JsonError(`${fieldName(path)}: the key __proto__ is refused.`);
  for (const [key, item] of Object.entries(value)) checkValue(item, [...path, key]);
}

function problem(issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
  const where = fieldName(path);
  if (issue.kind === 'schema' && issue.expected === 'never') return `${where} is not known here`;
  if (issue.input === undefined) return `${where} is missing`;
  if (issue.kind === 'schema') {
    const own = !issue.message.startsWith('Invalid '); // ours, not valibot's
    const kind = own ? issue.message : (KINDS[issue.expected ?? ''] ?? issue.expected ?? issue.message);
    return `${where}: expected ${kind}, received ${described(issue.input)}`;
  }
  return isPlainObject(issue.input)
    ? `${where}: ${issue.message}`
    : `${where}: expected ${issue.message}, received ${described(issue.input)}`;
}

/** valibot's names of types in our words. */
const KINDS: Readonly<Record<string, string>> = {
  Object: 'an object',
  Array: 'a list',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  null: 'null',
};

/** "field lds.ggn.ci[0]", or "the top level". */
function fieldName(path: Path): string {
  if (path.length === 0) return 'the top level';
  const text = path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`))
    .join('');
  return `field ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`;
}

function described(value: unknown): string {
  if (typeof value === 'string') return short(value);
  if (Array.isArray(value))
    return value.length <= 3 && value.every((item) => typeof item !== 'object')
      ? JSON.stringify(value)
      : `a list of ${value.length}`;
  return isPlainObject(value) ? 'an object' : String(value);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function short(text: string): string {
  return JSON.stringify(clipped(text));
}

/** So much of a foreign text is repeated. */
const SHOWN = 60;

/** The beginning of a text from a file, as a part of one line of a message: control characters are question marks. */
export function clipped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal must not get
  const line = text.slice(0, SHOWN + 1).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
