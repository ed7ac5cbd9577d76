/** @file What an audit understands of tables that people have. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { readAuditData } from '../../../src/experiments/audit/reading/read-data.ts';
import { writeNpz } from '../../../src/linalg/io/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const N = 40;
const rows = (line: (i: number) => string): string => Array.from({ length: N }, (_, i) => line(i)).join('\n');

function write(name: string, text: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

test('semicolons, decimal commas, dates, categories, an id, a constant, missing cells, missing targets', async () => {
  const text = `\uFEFFid;size;day;colour;site;grade\n${rows((i) => `${100 + i};${i % 7},5;0${1 + (i % 9)}.03.2024;${['red', 'blue', 'NA'][i % 3]};north;${i === 4 ? '' : i % 2 ? 'good' : 'bad'}`)}\n`;
  const data = await readAuditData({ file: write('a.csv', text), target: 'Grade' });
  expect(data).toMatchObject({ target: 'grade', task: 'classification', rows: N, classes: ['bad', 'good'] });
  expect(data.used.length).toBe(N - 1);
  expect(data.used).not.toContain(4);
  expect(data.features).toEqual(['size', 'day', 'colour = red', 'colour = blue', 'colour = (missing)']);
  expect(Array.from(data.inputs.row(1))).toEqual([1.5, Date.UTC(2024, 2, 2) / 86_400_000, 0, 1, 0]);
  const told = data.understood.join('\n');
  for (const part of ['semicolons', 'decimal comma: "size"', 'Dates, as days: "day"', 'the same in every row: "site"', 'only tell rows apart: "id"', '1 row has no target']) // biome-ignore format: one line
    expect(told).toContain(part);
});

test('amounts of money, in one currency', async () => {
  const text = `price,cost,either,label\n${rows((i) => `"$${1 + (i % 9)},${250 + i}.50",${i % 7} €,${i % 2 ? '$' : '€'}${i % 5},${i % 2 ? 'a' : 'b'}`)}\n"-$1,000.00",-2 €,$1,a`;
  const { features, inputs } = await readAuditData({ file: write('money.csv', text), target: 'label' });
  expect(features.slice(0, 2)).toEqual(['price', 'cost']);
  expect(Array.from(inputs.row(1).subarray(0, 2))).toEqual([2251.5, 1]);
  expect(Array.from(inputs.row(N).subarray(0, 2))).toEqual([-1000, -2]);
  expect(features.slice(2)).not.toContain('either'); // two currencies do not compare
});

test('quotes, commas and line breaks in quotes; numbers are regression; a column that rises is no id', async () => {
  const text = `"a, b",price,note\n${rows((i) => `${(i * 37) % 11},${3 * i + 0.5},"said ""${i % 2}"",\nand more"`)}\n`;
  const data = await readAuditData({ file: write('b.csv', text), target: 'price' });
  expect(data).toMatchObject({
    task: 'regression',
    classes: [],
    features: ['a, b', 'note = said "0",\nand more'],
  });
  expect(data.answers[2]).toBe(6.5);
  const sorted = `price,y\n${rows((i) => `${i * i},${i % 2}`)}\n`;
  expect((await readAuditData({ file: write('sorted.csv', sorted), target: 'y' })).features).toEqual([
    'price',
  ]);
});

test('gzip, tabs, no header', async () => {
  const text = rows((i) => `${(i * 13) % 17}\t${(i * 5) % 3}\t${i % 3}`);
  const data = await readAuditData({ file: write('c.tsv.gz', gzipSync(text)), target: 'last' });
  expect(data).toMatchObject({
    target: 'column 3',
    classes: ['0', '1', '2'],
    features: ['column 1', 'column 2'],
  });
});

test('.npz', async () => {
  const x = Float64Array.from({ length: 2 * N }, (_, k) => (k % 2 === 0 ? k * k : 7));
  const file = write('d.npz', writeNpz({ x: { shape: [N, 2], data: x }, y: { shape: [N], dtype: 'i4', data: Int32Array.from({ length: N }, (_, i) => i % 2) } })); // biome-ignore format: one line
  const data = await readAuditData({ file });
  expect(data).toMatchObject({ rows: N, features: ['x[0]'], classes: ['0', '1'] });
  expect(data.inputs.at(3, 0)).toBe(36);
});

test('a folder of images by class', async () => {
  for (const name of ['cat', 'dog']) {
    mkdirSync(path.join(folder, 'pets', name), { recursive: true });
    for (let i = 0; i < 20; i++) {
      const data = Uint8Array.from({ length: 16 }, (_, k) => (k + i + (name === 'cat' ? 0 : 99)) % 256);
      writeFileSync(path.join(folder, 'pets', name, `${i}.png`), encode({ width: 4, height: 4, channels: 1, depth: 8, data })); // biome-ignore format: one line
    }
  }
  const data = await readAuditData({ file: path.join(folder, 'pets') });
  expect(data).toMatchObject({
    rows: 40,
    classes: ['cat', 'dog'],
    images: { width: 4, height: 4, channels: 1 },
  });
  expect(Array.from(data.inputs.row(0).subarray(0, 3))).toEqual([0, 1, 2]);
  expect(data.images?.pixels(20)[0]).toBe(99);
});

describe('one clear line', () => {
  const good = `x,label\n${rows((i) => `${i % 5},${i % 2}`)}\n`;
  test.each([
    ['a column that is not there', good, 'labels', /no column "labels"\. Nearest: "label"/],
    ['no target named', good, undefined, /--target/],
    ['one class', `x,label\n${rows((i) => `${i % 5},1`)}\n`, 'label', /is "1" in every row/],
    ['few rows', 'x,label\n1,0\n2,1\n3,0\n', 'label', /3 rows have a target; at least 30/],
    ['every target missing', `x,label\n${rows((i) => `${i % 5},`)}\n`, 'label', /missing in all 40 rows/],
    ['nothing', '', 'label', /is empty/],
    ['one column', `label\n${rows((i) => `${i % 2}`)}\n`, 'label', /one column/],
    ['a ragged row', `x,label\n${rows((i) => `${i % 5},${i % 2}`)}\n1,2,3\n`, 'label', /row|line/],
    ['names as target', `x,label\n${rows((i) => `${i % 5},name ${i}`)}\n`, 'label', /these are no classes/],
  ])('%s', async (name, text, target, how) => {
    const file = write(`${name}.csv`, text);
    await expect(readAuditData({ file, target })).rejects.toThrow(how);
  });
});
