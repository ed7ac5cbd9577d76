/** @file Three shards of every experiment with a smoke profile, merged: the digest of one machine. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

const digestOf = (out: string, file: string): unknown =>
  (JSON.parse(readFileSync(path.join(out, file), 'utf8')) as { digest: unknown }).digest;

test.each([
  ['reproduce', 'results.json'],
  ['methods', 'methods.json'],
  ['ladder', 'ladder.json'],
  ['bif', 'results.json'],
])(
  '%s',
  async (name, file) => {
    const run = async (out: string, ...more: string[]): Promise<void> => {
      const { code, stderr } = await command(
        ...[name, '--profile', 'smoke', '--out', path.join(folder, name, out), '--json', ...more],
      );
      expect([code, stderr]).toEqual([0, '']);
    };
    await run('whole');
    for (const k of [1, 2, 3]) await run(`part-${k}`, '--shard', `${k}/3`);
    const parts = [1, 2, 3].map((k) => path.join(folder, name, `part-${k}`));
    expect((await command('merge', ...parts, '--out', path.join(folder, name, 'all'))).code).toBe(0);
    await run('all');
    expect(digestOf(path.join(folder, name, 'all'), file)).toBe(
      digestOf(path.join(folder, name, 'whole'), file),
    );
  },
  600_000,
);
