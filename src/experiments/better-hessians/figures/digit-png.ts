/** @file An 8 × 8 digit as a PNG data URI. */
import { deflateSync } from 'node:zlib';
import { crc32 } from '../../../linalg/io/index.ts';

const SIDE = 8;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** @param pixels - 64 values 0..16, row-major; 16 is drawn black on white. */
export function digitPng(pixels: Uint8Array): string {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, SIDE);
  view.setUint32(4, SIDE);
  header[8] = 8; // bits per sample; colour type 0: grey
  const rows = new Uint8Array(SIDE * (SIDE + 1)); // each row begins with filter type 0
  for (let i = 0; i < SIDE * SIDE; i++)
    rows[Math.floor(i / SIDE) * (SIDE + 1) + 1 + (i % SIDE)] = 255 - Math.round((pixels[i] * 255) / 16);
  const png = Buffer.concat([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]);
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** Length, type, data, CRC of type and data. Reference: PNG specification (W3C, 2003), §5.3. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(Buffer.from(type, 'latin1'), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
