/** @file Tensors of a .pt2 archive: shapes and strides over raw storages. */
import { FormatError, UnsupportedError } from '../errors.ts';
import type { Vec } from '../matrix.ts';
import { decodeElements, ELEMENT_BYTES, type ElementKind } from './elements.ts';
import { isJsonObject, type JsonObject, ownField } from './json-text.ts';
import type { SafetensorsDtype } from './safetensors-dtype.ts';

/** One tensor: C order, float64 whatever the file's type and strides. */
export interface Pt2Tensor {
  readonly shape: readonly number[];
  readonly dtype: SafetensorsDtype;
  /** Whether it is an nn.Parameter; else a buffer or constant. */
  readonly parameter: boolean;
  /** Whether PyTorch would train it. */
  readonly requiresGradient: boolean;
  /** Its storage, and where it lies there: of two tensors with the same text, one is the other (tied). */
  readonly place: string;
  /** Name of the storage. */
  readonly storage: string;
  /**
   * Shape [product of shape]; decoded anew each time.
   * @throws {FormatError} an integer beyond ±(2⁵³ − 1), a Boolean that is neither 0 nor 1.
   */
  readonly data: Vec;
}

/** ScalarType of the schema: what is read of it. */
const TYPES: ReadonlyMap<unknown, readonly [SafetensorsDtype, ElementKind]> = new Map([
  [1, ['U8', 'u1']],
  [2, ['I8', 'i1']],
  [3, ['I16', 'i2']],
  [4, ['I32', 'i4']],
  [5, ['I64', 'i8']],
  [6, ['F16', 'f2']],
  [7, ['F32', 'f4']],
  [8, ['F64', 'f8']],
  [12, ['BOOL', 'b1']],
  [13, ['BF16', 'bf2']],
]);
const STRIDED = 7;
const MAX_AXES = 64;

/**
 * The tensors that a payload configuration lists.
 *
 * @param storage - The bytes of a storage by its name.
 * @throws {FormatError} a field that is missing or of another type, sizes that the storage does not have. @throws {UnsupportedError} pickled
 * tensors, other types and layouts.
 */
export function readPayload(
  payload: JsonObject,
  storage: (name: string) => Uint8Array | undefined,
): ReadonlyMap<string, Pt2Tensor> {
  const config = ownField(payload, 'config');
  if (!isJsonObject(config)) refuse('a configuration of weights has no field config.');
  const out = new Map<string, Pt2Tensor>();
  for (const [name, entry] of Object.entries(config)) out.set(name, readTensor(name, entry, storage));
  return out;
}

function readTensor(
  name: string,
  entry: unknown,
  storageOf: (name: string) => Uint8Array | undefined,
): Pt2Tensor {
  const what = `tensor ${quoted(name)}`;
  if (!isJsonObject(entry)) refuse(`${what} is not an object.`);
  const storage = ownField(entry, 'path_name');
  if (typeof storage !== 'string' || storage.includes('/')) refuse(`${what} names no storage.`);
  if (ownField(entry, 'use_pickle') !== false)
    throw new UnsupportedError(
      `pt2: ${what} is pickled (a subclass of torch.Tensor, or an object), which is not read.`,
    );
  const meta = ownField(entry, 'tensor_meta');
  if (!isJsonObject(meta)) refuse(`${what} has no tensor_meta.`);
  const type = TYPES.get(ownField(meta, 'dtype'));
  if (type === undefined)
    throw new UnsupportedError(
      `pt2: ${what} has ScalarType ${shown(ownField(meta, 'dtype'))}; supported are ${[...TYPES].map(([code, [dtype]]) => `${code} (${dtype})`).join(', ')}.`,
    );
  if (ownField(meta, 'layout') !== STRIDED)
    throw new UnsupportedError(
      `pt2: ${what} has layout ${shown(ownField(meta, 'layout'))}; only strided (${STRIDED}) is supported.`,
    );
  const shape = integers(what, 'sizes', ownField(meta, 'sizes'));
  const strides = integers(what, 'strides', ownField(meta, 'strides'));
  const [offset] = integers(what, 'storage_offset', [ownField(meta, 'storage_offset')]);
  const [dtype, kind] = type;
  const bytes = storageOf(storage);
  if (bytes === undefined) refuse(`${what} lies in ${quoted(storage)}, which is not in the archive.`);
  checkPlace(what, { shape, strides, offset, elements: bytes.length / ELEMENT_BYTES[kind] });
  return {
    shape,
    dtype,
    parameter: ownField(entry, 'is_param') === true,
    requiresGradient: ownField(meta, 'requires_grad') === true,
    place: JSON.stringify([storage, dtype, offset, shape, strides]),
    storage,
    get data() {
      return gather(kind, bytes, shape, strides, offset);
    },
  };
}

interface Place {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly elements: number;
}

/** The tensor lies within its storage, and has no more elements than that: strides of 0 would make much of little. */
function checkPlace(what: string, { shape, strides, offset, elements }: Place): void {
  if (strides.length !== shape.length)
    refuse(`${what} has ${shape.length} sizes and ${strides.length} strides.`);
  const count = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((at, size, axis) => at + (size - 1) * strides[axis], offset);
  if (count > 0 && (count > elements || last >= elements))
    refuse(
      `${what} [${shape.join(', ')}] with strides [${strides.join(', ')}] from ${offset} does not lie within its storage of ${Math.floor(elements)} elements.`,
    );
}

/** Elements in C order. */
function gather(
  kind: ElementKind,
  bytes: Uint8Array,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Vec {
  const count = shape.reduce((product, size) => product * size, 1);
  const width = ELEMENT_BYTES[kind];
  if (isContiguous(shape, strides)) return decodeElements('pt2', kind, bytes, offset * width, count);
  const all = decodeElements('pt2', kind, bytes, 0, Math.floor(bytes.length / width));
  const out = new Float64Array(count);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, at = offset; i < count; i++) {
    out[i] = all[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let run = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] > 1 && strides[axis] !== run) return false;
    run *= shape[axis];
  }
  return true;
}

/** A list of { as_int }. */
function integers(what: string, field: string, value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length > MAX_AXES) refuse(`${what} has ${field} that are no list.`);
  return value.map((entry: unknown) => {
    const number = isJsonObject(entry) ? ownField(entry, 'as_int') : undefined;
    if (!Number.isSafeInteger(number) || (number as number) < 0)
      refuse(`${what} has ${field} that are not integers ≥ 0.`);
    return number as number;
  });
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function shown(value: unknown): string {
  return typeof value === 'number' ? `${value}` : `of type ${typeof value}`;
}

function refuse(problem: string): never {
  throw new FormatError('pt2', problem);
}
