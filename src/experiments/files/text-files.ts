/** @file Text files of one folder. */
import path from 'node:path';
import type { FileContent } from './publication.ts';

/** `texts`, name → text, as files of a folder. */
export function textFiles(folder: string, texts: ReadonlyMap<string, string>): FileContent[] {
  const encoder = new TextEncoder();
  return [...texts].map(([name, text]) => ({ path: path.join(folder, name), bytes: encoder.encode(text) }));
}
