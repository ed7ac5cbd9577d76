/** @file The UCI Digits that lie in data/: 1,797 images of 8 × 8 pixels with their labels. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { CommandError } from '../../files/command-error.ts';
import { digestBytes } from '../../files/digest.ts';

/** Raw pixels 0..16, row-major [examples, 64], and labels 0..9. */
export interface Digits {
  readonly pixels: Uint8Array;
  readonly labels: Int32Array;
  readonly count: number;
  /** SHA-256 of the decompressed file. */
  readonly sha256: string;
}

export const PIXELS = 64;
export const CLASSES = 10;

const FILE = fileURLToPath(new URL('../../../../data/digits.csv.gz', import.meta.url));
const SHA256 = '6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8';
let loaded: Digits | undefined;

/** The data set, read once. @throws {CommandError} the file is missing or is not what it was. */
export function loadDigits(): Digits {
  loaded ??= parseDigits(gunzipSync(readFileSync(FILE)));
  if (loaded.sha256 !== SHA256)
    throw new CommandError(`${FILE} has been changed (SHA-256 ${loaded.sha256}).`);
  return loaded;
}

/** Parses lines of 64 pixels and a label. @throws {CommandError} anything else. */
export function parseDigits(csv: Uint8Array): Digits {
  const lines = new TextDecoder().decode(csv).trim().split('\n');
  const pixels = new Uint8Array(lines.length * PIXELS);
  const labels = new Int32Array(lines.length);
  for (const [i, line] of lines.entries()) {
    const fields = line.split(',').map(Number);
    const good =
      fields.length === PIXELS + 1 &&
      fields.every((v, j) => Number.isInteger(v) && v >= 0 && v <= (j === PIXELS ? CLASSES - 1 : 16));
    if (!good) throw new CommandError(`digits: line ${i + 1} is not 64 pixels 0..16 and a label 0..9.`);
    pixels.set(fields.slice(0, PIXELS), i * PIXELS);
    labels[i] = fields[PIXELS];
  }
  return { pixels, labels, count: lines.length, sha256: digestBytes(csv) };
}
