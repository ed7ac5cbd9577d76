/** @file Tables as Markdown and CSV. */
import { expect, test } from 'vitest';
import { csv, markdown } from '../../src/experiments/better-hessians/results/tables.ts';

test('CSV keeps every digit, quotes what needs it, and leaves undefined numbers empty', () => {
  const text = csv(
    ['a', 'b,c'],
    [
      [0.1 + 0.2, null],
      ['say "x"\nand y', -1e-300],
    ],
  );
  expect(text).toBe('a,"b,c"\r\n0.30000000000000004,\r\n"say ""x""\nand y",-1e-300\r\n');
});

test('Markdown aligns numbers to the right, rounds to four digits and escapes bars', () => {
  const text = markdown(
    ['name', 'value', 'count'],
    [
      ['a|b', -0.123456, 12345678],
      ['c', null, 3],
    ],
  );
  expect(text.split('\n')).toEqual([
    '| name | value | count |',
    '| --- | ---: | ---: |',
    '| a\\|b | −0.1235 | 12345678 |',
    '| c | – | 3 |',
    '',
  ]);
});
