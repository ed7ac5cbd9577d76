/** @file NumPy's .npz format: a zip archive of .npy files. */
import { describe } from '../border/describe.ts';
import { DomainError, FormatError } from '../errors.ts';
import { asBytes, type Bytes } from './bytes.ts';
import { type NpyArray, readNpy, writeNpy } from './npy.ts';
import { isNpy } from './npy-header.ts';
import type { NpyInput } from './npy-input.ts';
import { textOfNpy } from './npy-text.ts';
import { checkOptions } from './options.ts';
import { asPairs } from './pairs.ts';
import { DEFAULT_MAX_BYTES, type InflateRaw, readZip } from './zip.ts';
import { writeZip } from './zip-writer.ts';

export interface NpzOptions {
  /** Expands raw DEFLATE data to `size` bytes; needed for files of `numpy.savez_compressed`. The core has no inflater. */
  readonly inflateRaw?: InflateRaw;
  /** What the compressed members may expand to together, in bytes. Default 2³⁰ (1 GiB). */
  readonly maxBytes?: number;
}

/** A member that is no numeric array. */
export interface SkippedMember {
  /** As the archive has it, '.npy' included. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly reason: string;
}

/** The numeric arrays of an archive by name, and what else it holds. */
export class NpzArrays extends Map<string, NpyArray> {
  /** Members that are not numeric arrays: text, complex numbers, pickled objects, structured arrays, other files. */
  readonly skipped: readonly SkippedMember[];

  constructor(arrays: Iterable<readonly [string, NpyArray]> = [], skipped: readonly SkippedMember[] = []) {
    super(arrays);
    this.skipped = skipped;
  }

  /**
   * The array of that name, with or without '.npy' at its end.
   *
   * @throws {FormatError} there is none; the message says what the member is instead, or which names there are.
   */
  array(name: string): NpyArray {
    const found = this.get(name) ?? (name.endsWith('.npy') ? this.get(name.slice(0, -4)) : undefined);
    if (found !== undefined) return found;
    const other = this.skipped.find((member) => member.name === name || member.name === `${name}.npy`);
    const names = [...this.keys()].map((key) => `'${key}'`).join(', ');
    throw new FormatError('npz', other ? toldOf(other) : `no array '${name}'; there are ${names}.`);
  }
}

/**
 * Reads the numeric arrays of a .npz file of `numpy.savez`, or, with `inflateRaw`, of `numpy.savez_compressed`.
 *
 * @param bytes - The whole file. Not modified.
 * @returns name (without '.npy') → array, in the order of the archive; `skipped` lists, with its reason, every member that
 * is no numeric array, so that one of them does not keep the others from being read. Folders are left out. Of a
 * scipy.sparse file the arrays are data, shape and indices; the reason for its `format` names the form.
 * @throws {FormatError} a damaged or hostile archive (see readZip), one that expands beyond `maxBytes`, two members of one
 * name, no numeric array at all. @throws {DomainError} `bytes` is not bytes, or an option is wrong.
 * @example readNpz(writeNpz({ w: Float64Array.of(1, 2) })).get('w')?.data[1]; // 2
 */
export function readNpz(bytes: Bytes, options: NpzOptions = {}): NpzArrays {
  checkOptions('readNpz', options, {
    inflateRaw: {
      test: (value) => typeof value === 'function',
      want: 'a function (compressed, size) → bytes',
    },
    maxBytes: { test: (value) => typeof value === 'number' && value >= 0, want: 'a number of bytes ≥ 0' },
  });
  const { inflateRaw, maxBytes = DEFAULT_MAX_BYTES } = options;
  const members = readZip(asBytes('readNpz', bytes), inflateRaw, maxBytes);
  const arrays = new Map<string, NpyArray>();
  const skipped: SkippedMember[] = [];
  for (const [name, content] of members) {
    const key = name.endsWith('.npy') ? name.slice(0, -4) : name;
    if (arrays.has(key) && isNpy(content))
      throw new FormatError('npz', `two members have the name '${key}'.`);
    try {
      if (!isNpy(content)) throw new FormatError('npz', 'it is not a .npy file.');
      arrays.set(key, readNpy(content));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      skipped.push({ name, reason: reasonFor(name, content, error, members) });
    }
  }
  if (arrays.size === 0 && skipped.length > 0)
    throw new FormatError('npz', `no numeric array: ${skipped.slice(0, 9).map(toldOf).join(' ')}`);
  return new NpzArrays(arrays, skipped);
}

function toldOf({ name, reason }: SkippedMember): string {
  return `member '${name}': ${reason}`;
}

const SPARSE_FORMS = ['csr', 'csc', 'coo', 'bsr', 'dia'];

function reasonFor(
  name: string,
  content: Uint8Array,
  error: FormatError,
  members: ReadonlyMap<string, Uint8Array>,
): string {
  const text = textOfNpy(content);
  if (text === undefined) return error.message.replace(/^np[yz]: /, '');
  const sparse = name === 'format.npy' && SPARSE_FORMS.includes(text) && members.has('data.npy');
  return `${JSON.stringify(text.slice(0, 40))} is text, not numbers${sparse ? `: the file is a scipy.sparse matrix in the form ${text}` : ''}.`;
}

/**
 * Writes arrays as `numpy.savez` would, uncompressed, in the given order and without the time of day: the same arrays
 * give the same bytes.
 *
 * @param arrays - name → array, as a record or as an iterable of pairs such as a Map.
 * @throws as {@link writeNpy}; {DomainError} a name twice, or no plain relative name; {UnsupportedError} 4 GiB or more.
 * @example writeNpz({ w: Float64Array.of(1, 2) }).length; // 252
 */
export function writeNpz(
  arrays: Readonly<Record<string, NpyInput>> | Iterable<readonly [name: string, array: NpyInput]>,
): Uint8Array {
  const members = asPairs('writeNpz', 'arrays', arrays).map(([name, array]): [string, Uint8Array] => {
    if (name === '') throw new DomainError('writeNpz', 'name', 'a string, not empty', describe(name));
    return [`${name}.npy`, writeNpy(array as NpyInput)];
  });
  return writeZip(members);
}
