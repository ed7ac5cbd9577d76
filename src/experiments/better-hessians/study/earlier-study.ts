/** @file A study made earlier, whole again where study.json was cut down: its entries stand in study.csv beside it. */
import path from 'node:path';
import * as v from 'valibot';
import { readTable, type TextTable } from '../../../linalg/io/index.ts';
import { CommandError } from '../../files/command-error.ts';
import { digest } from '../../files/digest.ts';
import { readDigested } from '../../files/digested-file.ts';
import { parseInput } from '../../files/read-input.ts';
import type { EarlierSettings } from '../../judging/kept-settings.ts';
import { SHARE_BOUNDS } from './spectral-predictions.ts';
import { EntrySchema, type SettingStudy, STUDY_FILE, STUDY_TABLE, type StudyEntry } from './study.ts';

/**
 * The settings of a study.json, with their entries.
 *
 * @throws {CommandError} as `readDigested`; entries were cut off, and study.csv beside it is missing or that of another study.
 */
export function readEarlierStudy(file: string): EarlierSettings<SettingStudy> {
  const study = readDigested(file, STUDY_FILE);
  if (study.conventionsDigest === undefined) return study;
  const table = path.join(path.dirname(file), STUDY_TABLE);
  const entries = parseInput(table, (bytes) => entriesBySetting(readTable(bytes, { header: true }), table));
  const settings = study.settings.map((setting) => ({
    ...setting,
    entries: entries.get(setting.setting) ?? [],
  }));
  if (digest(settings) !== study.digest)
    throw new CommandError(
      `${table}: its entries are not those of ${file}, whose digest says what they were.`,
    );
  return { digest: study.digest, settings };
}

/** The columns of study.csv, read back. */
function entriesBySetting({ columns, rows, lines }: TextTable, file: string): Map<string, StudyEntry[]> {
  const entries = new Map<string, StudyEntry[]>();
  rows.forEach((row, k) => {
    const cells = new Map(columns.map((name, j) => [name, row[j]]));
    const text = (name: string): string => cells.get(name) ?? '';
    const number = (name: string): number | null => (text(name) === '' ? null : Number(text(name)));
    const entry = v.safeParse(EntrySchema, {
      method: text('method'),
      fisher: text('fisher'),
      partition: text('partition'),
      family: text('family'),
      value: number('value'),
      negative: text('negative'),
      factors: text('factors'),
      measurement: text('measurement'),
      lds: number('lds'),
      ci: [number('lds_lo'), number('lds_hi')],
      error: number('error'),
      rank: number('rank'),
      negativeInverted: number('negative_inverted'),
      smallestDivisor: number('smallest_divisor'),
      negativeShare: number('share_negative'),
      sharesBelow: SHARE_BOUNDS.map((bound) => number(`share_below_${bound}`)),
    });
    if (!entry.success)
      throw new CommandError(
        `${file}, line ${lines[k]}: ${entry.issues[0].message}, in a table that \`study\` writes.`,
      );
    const own = entries.get(text('setting')) ?? [];
    entries.set(text('setting'), own);
    own.push(entry.output);
  });
  return entries;
}
