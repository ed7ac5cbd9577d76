/** @file Settings of an earlier results.json that a run keeps though none of their work is stored in its folder. */
import { CommandError } from '../../files/command-error.ts';
import { readDigested } from '../../files/digested-file.ts';
import { RESULTS_FILE, type SettingResults } from './results.ts';

/** Entries as they stood, and the digest of the file that they are from. */
export interface KeptSettings {
  readonly digest: string;
  readonly settings: ReadonlyMap<string, SettingResults>;
}

/** @throws {CommandError} no such file, one that was edited, of another format or of another seed. */
export function readKept(file: string, seed: number): KeptSettings {
  const { head, digest, settings } = readDigested(file, RESULTS_FILE);
  if (head.seed !== seed)
    throw new CommandError(`${file} was made with --seed ${head.seed}, this run has ${seed}.`);
  return { digest, settings: new Map(Object.entries(settings)) };
}
