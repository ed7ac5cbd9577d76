/** @file `--keep`: settings of an earlier file of results stand beside those of a run as they were, and nothing else does. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readEarlierStudy } from '../../src/experiments/better-hessians/study/earlier-study.ts';
import { digest } from '../../src/experiments/files/digest.ts';
import { keptLines, withEarlier } from '../../src/experiments/judging/kept-settings.ts';
import { settingsDigest } from '../../src/experiments/judging/results-file.ts';
import { patience } from '../helpers/patience.ts';
import { command, type Run } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('own settings beside earlier ones', () => {
  const nameOf = ({ name }: { readonly name: string }): string => name;
  const own = [
    { name: 'c', from: 'own' },
    { name: 'b', from: 'own' },
  ];
  const earlier = {
    digest: '0123456789abcdef01',
    settings: [
      { name: 'a', from: 'earlier' },
      { name: 'b', from: 'earlier' },
    ],
  };

  test('the earlier order, own ones in their places, new ones last; what was kept is named', () => {
    const found = withEarlier(own, earlier, nameOf);
    expect(found).toEqual({
      settings: [earlier.settings[0], own[1], own[0]],
      kept: { a: '0123456789abcdef01' },
    });
    expect(keptLines(found)).toEqual([
      'Taken over as an earlier file has them (digest 0123456789abcdef): a.',
    ]);
  });

  test('nothing earlier, or all of it made again: nothing is named', () => {
    expect(withEarlier(own, undefined, nameOf)).toEqual({ settings: own });
    const again = withEarlier(own, { ...earlier, settings: [earlier.settings[1]] }, nameOf);
    expect(again).toEqual({ settings: [own[1], own[0]] });
    expect(keptLines(again)).toEqual([]);
  });
});

test('the committed study is whole again with its table; with another table it is refused', () => {
  const committed = 'results/paper/study.json';
  const { digest: stated, settings } = readEarlierStudy(committed);
  expect(digest(settings)).toBe(stated);
  expect(settings.every(({ entries }) => entries.length > 200)).toBe(true);
  const folder = temporaryFolder();
  const json = path.join(folder, 'study.json');
  copyFileSync(committed, json);
  expect(() => readEarlierStudy(json)).toThrow(/cannot read .*study\.csv/);
  const table = readFileSync('results/paper/study.csv', 'utf8');
  writeFileSync(path.join(folder, 'study.csv'), table.replace('0.0319288', '0.0319289'));
  expect(() => readEarlierStudy(json)).toThrow(/study\.csv: its entries are not those of .*study\.json/);
  writeFileSync(path.join(folder, 'study.csv'), table.replace('hessian', 'hesian'));
  expect(() => readEarlierStudy(json)).toThrow(/study\.csv, line 2: .*hesian.*a table that `study` writes/);
});

interface File {
  digest: string;
  readonly kept?: object;
  readonly settings: { setting?: string; network?: string }[];
}

describe.each([
  ['ladder', [], 'setting', 'd9-w9-e9'],
  ['networks', [], 'network', 'mlp-d4-w16-tanh'],
  ['beyond', ['--setting', 'd1-w3-e3'], 'setting', 'd9-w9-e9'],
] as const)('%s --keep', (name, flags, field, other) => {
  const out = temporaryFolder();
  const file = path.join(out, `${name}.json`);
  const earlier = path.join(out, 'earlier.json');
  const run = (...more: string[]): Promise<Run> =>
    command(name, '--profile', 'smoke', ...flags, '--out', out, ...more);
  const read = (): File => JSON.parse(readFileSync(file, 'utf8')) as File;
  let before: File;

  beforeAll(async () => {
    if (name === 'beyond')
      expect(await command('reproduce', '--profile', 'smoke', '--out', out)).toMatchObject({ code: 0 });
    expect(await run()).toMatchObject({ code: 0 });
    before = read();
    const [setting] = before.settings;
    const settings = [{ ...setting, [field]: other }]; // the same numbers under a name that the run does not have
    writeFileSync(
      earlier,
      JSON.stringify({
        ...before,
        settings,
        digest: settingsDigest(settings),
      }),
    );
  }, patience(180));

  test(
    'the earlier setting stands before the own one, under the digest of its file',
    async () => {
      expect(await run('--keep', earlier)).toMatchObject({ code: 0 });
      const found = read();
      const kept = JSON.parse(readFileSync(earlier, 'utf8')) as File;
      expect(found.settings).toEqual([kept.settings[0], before.settings[0]]);
      expect(found.kept).toEqual({ [other]: kept.digest });
      const page = readFileSync(path.join(out, `${name}.md`), 'utf8');
      expect(page).toContain(`(digest ${kept.digest.slice(0, 16)}): ${other}.`);
    },
    patience(60),
  );

  test(
    'the file of the run itself changes nothing; one that was edited is refused, and nothing is written',
    async () => {
      const text = readFileSync(file, 'utf8');
      writeFileSync(earlier, text.replace(/"digest":"[0-9a-f]{8}/, '"digest":"00000000'));
      const { code, stderr } = await run('--keep', earlier);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/earlier\.json: .*digest/)]);
      expect(readFileSync(file, 'utf8')).toBe(text);
      writeFileSync(earlier, `${JSON.stringify(before)}\n`);
      expect(await run('--keep', earlier)).toMatchObject({ code: 0 });
      expect(read().settings).toEqual(before.settings);
      expect(read().kept).toBeUndefined();
    },
    patience(60),
  );
});
