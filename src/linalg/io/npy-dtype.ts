/** @file The type of an array in a .npy header: every spelling that `numpy.dtype` takes, down to one kind and byte order. */
import { FormatError } from '../errors.ts';
import { ELEMENT_BYTES, type ElementKind } from './elements.ts';

/** NumPy's types that are read; `b1` is a Boolean. */
export type NpyDtype = Exclude<ElementKind, 'bf2'>;

/**
 * Other spellings of the thirteen kinds: type characters and names. C's `long` ('l', 'L') is eight bytes, as on Linux and
 * macOS; a file in which it has four has another length and is refused for that.
 *
 * Reference: NumPy, "Data type objects", one-character strings and type names.
 */
const ALIASES: Readonly<Record<string, NpyDtype>> = {
  ...{
    d: 'f8',
    float64: 'f8',
    float: 'f8',
    float_: 'f8',
    double: 'f8',
    f: 'f4',
    float32: 'f4',
    single: 'f4',
  },
  ...{ e: 'f2', float16: 'f2', half: 'f2', '?': 'b1', bool: 'b1', bool_: 'b1' },
  ...{ b: 'i1', int8: 'i1', byte: 'i1', B: 'u1', uint8: 'u1', ubyte: 'u1' },
  ...{ h: 'i2', int16: 'i2', short: 'i2', H: 'u2', uint16: 'u2', ushort: 'u2' },
  ...{ i: 'i4', int32: 'i4', intc: 'i4', I: 'u4', uint32: 'u4', uintc: 'u4' },
  ...{
    q: 'i8',
    l: 'i8',
    p: 'i8',
    n: 'i8',
    int64: 'i8',
    int: 'i8',
    int_: 'i8',
    long: 'i8',
    longlong: 'i8',
    intp: 'i8',
  },
  ...{
    Q: 'u8',
    L: 'u8',
    P: 'u8',
    N: 'u8',
    uint64: 'u8',
    uint: 'u8',
    ulong: 'u8',
    ulonglong: 'u8',
    uintp: 'u8',
  },
};

/** What NumPy's other types are, by their first letters. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^(O|object)/, 'holds pickled Python objects, which are never read. Save a numeric array.'],
  [/^(U|T|str)/, 'is not supported: it is text. Save a numeric array.'],
  [/^(S|a\d|a$|c$|bytes)/, 'is not supported: it is text in bytes. Save a numeric array.'],
  [
    /^(c\d|[FDG]$|complex|csingle|cdouble)/,
    'is not supported: it is complex. Save its real and its imaginary part.',
  ],
  [
    /^(g$|f16|f12|f10|longdouble|float128|float96)/,
    'is not supported: long double differs between machines. Save as <f8.',
  ],
  [/^(M|m|datetime|timedelta)/, 'is not supported: it is a date or a span of time. Save a numeric array.'],
  [
    /^(V|void)/,
    'is not supported: it is raw memory, as which NumPy also stores bfloat16. Save as <f4 or <f8.',
  ],
];

/**
 * '<f8' → f8, little endian. Without a byte order, or with '=' or '|', the array is little endian.
 *
 * @throws {FormatError} a type that is not one of the thirteen kinds; the message says what it is.
 */
export function parseDescr(descr: string): { dtype: NpyDtype; littleEndian: boolean } {
  const ordered = '<>=|'.includes(descr[0]) && descr.length > 1;
  const name = ordered ? descr.slice(1) : descr;
  // Names such as float64 stand alone: NumPy reads '<f8' and '<d', not '<float64'.
  const dtype = isKind(name) ? name : ordered && name.length > 1 ? undefined : aliasOf(name);
  if (dtype !== undefined) return { dtype, littleEndian: descr[0] !== '>' };
  const what =
    OTHERS.find(([pattern]) => pattern.test(name))?.[1] ?? 'is not supported. Use <f8, <f4, <i8 or <i4.';
  throw new FormatError('npy', `dtype '${printable(descr)}' ${what}`);
}

function isKind(name: string): name is NpyDtype {
  return name !== 'bf2' && Object.hasOwn(ELEMENT_BYTES, name);
}

function aliasOf(name: string): NpyDtype | undefined {
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}

/** Untrusted text for a message: short, on one line. */
export function printable(text: string): string {
  return text.slice(0, 40).replace(/[^ -~]/g, '?');
}
