/** @file Classes and categories that are one thing, spelled twice: told, not merged. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readAuditData } from '../../../src/experiments/audit/reading/read-data.ts';
import { spellingWarnings } from '../../../src/experiments/tables/spellings.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();

test('letter case, blanks and hyphens between letters', () => {
  expect(spellingWarnings('Classes', ['no', 'No', 'NO', 'yes', 'semi detached', 'Semi-Detached'])).toEqual([
    'Classes differ in letter case, blanks or hyphens alone: "no" and "No" and "NO"; "semi detached" and "Semi-Detached". They are taken for different ones: if they mean the same, spell them alike.',
  ]);
});

test('signs and grades are no spellings', () => {
  expect(spellingWarnings('Classes', ['1', '-1', 'A', 'A-', 'A+', 'B -', 'x1', 'x 1'])).toEqual([]);
});

test('a table says it of its target and of its categories', async () => {
  const file = path.join(folder, 'spelled.csv');
  const lines = Array.from(
    { length: 60 },
    (_, i) => `${i % 7},${['red', 'Red', 'blue'][i % 3]},${['yes', 'no', 'Yes', 'NO'][i % 4]}`,
  );
  writeFileSync(file, `size,colour,answer\n${lines.join('\n')}\n`);
  const { classes, warnings } = await readAuditData({ file, target: 'answer' });
  expect(classes).toEqual(['NO', 'Yes', 'no', 'yes']);
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toContain('Classes of "answer" differ in letter case');
  expect(warnings[1]).toContain('Values of "colour" differ in letter case');
});
