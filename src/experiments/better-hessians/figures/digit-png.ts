/** @file An 8 × 8 digit as a PNG data URI. */
import { pngUri } from '../../pages/png.ts';

const SIDE = 8;

/** @param pixels - 64 values 0..16, row-major; 16 is drawn black on white. */
export function digitPng(pixels: Uint8Array): string {
  return pngUri(
    SIDE,
    SIDE,
    Uint8Array.from(pixels, (value) => 255 - Math.round((value * 255) / 16)),
    1,
  );
}
