/** @file A table is the same to the page as to `audit`: columns, target, classes, design matrix, what is said of it, what is refused. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAuditData } from '../../../src/experiments/audit/reading/read-data.ts';
import { splitSets } from '../../../src/experiments/explorer/core/sets.ts';
import { tableColumns, tableExamples } from '../../../src/experiments/explorer/core/table-examples.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const N = 60;
const rows = (line: (i: number) => string): string => Array.from({ length: N }, (_, i) => line(i)).join('\n');
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(`\uFEFF${text}`, 'utf16le'));
const windows1252 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** What people have, and the column that is predicted: the target, the classes, the columns of the design matrix. */
const TABLES: readonly (readonly [what: string, bytes: Uint8Array, target: string, classes: readonly string[], features: readonly string[]])[] = [ // biome-ignore format: a tuple
  [
    'semicolons, decimal commas, dates, an id, a constant, missing cells and targets',
    utf8(`id;size;day;colour;site;label\n${rows((i) => `${100 + i};${i === 9 ? '-' : `${i % 7},5`};0${1 + (i % 9)}.03.2024;${['red', 'blue', 'NA'][i % 3]};north;${i === 4 ? '' : i % 2 ? 'good' : 'bad'}`)}\n`),
    'label',
    ['bad', 'good'],
    ['size', 'size is missing', 'day', 'colour = red', 'colour = blue', 'colour = (missing)'],
  ],
  [
    'money, percent, thousands, two currencies',
    utf8(`price,share,either,y\n${rows((i) => `"$${1 + (i % 9)},${250 + i}.50",${i % 13} %,${i % 2 ? '$' : '€'}${i % 5},${(i * 37) % 101}.5`)}`),
    'y',
    [],
    ['price', 'share', 'either = $1', 'either = $3', 'either = €0', 'either = €2', 'either = €4', 'either = $0', 'either = $2', 'either = $4', 'either = €1', 'either = €3'],
  ],
  [
    'quotes with separators and line breaks, rare levels, more than twenty levels',
    utf8(`"a, b",town,place,class\n${rows((i) => `${(i * 37) % 11},${i < 2 ? `once ${i}` : `"u, ${i % 3}"`},"t\n${i % 25}",${i % 2 ? 'x' : 'z'}`)}\n`),
    'class',
    ['x', 'z'],
    ['a, b', 'town = u, 2', 'town = u, 0', 'town = u, 1', 'town = (rare)', ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((k) => `place = t\n${k}`), 'place = (rare)'],
  ],
  ['no header, tabs, ten classes and more by number', utf8(rows((i) => `${((i * 13) % 17) / 2}\t${i % 12}`)), 'column 2', Array.from({ length: 12 }, (_, k) => String(k)), ['column 1']],
  ['UTF-16', utf16(`größe,label\n${rows((i) => `${(i * 13) % 17},${i % 2 ? 'süß' : 'sauer'}`)}`), 'label', ['sauer', 'süß'], ['größe']],
  ['Windows-1252', windows1252(`größe,label\n${rows((i) => `${(i * 13) % 17},${i % 2 ? 'süß' : 'sauer'}`)}`), 'label', ['sauer', 'süß'], ['größe']],
  ['names that look like the rows', utf8(`colour,label\n${rows((i) => `${['red', 'blue', 'colour'][i % 3]},${i % 2 ? 'a' : 'b'}`)}`), 'label', ['a', 'b'], ['colour = blue', 'colour = red', 'colour = colour']],
  ['a name twice', utf8(`x,x,label\n${rows((i) => `${(i * 13) % 17},${(i * 7) % 5},${i % 2}`)}`), 'label', ['0', '1'], ['x', 'x (2)']],
]; // biome-ignore format: a line a table

describe.each(TABLES)('%s', (what, bytes, target, classes, features) => {
  const file = path.join(folder, `${what.slice(0, 12).replace(/\W/g, '-')}-${bytes.length}.csv`);
  const source = { name: file, bytes };

  test('the page finds the target by itself, and sees what audit sees', async () => {
    writeFileSync(file, bytes);
    const theirs = await readAuditData({ file, target });
    expect([theirs.classes, [...theirs.features].sort()]).toEqual([classes, [...features].sort()]);
    expect(tableColumns(source).target).toBe(target);
    const ours = tableExamples(source);
    expect(ours.inputs).toEqual(theirs.inputs);
    expect(ours.answers).toEqual(
      theirs.task === 'classification'
        ? { kind: 'classes', labels: Int32Array.from(theirs.answers), names: theirs.classes }
        : { kind: 'numbers', values: theirs.answers, name: target },
    );
    expect(ours.cells?.rows[3]).toEqual(theirs.shown.map(({ cell }) => cell(3)));
    expect(ours.titles(3)).toBe(`row ${theirs.used[3]}`);
    // the option of the command line is none of the page
    const told = [...theirs.understood, ...theirs.warnings].map((line) =>
      line.replace(/ \(--task .*?\)/, ''),
    );
    expect(ours.told).toEqual(told);
  });

  test('any other column, and the same target as numbers or classes', async () => {
    writeFileSync(file, bytes);
    for (const column of tableColumns(source).columns)
      for (const task of [undefined, 'classification', 'regression'] as const) {
        const tried = async <T>(read: () => T | Promise<T>): Promise<T | string> => {
          try {
            return await read();
          } catch (error) {
            return (error as Error).message;
          }
        };
        const theirs = await tried(async () => (await readAuditData({ file, target: column, task })).inputs);
        const ours = await tried(() => tableExamples({ ...source, target: column, task }).inputs);
        expect(ours).toEqual(theirs);
      }
  });

  test('the network of the page gets no gap, and nothing farther than five standard deviations', () => {
    const { train, query } = splitSets(tableExamples(source));
    for (const { inputs } of [train, query]) expect(inputs.data.every((z) => Math.abs(z) <= 5)).toBe(true);
  });
});

test('missing cells stand for the mean of the training part: z = 0; an indicator is divided by ½', () => {
  const text = `x,word,label\n${rows((i) => `${i === 7 ? '' : i * i},${i % 2 ? 'a' : 'b'},${i % 3 ? 'p' : 'q'}`)}`;
  const examples = tableExamples({ name: 't.csv', bytes: utf8(text) });
  const { train, query, positions } = splitSets(examples);
  const inTrain = positions.train.indexOf(7);
  const [set, at] = inTrain >= 0 ? [train, inTrain] : [query, positions.query.indexOf(7)];
  expect(set.inputs.at(at, 0)).toBe(0);
  const known = [...positions.train].filter((i) => i !== 7).map((i) => i * i);
  const mean = known.reduce((a, b) => a + b) / known.length;
  const deviation = Math.sqrt(known.reduce((sum, x) => sum + (x - mean) ** 2, 0) / known.length);
  const other = positions.train[inTrain === 0 ? 1 : 0];
  expect(train.inputs.at(inTrain === 0 ? 1 : 0, 0)).toBeCloseTo((other ** 2 - mean) / deviation, 12);
  const word = train.inputs.cols - 1;
  const [least, most] = [Math.min, Math.max].map((of) => of(...Array.from({ length: train.inputs.rows }, (_, i) => train.inputs.at(i, word)))); // biome-ignore format: one line
  expect(most - least).toBeCloseTo(2, 12);
});

test.each([
  ['few rows', 'a,b\n1,2\n3,4\n'],
  ['one column', rows(() => '1')],
  ['one value', `x,label\n${rows((i) => `${i % 5},same`)}`],
  ['nothing to learn from', `x,label\n${rows((i) => `1,${i % 2}`)}`],
  ['a ragged row', `x,label\n${rows((i) => `${i % 5}${','.repeat(1 + (i % 2))}1`)}`],
  ['names as target', `x,label\n${rows((i) => `${i % 5},name ${i}`)}`],
  ['nothing', ''],
  ['a picture', '\u0000\u0001\u0002'],
])('%s: refused in the words of audit', async (what, text) => {
  const file = path.join(folder, `${what}.csv`);
  writeFileSync(file, text);
  const refusal = async (read: () => unknown): Promise<string> => {
    try {
      await read();
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing was refused';
  };
  const ours = await refusal(() => tableExamples({ name: file, bytes: utf8(text) }));
  expect(ours).toContain(file.length > 0 && ours.startsWith('the target') ? 'label' : file);
  const target = /^x,label/.test(text) ? 'label' : 'last';
  expect(await refusal(() => readAuditData({ file, target: what === 'few rows' ? 'b' : target }))).toBe(ours);
});
