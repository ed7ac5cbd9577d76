/** @file Infinite numbers of a table count as missing, and it is said; among texts "inf" is a text. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readAuditData } from '../../../src/experiments/audit/reading/read-data.ts';
import { datesOf } from '../../../src/experiments/tables/dates.ts';
import { writeNpz } from '../../../src/linalg/io/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const N = 60;
const rows = (line: (i: number) => string): string => Array.from({ length: N }, (_, i) => line(i)).join('\n');

function write(name: string, text: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

test.each(['inf', '-inf', '+inf', 'Infinity', '-INFINITY', '1e999', '-1e400'])(
  'a column of numbers with %s in every other row stays one',
  async (word) => {
    const text = `size,label\n${rows((i) => `${i % 2 === 0 ? i / 7 : word},${i % 3 ? 'a' : 'b'}`)}\n`;
    const { features, inputs, understood } = await readAuditData({
      file: write('half.csv', text),
      target: 'label',
    });
    expect(features).toEqual(['size', 'size is missing']);
    expect([Array.from(inputs.row(14)), Array.from(inputs.row(15))]).toEqual([
      [2, 0],
      [Number.NaN, 1],
    ]);
    expect(understood).toContain('"size": 30 cells are infinite (the first in row 1) and count as missing.');
  },
);

test('rows are those of the file, decimal commas and a currency are no hindrance', async () => {
  const text = `size;price;label\n${rows((i) => `${i === 9 ? '-Infinity' : `${i},5`};${i === 11 ? 'inf' : `${i % 7} €`};${i < 3 ? '' : i % 2}`)}\n`;
  const { understood } = await readAuditData({ file: write('comma.csv', text), target: 'label' });
  expect(understood).toContain('"size": 1 cell is infinite (row 9) and counts as missing.');
  expect(understood).toContain('"price": 1 cell is infinite (row 11) and counts as missing.');
});

test('a row with an infinite target is left out, as one without a target, each by its word', async () => {
  const text = `x,y\n${rows((i) => `${i % 5},${i === 8 || i === 20 ? 'inf' : i === 4 ? '' : i / 7}`)}\n`;
  const { used, task, understood } = await readAuditData({ file: write('y.csv', text), target: 'y' });
  expect([task, used.length]).toEqual(['regression', N - 3]);
  expect(understood).toContain('1 row has no target and is left out.');
  expect(understood).toContain('2 rows have an infinite target (the first is row 8) and are left out.');
});

test('among texts "inf" is a text: a class, a category', async () => {
  const text = `word,label\n${rows((i) => `${['inf', 'adj', 'noun'][i % 3]},${['noun', 'inf'][(i >> 1) % 2]}`)}\n`;
  const data = await readAuditData({ file: write('words.csv', text), target: 'label' });
  expect(data).toMatchObject({ rows: N, classes: ['inf', 'noun'] });
  expect(data.used.length).toBe(N);
  expect(data.features).toEqual(['word = adj', 'word = inf', 'word = noun']);
});

test('"inf" names a column, and is a number of a first line that is like those below', async () => {
  const named = `inf,y\n${rows((i) => `${i / 7},${i % 2}`)}\n`;
  expect((await readAuditData({ file: write('named.csv', named), target: 'y' })).features).toEqual(['inf']);
  const text = `inf,a\n${rows((i) => `${i / 7},${'ab'[i % 2]}`)}\n`;
  const bare = await readAuditData({ file: write('bare.csv', text), target: 'last' });
  expect(bare).toMatchObject({ rows: N + 1, features: ['column 1', 'column 1 is missing'] });
  const signed = `-inf,c\n${rows((i) => `${i / 7},${'ab'[i % 2]}`)}\nx,c\n1,c\n`;
  expect((await readAuditData({ file: write('signed.csv', signed), target: 'last' })).rows).toBe(N + 3);
});

test('a network of your own reads no infinite number: column and row are named', async () => {
  const column = (word: (i: number) => string): string =>
    `size,label\n${rows((i) => `${word(i)},${i % 2}`)}\n`;
  const read = (text: string): Promise<unknown> =>
    readAuditData({ file: write('own.csv', text), target: 'label', inputs: 'columns' });
  const one = column((i) => (i === 9 ? '1e999' : `${i}`));
  await expect(read(one)).rejects.toThrow(/"size" is "1e999" in row 9, which is not finite/);
  await expect(read(column(() => 'inf'))).rejects.toThrow(/"size" is "inf" in row 0, which is not finite/);
});

test('a time that never comes is missing among dates', () => {
  const { values, infinite } = datesOf(['1970-01-03', 'infinity', '1970-01-05']) ?? {};
  expect([Array.from(values ?? []), infinite]).toEqual([[2, Number.NaN, 4], [1]]);
});

test('.npz: how many numbers are missing is said, and which answers are', async () => {
  const x = Float64Array.from({ length: 2 * N }, (_, k) =>
    k === 7 ? Infinity : k === 8 ? Number.NaN : k * k,
  );
  const y = Float64Array.from({ length: N }, (_, i) => (i === 5 ? -Infinity : i === 6 ? Number.NaN : i / 7));
  const file = write('gaps.npz', writeNpz({ x: { shape: [N, 2], data: x }, y: { shape: [N], data: y } }));
  const { understood } = await readAuditData({ file });
  for (const sentence of [
    '1 row has no answer and is left out.',
    '1 row has an infinite answer (row 5) and is left out.',
    '2 numbers of x are NaN or infinite and count as missing: the mean of the others stands there.',
  ])
    expect(understood).toContain(sentence);
});
