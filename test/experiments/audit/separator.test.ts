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

/** Lines, each twenty times over, the separator that is seen, and the cells of the first row. */
const CASES: readonly (readonly [
  name: string,
  lines: string,
  separator: string,
  first: readonly string[],
])[] = [
  ['decimals and semicolons', '1,5;2,25;ja\n3,5;0,75;nein', ';', ['1,5', '2,25', 'ja']],
  ['decimals and tabs', '1,5\t2,25\tja\n3,5\t0,75\tnein', '\t', ['1,5', '2,25', 'ja']],
  ['decimals and bars', '1,5|2,25|ja\n3,5|0,75|nein', '|', ['1,5', '2,25', 'ja']],
  ['nothing but decimals', '1,5;-2,25;3,5\n3,5;0,75;4,5', ';', ['1,5', '-2,25', '3,5']],
  ['two columns', '1,5;2,5\n3,5;4,5', ';', ['1,5', '2,5']],
  ['some cells without decimals', '1,5;2;3\n4;5,5;6', ';', ['1,5', '2', '3']],
  ['thousands of both kinds', '1.234,5;1,234.5;2\n2.345,5;2,345,678;3', ';', ['1.234,5', '1,234.5', '2']],
  ['units, signs, exponents', '+1,5 kg;2,5e3;a\n-2,5 kg;1,5E-3;b', ';', ['+1,5 kg', '2,5e3', 'a']],
  ['missing cells', ';2,25;ja\n3,5;;nein', ';', ['', '2,25', 'ja']],
  ['quotes', '"x, y; z";1,5;2,5\n"z";2,5;3,5', ';', ['x, y; z', '1,5', '2,5']],
  ['returns alone', '1,5;2,25;ja\r3,5;0,75;nein\r', ';', ['1,5', '2,25', 'ja']],
  ['returns and newlines', '1,5;2,25;1,5\r\n3,5;0,75;2,5\r', ';', ['1,5', '2,25', '1,5']],
  ['a column of numbers and one of texts', '1;2,a;b\n3;4,c;d', ';', ['1', '2,a', 'b']],
  ['integers and commas', '1,2,3\n4,5,6', ',', ['1', '2', '3']],
  ['integers and commas, empty cells', '1,,3\n4,5,', ',', ['1', '', '3']],
  ['coordinates in a cell', '1,52.5;13.4,2\n2,48.1;11.6,3', ',', ['1', '52.5;13.4', '2']],
  ['lists of even length in a cell', '1,2,a;b,3\n4,5,c;d,6', ',', ['1', '2', 'a;b', '3']],
  ['lists of uneven length in a cell', '1,2;3,4\n5,6,7', ',', ['1', '2;3', '4']],
  ['semicolons in quotes', '1,2,"a;b"\n4,5,"c;d"', ',', ['1', '2', 'a;b']],
];

test.each(CASES)('without a line of names: %s', (_, lines, separator, first) => {
  const end = lines.includes('\n') ? '\n' : '';
  const seen = cellTable('t.csv', `${lines}${end}`.repeat(20), 'last');
  expect(seen).toMatchObject({ separator, header: false });
  expect(seen.rows).toHaveLength(40);
  expect(seen.rows[0]).toEqual(first);
});

test('names with commas above decimals with commas', () => {
  const seen = cellTable('t.csv', `length, cm;y\n${'1,5;rot\n2,5;blau\n'.repeat(20)}`, 'y');
  expect(seen).toMatchObject({ separator: ';', names: ['length, cm', 'y'] });
});

test('names apart by commas above cells with semicolons', () => {
  const seen = cellTable('t.csv', `p,q\n${'1;2,a;b\n3;4,c;d\n'.repeat(20)}`, 'q');
  expect(seen).toMatchObject({ separator: ',', names: ['p', 'q'] });
  expect(cellTable('t.csv', `p,q\n${'1;2,3;4\n'.repeat(20)}`, 'q')).toMatchObject({ separator: ',' });
});

test.each([
  ['one column of decimals with commas', 'price\n1,5\n2,25\n', '"price"'],
  ['a title above the names', 'My export\na,b,y\n1,2,x\n', '"My export"'],
])('%s: the first line is what is said to be wrong', (_, text, said) => {
  expect(() => cellTable('t.csv', text, 'y')).toThrow(
    `its first line, ${said}, is one column: a target and at least one column to predict it from are needed`,
  );
});
