/** @file Files of results, which carry a digest of their numbers: nothing is concluded from one whose digest does not hold. */
import * as v from 'valibot';
import { checkJson, JsonError, parseJson, prefixed } from './json.ts';
import { readInput } from './read-input.ts';

/** A format of results. */
export interface DigestedFormat<S extends v.GenericSchema> {
  /** What stands in its field `format`. */
  readonly format: string;
  readonly schema: S;
  /** Which digest speaks for the value's numbers, and what it must be. */
  readonly digest: (value: v.InferOutput<S>) => Digest;
  /** The command that writes it. */
  readonly command: string;
}

/** A digest as it stands in a field of a file, and as it follows from the content. */
export interface Digest {
  readonly field: string;
  readonly stored: string | undefined;
  readonly computed: string;
}

/**
 * Reads a file of results.
 *
 * @throws {CommandError} it cannot be read; not JSON; of another format or of another version of it; a digest that is
 * missing; a field that is not as the schema says; a digest that is not that of the content. One sentence for each.
 */
export function readDigested<const S extends v.GenericSchema>(
  file: string,
  kind: DigestedFormat<S>,
): v.InferOutput<S> {
  const bytes = readInput(file);
  return prefixed(file, () => parseDigested(bytes, kind));
}

/** {@link readDigested} of bytes. */
export function parseDigested<const S extends v.GenericSchema>(
  bytes: Uint8Array,
  { format, schema, digest, command }: DigestedFormat<S>,
): v.InferOutput<S> {
  const value = parseJson(bytes);
  const head = checkJson(Head, value);
  if (head.format !== format) throw new JsonError(`it is ${otherFormat(head.format, format)}.`);
  if (head.digest === undefined) throw new JsonError(withoutDigest('digest', command));
  const parsed = checkJson(schema, value);
  const { field, stored, computed } = digest(parsed);
  if (stored === undefined) throw new JsonError(withoutDigest(field, command));
  if (stored !== computed)
    throw new JsonError(
      `it was changed after it was written: its ${field} is ${stored.slice(0, 16)}…, that of its content ${computed.slice(0, 16)}…: ` +
        `restore it, or run ${command} again.`,
    );
  return parsed;
}

const Head = v.looseObject({ format: v.optional(v.unknown()), digest: v.optional(v.unknown()) });

function withoutDigest(field: string, command: string): string {
  return `it has no ${field}, so nothing tells whether its numbers are the computed ones: run ${command} again.`;
}

/** Completes "it is …" for a file whose `format` is not the one that is read. */
export function otherFormat(found: unknown, expected: string): string {
  if (typeof found !== 'string')
    return `not a result of this program, expected "format": ${JSON.stringify(expected)}`;
  const [kind] = expected.split(/[ -]\d+$/);
  const version = found.startsWith(kind) ? ', from another version of this program' : '';
  return `of the format ${JSON.stringify(found.slice(0, 60))}, expected ${JSON.stringify(expected)}${version}`;
}
