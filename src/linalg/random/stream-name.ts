/** @file Names of random streams: a 128-bit digest of a seed and a path. */
import { checkInteger } from '../checks.ts';
import { DomainError } from '../errors.ts';
import { philoxKernel } from './philox.ts';

const NUMBER_TAG = 0x6e; // 'n'
const STRING_TAG = 0x73; // 's'

/** The fractional parts of √2, √3, √5 and √7 as 32-bit words: an arbitrary but open starting point. */
const START = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a];

/** Bytes of one element: its tag, then 8 bytes of a double, or the length and the UTF-16 code units of a string. */
function appendElement(bytes: number[], element: string | number): void {
  if (typeof element !== 'string' && !Number.isFinite(element))
    throw new DomainError('rng', 'path', 'strings and finite numbers', element);
  if (typeof element === 'number') {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, element === 0 ? 0 : element, true); // −0 and 0 name the same stream
    bytes.push(NUMBER_TAG);
    for (let i = 0; i < 8; i++) bytes.push(view.getUint8(i));
    return;
  }
  bytes.push(STRING_TAG);
  for (let shift = 0; shift < 32; shift += 8) bytes.push((element.length >>> shift) & 0xff);
  for (let i = 0; i < element.length; i++) {
    const unit = element.charCodeAt(i);
    bytes.push(unit & 0xff, unit >>> 8);
  }
}

/**
 * The 128-bit name of the stream (seed, ...path), four unsigned 32-bit words.
 *
 * The encoding is prefix-free, so different paths give different bytes: each element is a tag byte, then for a number
 * its 8 bytes as a little-endian double (−0 as 0), for a string its length in UTF-16 code units (4 bytes, little endian)
 * and the units (2 bytes each). The bytes are padded with zeros to a multiple of 8, a last block holds their number,
 * and each block (two words m) is absorbed by h ← h ⊕ Philox4x32-10(counter h, key m), the construction of Davies and
 * Meyer, from a fixed start. Not cryptographic; two names collide with probability 2⁻¹²⁸ if Philox is as good as random.
 *
 * @param seed - Any safe integer, negative ones included.
 * @param path - Strings and finite numbers; 1 and '1' differ, ('a', 'b') and ('ab') differ.
 * @throws {DomainError} an element outside those ranges.
 * Reference: Menezes, van Oorschot and Vanstone, Handbook of Applied Cryptography (1996), algorithm 9.42.
 * @example streamName(0, 'init').length; // 4
 */
export function streamName(seed: number, ...path: readonly (string | number)[]): Uint32Array {
  checkInteger('rng', 'seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const bytes: number[] = [];
  appendElement(bytes, seed);
  for (const element of path) appendElement(bytes, element);
  const length = bytes.length;
  while (bytes.length % 8 !== 0) bytes.push(0);
  const words = new Uint32Array(bytes.length / 4 + 2);
  for (let i = 0; i < bytes.length; i++) words[i >>> 2] |= bytes[i] << (8 * (i & 3));
  words[words.length - 2] = length;

  const state = Uint32Array.from(START);
  const mixed = new Uint32Array(4);
  for (let i = 0; i < words.length; i += 2) {
    philoxKernel(state, words.subarray(i, i + 2), mixed);
    for (let j = 0; j < 4; j++) state[j] ^= mixed[j];
  }
  return state;
}
