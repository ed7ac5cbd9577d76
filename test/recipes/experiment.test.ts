/** @file The recipe for an experiment, carried out as docs/recipes.md says, run with two workers, interrupted, continued, and with each step left out. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { patience } from '../helpers/patience.ts';
import { type RecipeBlock, recipe, ScratchCopy } from '../helpers/scratch-copy.ts';
import { treeOf } from '../helpers/tree.ts';

const BLOCKS = recipe('An experiment');
const FOLDER = 'src/experiments/rates';
const COMMAND = 'src/experiments/commands/rates.ts';
const COPY = new ScratchCopy([
  'data',
  'tools',
  'test/experiments',
  'test/helpers',
  'test/architecture.test.ts',
]);
afterAll(() => COPY.remove());

const followed = (blocks = BLOCKS): ScratchCopy => COPY.restore().follow(blocks);
const without = (...left: readonly string[]): RecipeBlock[] =>
  BLOCKS.filter(({ file, place }) => !left.includes(place === undefined ? file : `${file}: ${place}`));

const RATES = ['0.001', '0.003', '0.01', '0.03', '0.1', '0.3', '1', '3'];

/** Runs the command with two workers. @param watched - Called every few milliseconds; the program is interrupted when it says so. */
async function run(
  out: string,
  watched: () => boolean = () => false,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const args = ['rates', '--rates', ...RATES, '--setting', 'd1-w16-e60', '--workers', '2', '--out', out];
  const child = spawn(process.execPath, ['tools/cli.mjs', ...args], { cwd: COPY.root }); // as npm run cli
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk) => {
      text[name] += String(chunk);
    });
  const watch = setInterval(() => {
    if (!watched()) return;
    clearInterval(watch);
    child.kill('SIGINT');
  }, 5);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(watch);
  return { code, ...text };
}

/** Stored results by name, with the time at which each was written. */
function stored(out: string): Map<string, number> {
  const folder = path.join(out, 'store/rates-training');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.task')) : [];
  return new Map(names.map((name) => [name, statSync(path.join(folder, name)).mtimeMs]));
}

test('the experiment works end to end: interrupted, it goes on, and its files are those of a run in one go', {
  timeout: patience(120),
}, async () => {
  const copy = followed();
  expect(copy.typeErrors(COMMAND)).toEqual([]);
  const [whole, parts] = ['whole', 'parts'].map((name) => path.join(copy.root, 'out', name));
  mkdirSync(path.dirname(whole));

  const once = await run(whole);
  expect(once).toMatchObject({ code: 0, stderr: '' });
  const table = JSON.parse(readFileSync(path.join(whole, 'rates.json'), 'utf8')) as {
    rate: number;
    loss: number;
  }[];
  expect(table.map(({ rate }) => rate)).toEqual(RATES.map(Number));
  // a rate of 0.001 has hardly begun, 0.03 is the published one
  expect(table[0].loss).toBeGreaterThan(2 * table[3].loss);
  expect(table[3].loss).toBeLessThan(0.5);

  const stopped = await run(parts, () => stored(parts).size > 0);
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toBe(
    'eigenfluence: stopped by SIGINT: what is stored stays; the same command continues.\n',
  );
  const before = stored(parts);
  expect(before.size).toBeGreaterThan(0);
  expect(before.size).toBeLessThan(RATES.length);
  expect(existsSync(path.join(parts, 'rates.json'))).toBe(false);

  const again = await run(parts);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toContain(`trainings: ${before.size} of ${RATES.length} stored`);
  const after = stored(parts);
  expect([...before].filter(([name, time]) => after.get(name) !== time)).toEqual([]); // not computed again
  const files = (out: string): unknown =>
    Object.entries(treeOf(out)).filter(([name]) => !name.startsWith('store'));
  expect(files(parts)).toEqual(files(whole));
});

test('bits are noted, and the tests of the house hold', { timeout: patience(240) }, () => {
  const copy = followed();
  copy.write('test/experiments/fingerprints.json', copy.read('test/experiments/fingerprints.json')); // to be restored
  copy.run('test/experiments/fingerprints.ts');
  expect(JSON.parse(copy.read('test/experiments/fingerprints.json'))['rates-training']).toMatchObject({
    version: 1,
  });
  for (const file of ['test/architecture.test.ts', 'test/experiments/catalogue.test.ts']) copy.test(file);
});

describe('a step left out', () => {
  test.each([
    ['job.ts', `${FOLDER}/rates.ts`],
    ['rates.ts', COMMAND],
  ])('%s: the compiler says so', (left, entry) => {
    const copy = followed(without(`${FOLDER}/${left}`));
    expect(copy.typeErrors(entry, 'alone').join()).toMatch(/Cannot find module/);
  });

  test('the command: the compiler says so', () => {
    expect(followed(without(COMMAND)).typeErrors('src/experiments/catalogue.ts', 'alone').join()).toMatch(
      /Cannot find module '\.\/commands\/rates\.ts'/,
    );
  });

  test.each(['name', 'versions', 'compute', 'task', 'assemble', 'pages'])(
    '%s of the declaration: the compiler says so',
    (member) => {
      const copy = followed();
      const file = `${FOLDER}/rates.ts`;
      const text = copy.read(file);
      const rest = text.replace(new RegExp(`^  ${member}: [^]*?,\\n(?=  \\S|\\};)`, 'm'), '');
      expect(rest).not.toBe(text);
      copy.write(file, rest);
      expect(copy.typeErrors(file, 'alone').join()).toContain(`Property '${member}' is missing`);
    },
  );

  test('the script: the test of the catalogue says so', { timeout: patience(60) }, () => {
    const copy = followed(without(`${FOLDER}/compute.ts`));
    expect(() => copy.test('test/experiments/catalogue.test.ts')).toThrow(/× 'rates' computes jobs/);
  });

  test('the line of the catalogue: its test says so', { timeout: patience(60) }, () => {
    const left = 'src/experiments/catalogue.ts: EXPERIMENTS';
    expect(() => followed(without(left)).test('test/experiments/catalogue.test.ts')).toThrow(
      /× every script belongs to an experiment of the catalogue/,
    );
  });

  test('the line of the map: the test of the architecture says so', { timeout: patience(60) }, () => {
    expect(() =>
      followed(without('test/helpers/layers.ts: STUDIES')).test('test/architecture.test.ts'),
    ).toThrow(/× every folder of the list is there/);
  });

  test('the specimen: noting the bits is refused, and says which', { timeout: patience(120) }, () => {
    const left = ['import', 'SPECIMENS'].map((place) => `test/experiments/fingerprints.ts: ${place}`);
    expect(() => followed(without(...left)).run('test/experiments/fingerprints.ts')).toThrow(
      /SPECIMENS has no results of rates-training/,
    );
  });
});
