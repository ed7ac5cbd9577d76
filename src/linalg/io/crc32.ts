/** @file CRC-32, the checksum of zip archives. */
import { asBytes, type Bytes } from './bytes.ts';

const TABLE: Uint32Array = /* @__PURE__ */ table();

function table(): Uint32Array {
  const out = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    out[n] = c;
  }
  return out;
}

/**
 * CRC-32 of `bytes` (polynomial 0x04C11DB7 reflected, start and final value inverted), in 0..2³²−1.
 *
 * Reference: ISO/IEC 13239; the check value of '123456789' is 0xCBF43926.
 * @example crc32(Uint8Array.from([0x61])); // 0xe8b7be43
 */
export function crc32(bytes: Bytes): number {
  const data = asBytes('crc32', bytes);
  let c = 0xffffffff;
  for (let i = 0; i < data.length; i++) c = TABLE[(c ^ data[i]) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
