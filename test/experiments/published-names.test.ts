/** @file A folder where a published file is to be is found before the work, not after hours of it. */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

test(
  'reproduce refuses it, and writes nothing',
  async () => {
    const folder = temporaryFolder();
    for (const name of ['report.html', 'tables/lds.md', 'figures/ladder.svg']) {
      const out = path.join(folder, name.replace(/\W/g, '-'));
      mkdirSync(path.join(out, name), { recursive: true });
      const before = readdirSync(out, { recursive: true });
      const { code, stderr } = await command('reproduce', '--profile', 'smoke', '--out', out);
      expect([code, stderr]).toEqual([
        1,
        `eigenfluence: cannot write ${path.join(out, name)}: it exists and is not a regular file.\n`,
      ]);
      expect(readdirSync(out, { recursive: true })).toEqual(before);
    }
  },
  patience(20),
);
