/** @file The header of a .npy file: a Python dict literal, read by a parser of just that grammar. */
import { FormatError } from '../errors.ts';
import { whatItIs } from './bytes.ts';
import { viewOf } from './elements.ts';
import { printable } from './npy-dtype.ts';

export interface NpyHeader {
  /** The type as the file spells it. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: number[];
}

/** \\x93NUMPY. */
export const NPY_MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;

/** NumPy refuses longer headers too (`max_header_size`). */
const MAX_HEADER = 10_000;

/** True for bytes that claim to be a .npy file. */
export function isNpy(bytes: Uint8Array): boolean {
  return bytes.length >= NPY_MAGIC.length && NPY_MAGIC.every((byte, i) => bytes[i] === byte);
}

/** The header of a whole file, and where its data begin. @throws {FormatError} no .npy file, or a bad or truncated header. */
export function readNpyHeader(bytes: Uint8Array): NpyHeader & { readonly dataAt: number } {
  if (bytes.length < 10 || !isNpy(bytes))
    throw new FormatError(
      'npy',
      `not a .npy file: it does not begin with \\x93NUMPY.${isNpy(bytes) ? '' : whatItIs(bytes)}`,
    );
  const [major, minor] = [bytes[6], bytes[7]];
  if (major < 1 || major > 3 || minor !== 0)
    throw new FormatError('npy', `version ${major}.${minor} is unknown.`);
  const headerAt = major === 1 ? 10 : 12;
  if (bytes.length < headerAt) throw new FormatError('npy', 'truncated before the header.');
  const view = viewOf(bytes);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataAt = headerAt + length;
  if (length > MAX_HEADER)
    throw new FormatError('npy', `header of ${length} bytes, more than the ${MAX_HEADER} that NumPy reads.`);
  if (dataAt > bytes.length)
    throw new FormatError('npy', `truncated: header of ${length} bytes, ${bytes.length - headerAt} left.`);
  const text = String.fromCharCode(...bytes.subarray(headerAt, dataAt));
  return { ...parseNpyHeader(text, major < 3), dataAt };
}

type Value = string | boolean | number[];

/**
 * Parses `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }` and the padding that follows, as freely as
 * NumPy, which evaluates a Python literal: white space and comments anywhere, either quote, a comma at the end or not,
 * integers in Python's spellings. Escapes in strings, which nothing writes, are refused.
 *
 * @param text - The header, one character per byte.
 * @param python2 - Integers may end in L, as Python 2 wrote them: format versions 1.0 and 2.0.
 * @throws {FormatError} anything but the three keys, once each, in any order, with values of their types.
 * Reference: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays" (Kern, 2007), and `numpy.lib.format`.
 */
function parseNpyHeader(text: string, python2: boolean): NpyHeader {
  const cursor = new Cursor(text, python2);
  const found = new Map<string, Value>();
  cursor.expect('{');
  while (!cursor.take('}')) {
    const key = cursor.string('a quoted key');
    if (found.has(key)) throw new FormatError('npy', `header key '${printable(key)}' occurs twice.`);
    cursor.expect(':');
    found.set(key, cursor.value());
    if (!cursor.take(',')) {
      cursor.expect('}');
      break;
    }
  }
  cursor.end();
  for (const key of found.keys())
    if (!['descr', 'fortran_order', 'shape'].includes(key))
      throw new FormatError('npy', `header key '${printable(key)}' is unknown.`);

  const descr = found.get('descr');
  const fortranOrder = found.get('fortran_order');
  const shape = found.get('shape');
  if (typeof descr !== 'string')
    throw new FormatError('npy', "header has no 'descr' that is one simple type.");
  if (typeof fortranOrder !== 'boolean')
    throw new FormatError('npy', "header has no 'fortran_order' True or False.");
  if (!Array.isArray(shape)) throw new FormatError('npy', "header has no 'shape' that is a tuple.");
  return { descr, fortranOrder, shape };
}

/** White space and comments of Python between brackets. */
const BLANK = /(?:[ \t\n\r\f]|#[^\n]*)*/y;

/** Python's integers: 12, 1_000, 0x1F, 0o17, 0b101, 00. */
const INTEGER =
  /(?:[1-9](?:_?[0-9])*|0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?0)*)(?:[ \t]*(L))?(?![0-9A-Za-z_.])/y;

class Cursor {
  private readonly text: string;
  private readonly python2: boolean;
  private at = 0;

  constructor(text: string, python2: boolean) {
    this.text = text;
    this.python2 = python2;
  }

  /** Skips blanks, then consumes `token` if it is next. */
  take(token: string): boolean {
    BLANK.lastIndex = this.at;
    BLANK.test(this.text);
    this.at = BLANK.lastIndex;
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) this.fail(`'${token}'`);
  }

  /** A Python string without escapes; u'…' as Python 2 wrote it. */
  string(what: string): string {
    this.take('');
    if (/^[uUrR]['"]/.test(this.text.slice(this.at, this.at + 2))) this.at++;
    const quote = this.take("'") ? "'" : this.take('"') ? '"' : this.fail(what);
    const end = this.text.indexOf(quote, this.at);
    const value = this.text.slice(this.at, end);
    if (end < 0 || /[\\\n]/.test(value)) this.fail('a simple quoted string');
    this.at = end + 1;
    return value;
  }

  value(): Value {
    if (this.take('True')) return true;
    if (this.take('False')) return false;
    if (this.take('(')) return this.tuple();
    if (this.take('['))
      throw new FormatError('npy', 'structured dtypes are not supported. Save one numeric array.');
    return this.string('a string, True, False or a tuple');
  }

  /** Python's tuples of integers: (), (3,), (3, 4), (3, 4,). */
  private tuple(): number[] {
    const out: number[] = [];
    let separated = true;
    if (this.take("'") || this.take('"'))
      throw new FormatError('npy', 'dtypes with sub-arrays are not supported. Save one numeric array.');
    while (!this.take(')')) {
      if (!separated) this.fail("',' or ')'");
      out.push(this.integer());
      separated = this.take(',');
    }
    if (out.length === 1 && !separated) this.fail('a tuple: (3,), not (3)');
    return out;
  }

  private integer(): number {
    this.take('');
    INTEGER.lastIndex = this.at;
    const [found, long] = INTEGER.exec(this.text) ?? [];
    const value = Number(found?.replace(/_|[ \t]*L$/g, ''));
    if (found === undefined || !Number.isSafeInteger(value) || (long !== undefined && !this.python2))
      this.fail('an integer ≥ 0 below 2^53');
    this.at += found.length;
    return value;
  }

  /** Only white space may follow. */
  end(): void {
    this.take('');
    if (this.at < this.text.length) this.fail('nothing but blanks');
  }

  private fail(expected: string): never {
    throw new FormatError(
      'npy',
      `header: expected ${expected} at character ${this.at}, found '${printable(this.text.slice(this.at, this.at + 12))}'.`,
    );
  }
}
