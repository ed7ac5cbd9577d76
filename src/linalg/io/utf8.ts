/** @file Strict UTF-8, for names in file headers: neither DOM nor Node is needed. */
import { DomainError, FormatError } from '../errors.ts';

/** Smallest code point that needs 1, 2, 3, 4 bytes: anything below is an overlong form. */
const SMALLEST: readonly number[] = [0, 0x80, 0x800, 0x10000];

/**
 * Text of UTF-8 bytes (RFC 3629). A byte-order mark is kept as U+FEFF.
 *
 * @throws {FormatError} stray or missing continuation bytes, overlong forms, surrogates, code points above U+10FFFF.
 */
export function decodeUtf8(format: string, bytes: Uint8Array): string {
  const parts: string[] = [];
  let codes: number[] = [];
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i];
    const more = first < 0x80 ? 0 : first >> 5 === 6 ? 1 : first >> 4 === 14 ? 2 : first >> 3 === 30 ? 3 : -1;
    let code = more === 0 ? first : first & (0x3f >> more);
    let good = more >= 0 && i + more < bytes.length;
    for (let k = 1; good && k <= more; k++) {
      good = bytes[i + k] >> 6 === 2;
      code = (code << 6) | (bytes[i + k] & 0x3f);
    }
    if (!good || code < SMALLEST[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
      throw new FormatError(format, `byte ${i} of a text is not valid UTF-8.`);
    codes.push(code);
    if (codes.length === 4096) {
      parts.push(String.fromCodePoint(...codes));
      codes = [];
    }
    i += more + 1;
  }
  return parts.join('') + String.fromCodePoint(...codes);
}

/** UTF-8 bytes of `text`. @throws {DomainError} a lone surrogate. */
export function encodeUtf8(where: string, text: string): Uint8Array {
  const out: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code < 0xe000)
      throw new DomainError(where, 'text', 'well-formed Unicode', JSON.stringify(text));
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      out.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return Uint8Array.from(out);
}
