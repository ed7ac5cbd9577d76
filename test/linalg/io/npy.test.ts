/** @file .npy: files of NumPy, byte equality, round trips, hostile headers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError, FormatError, ShapeError } from '../../../src/linalg/errors.ts';
import { toLabels, toMatrix, toVector } from '../../../src/linalg/io/convert.ts';
import { readNpy, writeNpy } from '../../../src/linalg/io/npy.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { ascii, concat, decode, FORMATS } from './fixtures.ts';

/** A version 1.0 file with any header and data. */
function file(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concat(
    ascii('\x93NUMPY\x01\x00'),
    Uint8Array.of(header.length & 255, header.length >> 8),
    ascii(header),
    data,
  );
}
const dict = (descr: string, order: string, shape: string): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const zeros = (n: number): Uint8Array => new Uint8Array(n);

describe('readNpy: what NumPy wrote', () => {
  for (const { name, dtype, shape, data, bytes } of FORMATS.npy)
    test(name, () => {
      const array = readNpy(decode(bytes));
      expect(array.shape).toEqual(shape);
      expect(array.dtype).toBe(dtype.slice(1));
      expect(array.data).toEqual(Float64Array.from(data)); // exact, −0 included
    });

  test('infinities and NaN of half precision', () => {
    const half = Uint8Array.of(0x00, 0x7c, 0x00, 0xfc, 0x01, 0x7e);
    const { data } = readNpy(file(dict("'<f2'", 'False', '(3,)'), half));
    expect(Array.from(data)).toEqual([Infinity, -Infinity, NaN]);
  });

  test('the result owns its memory', () => {
    const bytes = writeNpy(Float64Array.of(1, 2));
    const { data } = readNpy(bytes);
    bytes.fill(0);
    expect(Array.from(data)).toEqual([1, 2]);
  });
});

describe('writeNpy', () => {
  for (const { name, dtype, shape, data, bytes } of FORMATS.npy.filter((c) => c.same))
    test(`${name}: the bytes of NumPy`, () => {
      const written = writeNpy({ shape, dtype: dtype.slice(1) as 'f8' | 'f4' | 'i8' | 'i4', data });
      expect(Buffer.from(written).toString('base64')).toBe(bytes);
    });

  test('round trip of any float64 array, the data aligned to 64 bytes', () => {
    const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.double()), (shape, stream) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const data = Float64Array.from([...stream.take(count)]);
        const bytes = writeNpy({ shape, data });
        expect((bytes.length - 8 * count) % 64).toBe(0);
        expect(readNpy(bytes)).toEqual({ shape, dtype: 'f8', data });
      }),
    );
  });

  test('round trip of integers', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger()), (values) => {
        expect(
          Array.from(readNpy(writeNpy({ shape: [values.length], dtype: 'i8', data: values })).data),
        ).toEqual(values.map((v) => v + 0));
      }),
    );
  });

  test('a Matrix, a Float64Array and an Int32Array describe themselves', () => {
    expect(readNpy(writeNpy(Matrix.of([[1, 2, 3]])))).toMatchObject({ shape: [1, 3], dtype: 'f8' });
    expect(readNpy(writeNpy(Float64Array.of(1, 2)))).toMatchObject({ shape: [2], dtype: 'f8' });
    expect(readNpy(writeNpy(Int32Array.of(1, -2)))).toMatchObject({ shape: [2], dtype: 'i4' });
  });

  test('a view of a larger array writes its own elements only', () => {
    const rows = Matrix.of([
      [1, 2],
      [3, 4],
      [5, 6],
    ]).rowRange(1, 2);
    expect(Array.from(readNpy(writeNpy(rows)).data)).toEqual([3, 4]);
  });

  test('refuses what it cannot write exactly', () => {
    expect(() => writeNpy({ shape: [3], data: [1, 2] })).toThrow(ShapeError);
    expect(() => writeNpy({ shape: [-1], data: [] })).toThrow(FormatError);
    for (const [dtype, value] of [
      ['i4', 2 ** 31],
      ['i4', 0.5],
      ['i8', 2 ** 53],
      ['i8', NaN],
    ] as const)
      expect(() => writeNpy({ shape: [1], dtype, data: [value] }), `${value}`).toThrow(DomainError);
  });
});

describe('readNpy: hostile files end in one clear line', () => {
  const good = dict("'<f8'", 'False', '(2,)');
  const hostile: [name: string, bytes: Uint8Array, message: RegExp][] = [
    ['empty', zeros(0), /not a \.npy file/],
    ['text', ascii('1.0,2.0\n3.0,4.0\n'), /not a \.npy file/],
    ['a zip archive', decode(FORMATS.npzStored.bytes), /not a \.npy file/],
    ['magic only', ascii('\x93NUMPY\x02\x00\x10\x00'), /truncated before the header/],
    ['version 4.0', concat(ascii('\x93NUMPY\x04\x00\x10\x00\x00\x00'), zeros(99)), /version 4\.0 is unknown/],
    ['version 1.1', concat(ascii('\x93NUMPY\x01\x01\x10\x00\x00\x00'), zeros(99)), /version 1\.1 is unknown/],
    [
      'header longer than the file',
      concat(ascii('\x93NUMPY\x01\x00\x80\x00'), ascii(good)),
      /header of 128 bytes, \d+ left/,
    ],
    [
      'header of 4 GB',
      concat(ascii('\x93NUMPY\x02\x00\xff\xff\xff\xff'), ascii(good)),
      /header of 4294967295 bytes, more than/,
    ],
    [
      'header longer than NumPy reads',
      file(good.replace('\n', `${' '.repeat(20_000)}\n`), zeros(16)),
      /more than the 10000/,
    ],
    ['truncated data', file(good, zeros(15)), /truncated: shape \[2\] of f8 needs 16 bytes, 15/],
    ['trailing bytes', file(good, zeros(17)), /trailing bytes: .* 16 bytes, 17/],
    ['object array', file(dict("'|O'", 'False', '(2,)'), zeros(16)), /pickled Python objects/],
    ['strings', file(dict("'<U5'", 'False', '(2,)'), zeros(40)), /dtype '<U5' is not supported: it is text/],
    [
      'bytes',
      file(dict("'|S5'", 'False', '(2,)'), zeros(10)),
      /dtype '\|S5' is not supported: it is text in bytes/,
    ],
    ['complex', file(dict("'<c16'", 'False', '(1,)'), zeros(16)), /'<c16' is not supported: it is complex/],
    ['long double', file(dict("'<f16'", 'False', '(1,)'), zeros(16)), /'<f16' is not supported: long double/],
    [
      'bfloat16, which NumPy has not',
      file(dict("'<bf2'", 'False', '(2,)'), zeros(4)),
      /'<bf2' is not supported/,
    ],
    [
      'a name of Object.prototype as dtype',
      file(dict("'<constructor'", 'False', '(2,)'), zeros(16)),
      /not supported/,
    ],
    ['structured', file(dict("[('x', '<f8')]", 'False', '(2,)'), zeros(16)), /structured dtypes/],
    ['shape no tuple', file(dict("'<f8'", 'False', '(2)'), zeros(16)), /a tuple: \(3,\), not \(3\)/],
    [
      'shape a number',
      file(dict("'<f8'", 'False', '2'), zeros(16)),
      /expected a string, True, False or a tuple/,
    ],
    ['negative dimension', file(dict("'<f8'", 'False', '(-2,)'), zeros(16)), /expected an integer ≥ 0/],
    ['fractional dimension', file(dict("'<f8'", 'False', '(2.0,)'), zeros(16)), /expected an integer ≥ 0/],
    ['exponent as dimension', file(dict("'<f8'", 'False', '(2e0,)'), zeros(16)), /expected an integer ≥ 0/],
    ['octal dimension', file(dict("'<f8'", 'False', '(02,)'), zeros(16)), /expected an integer ≥ 0/],
    [
      'dimension of 60 digits',
      file(dict("'<f8'", 'False', `(${'9'.repeat(60)},)`), zeros(16)),
      /below 2\^53/,
    ],
    [
      'product overflows',
      file(dict("'<f8'", 'False', '(4294967296, 4294967296)'), zeros(16)),
      /too many elements/,
    ],
    [
      'product wraps to 16 bytes in 64 bits',
      file(dict("'<f8'", 'False', '(4294967298, 4294967297)'), zeros(16)),
      /too many elements/,
    ],
    [
      'product overflows beside a zero',
      file(dict("'<f8'", 'False', '(0, 4294967296, 4294967296)')),
      /too many elements/,
    ],
    ['65 dimensions', file(dict("'<f8'", 'False', `(${'1, '.repeat(65)})`), zeros(8)), /65 dimensions/],
    ['missing shape', file("{'descr': '<f8', 'fortran_order': False, }\n", zeros(8)), /no 'shape'/],
    ['missing descr', file("{'fortran_order': False, 'shape': (1,), }\n", zeros(8)), /no 'descr'/],
    ['missing fortran_order', file("{'descr': '<f8', 'shape': (1,), }\n", zeros(8)), /no 'fortran_order'/],
    ['fortran_order a number', file(dict("'<f8'", '0', '(1,)'), zeros(8)), /expected a string, True/],
    [
      'fortran_order a string',
      file(dict("'<f8'", "'no'", '(1,)'), zeros(8)),
      /no 'fortran_order' True or False/,
    ],
    [
      'shape twice',
      file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'shape': (2,), }\n", zeros(8)),
      /'shape' occurs twice/,
    ],
    [
      'unknown key',
      file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'extra': True, }\n", zeros(8)),
      /'extra' is unknown/,
    ],
    [
      'an escape in a key',
      file("{'de\\x73cr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", zeros(8)),
      /simple quoted string/,
    ],
    ['unclosed string', file("{'descr", zeros(8)), /simple quoted string/],
    [
      'unclosed dict',
      file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)\n", zeros(8)),
      /expected '\}'/,
    ],
    [
      'missing comma',
      file("{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}\n", zeros(8)),
      /expected '\}'/,
    ],
    ['comma missing in a tuple', file(dict("'<f8'", 'False', '(1 1)'), zeros(8)), /',' or '\)'/],
    ['empty tuple element', file(dict("'<f8'", 'False', '(1,,)'), zeros(8)), /expected an integer/],
    ['code instead of a literal', file("__import__('os').system('true')\n", zeros(8)), /expected '\{'/],
    ['text after the dict', file(good.replace('\n', ' 1\n'), zeros(16)), /nothing but blanks/],
    [
      'control characters in a key stay out of the message',
      file("{'\x1b[31m': True}\n", zeros(8)),
      /'\?\[31m' is unknown/,
    ],
    ['Boolean 2', file(dict("'|b1'", 'False', '(1,)'), Uint8Array.of(2)), /not a Boolean/],
  ];
  for (const [name, bytes, message] of hostile)
    test(name, () => {
      expect(() => readNpy(bytes)).toThrow(FormatError);
      expect(() => readNpy(bytes)).toThrow(message);
      expect(() => readNpy(bytes)).toThrow(/^npy: .*$/); // one line
    });

  test('64-bit integers without an exact float64', () => {
    const words: [bytes: number[], descr: string][] = [
      [[0, 0, 0, 0, 0, 0, 0x20, 0], '<i8'], // 2⁵³
      [[1, 0, 0, 0, 0, 0, 0x20, 0], '<i8'], // 2⁵³ + 1 rounds to 2⁵³
      [[0, 0, 0, 0, 0, 0, 0, 0x80], '<i8'], // −2⁶³
      [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], '<u8'],
      [[0, 0x20, 0, 0, 0, 0, 0, 1], '>i8'],
    ];
    for (const [word, descr] of words)
      expect(() => readNpy(file(dict(`'${descr}'`, 'False', '(1,)'), Uint8Array.from(word)))).toThrow(
        /flat index 0 is beyond/,
      );
  });

  test('every truncation of a good file is refused', () => {
    const bytes = writeNpy(
      Matrix.of([
        [1, 2],
        [3, 4],
      ]),
    );
    for (let n = 0; n < bytes.length; n++)
      expect(() => readNpy(bytes.subarray(0, n)), `${n} bytes`).toThrow(FormatError);
  });

  test('damage never ends in anything but an array or a FormatError', () => {
    const bytes = writeNpy(
      Matrix.of([
        [1, 2],
        [3, 4],
      ]),
    );
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          readNpy(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('conversions', () => {
  test('toMatrix takes two dimensions and shares memory', () => {
    const array = readNpy(
      writeNpy(
        Matrix.of([
          [1, 2],
          [3, 4],
        ]),
      ),
    );
    expect(toMatrix(array, 'x').toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(toMatrix(array, 'x').data).toBe(array.data);
    expect(() => toMatrix(readNpy(writeNpy(Float64Array.of(1))), '--inputs X.npy')).toThrow(
      '--inputs X.npy: array must be two-dimensional [rows, cols], got shape [1].',
    );
    expect(() => toMatrix({ shape: [1, 1, 1], dtype: 'f8', data: Float64Array.of(1) }, 'x')).toThrow(
      ShapeError,
    );
  });

  test('toVector takes one dimension', () => {
    expect(Array.from(toVector(readNpy(writeNpy(Float64Array.of(1, 2))), 'w'))).toEqual([1, 2]);
    expect(() => toVector(readNpy(writeNpy(Matrix.identity(2))), 'w')).toThrow(ShapeError);
  });

  test('toLabels takes one dimension of non-negative integers', () => {
    const labels = (dtype: 'i4' | 'i8' | 'f8', ...data: number[]) =>
      readNpy(writeNpy({ shape: [data.length], dtype, data }));
    expect(toLabels(labels('i8', 3, 0, 7), 'y')).toEqual(Int32Array.of(3, 0, 7));
    expect(toLabels(labels('i4', 2 ** 31 - 1), 'y')).toEqual(Int32Array.of(2 ** 31 - 1));
    expect(() => toLabels(labels('f8', 1, 2), '--labels y.npy')).toThrow(
      '--labels y.npy: labels must be of an integer dtype such as <i8 or <i4, got f8.',
    );
    expect(() => toLabels(labels('i8', 0, -1), 'y')).toThrow(/label 1 must be in 0\.\.2\^31 − 1, got -1/);
    expect(() => toLabels(labels('i8', 2 ** 32), 'y')).toThrow(/label 0 .* got 4294967296/);
    expect(() => toLabels({ shape: [1, 1], dtype: 'i8', data: Float64Array.of(1) }, 'y')).toThrow(ShapeError);
    expect(() => toLabels({ shape: [1], dtype: 'b1', data: Float64Array.of(1) }, 'y')).toThrow(DomainError);
  });
});
