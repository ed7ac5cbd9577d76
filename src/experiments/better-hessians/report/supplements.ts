/** @file Results of other commands in the same folder, which the report takes up where they are there. */
import path from 'node:path';
import type * as v from 'valibot';
import { type DigestedFormat, parseDigested } from '../../files/digested-file.ts';
import { JsonError } from '../../files/json.ts';
import { readIfPresent } from '../../files/read-input.ts';
import { BEYOND, BEYOND_FILE, type Beyond } from '../beyond/beyond.ts';
import { STUDY, STUDY_FILE, type Study } from '../study/study.ts';

/** Parts of the report that `reproduce` does not compute. */
export interface Supplements {
  readonly study?: Study | undefined;
  readonly beyond?: Beyond | undefined;
  /** The commands whose files are there but cannot be used, each with a sentence that says why. */
  readonly leftOut?: ReadonlyMap<string, string>;
}

/**
 * Reads study.json and beyond.json. A file that is damaged, edited or of another format is left out, and that is told.
 *
 * @throws {CommandError} one of them cannot be read.
 */
export function readSupplements(out: string, notify: (line: string) => void): Supplements {
  const leftOut = new Map<string, string>();
  const read = <S extends v.GenericSchema>(
    name: string,
    kind: DigestedFormat<S>,
  ): v.InferOutput<S> | undefined => {
    const file = path.join(out, name);
    const bytes = readIfPresent(file);
    if (bytes === undefined) return undefined;
    try {
      return parseDigested(bytes, kind);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      leftOut.set(kind.command, `${name}: ${error.message}`);
      notify(`The report leaves out ${file}: ${error.message}`);
      return undefined;
    }
  };
  return { study: read(STUDY, STUDY_FILE), beyond: read(BEYOND, BEYOND_FILE), leftOut };
}
