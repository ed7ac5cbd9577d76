/** @file A small picture as a PNG data URI. */
import { deflateSync } from 'node:zlib';
import { crc32 } from '../../linalg/io/index.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const COLOUR_TYPES = { 1: 0, 3: 2 } as const;

/** @param pixels - 0..255, row-major, the colours of a pixel behind each other. @param colours - 1: grey; 3: red, green, blue. */
export function pngUri(
  width: number,
  height: number,
  pixels: ArrayLike<number>,
  colours: keyof typeof COLOUR_TYPES,
): string {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8; // bits per sample
  header[9] = COLOUR_TYPES[colours];
  const row = width * colours;
  const rows = new Uint8Array(height * (row + 1)); // each row begins with filter type 0
  for (let i = 0; i < height * row; i++) rows[Math.floor(i / row) * (row + 1) + 1 + (i % row)] = pixels[i];
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
