/** @file The header of a .npy file: a Python dict literal, read by a strict parser of just that grammar. */
import { FormatError } from '../errors.ts';
import { ELEMENT_BYTES, type ElementKind } from './elements.ts';

/** NumPy's types that are read; `b1` is a Boolean. */
export type NpyDtype = Exclude<ElementKind, 'bf2'>;

export interface NpyHeader {
  readonly dtype: NpyDtype;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: number[];
}

type Value = string | boolean | number[];

/**
 * Parses `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }` and the padding that follows.
 *
 * @param text - The header, from `{` to the final newline, one character per byte.
 * @throws {FormatError} anything but the three keys, once each, in any order, with values of their types.
 * Reference: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays" (Kern, 2007).
 */
export function parseNpyHeader(text: string): NpyHeader {
  const cursor = new Cursor(text);
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
  return { ...parseDescr(descr), fortranOrder, shape };
}

/** '<f8' → f8, little endian. One-byte types carry '|', all others '<' or '>'. */
function parseDescr(descr: string): { dtype: NpyDtype; littleEndian: boolean } {
  const order = descr[0];
  const kind = descr.slice(1);
  if (kind.startsWith('O'))
    throw new FormatError(
      'npy',
      "dtype '|O' holds pickled Python objects, which are never read. Save a numeric array.",
    );
  const width = kind !== 'bf2' && Object.hasOwn(ELEMENT_BYTES, kind) ? ELEMENT_BYTES[kind as NpyDtype] : 0;
  if (width === 0 || (width === 1 ? order !== '|' : order !== '<' && order !== '>'))
    throw new FormatError('npy', `dtype '${printable(descr)}' is not supported. Use <f8, <f4, <i8 or <i4.`);
  return { dtype: kind as NpyDtype, littleEndian: order !== '>' };
}

/** Untrusted text for a message: short, on one line. */
function printable(text: string): string {
  return text.slice(0, 40).replace(/[^ -~]/g, '?');
}

class Cursor {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Skips blanks, then consumes `token` if it is next. */
  take(token: string): boolean {
    while (this.text[this.at] === ' ') this.at++;
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) this.fail(`'${token}'`);
  }

  /** A Python string without escapes. */
  string(what: string): string {
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
    const digits = /^(0|[1-9][0-9]*)(?![0-9A-Za-z_.])/.exec(this.text.slice(this.at, this.at + 32))?.[1];
    if (digits === undefined || !Number.isSafeInteger(Number(digits))) this.fail('an integer ≥ 0 below 2^53');
    this.at += digits.length;
    return Number(digits);
  }

  /** Only blanks may follow, and one newline at the very end. */
  end(): void {
    this.take('');
    if (this.text.slice(this.at) !== '\n') this.fail('blanks and a final newline');
  }

  private fail(expected: string): never {
    throw new FormatError(
      'npy',
      `header: expected ${expected} at character ${this.at}, found '${printable(this.text.slice(this.at, this.at + 12))}'.`,
    );
  }
}
