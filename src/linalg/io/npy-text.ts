/** @file A .npy file that holds one string. */
import { FormatError } from '../errors.ts';
import { viewOf } from './elements.ts';
import { readNpyHeader } from './npy-header.ts';

/** The text of a .npy file that holds one string, as `format` in files of scipy.sparse does; undefined for all others. */
export function textOfNpy(bytes: Uint8Array): string | undefined {
  try {
    const { descr, shape, dataAt } = readNpyHeader(bytes);
    const [, order, kind, length] = /^([<>=|]?)([SU])([1-9]\d{0,3})$/.exec(descr) ?? [];
    const width = kind === 'U' ? 4 : 1;
    const size = Number(length) * width;
    if (kind === undefined || shape.some((n) => n !== 1) || bytes.length - dataAt !== size) return undefined;
    const view = viewOf(bytes);
    const codes: number[] = [];
    for (let at = dataAt; at < bytes.length; at += width)
      codes.push(width === 1 ? bytes[at] : view.getUint32(at, order !== '>'));
    if (codes.some((code) => code > 0x10ffff)) return undefined;
    return String.fromCodePoint(...codes).replace(/\0+$/, ''); // padded with zeros
  } catch (error) {
    if (error instanceof FormatError) return undefined; // whatever it is, it is no text
    throw error;
  }
}
