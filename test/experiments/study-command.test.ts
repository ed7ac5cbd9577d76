/** @file `study` and `claims` on a small run: the paper's convention gives results.json again; repeating computes nothing. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { STUDY_FILE, type Study, withoutEntries } from '../../src/experiments/better-hessians/study/study.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { expectClose } from '../helpers/close.ts';
import { patience } from '../helpers/patience.ts';
import { command, type Run } from './command.ts';
import { hollowTaskFile } from './forged-task.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SETTING = 'd1-w3-e3';
const out = path.join(temporaryFolder(), 'out');
const study = (...flags: string[]): Promise<Run> =>
  command(
    'study',
    '--profile',
    'smoke',
    '--setting',
    SETTING,
    '--workers',
    '1',
    '--out',
    out,
    '--json',
    ...flags,
  );
const training = ['--training', 'm0', '--training-subsets', '4', '--training-seeds', '2'];
const read = <T>(name: string): T => JSON.parse(readFileSync(path.join(out, name), 'utf8')) as T;
const tasks = (): string[] => readdirSync(path.join(out, 'store', 'study')).sort();

beforeAll(async () => {
  expect(await command('reproduce', '--profile', 'smoke', '--out', out, '--json')).toMatchObject({ code: 0 });
  expect(await study(...training)).toMatchObject({ code: 0, stderr: '' });
}, patience(120));

test('the paper’s convention and the margin give the numbers of results.json', () => {
  interface Entry {
    readonly lds: Record<string, { mean: number }>;
    readonly error: Record<string, number>;
  }
  const results = read<Record<string, Entry>>('results.json')[SETTING];
  const [first] = read<Study>('study.json').settings;
  const paper = first.conventions.find(({ id }) => id === 'paper');
  expect([first.setting, first.subsets, first.seeds]).toEqual([SETTING, 6, 2]);
  for (const [method, { mean }] of Object.entries(results.lds)) {
    const found = paper?.methods[method as keyof typeof paper.methods];
    expectClose([found?.lds ?? Number.NaN], [mean], { atol: 1e-5 * Math.abs(mean) }); // six digits are kept
    if (method !== 'grad-dot')
      expectClose([found?.error ?? Number.NaN], [results.error[method]], { rtol: 1e-5 });
  }
});

test('a training convention has networks and retrainings of its own', () => {
  const [first, second] = read<Study>('study.json').settings;
  expect(second).toMatchObject({ setting: `${SETTING}-m0`, subsets: 4, seeds: 2 });
  expectClose([second.time * 10], [first.time], { rtol: 1e-5 }); // Σ lr / (1 − momentum), momentum 0 against 0.9
  expect(second.conventions.find(({ id }) => id === 'paper')?.methods.ggn.lds).not.toEqual(
    first.conventions.find(({ id }) => id === 'paper')?.methods.ggn.lds,
  );
});

test(
  'again: nothing is computed, and the files are the same; a damaged result is computed again to the same bits',
  async () => {
    const before = readFileSync(path.join(out, 'study.json'));
    const names = tasks();
    const file = path.join(out, 'store', 'study', names[3]);
    const times = names.map((name) => statSync(path.join(out, 'store', 'study', name)).mtimeMs);
    expect((await study(...training)).code).toBe(0);
    expect(names.map((name) => statSync(path.join(out, 'store', 'study', name)).mtimeMs)).toEqual(times);
    expect(readFileSync(path.join(out, 'study.json')).equals(before)).toBe(true);
    const bytes = readFileSync(file);
    bytes[300] ^= 1;
    writeFileSync(file, bytes);
    hollowTaskFile(path.join(out, 'store', 'study', names[1]));
    expect((await study(...training)).code).toBe(0);
    expect(readFileSync(path.join(out, 'study.json')).equals(before)).toBe(true);
    expect(
      ['study.md', 'study.csv', 'figures/study-sweep.svg', 'figures/study-map.svg'].map((f) =>
        existsSync(path.join(out, f)),
      ),
    ).toEqual([true, true, true, true]);
  },
  patience(60),
);

test(
  'with --keep, a study that was cut down and its table give the setting that is not studied again, and every line',
  async () => {
    const [whole, table] = ['study.json', 'study.csv'].map((name) =>
      readFileSync(path.join(out, name), 'utf8'),
    );
    const cut = temporaryFolder();
    const earlier = readDigested(path.join(out, 'study.json'), STUDY_FILE);
    writeFileSync(path.join(cut, 'study.json'), JSON.stringify(withoutEntries(earlier)));
    writeFileSync(path.join(cut, 'study.csv'), table);
    expect(await study('--keep', path.join(cut, 'study.json'))).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(out, 'study.csv'), 'utf8')).toBe(table);
    const { kept, ...rest } = read<Study>('study.json');
    expect(kept).toEqual({ [`${SETTING}-m0`]: earlier.digest });
    expect(rest).toEqual(JSON.parse(whole));
    expect(readFileSync(path.join(out, 'study.md'), 'utf8')).toContain(`): ${SETTING}-m0.`);
    expect((await study(...training)).code).toBe(0); // as it was
    expect(readFileSync(path.join(out, 'study.json'), 'utf8')).toBe(whole);
  },
  patience(60),
);

test(
  'settings that were not retrained are refused, and nothing is written',
  async () => {
    const before = tasks();
    const { code, stderr } = await command(
      'study',
      '--profile',
      'smoke',
      '--setting',
      'd2-w3-e3',
      '--out',
      out,
    );
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/no retrainings of d2-w3-e3 are stored .*: run reproduce --setting d2-w3-e3/),
    ]);
    const own = await command('study', '--profile', 'smoke', '--setting', `${SETTING}-drop`, '--out', out);
    expect([own.code, own.stderr]).toEqual([1, expect.stringMatching(/use d1-w3-e3\./)]);
    expect(tasks()).toEqual(before);
  },
  patience(30),
);

test(
  'a time budget holds for base networks too: what is not there is not begun',
  async () => {
    const before = readdirSync(path.join(out, 'store', 'base-training'));
    const { code, stderr } = await study('--models', '2', '--time-budget', '1e-6');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/the time is up, and 1 of 2 are missing of d1-w3-e3 base models: the same/),
    ]);
    expect(readdirSync(path.join(out, 'store', 'base-training'))).toEqual(before);
  },
  patience(30),
);

test('claims: this run has none of the paper’s settings, and says so of every claim', async () => {
  const { code, stdout } = await command('claims', '--out', out, '--json');
  const { counts } = JSON.parse(stdout) as { counts: Record<string, number> };
  expect(code).toBe(0);
  expect(counts).toMatchObject({ confirmed: 0, 'not confirmed': 0 });
  expect(counts['not testable here']).toBeGreaterThan(35);
  expect(readFileSync(path.join(out, 'claims.md'), 'utf8')).toContain(
    'the settings that it needs were not run.',
  );
  const { code: missing, stderr } = await command('claims', '--out', path.join(out, 'nowhere'));
  expect([missing, stderr]).toEqual([1, expect.stringMatching(/results\.json is missing: run reproduce/)]);
});
