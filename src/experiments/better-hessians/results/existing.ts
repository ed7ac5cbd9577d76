/** @file What to do with a results.json that is already there. */
import { renameSync } from 'node:fs';
import * as v from 'valibot';
import { CommandError } from '../../files/command-error.ts';
import { otherFormat } from '../../files/digested-file.ts';
import { JsonError, parseJson } from '../../files/json.ts';
import { readIfPresent } from '../../files/read-input.ts';
import { RESULTS_FORMAT } from './results.ts';

/** What lies there: nothing, results that a run of this program wrote, or what is no JSON at all, which means damage. */
export type Existing = 'absent' | 'ours' | { readonly damage: string };

/**
 * Whether there is a results.json that may be replaced. Its numbers are not looked at.
 *
 * @throws {CommandError} a JSON file of another kind or format. Nothing is changed.
 */
export function inspectResults(file: string): Existing {
  const bytes = readIfPresent(file);
  if (bytes === undefined) return 'absent';
  let value: unknown;
  try {
    value = parseJson(bytes);
  } catch (error) {
    if (error instanceof JsonError) return { damage: error.message };
    throw error;
  }
  const format = v.is(v.looseObject({ format: v.unknown() }), value) ? value.format : undefined;
  if (format === RESULTS_FORMAT) return 'ours';
  throw new CommandError(
    `${file} is ${otherFormat(format, RESULTS_FORMAT)}: move it, or choose another --out.`,
  );
}

/** Moves a damaged results.json aside and tells so in one line. Only with the lock. */
export function setDamagedResultsAside(file: string, notify: (line: string) => void): void {
  const found = inspectResults(file);
  if (typeof found === 'string') return;
  const aside = `${file}.damaged`;
  renameSync(file, aside);
  notify(`${file}: ${found.damage.replace(/\.$/, '')}; it is now ${aside}, and is written anew.`);
}
