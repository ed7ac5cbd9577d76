/** @file Random streams: golden first outputs, names, resumption, bias, moments and uniformity with fixed seeds. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/linalg/errors.ts';
import { Rng, rng } from '../../src/linalg/random/random.ts';
import { streamName } from '../../src/linalg/random/stream-name.ts';

interface GoldenStream {
  readonly name: readonly (string | number)[];
  readonly words: readonly number[];
  readonly uint32: readonly number[];
  readonly uniform: readonly number[];
  readonly integer3221225473: readonly number[];
  readonly integerBig: readonly number[];
  readonly permutation: readonly number[];
  readonly subset: readonly number[];
}

const { streams } = JSON.parse(
  readFileSync(new URL('../reference/random.json', import.meta.url), 'utf8'),
) as { streams: readonly GoldenStream[] };

/** Σ (observed − expected)²/expected over equally likely cells. */
function chiSquare(counts: ArrayLike<number>, draws: number): number {
  const expected = draws / counts.length;
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += (counts[i] - expected) ** 2 / expected;
  return total;
}

/** χ² with k degrees of freedom has mean k and standard deviation √(2k): five of them either way. */
function expectUniform(counts: ArrayLike<number>, draws: number): void {
  const k = counts.length - 1;
  expect(Math.abs(chiSquare(counts, draws) - k)).toBeLessThan(5 * Math.sqrt(2 * k) + 5);
}

describe('first outputs equal those of an independent implementation', () => {
  for (const golden of streams)
    test(JSON.stringify(golden.name), () => {
      const [seed, ...path] = golden.name.map((e) => (e === '-0' ? -0 : e));
      const fresh = (): Rng => rng(seed as number, ...path);
      expect(Array.from(streamName(seed as number, ...path))).toEqual(golden.words);
      const [u, f, i, big] = [fresh(), fresh(), fresh(), fresh()];
      expect(golden.uint32.map(() => u.uint32())).toEqual(golden.uint32);
      expect(golden.uniform.map(() => f.uniform())).toEqual(golden.uniform);
      expect(golden.integer3221225473.map(() => i.integer(3221225473))).toEqual(golden.integer3221225473);
      expect(golden.integerBig.map(() => big.integer(2 ** 52 + 1))).toEqual(golden.integerBig);
      expect(Array.from(fresh().permutation(12))).toEqual(golden.permutation);
      expect(Array.from(fresh().subset(30, 7))).toEqual(golden.subset);
    });
});

describe('names', () => {
  test('different paths are different streams', () => {
    const paths: readonly (string | number)[][] = [
      [],
      ['a'],
      ['a', 1],
      ['a1'],
      ['a', '1'],
      [1, 'a'],
      ['ab'],
      ['a', 'b'],
      ['', 'ab'],
      ['ab', ''],
      [''],
      ['', ''],
      [1],
      ['1'],
      [1.5],
      [-1],
      [256],
      [65536],
      ['\0'],
      ['\0', '\0'],
      ['n'],
      ['s'],
    ];
    const digests = new Set(paths.flatMap((path) => [0, 1].map((seed) => streamName(seed, ...path).join())));
    expect(digests.size).toBe(2 * paths.length);
  });

  test('the seed is not an element of the path', () => {
    expect(streamName(1, 2)).not.toEqual(streamName(2, 1));
    expect(streamName(12)).not.toEqual(streamName(1, 2));
  });

  test('random pairs of paths collide only when equal', () => {
    const path = fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: -3, max: 3 })), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(streamName(5, ...a).join() === streamName(5, ...b).join()).toBe(
          JSON.stringify(a) === JSON.stringify(b),
        );
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  test('every bit of the digest depends on the name', () => {
    const ones = new Float64Array(128);
    for (let i = 0; i < 400; i++)
      for (const [w, word] of streamName(i, 'bits').entries())
        for (let b = 0; b < 32; b++) ones[32 * w + b] += (word >>> b) & 1;
    for (const count of ones) expect(Math.abs(count - 200)).toBeLessThan(5 * 10); // binomial(400, ½)
  });

  test('seeds and elements outside their range are refused', () => {
    for (const seed of [0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => rng(seed)).toThrow(DomainError);
    for (const element of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => rng(0, element)).toThrow(DomainError);
    expect(() => rng(0, true as unknown as string)).toThrow(/path/);
  });
});

describe('streams', () => {
  test('do not depend on what other streams do', () => {
    const alone = Array.from(
      { length: 20 },
      (
        (r) => () =>
          r.uniform()
      )(rng(3, 'x')),
    );
    const x = rng(3, 'x');
    const y = rng(3, 'y');
    const mixed = alone.map(() => {
      y.normal();
      y.permutation(3);
      return x.uniform();
    });
    expect(mixed).toEqual(alone);
  });

  test('of neighbouring names are uncorrelated, also at lag one', () => {
    const n = 4000;
    const [a, b] = [rng(0, 'pair', 0), rng(0, 'pair', 1)].map((r) =>
      Float64Array.from({ length: n }, () => r.uniform() - 0.5),
    );
    const correlation = (x: Float64Array, y: Float64Array, lag: number): number => {
      let total = 0;
      for (let i = lag; i < n; i++) total += x[i] * y[i - lag];
      return (12 * total) / (n - lag);
    };
    for (const [x, y, lag] of [
      [a, b, 0],
      [a, b, 1],
      [b, a, 1],
      [a, a, 1],
      [a, a, 2],
      [a, a, 4],
    ] as const)
      expect(Math.abs(correlation(x, y, lag))).toBeLessThan(5 / Math.sqrt(n - lag));
  });

  test('resume anywhere, through JSON', () => {
    for (let drawn = 0; drawn < 9; drawn++) {
      const r = rng(1, 'resume');
      for (let i = 0; i < drawn; i++) r.uint32();
      const copy = Rng.resume(JSON.parse(JSON.stringify(r.state())));
      expect(copy.state()).toEqual({ name: Array.from(streamName(1, 'resume')), drawn });
      expect([copy.normal(), copy.uint32(), copy.integer(10)]).toEqual([
        r.normal(),
        r.uint32(),
        r.integer(10),
      ]);
    }
  });

  test('pass the 32-bit boundary of the block counter', () => {
    const name = Array.from(streamName(0));
    const r = Rng.resume({ name, drawn: 4 * (2 ** 32 - 1) });
    const across = Array.from({ length: 8 }, () => r.uint32());
    expect(across.slice(4)).not.toEqual(
      Array.from(
        { length: 4 },
        (
          (s) => () =>
            s.uint32()
        )(rng(0)),
      ),
    );
    expect(Rng.resume({ name, drawn: 2 ** 34 }).uint32()).toBe(across[4]);
  });

  test('a bad state is refused', () => {
    expect(() => Rng.resume({ name: [1, 2, 3], drawn: 0 })).toThrow(DomainError);
    expect(() => Rng.resume({ name: [1, 2, 3, -1], drawn: 0 })).toThrow(/name\[3\]/);
    expect(() => Rng.resume({ name: [1, 2, 3, 4], drawn: 0.5 })).toThrow(/drawn/);
  });
});

describe('uniform', () => {
  test('is a multiple of 2⁻⁵³ in [0, 1), equally often in each of 100 cells, in pairs of 16 × 16 too', () => {
    const r = rng(0, 'uniform');
    const cells = new Float64Array(100);
    const pairs = new Float64Array(256);
    const n = 40_000;
    let previous = r.uniform();
    for (let i = 0; i < n; i++) {
      const u = r.uniform();
      if (!(u >= 0 && u < 1 && Number.isInteger(u * 2 ** 53))) expect.fail(`draw ${i} is ${u}`);
      cells[Math.floor(100 * u)]++;
      if (i % 2 === 0) pairs[16 * Math.floor(16 * previous) + Math.floor(16 * u)]++;
      previous = u;
    }
    expectUniform(cells, n);
    expectUniform(pairs, n / 2);
  });

  test('its last bits are uniform as well', () => {
    const r = rng(0, 'low bits');
    const counts = new Float64Array(32);
    for (let i = 0; i < 20_000; i++) counts[(r.uniform() * 2 ** 53) % 32]++;
    expectUniform(counts, 20_000);
  });

  test('fillUniform maps [0, 1) to [low, high) draw by draw', () => {
    const r = rng(0, 'fill');
    const x = rng(0, 'fill').fillUniform(new Float64Array(50), -3, 5);
    for (const value of x) expect(value).toBe(-3 + 8 * r.uniform());
    expect(rng(0).fillUniform(new Float64Array(2), 7, 7)).toEqual(Float64Array.of(7, 7));
    for (const [low, high] of [
      [1, 0],
      [0, Number.NaN],
      [Number.NEGATIVE_INFINITY, 0],
    ])
      expect(() => rng(0).fillUniform(new Float64Array(1), low, high)).toThrow(DomainError);
  });
});

describe('normal', () => {
  test('has the moments of N(0, 1) and equal mass in 50 cells', () => {
    const n = 60_000;
    const x = rng(0, 'normal').fillNormal(new Float64Array(n));
    const moment = (k: number): number => x.reduce((s, v) => s + v ** k, 0) / n;
    // E xᵏ = (k − 1)!! for even k, 0 for odd; Var xᵏ = E x²ᵏ − (E xᵏ)²
    for (const [k, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
      [6, 15, 10170],
    ])
      expect(Math.abs(moment(k) - expected), `moment ${k}`).toBeLessThan(5 * Math.sqrt(variance / n));
    const sorted = x.slice().sort();
    // Φ at these quantiles, from tables of the normal distribution
    for (const [z, phi] of [
      [-2.326347874040841, 0.01],
      [-1.2815515655446004, 0.1],
      [-0.6744897501960817, 0.25],
      [0, 0.5],
      [0.8416212335729143, 0.8],
      [1.6448536269514722, 0.95],
      [3.090232306167813, 0.999],
    ]) {
      const below = sorted.findIndex((v) => v > z);
      expect(Math.abs(below / n - phi), `Φ(${z})`).toBeLessThan(5 * Math.sqrt((phi * (1 - phi)) / n));
    }
  });

  test('takes two words per draw, scales and shifts', () => {
    const r = rng(0, 'n');
    const x = rng(0, 'n').fillNormal(new Float64Array(10), 2, 0.5);
    for (const value of x) expect(value).toBe(2 + 0.5 * r.normal());
    expect(r.state().drawn).toBe(20);
    expect(() => r.fillNormal(x, 0, -1)).toThrow(DomainError);
    expect(() => r.fillNormal(x, Number.NaN)).toThrow(DomainError);
  });
});

describe('integer', () => {
  test.each([1, 2, 3, 7, 10, 64])('is uniform on 0..%i − 1', (n) => {
    const r = rng(0, 'integer', n);
    const counts = new Float64Array(n);
    for (let i = 0; i < 20_000; i++) counts[r.integer(n)]++;
    if (n > 1) expectUniform(counts, 20_000);
    else expect(counts[0]).toBe(20_000);
  });

  test('has no bias where a plain multiplication would: n = 3·2³⁰', () => {
    // ⌊x·n/2³²⌋ hits multiples of 3 twice as often as the others; without bias a third of the draws each.
    const r = rng(0, 'bias');
    const counts = new Float64Array(3);
    for (let i = 0; i < 20_000; i++) counts[r.integer(3 * 2 ** 30) % 3]++;
    expectUniform(counts, 20_000);
  });

  test('covers ranges beyond 32 bits', () => {
    const r = rng(0, 'wide');
    const n = Number.MAX_SAFE_INTEGER;
    const counts = new Float64Array(8);
    for (let i = 0; i < 8000; i++) {
      const k = r.integer(n);
      if (!(Number.isSafeInteger(k) && k >= 0 && k < n)) expect.fail(`draw ${i} is ${k}`);
      counts[Math.floor((8 * k) / n)]++;
    }
    expectUniform(counts, 8000);
    for (let i = 0; i < 100; i++) expect(r.integer(2 ** 32)).toBeLessThan(2 ** 32);
    expect(r.integer(2 ** 32 + 1)).toBeLessThan(2 ** 32 + 1);
  });

  test('refuses what is not a range', () => {
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 53]) expect(() => rng(0).integer(n)).toThrow(DomainError);
  });
});

describe('permutation and subset', () => {
  test('all 24 orders of four are equally frequent', () => {
    const r = rng(0, 'orders');
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const key = r.permutation(4).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expectUniform([...counts.values()], 12_000);
  });

  test('a permutation holds everything once', () => {
    for (const n of [0, 1, 2, 1000]) {
      const order = rng(0, 'p', n).permutation(n);
      expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });

  test('all 20 subsets of three from six are equally frequent, ascending', () => {
    const r = rng(0, 'subsets');
    const counts = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const s = r.subset(6, 3);
      if (!(s[0] < s[1] && s[1] < s[2])) expect.fail(`subset ${i} is ${s}`);
      counts.set(s.join(), (counts.get(s.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(20);
    expectUniform([...counts.values()], 10_000);
  });

  test('extremes and refusals', () => {
    expect(rng(0).subset(5, 0)).toEqual(new Int32Array(0));
    expect(rng(0).subset(5, 5)).toEqual(Int32Array.of(0, 1, 2, 3, 4));
    for (const [n, k] of [
      [3, 4],
      [3, -1],
      [-1, 0],
      [2.5, 1],
      [2 ** 31, 1],
    ])
      expect(() => rng(0).subset(n, k)).toThrow(DomainError);
    expect(() => rng(0).permutation(-1)).toThrow(DomainError);
  });
});

describe('categorical', () => {
  test('follows its probabilities, which need not sum to one', () => {
    const r = rng(0, 'categorical');
    const weights = Float64Array.of(0, 1, 0, 5, 2, 0);
    const counts = new Float64Array(6);
    const n = 16_000;
    for (let i = 0; i < n; i++) counts[r.categorical(weights)]++;
    for (const [i, weight] of weights.entries()) {
      const p = weight / 8;
      if (p === 0) expect(counts[i]).toBe(0);
      expect(Math.abs(counts[i] - n * p)).toBeLessThanOrEqual(5 * Math.sqrt(n * p * (1 - p)));
    }
  });

  test('never draws an impossible index, however small the others', () => {
    const r = rng(0, 'tiny');
    for (let i = 0; i < 200; i++) expect(r.categorical([0, 5e-324, 0])).toBe(1);
  });

  test('refusals', () => {
    for (const p of [[], [0, 0], [0.5, -0.1], [Number.NaN], [Number.POSITIVE_INFINITY], [1e308, 1e308]])
      expect(() => rng(0).categorical(p)).toThrow(DomainError);
  });
});
