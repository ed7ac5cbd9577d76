/** @file A folder as data: every path below it with what is there, to see whether anything has changed. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Relative path → "folder", "→ target" of a link, or the digest of a file. */
export function treeOf(folder: string): { readonly [name: string]: string } {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(names.map((name) => [name, what(path.join(folder, name))]));
}

function what(file: string): string {
  const entry = lstatSync(file);
  if (entry.isSymbolicLink()) return `→ ${readlinkSync(file)}`;
  if (entry.isDirectory()) return 'folder';
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
