/** @file Values on their way from one machine to another: packed, behind the SHA-256 of what is packed. */
import { createHash } from 'node:crypto';
import { Packr } from 'msgpackr';

const DIGEST_BYTES = 32;
const packr = new Packr({ structuredClone: true, useRecords: false });

/** Plain values and typed arrays as bytes. */
export function seal(value: unknown): Buffer {
  const packed = packr.pack(value);
  return Buffer.concat([createHash('sha256').update(packed).digest(), packed]);
}

/** The value, or undefined where the bytes are not those that were sealed. */
export function unseal(bytes: Uint8Array): unknown {
  const packed = bytes.subarray(DIGEST_BYTES);
  if (packed.length === 0) return undefined;
  if (!createHash('sha256').update(packed).digest().equals(bytes.subarray(0, DIGEST_BYTES))) return undefined;
  try {
    return packr.unpack(packed);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined; // sealed by something else
  }
}
