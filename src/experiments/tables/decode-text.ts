/** @file The text of bytes, whatever it is coded in. */
import { CommandError } from '../files/command-error.ts';

/** A text, and what had to be done to read it. */
export interface FileText {
  readonly text: string;
  /** Sentences. */
  readonly told: readonly string[];
}

/** The text of bytes: UTF-8, or UTF-16 by its byte order mark; what is neither is read as Windows-1252, and told. */
export function decodeText(file: string, bytes: Uint8Array): FileText {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    const coding = a === 0xff ? 'utf-16le' : 'utf-16be';
    return { text: new TextDecoder(coding).decode(bytes), told: [`The text is ${coding.toUpperCase()}.`] };
  }
  const sample = bytes.subarray(0, 4096);
  if (sample.includes(0))
    throw new CommandError(
      `${file}: it is no text: a table in CSV, .npz or a folder of PNG images is expected.`,
    );
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), told: [] };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const text = new TextDecoder('windows-1252').decode(bytes);
    return { text, told: ['The text is not UTF-8 and was read as Windows-1252.'] };
  }
}
