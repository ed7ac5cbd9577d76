/** @file What the options of readCsv and readTable allow, each beside what happens without it. */
import { describe, expect, test } from 'vitest';
import { DomainError, FormatError } from '../../../src/linalg/errors.ts';
import { type CsvOptions, readCsv, readTable } from '../../../src/linalg/io/csv.ts';

const NaN_ = Number.NaN;

interface Case {
  readonly name: string;
  readonly text: string;
  readonly options: CsvOptions;
  readonly rows: number[][];
  readonly columns?: string[];
  /** What readCsv says without the option; undefined where it reads something else, or the same. */
  readonly without?: RegExp;
}

const cases: Case[] = [
  {
    name: 'a blank after the comma',
    text: '1, 2\n3, 4\n',
    options: { trim: true },
    rows: [
      [1, 2],
      [3, 4],
    ],
    without: /" 2" is not a finite number\. trim: true/,
  },
  {
    name: 'blanks and tabs everywhere',
    text: ' 1 ,\t2\t\n3  , 4',
    options: { trim: true },
    rows: [
      [1, 2],
      [3, 4],
    ],
    without: /trim: true/,
  },
  {
    name: 'blanks around quotes',
    text: ' "1" , "2"\n',
    options: { trim: true },
    rows: [[1, 2]],
    without: /a quote inside/,
  },
  {
    name: 'aligned columns',
    text: '  1.0   2.0\n  3.0   4.0\n',
    options: { separator: 'blanks' },
    rows: [
      [1, 2],
      [3, 4],
    ],
    without: /separator: 'blanks'/,
  },
  {
    name: 'aligned by tabs, blanks at the end',
    text: '1\t 2 \n\t-3e2\t.5\t\t\n',
    options: { separator: 'blanks' },
    rows: [
      [1, 2],
      [-300, 0.5],
    ],
  },
  {
    name: 'aligned with names and CRLF',
    text: 'a  b\r\n1  2\r\n',
    options: { separator: 'blanks', header: true },
    rows: [[1, 2]],
    columns: ['a', 'b'],
  },
  {
    name: 'aligned with quoted names',
    text: '"a b"  c\n1 2\n',
    options: { separator: 'blanks', header: true },
    rows: [[1, 2]],
    columns: ['a b', 'c'],
  },
  {
    name: 'a comment line',
    text: '# units\n1,2\n',
    options: { comment: '#' },
    rows: [[1, 2]],
    without: /comment: '#'/,
  },
  {
    name: 'comments at ends of lines and indented',
    text: '1,2# a, b\n  # more\n3,4#\n#',
    options: { comment: '#' },
    rows: [
      [1, 2],
      [3, 4],
    ],
  },
  {
    name: 'a comment after a blank',
    text: '1,2 # a\n',
    options: { comment: '#', trim: true },
    rows: [[1, 2]],
  },
  {
    name: 'a comment of two characters above the names',
    text: '// made today\nx,y\n1,2\n',
    options: { comment: '//', header: true },
    rows: [[1, 2]],
    columns: ['x', 'y'],
  },
  {
    name: 'the mark inside quotes is text',
    text: '"#1","b"\n1,2\n',
    options: { comment: '#', header: true },
    rows: [[1, 2]],
    columns: ['#1', 'b'],
  },
  {
    name: 'comments in aligned columns',
    text: '# a b\n 1 2 # three\n',
    options: { comment: '#', separator: 'blanks' },
    rows: [[1, 2]],
  },
  {
    name: 'a missing cell as NaN',
    text: '1,\n2,3\n',
    options: { missing: NaN_ },
    rows: [
      [1, NaN_],
      [2, 3],
    ],
    without: /line 1, field 2: "" is not a finite number\. A missing cell: missing: NaN/,
  },
  {
    name: 'a missing cell as a number',
    text: ',1\n2,\n',
    options: { missing: -1 },
    rows: [
      [-1, 1],
      [2, -1],
    ],
    without: /field 1/,
  },
  {
    name: 'words for missing',
    text: 'NA,1\n?,\n',
    options: { missing: 0, missingWords: ['NA', '?', ''] },
    rows: [
      [0, 1],
      [0, 0],
    ],
    without: /"NA" is not/,
  },
  {
    name: 'blanks as a missing cell',
    text: '1,  \n',
    options: { missing: NaN_, trim: true },
    rows: [[1, NaN_]],
  },
  {
    name: 'a trailing separator',
    text: '1,2,\n3,4,\n',
    options: { trailingSeparator: 'ignore' },
    rows: [
      [1, 2],
      [3, 4],
    ],
    without: /field 3: ""/,
  },
  {
    name: 'a trailing separator in some lines',
    text: '1,2\n3,4,\n',
    options: { trailingSeparator: 'ignore' },
    rows: [
      [1, 2],
      [3, 4],
    ],
    without: /line 2 has 3 fields, expected 2\. A separator ends it: trailingSeparator/,
  },
  {
    name: 'only one trailing separator is ignored',
    text: '1,,\n',
    options: { trailingSeparator: 'ignore', missing: 7 },
    rows: [[1, 7]],
  },
  {
    name: 'a trailing separator before a comment',
    text: '1,2,# end\n',
    options: { trailingSeparator: 'ignore', comment: '#' },
    rows: [[1, 2]],
  },
  {
    name: 'semicolons and decimal commas',
    text: '1,5;-2,25e1\n;3\n',
    options: { separator: ';', decimal: ',', missing: 0 },
    rows: [
      [1.5, -22.5],
      [0, 3],
    ],
    without: /is not a finite number|fields/,
  },
  {
    name: 'tabs',
    text: '1\t2\n',
    options: { separator: '\t' },
    rows: [[1, 2]],
    without: /Is the separator another one/,
  },
  {
    name: 'tabs with empty cells, trimmed',
    text: '1\t\t 2\n',
    options: { separator: '\t', trim: true, missing: NaN_ },
    rows: [[1, NaN_, 2]],
  },
  {
    name: 'bars',
    text: '1|2\n',
    options: { separator: '|' },
    rows: [[1, 2]],
    without: /Is the separator another one/,
  },
  {
    name: 'empty lines inside',
    text: '\n1\n\n\r\n2\n\n',
    options: { emptyLines: 'skip' },
    rows: [[1], [2]],
    without: /line 1 is empty/,
  },
  {
    name: 'lines of blanks inside',
    text: '1\n  \n2\n',
    options: { emptyLines: 'skip', trim: true },
    rows: [[1], [2]],
  },
  {
    name: 'lone carriage returns',
    text: '1,2\r3,4\r',
    options: { loneReturn: true },
    rows: [
      [1, 2],
      [3, 4],
    ],
    without: /loneReturn: true/,
  },
  {
    name: 'nan and infinity',
    text: 'NaN,nan,inf\n-Infinity,+INF,1\n',
    options: { nonFinite: true },
    rows: [
      [NaN_, NaN_, Infinity],
      [-Infinity, Infinity, 1],
    ],
    without: /nonFinite: true/,
  },
  {
    name: 'hexadecimal',
    text: '0x1F,-0xff,1\n',
    options: { hexadecimal: true },
    rows: [[31, -255, 1]],
    without: /hexadecimal: true/,
  },
  {
    name: 'names, automatically',
    text: 'a,b\n1,2\n',
    options: { header: 'auto' },
    rows: [[1, 2]],
    columns: ['a', 'b'],
    without: /Is it a name\? header: true/,
  },
  {
    name: 'no names, automatically',
    text: '1,2\n3,4\n',
    options: { header: 'auto' },
    rows: [
      [1, 2],
      [3, 4],
    ],
  },
  {
    name: 'an empty name, automatically (pandas writes its index so)',
    text: ',x\n0,5\n',
    options: { header: 'auto' },
    rows: [[0, 5]],
    columns: ['', 'x'],
  },
  {
    name: 'years as names, by demand',
    text: '2019,2020\n1,2\n',
    options: { header: true },
    rows: [[1, 2]],
    columns: ['2019', '2020'],
  },
  {
    name: 'a byte-order mark before names',
    text: '\ufeffa,b\n1,2\n',
    options: { header: 'auto' },
    rows: [[1, 2]],
    columns: ['a', 'b'],
  },
  {
    name: 'quoted names with everything in them',
    text: '"a,b","c ""d""","e\nf"\n1,2,3\n',
    options: { header: true },
    rows: [[1, 2, 3]],
    columns: ['a,b', 'c "d"', 'e\nf'],
  },
  {
    name: 'everything at once',
    text: '\ufeff% t\rx ; y ;\r 1,5 ; NA ; % c\r\r-inf ; 0x10\r',
    options: {
      separator: ';',
      decimal: ',',
      comment: '%',
      trim: true,
      header: 'auto',
      missing: NaN_,
      missingWords: ['NA'],
      trailingSeparator: 'ignore',
      emptyLines: 'skip',
      loneReturn: true,
      nonFinite: true,
      hexadecimal: true,
    },
    rows: [
      [1.5, NaN_],
      [-Infinity, 16],
    ],
    columns: ['x', 'y'],
  },
];

describe('options of readCsv', () => {
  for (const { name, text, options, rows, columns = [], without } of cases) {
    test(name, () => {
      const found = readCsv(text, options);
      expect(found.values.toArray()).toEqual(rows);
      expect(found.columns).toEqual(columns);
      expect(readCsv(new TextEncoder().encode(text), options)).toEqual(found);
    });
    if (without !== undefined)
      test(`${name}: refused without the option`, () => {
        expect(() => readCsv(text)).toThrow(FormatError);
        expect(() => readCsv(text)).toThrow(without);
      });
  }

  const refused: [name: string, text: string, options: CsvOptions, message: RegExp][] = [
    [
      'a header of words and numbers',
      'x,1\n2,3\n',
      { header: 'auto' },
      /1 numbers among 2 fields: is it a header\?/,
    ],
    ['a header alone', 'a,b\n', { header: 'auto' }, /no rows/],
    [
      'a word that is not among the missing ones',
      'n/a\n',
      { missing: 0, missingWords: ['NA'] },
      /"n\/a" is not/,
    ],
    ['the empty cell, when only words are missing', '1,\n', { missing: 0, missingWords: ['NA'] }, /field 2/],
    [
      'a short row, though cells may be missing',
      '1,2\n3\n',
      { missing: 0 },
      /line 2 has 1 field, expected 2/,
    ],
    ['a thousands mark', '1.000,5\n', { separator: ';', decimal: ',' }, /"1\.000,5" is not/],
    ['two decimal commas', '1,0,5\n', { separator: ';', decimal: ',' }, /not a finite number/],
    ['an overflow, though infinity is read', '1e999\n', { nonFinite: true }, /"1e999" is not/],
    ['hexadecimal beyond 2^53', '0x20000000000000\n', { hexadecimal: true }, /is not/],
    ['text after quotes', '"1" 2,3\n', { trim: true }, /field 1: unexpected "2"/],
    ['an open quote in a comment table', '"1\n# x\n', { comment: '#' }, /does not end/],
    [
      'lines count through comments, quotes and empty lines',
      '# a\n"x\ny"\n\n1\nz\n',
      { comment: '#', header: true, emptyLines: 'skip' },
      /line 6, field 1: "z"/,
    ],
    [
      'rows of unequal length, aligned',
      '1 2\n3\n',
      { separator: 'blanks' },
      /line 2 has 1 field, expected 2/,
    ],
  ];
  for (const [name, text, options, message] of refused)
    test(`refused: ${name}`, () => {
      expect(() => readCsv(text, options)).toThrow(FormatError);
      expect(() => readCsv(text, options)).toThrow(message);
      expect(() => readCsv(text, options)).toThrow(/^csv: .*$/);
    });

  test('options that do not exist, have no such value, or contradict each other', () => {
    for (const options of [
      { seperator: ';' },
      { header: 'yes' },
      { header: 1 },
      { missing: 'NaN' },
      { missing: undefined, missingWords: ['NA'] },
      { missing: 0, missingWords: 'NA' },
      { decimal: ';' },
      { decimal: ',' }, // and the separator is one too
      { separator: 'tab' },
      { separator: '#', comment: '#' },
      { separator: 'e' }, // stands in numbers
      { separator: '-' },
      { comment: '' },
      { comment: '"' },
      { comment: true },
      { emptyLines: true },
      { trim: 'yes' },
      null,
      'header',
      [],
    ])
      expect(() => readCsv('1,2\n', options as object), JSON.stringify(options)).toThrow(DomainError);
  });

  test('what is no text', () => {
    for (const text of [
      undefined,
      null,
      3,
      ['1,2'],
      Promise.resolve('1'),
      { toString: () => '1' },
      () => '1',
    ])
      expect(() => readCsv(text as unknown as string)).toThrow(DomainError);
    expect(() => readCsv(Uint8Array.of(0xff, 0xfe, 0x31, 0))).toThrow(
      'csv: the text is UTF-16. Save it as UTF-8.',
    );
    expect(() => readCsv(Uint8Array.of(0x31, 0xff))).toThrow(/byte 1 of a text is not valid UTF-8/);
    expect(readCsv(Buffer.from('1,2\n')).values.toArray()).toEqual([[1, 2]]);
  });
});

describe('readTable', () => {
  test('text columns beside numbers, with the line of each row', () => {
    const text = 'id,note,x\n7,"a\nb",0.50\n8,,1\n';
    expect(readTable(text, { header: true })).toEqual({
      columns: ['id', 'note', 'x'],
      rows: [
        ['7', 'a\nb', '0.50'],
        ['8', '', '1'],
      ],
      lines: [2, 4],
    });
  });
  test('without a header, nothing, and rows of unequal length', () => {
    expect(readTable('a,b\n')).toEqual({ columns: [], rows: [['a', 'b']], lines: [1] });
    expect(readTable('')).toEqual({ columns: [], rows: [], lines: [] });
    expect(readTable('a,b\n', { header: true }).rows).toEqual([]);
    expect(() => readTable('a,b\nc\n')).toThrow('csv: line 2 has 1 field, expected 2.');
    expect(() => readTable('a', { header: 'auto' } as object)).toThrow(DomainError);
    expect(() => readTable('a', { missing: 1 } as object)).toThrow(DomainError);
  });
});
