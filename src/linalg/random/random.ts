/** @file Random streams by name: the same (seed, path) gives the same numbers, whatever else ran before. */
import { allocateIntegers } from '../border/allocate.ts';
import { checkFiniteNumber, checkNumber, checkObject } from '../border/arguments.ts';
import { describe } from '../border/describe.ts';
import { asOutput, asVector, type VectorInput } from '../border/vector.ts';
import { checkInteger } from '../checks.ts';
import { DomainError } from '../errors.ts';
import type { Vec } from '../matrix.ts';
import { normalQuantile, normalQuantileInto } from './normal-quantile.ts';
import { multiplyHighKernel, philoxKernel } from './philox.ts';
import { streamName } from './stream-name.ts';

const TWO_32 = 4294967296;
const TWO_M52 = 2 ** -52;
const TWO_M53 = 2 ** -53;

/** Where a stream stands: enough to continue it elsewhere, as plain JSON. */
export interface RngState {
  /** The four words of the stream's name: Philox key, then the upper half of the counter. */
  readonly name: readonly number[];
  /** 32-bit words drawn so far. */
  readonly drawn: number;
}

/**
 * A stream of random numbers. Word i of the stream is word i mod 4 of Philox4x32-10(counter ⌊i/4⌋ + 2⁶⁴·name₂₃,
 * key name₀₁): a stream has 2⁵³ usable words and needs no warm-up. Make one with {@link rng}.
 * The bits of every method are the same on every engine.
 */
export class Rng {
  private readonly name: Uint32Array;
  private readonly key: Uint32Array;
  private readonly counter: Uint32Array;
  private readonly block = new Uint32Array(4);
  /** The same words as signed integers, which V8 passes around without allocating. */
  private readonly signed = new Int32Array(this.block.buffer);
  private drawn = 0;

  /** @param name - Four unsigned 32-bit words. @throws {DomainError} not so. */
  constructor(name: VectorInput, drawn = 0) {
    const words = asVector('Rng', 'name', name);
    if (words.length !== 4) throw new DomainError('Rng', 'length of name', '4', words.length);
    for (let i = 0; i < 4; i++) checkInteger('Rng', `name[${i}]`, words[i], 0, TWO_32 - 1);
    checkInteger('Rng', 'drawn', drawn, 0, Number.MAX_SAFE_INTEGER);
    this.name = Uint32Array.from(words);
    this.key = this.name.slice(0, 2);
    this.counter = Uint32Array.of(0, 0, words[2], words[3]);
    this.drawn = drawn;
    if (drawn % 4 !== 0) this.refill();
  }

  /** A stream that continues where `state()` was taken. @throws {DomainError} not a state. */
  static resume(state: RngState): Rng {
    checkObject('Rng.resume', 'state', state);
    checkInteger('Rng.resume', 'state.drawn', state.drawn, 0, Number.MAX_SAFE_INTEGER);
    return new Rng(state.name, state.drawn);
  }

  /** The position of this stream, to be stored and given to {@link Rng.resume}. */
  state(): RngState {
    return { name: Array.from(this.name), drawn: this.drawn };
  }

  /** The next 32 random bits as an integer in 0..2³²−1. */
  uint32(): number {
    return this.word() >>> 0;
  }

  /** Uniform on [0, 1), a multiple of 2⁻⁵³. Two words. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) * TWO_M53;
  }

  /** Standard normal, as Φ⁻¹ of the midpoint of one of 2⁵² equal cells: always two words, |x| < 8.3. */
  normal(): number {
    const high = this.uint32() >>> 6;
    const low = this.uint32() >>> 6;
    return normalQuantile((high * 67108864 + low + 0.5) * TWO_M52);
  }

  /**
   * Uniform integer in 0..n−1 without bias: a draw that would favour small values is refused and repeated.
   *
   * @param n - 1 ≤ n ≤ 2⁵³ − 1. @throws {DomainError} otherwise.
   * Reference: Lemire, Fast random integer generation in an interval (ACM TOMACS 29, 2019), for n ≤ 2³².
   */
  integer(n: number): number {
    checkInteger('Rng.integer', 'n', n, 1, Number.MAX_SAFE_INTEGER);
    if (n > TWO_32) {
      const limit = Number.MAX_SAFE_INTEGER + 1 - ((Number.MAX_SAFE_INTEGER + 1) % n);
      for (;;) {
        const draw = this.uniform() / TWO_M53;
        if (draw < limit) return draw % n;
      }
    }
    return n === TWO_32 ? this.uint32() : this.below(n);
  }

  /**
   * A uniform random order of 0..n−1. @param n - Integer ≥ 0, below 2³¹. @throws {DomainError} otherwise.
   * Reference: Fisher and Yates (1938), as given by Durstenfeld, Algorithm 235 (CACM 7, 1964).
   */
  permutation(n: number): Int32Array {
    const order = ascending('Rng.permutation', n);
    for (let i = n - 1; i > 0; i--) swap(order, i, this.below(i + 1));
    return order;
  }

  /**
   * k different members of 0..n−1, ascending; every such set is equally likely. Cost: O(n + k log k).
   *
   * @throws {DomainError} unless 0 ≤ k ≤ n < 2³¹ are integers.
   */
  subset(n: number, k: number): Int32Array {
    const order = ascending('Rng.subset', n);
    checkInteger('Rng.subset', 'k', k, 0, n);
    for (let i = 0; i < k; i++) swap(order, i, i + this.below(n - i));
    return order.slice(0, k).sort();
  }

  /**
   * An index drawn with the given probabilities: one uniform number against their running sum.
   *
   * @param probabilities - Finite, ≥ 0, not all 0; they need not sum to 1. Index i with probability 0 is never drawn.
   * @throws {DomainError} otherwise.
   */
  categorical(probabilities: VectorInput): number {
    const weights = asVector('Rng.categorical', 'probabilities', probabilities);
    let total = 0;
    let last = -1;
    for (let i = 0; i < weights.length; i++) {
      const p = weights[i];
      if (!(p >= 0)) throw new DomainError('Rng.categorical', `probabilities[${i}]`, 'finite and ≥ 0', p);
      if (p > 0) last = i;
      total += p;
    }
    if (!(total > 0 && total < Number.POSITIVE_INFINITY))
      throw new DomainError('Rng.categorical', 'the sum of probabilities', 'finite and > 0', total);
    const target = this.uniform() * total;
    let sum = 0;
    for (let i = 0; i < last; i++) {
      sum += weights[i];
      if (target < sum) return i;
    }
    return last;
  }

  /** x[i] ← uniform on [low, high); `high` itself only by rounding. Returns x. @throws {DomainError} not finite, or low > high. */
  fillUniform(x: Vec, low = 0, high = 1): Vec {
    asOutput('Rng.fillUniform', 'x', x);
    checkNumber('Rng.fillUniform', 'low', low);
    checkNumber('Rng.fillUniform', 'high', high);
    const width = high - low;
    if (!(width >= 0 && width < Number.POSITIVE_INFINITY))
      throw new DomainError('Rng.fillUniform', 'low, high', 'finite with low ≤ high', `${low}, ${high}`);
    for (let i = 0; i < x.length; i++) x[i] = low + width * this.uniform();
    return x;
  }

  /** x[i] ← mean + deviation·normal(), the same bits; allocates nothing. Returns x. @throws {DomainError} not finite, or deviation < 0. */
  fillNormal(x: Vec, mean = 0, deviation = 1): Vec {
    asOutput('Rng.fillNormal', 'x', x);
    checkFiniteNumber('Rng.fillNormal', 'mean', mean);
    checkFiniteNumber('Rng.fillNormal', 'deviation', deviation);
    if (deviation < 0) throw new DomainError('Rng.fillNormal', 'deviation', '≥ 0', deviation);
    for (let i = 0; i < x.length; i++) {
      const high = this.word() >>> 6;
      const low = this.word() >>> 6;
      x[i] = (high * 67108864 + low + 0.5) * TWO_M52;
    }
    normalQuantileInto(x);
    for (let i = 0; i < x.length; i++) x[i] = mean + deviation * x[i];
    return x;
  }

  /** {@link integer} for 1 ≤ n < 2³², not checked. */
  private below(n: number): number {
    for (;;) {
      const x = this.word();
      const low = Math.imul(x, n) >>> 0;
      if (low >= n || low >= (TWO_32 - n) % n) return multiplyHighKernel(x, n); // 2³² mod n lies below n and is rarely needed
    }
  }

  /** The next word as a signed integer. */
  private word(): number {
    const word = this.drawn & 3;
    if (word === 0) this.refill();
    this.drawn++;
    return this.signed[word];
  }

  private refill(): void {
    const block = Math.floor(this.drawn / 4);
    this.counter[0] = block;
    this.counter[1] = block / TWO_32;
    philoxKernel(this.counter, this.key, this.block);
  }
}

/**
 * The random stream named (seed, ...path). Streams of different names are independent for all practical purposes, and
 * what one stream yields does not depend on any other: give every use its own name instead of passing one generator on.
 *
 * @param seed - A safe integer, negative ones included. @param path - Strings and finite numbers; 1 and '1' differ.
 * @returns A stream at its beginning; equal names give equal streams.
 * @throws {DomainError} a seed or an element outside those ranges. Reference: {@link streamName}, {@link Rng}.
 * @example rng(0, 'retrain', 12, 3).permutation(1617);
 */
export function rng(seed: number, ...path: (string | number)[]): Rng {
  return new Rng(streamName(seed, ...path));
}

function isStream(random: object): boolean {
  try {
    return typeof (random as Partial<Rng>).fillNormal === 'function';
  } catch {
    return false; // a revoked proxy
  }
}

/** Throws {@link DomainError} unless `random` is an {@link Rng}. */
export function checkRng(where: string, argument: string, random: unknown): void {
  if (!(typeof random === 'object' && random !== null && isStream(random)))
    throw new DomainError(where, argument, 'a random stream, as rng() makes one', random, describe(random));
}

function ascending(where: string, n: number): Int32Array {
  checkInteger(where, 'n', n, 0, 2147483647);
  const order = allocateIntegers(where, n);
  for (let i = 0; i < n; i++) order[i] = i;
  return order;
}

function swap(x: Int32Array, i: number, j: number): void {
  const kept = x[i];
  x[i] = x[j];
  x[j] = kept;
}
