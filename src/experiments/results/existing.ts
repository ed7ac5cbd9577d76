/** @file What to do with a results.json that is already there. */
import { renameSync } from 'node:fs';
import { CommandError } from '../command-error.ts';
import { readIfPresent } from '../files/read-input.ts';
import { RESULTS_FORMAT } from './results.ts';

/**
 * Whether there is a results.json that may be replaced: none, one that a run of this program wrote, or one that is no
 * JSON at all, which means damage.
 *
 * @throws {CommandError} a JSON file of another kind or format. Nothing is changed.
 */
export function inspectResults(file: string): 'absent' | 'ours' | 'damaged' {
  const bytes = readIfPresent(file);
  if (bytes === undefined) return 'absent';
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return 'damaged';
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (format === RESULTS_FORMAT) return 'ours';
  const what =
    typeof format === 'string' ? `of the format ${JSON.stringify(format)}` : 'not a result of this program';
  throw new CommandError(
    `${file} is ${what}, expected ${JSON.stringify(RESULTS_FORMAT)}: move it, or choose another --out.`,
  );
}

/** Moves a damaged results.json aside and tells so in one line. Only with the lock. */
export function setDamagedResultsAside(file: string, notify: (line: string) => void): void {
  if (inspectResults(file) !== 'damaged') return;
  const aside = `${file}.damaged`;
  renameSync(file, aside);
  notify(`${file} is not JSON; it is now ${aside}, and is written anew.`);
}
