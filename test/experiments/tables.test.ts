/** @file Tables as Markdown and CSV. */
import { expect, test } from 'vitest';
import {
  aligned,
  type Cell,
  type Columns,
  csv,
  fields,
  markdown,
} from '../../src/experiments/pages/table.ts';

const numeric = (cells: readonly Cell[]): boolean => cells.every((cell) => typeof cell !== 'string');

test('CSV keeps every digit, quotes what needs it, and leaves undefined numbers empty', () => {
  const text = csv(
    fields('a', 'b,c'),
    [
      { a: 0.1 + 0.2, 'b,c': null },
      { a: 'say "x"\nand y', 'b,c': -1e-300 },
      { a: { quoted: 'ε' }, 'b,c': undefined },
    ],
    '\r\n',
  );
  expect(text).toBe('a,"b,c"\r\n0.30000000000000004,\r\n"say ""x""\nand y",-1e-300\r\n"ε",\r\n');
});

test('Markdown aligns numbers to the right, rounds to four digits and escapes bars', () => {
  const text = markdown(COLUMNS, ROWS, { spaced: true, right: numeric });
  expect(text).toEqual([
    '| name | value | count |',
    '| --- | ---: | ---: |',
    '| a\\|b | −0.1235 | 12345678 |',
    '| c | – | 3 |',
  ]);
});

test('the terminal has the same columns with equal widths', () => {
  expect(aligned(COLUMNS, ROWS)).toEqual([
    'name    value     count',
    'a|b   −0.1235  12345678',
    'c           –         3',
  ]);
});

interface Row {
  readonly name: string;
  readonly value: number | null;
  readonly count: number;
}

const COLUMNS: Columns<Row> = fields('name', 'value', 'count');
const ROWS: readonly Row[] = [
  { name: 'a|b', value: -0.123456, count: 12345678 },
  { name: 'c', value: null, count: 3 },
];
