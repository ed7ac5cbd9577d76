/** @file `merge`: the folders of shards become one, from which the experiment's own command finishes. */
import path from 'node:path';
import { acquireLock } from '../engine/lock.ts';
import { type Merged, mergeFolders } from '../engine/merge-folders.ts';
import { readShardFile, type ShardFile, writeShardFile } from '../engine/shard-file.ts';
import { CommandError } from '../files/command-error.ts';
import { canonicalJson } from '../files/digest.ts';
import { makeFolder } from '../files/make-folder.ts';
import { command } from '../terminal/command.ts';
import { text } from '../terminal/options.ts';
import type { Output } from '../terminal/output.ts';

export const addMerge = command({
  name: 'merge',
  description:
    'put the folders of --shard together: every record verified, contradictions and strangers refused',
  operands: { name: 'folders', help: 'folders that --shard wrote' },
  options: {
    out: text('<DIR>', 'folder of the whole; it may hold a part already').required(),
  },
  async run({ out }, _given, folders) {
    const named = folders.map((folder) => ({ folder, file: readShardFile(folder) }));
    const [{ file: first }] = named;
    for (const { folder, file } of named) checkSame(folder, file, named[0].folder, first);
    const { notices, missing } = gaps(named);
    makeFolder(out);
    const release = await acquireLock(out);
    let merged: Merged;
    try {
      merged = mergeFolders(
        folders.map((folder) => path.resolve(folder)),
        out,
        first.tasks,
      );
      writeShardFile(out, { ...first, shard: null, done: missing.length === 0 });
    } finally {
      release();
    }
    return report(first, out, merged, missing, notices);
  },
});

interface Named {
  readonly folder: string;
  readonly file: ShardFile;
}

/** @throws {CommandError} the shards are not of one study. */
function checkSame(folder: string, file: ShardFile, other: string, first: ShardFile): void {
  const parts: readonly (readonly [string, (one: ShardFile) => string])[] = [
    ['the experiment', (one) => one.experiment],
    ['the version of the package', (one) => one.version],
    ['the versions of the tasks', (one) => canonicalJson(one.tasks)],
    ['the tier of the kernels', (one) => one.bits],
    ['what was asked for', (one) => one.study],
    ['the number of shards', (one) => String(one.shard?.count ?? first.shard?.count)],
  ];
  for (const [what, of] of parts)
    if (of(file) !== of(first))
      throw new CommandError(
        `${folder} does not belong to ${other}: ${what} differs (${short(of(file))} and ${short(of(first))}).`,
      );
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Shards that are not there, and those whose command has not come to its end. */
function gaps(named: readonly Named[]): { readonly notices: string[]; readonly missing: number[] } {
  const count = Math.max(0, ...named.map(({ file }) => file.shard?.count ?? 0));
  const present = new Set(named.flatMap(({ file }) => file.shard?.index ?? []));
  const whole = named.some(({ file }) => file.shard === null && file.done);
  const missing = Array.from({ length: whole ? 0 : count }, (_, k) => k + 1).filter((k) => !present.has(k));
  const open = named.filter(({ file }) => !file.done);
  return {
    missing,
    notices: [
      ...(missing.length === 0 ? [] : [`missing: ${ranges(missing)} of ${count} shards`]),
      ...open.map(({ folder }) => `${folder} is not complete: its command continues it`),
    ],
  };
}

/** "1, 3-5, 8". */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const k of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === k - 1) last[1] = k;
    else runs.push([k, k]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

function report(
  { experiment }: ShardFile,
  out: string,
  { results, retrainings, damaged }: Merged,
  missing: readonly number[],
  notices: readonly string[],
): Output {
  const told = [...notices, ...damaged.map((line) => `left out: ${line}`)];
  return {
    figures: { experiment, results, retrainings, missing: [...missing], notices: told, out },
    lines: [
      ...told,
      `${results} results and ${retrainings} retrainings in ${out}; ${experiment} with the same options and --out ${out} computes what is missing, and finishes`,
    ],
  };
}
