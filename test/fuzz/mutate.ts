/** @file Damaged copies of valid files: the mutations of the fuzzer, drawn from one stream, so that a seed says which. */
import { type Rng, rng } from '../../src/linalg/random/random.ts';

/** What a format gives the fuzzer to work with. */
export interface Seeds {
  /** Valid files. */
  readonly files: readonly Uint8Array[];
  /** Texts of the format's headers, to be put in each other's place or anywhere. */
  readonly tokens: readonly string[];
  /** Positions of sizes, counts and offsets, in bytes from the start, or, if negative, from the end. */
  readonly fields: readonly number[];
}

const BYTES = [
  0, 1, 9, 10, 13, 0x20, 0x22, 0x27, 0x28, 0x2c, 0x2d, 0x30, 0x39, 0x4c, 0x5b, 0x7b, 0x7f, 0x80, 0xff,
];
const NUMBERS = [
  ...[0n, 1n, 2n, 7n, 8n, 0x7fn, 0xffn, 0x7fffn, 0xffffn, 0x10000n, 0x7fffffffn, 0x80000000n, 0xffffffffn],
  ...[0x100000000n, 0x20000000000000n, 0x20000000000001n, 0x7fffffffffffffffn, 0xffffffffffffffffn],
];

/** Mutant number `index` of a format: one to four mutations of one of its files. */
export function mutant(seeds: Seeds, format: string, index: number): Uint8Array {
  const stream = rng(20261201, 'fuzz', format, index);
  let bytes: Uint8Array = Uint8Array.from(seeds.files[stream.integer(seeds.files.length)]);
  for (let k = 1 + stream.integer(4); k > 0; k--) bytes = mutated(bytes, seeds, stream);
  return bytes;
}

function mutated(bytes: Uint8Array, seeds: Seeds, stream: Rng): Uint8Array {
  const place = (): number => stream.integer(bytes.length + 1);
  const at = Math.min(place(), Math.max(bytes.length - 1, 0));
  switch (stream.integer(11)) {
    case 0: // one bit
      return spliced(bytes, at, 1, [bytes[at] ^ (1 << stream.integer(8))]);
    case 1: // one byte that means something
      return spliced(bytes, at, 1, [BYTES[stream.integer(BYTES.length)]]);
    case 2: // any bytes
      return spliced(bytes, at, 1 + stream.integer(8), random(stream, 1 + stream.integer(8)));
    case 3: // cut off
      return bytes.slice(0, place());
    case 4: // a longer end
      return spliced(bytes, bytes.length, 0, random(stream, 1 + stream.integer(64)));
    case 5: // a part left out
      return spliced(bytes, at, 1 + stream.integer(64), []);
    case 6: // a part twice
      return spliced(bytes, place(), 0, bytes.slice(at, at + 1 + stream.integer(64)));
    case 7: {
      // the head of one file, the tail of another
      const other = seeds.files[stream.integer(seeds.files.length)];
      return spliced(
        bytes,
        at,
        bytes.length,
        other.slice(Math.min(stream.integer(2) ? at : place(), other.length)),
      );
    }
    case 8: // a number somewhere
      return withNumber(bytes, at, stream);
    case 9: {
      // a number where the format keeps one
      if (seeds.fields.length === 0) return withNumber(bytes, at, stream);
      const field = seeds.fields[stream.integer(seeds.fields.length)];
      return withNumber(bytes, field < 0 ? bytes.length + field : field, stream);
    }
    default: {
      // one token in place of another, or anywhere
      if (seeds.tokens.length === 0) return spliced(bytes, at, 1, [0]);
      const token = seeds.tokens[stream.integer(seeds.tokens.length)];
      const found = find(bytes, seeds.tokens[stream.integer(seeds.tokens.length)]);
      return found === undefined
        ? spliced(bytes, at, 0, latin1(token))
        : spliced(bytes, found.at, found.length, latin1(token));
    }
  }
}

/** One of {@link NUMBERS}, or one near the length of the file, in two, four or eight bytes of either order. */
function withNumber(bytes: Uint8Array, at: number, stream: Rng): Uint8Array {
  const pick = stream.integer(NUMBERS.length + 3);
  const value = NUMBERS[pick] ?? BigInt(Math.max(0, bytes.length + pick - NUMBERS.length - 1));
  const width = [2, 4, 8][stream.integer(3)];
  const digits = Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  return spliced(bytes, Math.max(0, at), width, stream.integer(4) === 0 ? digits.reverse() : digits);
}

function find(bytes: Uint8Array, token: string): { at: number; length: number } | undefined {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(token, 0, 'latin1');
  return at < 0 ? undefined : { at, length: token.length };
}

function spliced(bytes: Uint8Array, at: number, remove: number, insert: ArrayLike<number>): Uint8Array {
  const tail = bytes.subarray(Math.min(at + remove, bytes.length));
  const head = bytes.subarray(0, Math.min(at, bytes.length));
  const out = new Uint8Array(head.length + insert.length + tail.length);
  out.set(head);
  out.set(insert, head.length);
  out.set(tail, head.length + insert.length);
  return out;
}

function random(stream: Rng, n: number): number[] {
  return Array.from({ length: n }, () => stream.integer(256));
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}
