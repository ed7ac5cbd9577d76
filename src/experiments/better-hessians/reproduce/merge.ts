/** @file The other settings of a folder: what earlier runs left there, kept as far as the stored work bears it out. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { RESULTS, workFolders } from '../../engine/folders.ts';
import { archiveFolder } from '../../engine/retraining-archive.ts';
import type { Store } from '../../engine/store.ts';
import { taskKey } from '../../engine/task.ts';
import { CommandError } from '../../files/command-error.ts';
import { parseDigested } from '../../files/digested-file.ts';
import { checkJson, JsonError, parseJson } from '../../files/json.ts';
import { count } from '../../files/json-schemas.ts';
import { readIfPresent } from '../../files/read-input.ts';
import { type Profile, settingConfig } from '../../protocol/profile.ts';
import { openArchive } from '../../protocol/retrainings.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import { defineSetting, type SettingConfig, trainingName } from '../../protocol/setting.ts';
import { retrainingTask } from '../../protocol/tasks.ts';
import { HEAD_FIELDS, RESULTS_FILE } from '../results/results.ts';
import { readSetting, type SettingData } from './compute-setting.ts';

/** Where to look, and what for. */
export interface MergeRequest {
  readonly out: string;
  readonly profile: Profile;
  readonly seed: number;
  /** Settings of this run: they are not looked for. */
  readonly names: ReadonlySet<string>;
}

interface Candidate {
  readonly setting: SettingConfig;
  readonly size: RunSize;
}

/**
 * The settings of results.json and of the retraining folders that this run is not about. Of the old results.json only
 * names, configurations and sizes are read, as hints; every number is made again from stored work whose checksums hold.
 *
 * @param notify - Told in one line about each setting of results.json that cannot be kept, or not in its old size.
 */
export function otherSettings(
  request: MergeRequest,
  store: Store,
  notify: (line: string) => void,
): SettingData[] {
  const file = path.join(request.out, RESULTS);
  const { retrainings } = workFolders(request.out);
  const found: SettingData[] = [];
  const tried = new Set(request.names);
  for (const [name, entry] of Object.entries(parse(file, notify))) {
    const candidate = recorded(name, entry, request, (why) =>
      notify(`${file}: ${name} is not kept: ${why}.`),
    );
    if (candidate === undefined || tried.has(name)) continue;
    tried.add(name);
    const lacking: string[] = [];
    const { setting, size } = candidate;
    const data = readSetting(setting, size, store, openArchive(setting, retrainings, notify, true), (what) =>
      lacking.push(what),
    );
    if (lacking.length > 0)
      notify(
        `${file}: ${name} is ${data === undefined ? 'not kept' : 'kept in part'}: not stored, or not by this version: ${lacking.join(', ')}.`,
      );
    if (data !== undefined) found.push(data);
  }
  for (const setting of trained(retrainings, request)) {
    if (tried.has(setting.name)) continue;
    const archive = openArchive(setting, retrainings, notify, true);
    const data = readSetting(setting, archive.largestRectangle(), store, archive);
    if (data !== undefined) found.push(data);
  }
  return found;
}

const Hints = v.record(v.string(), v.unknown());
const Hint = v.looseObject({ config: v.unknown(), subsets: count, seeds: count });

/**
 * The fields of the old file; one that is missing or damaged holds nothing. A file whose digest does not hold still names
 * settings, and that is said.
 */
function parse(file: string, notify: (line: string) => void): Readonly<Record<string, unknown>> {
  const bytes = readIfPresent(file);
  if (bytes === undefined) return {};
  try {
    parseDigested(bytes, RESULTS_FILE);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    notify(
      `${file}: ${error.message.replace(/\.$/, '')}. Of it only the names, configurations and sizes of settings are used; every number is made again from stored work.`,
    );
  }
  try {
    return checkJson(Hints, parseJson(bytes));
  } catch (error) {
    if (error instanceof JsonError) return {};
    throw error;
  }
}

/** A setting of the old file: its configuration checked as if it came from a stranger. */
function recorded(
  name: string,
  entry: unknown,
  { seed, names }: MergeRequest,
  refuse: (why: string) => void,
): Candidate | undefined {
  if (names.has(name) || HEAD_FIELDS.has(name)) return undefined;
  try {
    const { config, subsets, seeds } = checkJson(Hint, entry);
    const setting = defineSetting(config);
    if (setting.name !== name) refuse(`its configuration is that of ${setting.name}`);
    else if (setting.seed !== seed) refuse(`it was made with --seed ${setting.seed}, this run has ${seed}`);
    else return { setting, size: { subsets, seeds } };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    refuse(error.message.replace(/\.$/, ''));
  }
  return undefined;
}

/** The settings, without conventions of curvature, whose retrainings lie in the folder. */
function trained(retrainings: string, { profile, seed }: MergeRequest): SettingConfig[] {
  return readdirSync(retrainings).flatMap((folder) => {
    const name = /^(.*)-[0-9a-f]{12}$/.exec(folder)?.[1];
    if (name === undefined) return [];
    try {
      const setting = settingConfig(profile, name, seed);
      const own = archiveFolder(retrainings, trainingName(setting), taskKey(retrainingTask(setting)));
      return path.basename(own) === folder ? [setting] : [];
    } catch (error) {
      if (error instanceof CommandError) return []; // a folder with such a name that is not ours
      throw error;
    }
  });
}
