/** @file CSV tables of numbers: RFC 4180, round trips, errors that name line and field. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError, FormatError } from '../../../src/linalg/errors.ts';
import { readCsv } from '../../../src/linalg/io/csv.ts';

describe('readCsv', () => {
  const accepted: [name: string, text: string, rows: number[][]][] = [
    ['one number', '7', [[7]]],
    [
      'LF',
      '1,2\n3,4\n',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'CRLF',
      '1,2\r\n3,4\r\n',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'mixed line ends, none at the end',
      '1,2\r\n3,4\n5,6',
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    ['empty lines at the end', '1\n2\n\n\r\n\n', [[1], [2]]],
    ['byte-order mark', '\ufeff1,2\n', [[1, 2]]],
    ['every form of number', '+1,-2.,.5,1e3,1E-2,-0\n', [[1, -2, 0.5, 1000, 0.01, -0]]],
    [
      'quoted numbers',
      '"1","2.5"\r\n3,"4"\r\n',
      [
        [1, 2.5],
        [3, 4],
      ],
    ],
  ];
  for (const [name, text, rows] of accepted)
    test(name, () => expect(readCsv(text).values.toArray()).toEqual(rows));

  test('column names: quotes, separators and line breaks inside', () => {
    const { columns, values } = readCsv('"a ""b""","c,\nd",e\n1,2,3\n', { header: true });
    expect(columns).toEqual(['a "b"', 'c,\nd', 'e']);
    expect(values.toArray()).toEqual([[1, 2, 3]]);
  });

  test('another separator', () =>
    expect(readCsv('1;2\n', { separator: ';' }).values.toArray()).toEqual([[1, 2]]));

  test('round trip of any finite table through JavaScript’s shortest decimal', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((n) =>
        fc.array(fc.array(number, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 4 }),
      );
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), (rows, newline) => {
        const text = rows
          .map((row) => row.map((x) => (Object.is(x, -0) ? '-0' : String(x))).join(','))
          .join(newline);
        expect(readCsv(text).values.toArray()).toEqual(rows);
      }),
    );
  });

  test('the digits of this repository', () => {
    const { values } = readCsv(
      gunzipSync(readFileSync(new URL('../../../data/digits.csv.gz', import.meta.url))).toString('latin1'),
    );
    expect([values.rows, values.cols]).toEqual([1797, 65]);
    expect(values.data.reduce((a, b) => Math.max(a, b))).toBe(16);
    expect(new Set(values.column(64)).size).toBe(10);
  });
});

describe('readCsv: what it refuses', () => {
  const refused: [name: string, text: string, message: string][] = [
    ['nothing', '', 'csv: no rows of numbers.'],
    ['only line ends', '\n\r\n', 'csv: no rows of numbers.'],
    ['a short row', '1,2\n3\n', 'csv: line 2 has 1 field, expected 2.'],
    ['a long row', '1,2\n3,4,5\n', 'csv: line 2 has 3 fields, expected 2.'],
    ['a separator at the end', '1,2\n3,4,', 'csv: line 2 has 3 fields, expected 2.'],
    ['an empty field', '1,,3\n', 'csv: line 1, field 2: "" is not a finite number.'],
    ['an empty line inside', '1\n\n2\n', 'csv: line 2 is empty.'],
    ['a word', '1,two\n', 'csv: line 1, field 2: "two" is not a finite number.'],
    ['a blank before a number', '1, 2\n', 'csv: line 1, field 2: " 2" is not a finite number.'],
    ['NaN', '1\nNaN\n', 'csv: line 2, field 1: "NaN" is not a finite number.'],
    ['infinity', '-inf\n', 'csv: line 1, field 1: "-inf" is not a finite number.'],
    ['an overflow', '1e999\n', 'csv: line 1, field 1: "1e999" is not a finite number.'],
    ['hexadecimal', '0x10\n', 'csv: line 1, field 1: "0x10" is not a finite number.'],
    ['digits with separators', '1_000\n', 'csv: line 1, field 1: "1_000" is not a finite number.'],
    ['a quote inside', '1"2\n', 'csv: line 1: a quote inside an unquoted field.'],
    ['an open quote', '1,"2\n3\n', 'csv: line 1: a quoted field does not end.'],
    ['text after a quote', '"1"2\n', 'csv: line 1, field 1: unexpected "2".'],
    [
      'a lone carriage return',
      '1\r2\n',
      'csv: line 1: a lone carriage return. loneReturn: true ends lines so.',
    ],
    [
      'a bad number below a name of two lines',
      '"a\nb"\nx\n',
      'csv: line 1, field 1: "a\\nb" is not a finite number.',
    ],
  ];
  for (const [name, text, message] of refused)
    test(name, () => {
      expect(() => readCsv(text)).toThrow(FormatError);
      expect(() => readCsv(text)).toThrow(message);
    });

  test('lines inside quotes count', () => {
    expect(() => readCsv('"a\nb"\nx\n', { header: true })).toThrow(
      'csv: line 3, field 1: "x" is not a finite number.',
    );
  });

  test('a header alone, and a separator that cannot be one', () => {
    expect(() => readCsv('a,b\n', { header: true })).toThrow('no rows');
    for (const separator of ['', ',,', '"', '\n'])
      expect(() => readCsv('1', { separator })).toThrow(DomainError);
  });
});
