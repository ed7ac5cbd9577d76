/** @file The separator of a table whose cells have commas themselves. */
import { expect, test } from 'vitest';
import { cellTable } from '../../../src/experiments/tables/text-table.ts';

/** Twenty times the same rows: among so many, the commas of all rows outvoted the line of names, which has none. */
const table = (lines: string): string => `a;b;y\n${lines.repeat(20)}`;

test('semicolons with decimal commas in as many cells as there are columns, or all but one', () => {
  const decimals = cellTable('t.csv', table('0,04;-0,26;rot\n5,81;1,54;blau\n'), 'y');
  expect(decimals).toMatchObject({ separator: ';', names: ['a', 'b', 'y'] });
  expect(decimals.rows).toHaveLength(40);
  const all = cellTable('t.csv', table('0,04;-0,26;1,5\n5,81;1,54;2,5\n'), 'y');
  expect(all.rows.slice(0, 2)).toEqual([['0,04', '-0,26', '1,5'], ['5,81', '1,54', '2,5']]); // biome-ignore format: a table
});
