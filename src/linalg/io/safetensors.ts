/** @file The safetensors format: named tensors behind a JSON header. */
import { DomainError, FormatError, ShapeError } from '../errors.ts';
import type { Vec } from '../matrix.ts';
import {
  countElements,
  decodeElements,
  ELEMENT_BYTES,
  type ElementKind,
  encodeElements,
  viewOf,
  type WritableKind,
} from './elements.ts';
import { duplicateKey } from './unique-keys.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** Types that are read. */
export type SafetensorsDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32';

/** One tensor: C order, float64 whatever the file's type; every value exact. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: SafetensorsDtype;
  readonly data: Vec;
}

/** What {@link writeSafetensors} takes; dtype F64 when absent. */
export interface TensorInput {
  readonly shape: readonly number[];
  readonly dtype?: 'F64' | 'F32' | 'I64' | 'I32';
  readonly data: ArrayLike<number>;
}

const KINDS: Readonly<Record<SafetensorsDtype, ElementKind>> = {
  F64: 'f8',
  F32: 'f4',
  F16: 'f2',
  BF16: 'bf2',
  I64: 'i8',
  I32: 'i4',
};
const WRITABLE: Readonly<Record<NonNullable<TensorInput['dtype']>, WritableKind>> = {
  F64: 'f8',
  F32: 'f4',
  I64: 'i8',
  I32: 'i4',
};

/** The limit of the reference implementation. */
const MAX_HEADER = 100_000_000;
const METADATA = '__metadata__';

interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file.
 *
 * @param bytes - The whole file. Not modified; the result shares no memory with it.
 * @returns name → tensor, in the order of the header. {@link readSafetensorsMetadata} gives `__metadata__`.
 * @throws {FormatError} a header that is too long, not UTF-8, not JSON, has duplicate or unknown keys; an unsupported
 * dtype; offsets that overlap, leave gaps, do not match shape × width or do not end with the file. Not checked: finiteness.
 * Cost: one copy of the data.
 * Reference: huggingface/safetensors, README "Format" and `SafeTensors::deserialize`.
 * @example readSafetensors(writeSafetensors({ w: { shape: [2], data: [1, 2] } })).get('w')?.data[1]; // 2
 */
export function readSafetensors(bytes: Uint8Array): Map<string, Tensor> {
  const { header, dataAt } = readHeader(bytes);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => readEntry(name, value));
  let reached = 0;
  for (const { name, dtype, shape, start, end } of [...entries].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    if (start !== reached)
      refuse(
        `${quoted(name)} begins at byte ${start} of the data, expected ${reached}: tensors must neither overlap nor leave gaps.`,
      );
    const width = ELEMENT_BYTES[KINDS[dtype]];
    const size = countElements('safetensors', shape, width) * width;
    if (end - start !== size)
      refuse(
        `${quoted(name)} has ${end - start} bytes, shape [${shape.join(', ')}] of ${dtype} needs ${size}.`,
      );
    reached = end;
  }
  const present = bytes.length - dataAt;
  if (present !== reached)
    refuse(
      `${present < reached ? 'truncated' : 'trailing bytes'}: the header describes ${reached} bytes of data, ${present} are there.`,
    );

  const out = new Map<string, Tensor>();
  for (const { name, dtype, shape, start, end } of entries) {
    const kind = KINDS[dtype];
    const count = (end - start) / ELEMENT_BYTES[kind];
    out.set(name, { shape, dtype, data: decodeElements('safetensors', kind, bytes, dataAt + start, count) });
  }
  return out;
}

/** The `__metadata__` of a safetensors file, empty when absent. @throws {FormatError} a bad header, values that are not strings. */
export function readSafetensorsMetadata(bytes: Uint8Array): Map<string, string> {
  const metadata = readHeader(bytes).header[METADATA] ?? {};
  return new Map(Object.entries(metadata as Record<string, string>));
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataAt: number } {
  if (bytes.length < 8) refuse('not a safetensors file: fewer than 8 bytes.');
  const view = viewOf(bytes);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > MAX_HEADER)
    refuse(`header of ${length} bytes, more than ${MAX_HEADER}. Is this a safetensors file?`);
  if (length > bytes.length - 8) refuse(`truncated: header of ${length} bytes, ${bytes.length - 8} left.`);
  const text = decodeUtf8('safetensors', bytes.subarray(8, 8 + length));
  if (!text.startsWith('{')) refuse("the header does not begin with '{'. Is this a safetensors file?");
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    refuse('the header is not valid JSON.');
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) refuse(`key ${quoted(twice)} occurs twice in the header.`);
  const fields = fieldsOf(header, 'the header');
  if (Object.hasOwn(fields, METADATA))
    for (const value of Object.values(fieldsOf(fields[METADATA], METADATA)))
      if (typeof value !== 'string') refuse(`${METADATA} must map strings to strings.`);
  return { header: fields, dataAt: 8 + length };
}

function readEntry(name: string, value: unknown): Entry {
  if (/\p{Cs}/u.test(name)) refuse(`${quoted(name)} is not well-formed Unicode.`);
  const fields = fieldsOf(value, quoted(name));
  for (const key of Object.keys(fields))
    if (!['dtype', 'shape', 'data_offsets'].includes(key))
      refuse(`${quoted(name)} has the unknown key ${quoted(key)}.`);
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = fields as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  if (typeof dtype !== 'string' || !Object.hasOwn(KINDS, dtype))
    refuse(
      `${quoted(name)} has dtype ${quoted(typeof dtype === 'string' ? dtype : (JSON.stringify(dtype) ?? 'missing'))}; supported are ${Object.keys(KINDS).join(', ')}.`,
    );
  if (!isCounts(shape)) refuse(`${quoted(name)} has a shape that is no list of integers ≥ 0.`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1])
    refuse(`${quoted(name)} needs data_offsets [begin, end] with 0 ≤ begin ≤ end.`);
  return { name, dtype: dtype as SafetensorsDtype, shape, start: offsets[0], end: offsets[1] };
}

function fieldsOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(`${what} is not a JSON object.`);
  return value as Record<string, unknown>;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/**
 * Writes a safetensors file: compact header in the given order, padded with blanks to 8 bytes, data contiguous. For
 * names in the reference implementation's order (widest dtype first, then by name) its bytes are the same.
 *
 * @param tensors - name → tensor, as a record or an iterable of pairs such as a Map. Not modified.
 * @param metadata - `__metadata__`: strings by name; written first, absent when empty.
 * @throws {ShapeError} data.length ≠ product of shape. @throws {DomainError} a name twice or `__metadata__`; a
 * non-integer value for I64 or I32.
 * @example writeSafetensors({ w: { shape: [1], data: [7] } }).length; // 72
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, TensorInput>> | Iterable<readonly [name: string, tensor: TensorInput]>,
  metadata: Readonly<Record<string, string>> | ReadonlyMap<string, string> = {},
): Uint8Array {
  const pairs =
    Symbol.iterator in tensors
      ? [...(tensors as Iterable<readonly [string, TensorInput]>)]
      : Object.entries(tensors);
  const extra = metadata instanceof Map ? [...metadata] : Object.entries(metadata);
  const seen = new Set([METADATA]);
  const fields = extra.length === 0 ? [] : [`"${METADATA}":${JSON.stringify(Object.fromEntries(extra))}`];
  let end = 0;
  for (const [name, { shape, dtype = 'F64', data }] of pairs) {
    if (seen.has(name)) throw new DomainError('writeSafetensors', 'name', `unique and not ${METADATA}`, name);
    seen.add(name);
    encodeUtf8('writeSafetensors', name); // JSON would hide a lone surrogate behind an escape
    const width = ELEMENT_BYTES[WRITABLE[dtype]];
    const count = countElements('writeSafetensors', shape, width);
    if (data.length !== count)
      throw new ShapeError(
        'writeSafetensors',
        quoted(name),
        `of length ${count} for shape [${shape.join(', ')}]`,
        `length ${data.length}`,
      );
    const start = end;
    end += count * width;
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [start, end] })}`);
  }
  const json = encodeUtf8('writeSafetensors', `{${fields.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + end);
  viewOf(bytes).setUint32(0, length, true);
  bytes.fill(0x20, 8 + json.length, 8 + length);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const [, { dtype = 'F64', data }] of pairs) {
    encodeElements('writeSafetensors', WRITABLE[dtype], data, bytes, at);
    at += data.length * ELEMENT_BYTES[WRITABLE[dtype]];
  }
  return bytes;
}

/** Untrusted text for a message: short, on one line, in quotes. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function refuse(problem: string): never {
  throw new FormatError('safetensors', problem);
}
