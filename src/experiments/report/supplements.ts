/** @file Results of other commands in the same folder, which the report takes up where they are there. */
import path from 'node:path';
import { BEYOND_FORMAT, type Beyond } from '../beyond/beyond.ts';
import { readIfPresent } from '../files/read-input.ts';
import { STUDY, STUDY_FORMAT, type Study } from '../study/study.ts';

/** What `beyond` writes. */
const BEYOND = 'beyond.json';

/** Parts of the report that `reproduce` does not compute. */
export interface Supplements {
  readonly study?: Study | undefined;
  readonly beyond?: Beyond | undefined;
}

/** Reads study.json and beyond.json. A file that is missing, damaged or of another format is left out. */
export function readSupplements(out: string): Supplements {
  return {
    study: read<Study>(path.join(out, STUDY), STUDY_FORMAT),
    beyond: read<Beyond>(path.join(out, BEYOND), BEYOND_FORMAT),
  };
}

function read<T extends { readonly format: string }>(file: string, format: T['format']): T | undefined {
  const bytes = readIfPresent(file);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const own = typeof value === 'object' && value !== null && 'format' in value && value.format === format;
    return own ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
