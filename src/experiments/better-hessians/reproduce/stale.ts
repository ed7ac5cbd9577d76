/** @file Retrainings of another configuration that lie where this run looks: refused by name. */
import path from 'node:path';
import * as v from 'valibot';
import { archiveFolder } from '../../engine/retraining-archive.ts';
import { listIfPresent } from '../../engine/stale-tasks.ts';
import { type Task, taskKey } from '../../engine/task.ts';
import { checkJson, clipped, JsonError, parseJson } from '../../files/json.ts';
import { readIfPresent } from '../../files/read-input.ts';
import { type SettingConfig, trainingName } from '../../protocol/setting.ts';
import { retrainingTask } from '../../protocol/tasks.ts';

/**
 * One line for each folder of retrainings that has a setting's name but another key. None of them is read, moved or removed: the program
 * that made them may come back.
 */
export function staleArchives(retrainings: string, settings: readonly SettingConfig[]): string[] {
  const expected = new Map(settings.map((setting) => [trainingName(setting), retrainingTask(setting)]));
  return listIfPresent(retrainings).flatMap((folder) => {
    const match = /^(.*)-([0-9a-f]{12})$/.exec(folder);
    const task = match === null ? undefined : expected.get(match[1]);
    if (match === null || task === undefined) return [];
    const place = path.join(retrainings, folder);
    if (place === archiveFolder(retrainings, match[1], taskKey(task))) return [];
    return [`${place} is not used: ${difference(describedTask(place), task)}.`];
  });
}

/** What setting.json in a folder of retrainings says of them, as far as it can be read. */
const DescriptionSchema = v.looseObject({
  version: v.number(),
  config: v.looseObject({}),
  inputs: v.record(v.string(), v.string()),
});
type Description = v.InferOutput<typeof DescriptionSchema>;

function describedTask(folder: string): Description | undefined {
  const bytes = readIfPresent(path.join(folder, 'setting.json'));
  if (bytes === undefined) return undefined;
  try {
    return checkJson(DescriptionSchema, parseJson(bytes));
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** So many differences are told. */
const DIFFERENCES = 6;

/** Where two tasks differ: "training.momentum is 0, expected 0.9". */
function difference(found: Description | undefined, expected: Task): string {
  if (found === undefined) return 'nothing tells what it was made by';
  const [a, b] = [found, expected].map(({ version, config, inputs }) =>
    flatten({ version, ...asObject(config), ...inputs }),
  );
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
  if (names.length === 0) return 'its key is another';
  const shown = (leaves: Map<string, string>, name: string): string => clipped(leaves.get(name) ?? 'absent');
  const parts = names
    .slice(0, DIFFERENCES)
    .map((name) => `its ${clipped(name)} is ${shown(a, name)}, expected ${shown(b, name)}`);
  return [...parts, ...(names.length > DIFFERENCES ? [`and ${names.length - DIFFERENCES} more`] : [])].join(
    ', ',
  );
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

/** Leaves by their path, as text. */
function flatten(tree: object, above = ''): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([name, value]): [string, string][] =>
      typeof value === 'object' && value !== null
        ? [...flatten(value, `${above}${name}.`)]
        : [[`${above}${name}`, String(value)]],
    ),
  );
}
