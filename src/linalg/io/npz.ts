/** @file NumPy's .npz format: a zip archive of .npy files. */
import { DomainError, FormatError } from '../errors.ts';
import { type NpyArray, type NpyInput, readNpy, writeNpy } from './npy.ts';
import { type InflateRaw, readZip, writeZip } from './zip.ts';

export interface NpzOptions {
  /** Expands raw DEFLATE data to `size` bytes; needed for files of `numpy.savez_compressed`. The core has no inflater. */
  readonly inflateRaw?: InflateRaw;
}

/**
 * Reads a .npz file of `numpy.savez`, or, with `inflateRaw`, of `numpy.savez_compressed`.
 *
 * @param bytes - The whole file, below 4 GiB. Not modified.
 * @returns name (without '.npy') → array, in the order of the archive.
 * @throws {FormatError} a damaged or hostile archive (see readZip), a member that is not .npy; its name is in the message.
 * @example readNpz(writeNpz({ w: Float64Array.of(1, 2) })).get('w')?.data[1]; // 2
 */
export function readNpz(bytes: Uint8Array, options: NpzOptions = {}): Map<string, NpyArray> {
  const out = new Map<string, NpyArray>();
  for (const [name, content] of readZip(bytes, options.inflateRaw)) {
    if (!name.endsWith('.npy') || name.length === 4)
      throw new FormatError('npz', `member '${name}' is not a .npy file.`);
    try {
      out.set(name.slice(0, -4), readNpy(content));
    } catch (error) {
      if (error instanceof FormatError) throw new FormatError('npz', `member '${name}': ${error.message}`);
      throw error;
    }
  }
  return out;
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
  const pairs =
    Symbol.iterator in arrays
      ? [...(arrays as Iterable<readonly [string, NpyInput]>)]
      : Object.entries(arrays);
  if (pairs.some(([name]) => name === '')) throw new DomainError('writeNpz', 'name', 'not empty', "''");
  return writeZip(pairs.map(([name, array]) => [`${name}.npy`, writeNpy(array)] as const));
}
