/** @file SHA-256 of bytes that come in parts: what stored arrays are recognised by. */

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUNDS = Uint32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
  0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
); // biome-ignore format: a table

/** Those of the square roots of the first eight. */
const START = Uint32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
); // biome-ignore format: a table

const BLOCK = 64;

/**
 * The digest of everything that was added, in 64 hexadecimal digits. Reference: FIPS 180-4, §6.2. Cost: about 10 ns per byte.
 * @example new Sha256().add(new TextEncoder().encode('abc')).hex(); // 'ba7816bf…'
 */
export class Sha256 {
  private readonly state: Uint32Array = START.slice();
  private readonly rest = new Uint8Array(BLOCK);
  private readonly schedule = new Int32Array(BLOCK);
  private length = 0;

  /** The bytes of an array as they lie in memory; numbers little endian, as on every machine that runs JavaScript today. */
  add(part: ArrayBufferView): this {
    const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    let at = 0;
    const waiting = this.length % BLOCK;
    this.length += bytes.length;
    if (waiting > 0) {
      at = Math.min(BLOCK - waiting, bytes.length);
      this.rest.set(bytes.subarray(0, at), waiting);
      if (waiting + at < BLOCK) return this;
      this.digest(this.rest, 0);
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.digest(bytes, at);
    this.rest.set(bytes.subarray(at));
    return this;
  }

  /** The digest; nothing can be added after. */
  hex(): string {
    const waiting = this.length % BLOCK;
    const end = new Uint8Array(waiting < BLOCK - 8 ? BLOCK - waiting : 2 * BLOCK - waiting);
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(this.length / 2 ** 29));
    view.setUint32(end.length - 4, (this.length << 3) >>> 0);
    this.add(end);
    return Array.from(this.state, (word) => word.toString(16).padStart(8, '0')).join('');
  }

  private digest(bytes: Uint8Array, start: number): void {
    const { schedule: w, state } = this;
    for (let i = 0, at = start; i < 16; i++, at += 4)
      w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    for (let i = 16; i < BLOCK; i++) {
      const [x, y] = [w[i - 15], w[i - 2]];
      const first = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
      const second = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
      w[i] = (w[i - 16] + first + w[i - 7] + second) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < BLOCK; i++) {
      const mixed = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + mixed + ((e & f) ^ (~e & g)) + ROUNDS[i] + w[i]) | 0;
      const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] += value;
  }
}

/** Rotated to the right. */
function turned(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}
