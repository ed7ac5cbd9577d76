/** @file What to do with a results.json that is already there. */
import { readFileSync, renameSync } from 'node:fs';
import { CommandError } from '../command-error.ts';
import { RESULTS_FORMAT } from './results.ts';

/**
 * Passes when there is no such file, or one that a run of this program wrote. One that is no JSON at all is damaged: it
 * is moved aside and told of in one line.
 *
 * @throws {CommandError} a JSON file of another kind or format; nothing has been touched.
 */
export function checkExistingResults(file: string, notify: (line: string) => void): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const aside = `${file}.damaged`;
    renameSync(file, aside);
    notify(`${file} was not JSON; it is now ${aside}, and is written anew.`);
    return;
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (format === RESULTS_FORMAT) return;
  const what =
    typeof format === 'string' ? `of the format ${JSON.stringify(format)}` : 'not a result of this program';
  throw new CommandError(
    `${file} is ${what}, expected ${JSON.stringify(RESULTS_FORMAT)}: move it, or choose another --out.`,
  );
}
