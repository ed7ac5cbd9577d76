/** @file The safetensors format: named tensors behind a JSON header. */
import { checkObject, checkOneOf, checkString } from '../border/arguments.ts';
import { describe, isArray } from '../border/describe.ts';
import { asVector } from '../border/vector.ts';
import { DomainError, FormatError, ShapeError } from '../errors.ts';
import type { Vec } from '../matrix.ts';
import { asBytes, type Bytes } from './bytes.ts';
import { countElements, ELEMENT_BYTES, encodeElements, viewOf, type WritableKind } from './elements.ts';
import { jsonKeys, nestingDepth } from './json-keys.ts';
import { numbers, typedKind } from './npy-input.ts';
import { asPairs } from './pairs.ts';
import { DTYPES, decodeTensor, type SafetensorsDtype } from './safetensors-dtype.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export type { SafetensorsDtype } from './safetensors-dtype.ts';

/** One tensor: C order, float64 whatever the file's type; every value exact. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: SafetensorsDtype;
  /**
   * Shape [product of shape].
   * @throws {FormatError} when looked at: a type that has no float64 (C64, F4, F6), an integer beyond ±(2⁵³ − 1), a Boolean that
   * is neither 0 nor 1. The other tensors of the file are not affected.
   */
  readonly data: Vec;
}

/** The tensors of a file by name, with its `__metadata__`: a Map. */
export class SafetensorsFile extends Map<string, Tensor> {
  /** Empty when the file has none. */
  readonly metadata: ReadonlyMap<string, string>;

  constructor(tensors: Iterable<readonly [string, Tensor]>, metadata: ReadonlyMap<string, string>) {
    super(tensors);
    this.metadata = metadata;
  }
}

/** What {@link writeSafetensors} takes; dtype F64 when absent. */
export interface TensorInput {
  readonly shape: readonly number[];
  readonly dtype?: 'F64' | 'F32' | 'I64' | 'I32';
  readonly data: ArrayLike<number>;
}

const WRITABLE: Readonly<Record<NonNullable<TensorInput['dtype']>, WritableKind>> = {
  F64: 'f8',
  F32: 'f4',
  I64: 'i8',
  I32: 'i4',
};

/** The limits of the reference implementation: bytes of the header, and how deep its JSON may be nested. */
const MAX_HEADER = 100_000_000;
const MAX_DEPTH = 127;
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
 * @returns name → tensor, in the order of the header, and `metadata`.
 * @throws {FormatError} a header that is too long (100 MB), nested too deep, not UTF-8, not JSON, has duplicate or unknown keys; an
 * unknown dtype; offsets that overlap, leave gaps, do not match shape × width or do not end with the file. Not checked: finiteness.
 * @throws {DomainError} `bytes` are none.
 * Every dtype of safetensors 0.8 is accepted. A tensor whose elements have no exact float64 does not block the file: its `data` throws.
 * Cost: one copy of the data.
 * Reference: huggingface/safetensors, README "Format" and `SafeTensors::deserialize`.
 * @example readSafetensors(writeSafetensors({ w: { shape: [2], data: [1, 2] } })).get('w')?.data[1]; // 2
 */
export function readSafetensors(bytes: Bytes): SafetensorsFile {
  const file = asBytes('readSafetensors', bytes);
  const { header, names, metadata, dataAt } = readHeader(file);
  const entries = names.filter((name) => name !== METADATA).map((name) => readEntry(name, header[name]));
  let reached = 0;
  for (const { name, dtype, shape, start, end } of [...entries].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    if (start !== reached)
      refuse(
        `${quoted(name)} begins at byte ${start} of the data, expected ${reached}: tensors must neither overlap nor leave gaps.`,
      );
    const { bits } = DTYPES[dtype];
    const size = (countElements('safetensors', shape, Math.ceil(bits / 8)) * bits) / 8;
    if (end - start !== size)
      refuse(
        `${quoted(name)} has ${end - start} bytes, shape [${shape.join(', ')}] of ${dtype} needs ${size}.`,
      );
    reached = end;
  }
  const present = file.length - dataAt;
  if (present !== reached)
    refuse(
      `${present < reached ? 'truncated' : 'trailing bytes'}: the header describes ${reached} bytes of data, ${present} are there.`,
    );

  const tensors = entries.map(({ name, dtype, shape, start, end }): [string, Tensor] => [
    name,
    tensorOf(shape, dtype, file, dataAt + start, ((end - start) * 8) / DTYPES[dtype].bits),
  ]);
  return new SafetensorsFile(tensors, metadata);
}

/** A tensor with its elements, or one that says why it has none when they are looked at. */
function tensorOf(
  shape: readonly number[],
  dtype: SafetensorsDtype,
  bytes: Uint8Array,
  start: number,
  count: number,
): Tensor {
  try {
    return { shape, dtype, data: decodeTensor(dtype, bytes, start, count) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return {
      shape,
      dtype,
      get data(): Vec {
        throw error;
      },
    };
  }
}

/**
 * The `__metadata__` of a safetensors file in the order of the header, empty when absent or null.
 * @throws {FormatError} a bad header, values that are not strings. @throws {DomainError} `bytes` are none.
 */
export function readSafetensorsMetadata(bytes: Bytes): Map<string, string> {
  return readHeader(asBytes('readSafetensorsMetadata', bytes)).metadata;
}

/** The header as JSON, its names in their order, and the metadata. */
interface Header {
  readonly header: Record<string, unknown>;
  readonly names: readonly string[];
  readonly metadata: Map<string, string>;
  readonly dataAt: number;
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 8) refuse('not a safetensors file: fewer than 8 bytes.');
  const view = viewOf(bytes);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > MAX_HEADER)
    refuse(`header of ${length} bytes, more than ${MAX_HEADER}. Is this a safetensors file?`);
  if (length > bytes.length - 8) refuse(`truncated: header of ${length} bytes, ${bytes.length - 8} left.`);
  const text = decodeUtf8('safetensors', bytes.subarray(8, 8 + length));
  if (!text.startsWith('{')) refuse("the header does not begin with '{'. Is this a safetensors file?");
  const depth = nestingDepth(text);
  if (depth > MAX_DEPTH)
    refuse(`the header is not valid JSON here: nested ${depth} deep, ${MAX_DEPTH} is the limit.`);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    refuse('the header is not valid JSON.');
  }
  const { twice, outer, inner } = jsonKeys(text);
  if (twice !== undefined) refuse(`key ${quoted(twice)} occurs twice in the header.`);
  const fields = fieldsOf(header, 'the header');
  const own = Object.hasOwn(fields, METADATA) ? fields[METADATA] : null;
  const values = own === null ? {} : fieldsOf(own, METADATA);
  const keys = own === null ? [] : (inner.get(METADATA) ?? []);
  const metadata = new Map<string, string>();
  for (const key of keys) {
    const value = values[key];
    if (typeof value !== 'string') refuse(`${METADATA} must map strings to strings.`);
    metadata.set(key, value);
  }
  return { header: fields, names: outer, metadata, dataAt: 8 + length };
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
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype))
    refuse(
      `${quoted(name)} has dtype ${typeof dtype === 'string' ? quoted(dtype) : dtype === undefined ? '"missing"' : `of type ${typeof dtype}`}; supported are ${Object.keys(DTYPES).join(', ')}.`,
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
  const where = 'writeSafetensors';
  const pairs = asPairs(where, 'tensors', tensors).map(([name, tensor]) => asTensor(where, name, tensor));
  const extra = asPairs(where, 'metadata', metadata);
  for (const [name, text] of extra) checkString(where, `metadata.${name}`, text);
  const seen = new Set([METADATA]);
  const fields = extra.length === 0 ? [] : [`"${METADATA}":${JSON.stringify(Object.fromEntries(extra))}`];
  let end = 0;
  for (const { name, shape, dtype, data } of pairs) {
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
  for (const { dtype, data } of pairs) {
    encodeElements('writeSafetensors', WRITABLE[dtype], data, bytes, at);
    at += data.length * ELEMENT_BYTES[WRITABLE[dtype]];
  }
  return bytes;
}

/** A tensor with its name, its shape a list and its data numbers. @throws {DomainError} it is none. */
function asTensor(
  where: string,
  name: string,
  tensor: unknown,
): Required<TensorInput> & { readonly name: string } {
  checkObject(where, quoted(name), tensor);
  const { shape, dtype = 'F64', data } = tensor as Partial<TensorInput>;
  if (!isArray(shape))
    throw new DomainError(where, `the shape of ${quoted(name)}`, 'a list', shape, describe(shape));
  checkOneOf(where, `the dtype of ${quoted(name)}`, dtype, Object.keys(WRITABLE));
  return {
    name,
    shape,
    dtype,
    data:
      typedKind(data) === undefined
        ? asVector(where, `the data of ${quoted(name)}`, data)
        : numbers(where, data),
  };
}

/** Untrusted text for a message: short, on one line, in quotes. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function refuse(problem: string): never {
  throw new FormatError('safetensors', problem);
}
