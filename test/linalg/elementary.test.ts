/** @file Elementary functions: ulps against high-precision values, exact bits, special values, symmetry, array kernels. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as elementary from '../../src/linalg/elementary.ts';
import { rng } from '../../src/linalg/random/random.ts';

const { cosPi, erf, exp, expm1, log, log1p, sigmoid, sinPi, tanh } = elementary;
type Scalar = (x: number) => number;
const SCALARS = { exp, expm1, log, log1p, tanh, sigmoid, erf, cosPi, sinPi };

/** Largest error allowed, in units in the last place of the exact value. Each was measured on 10⁵ other points of the same ranges: exp 0.92, expm1 1.19, log 0.76, log1p 0.80, tanh 1.31, sigmoid 1.67, erf 1.37, cosPi 1.24, sinPi 1.20. */
const ULPS: Record<keyof typeof SCALARS, number> = {
  exp: 1,
  expm1: 1.3,
  log: 1,
  log1p: 1,
  tanh: 1.5,
  sigmoid: 2,
  erf: 1.5,
  cosPi: 1.5,
  sinPi: 1.5,
};

function reference(name: string): { functions: Record<string, Record<string, string>> } {
  return JSON.parse(readFileSync(new URL(`../reference/${name}.json`, import.meta.url), 'utf8'));
}

function decode(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64')).buffer;
}

const golden = reference('elementary').functions;
const bits = reference('elementary-bits').functions;

/** The distance of |y| to the next larger double. */
function ulp(y: number): number {
  const word = new Float64Array([Math.abs(y)]);
  const next = new BigInt64Array(word.buffer);
  next[0] += 1n;
  return word[0] - Math.abs(y);
}

describe('within the stated ulps of high-precision values', () => {
  for (const [name, f] of Object.entries(SCALARS) as [keyof typeof SCALARS, Scalar][])
    test(name, () => {
      const x = new Float64Array(decode(golden[name]['x']));
      const y = new Float64Array(decode(golden[name]['y']));
      const rest = new Int16Array(decode(golden[name]['rest'])); // (exact − y) in 1/20000 ulp
      expect(x.length).toBeGreaterThan(600);
      let worst = 0;
      let at = 0;
      for (let i = 0; i < x.length; i++) {
        const result = f(x[i]);
        const error =
          result === y[i]
            ? Math.abs(rest[i]) / 20000
            : Math.abs((result - y[i]) / ulp(y[i]) - rest[i] / 20000);
        if (!(error <= worst)) [worst, at] = [error, x[i]];
      }
      expect(worst, `at ${at}`).toBeLessThanOrEqual(ULPS[name]);
    });
});

describe('the very bits of an independent run of the same operations', () => {
  for (const [name, { x, y }] of Object.entries(bits))
    test(name, () => {
      const points = new Float64Array(decode(x));
      expect(points.map(SCALARS[name as keyof typeof SCALARS])).toEqual(new Float64Array(decode(y)));
    });
});

describe('special values are those of IEEE 754 and C99', () => {
  const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
  const table: Record<keyof typeof SCALARS, readonly (readonly [number, number])[]> = {
    exp: [
      [0, 1],
      [-0, 1],
      [inf, inf],
      [-inf, 0],
      [709.782712893384, 1.7976931348622732e308],
      [709.7827128933841, inf],
      [-745.1332191019411, 5e-324],
      [-745.1332191019412, 0],
      [-1e308, 0],
      [5e-324, 1],
    ],
    expm1: [
      [0, 0],
      [-0, -0],
      [inf, inf],
      [-inf, -1],
      [710, inf],
      [-1e300, -1],
      [5e-324, 5e-324],
      [-5e-324, -5e-324],
      [-1e-300, -1e-300],
    ],
    log: [
      [0, -inf],
      [-0, -inf],
      [1, 0],
      [inf, inf],
      [-1, nan],
      [-5e-324, nan],
      [-inf, nan],
      [5e-324, -744.4400719213812],
    ],
    log1p: [
      [0, 0],
      [-0, -0],
      [-1, -inf],
      [inf, inf],
      [-1.0000000000000002, nan],
      [-inf, nan],
      [5e-324, 5e-324],
      [-1e-300, -1e-300],
    ],
    tanh: [
      [0, 0],
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [20, 1],
      [-1e300, -1],
      [5e-324, 5e-324],
      [-1e-310, -1e-310],
    ],
    sigmoid: [
      [0, 0.5],
      [-0, 0.5],
      [inf, 1],
      [-inf, 0],
      [1e300, 1],
      [-1e300, 0],
      [40, 1],
    ],
    erf: [
      [0, 0],
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [6, 1],
      [-7, -1],
      [5e-324, 5e-324],
    ],
    cosPi: [
      [0, 1],
      [-0, 1],
      [0.5, 0],
      [-0.5, 0],
      [1.5, 0],
      [2.5, 0],
      [1, -1],
      [-3, -1],
      [1e300, 1],
      [9007199254740991, -1],
      [2251799813685249.5, 0],
      [inf, nan],
      [-inf, nan],
    ],
    sinPi: [
      [0, 0],
      [-0, -0],
      [1, 0],
      [-1, -0],
      [2, 0],
      [-2, -0],
      [0.5, 1],
      [-0.5, -1],
      [1.5, -1],
      [2251799813685248.5, 1],
      [2251799813685249.5, -1],
      [1e300, 0],
      [-1e300, -0],
      [inf, nan],
      [-inf, nan],
    ],
  };
  for (const [name, pairs] of Object.entries(table))
    test(name, () => {
      const f = SCALARS[name as keyof typeof SCALARS];
      for (const [x, y] of pairs) expect(f(x), `${name}(${Object.is(x, -0) ? '−0' : x})`).toBe(y); // toBe tells −0 from 0
      expect(f(nan)).toBeNaN();
    });
});

describe('symmetry is exact', () => {
  const x = rng(0, 'symmetry').fillNormal(new Float64Array(2000), 0, 3);
  test.each(['tanh', 'erf', 'sinPi'] as const)('%s is odd', (name) => {
    expect(x.map((v) => SCALARS[name](-v))).toEqual(x.map((v) => -SCALARS[name](v)));
  });
  test('cosPi is even, with period 2', () => {
    expect(x.map((v) => cosPi(-v))).toEqual(x.map(cosPi));
    const eighths = x.map((v) => Math.round(8 * v) / 8);
    expect(eighths.map((v) => cosPi(v + 2))).toEqual(eighths.map(cosPi));
  });
});

test('inverses undo each other to a few ulps of their condition', () => {
  for (const v of rng(0, 'inverse').fillNormal(new Float64Array(500), 0, 2)) {
    expect(Math.abs(log(exp(v)) - v)).toBeLessThanOrEqual(2 * Number.EPSILON * Math.max(1, Math.abs(v)));
    expect(Math.abs(log1p(expm1(v)) - v)).toBeLessThanOrEqual(
      4 * Number.EPSILON * Math.abs(v) * Math.max(1, exp(-v)),
    );
    expect(Math.abs(sigmoid(v) + sigmoid(-v) - 1)).toBeLessThanOrEqual(2 * Number.EPSILON);
    expect(Math.abs(tanh(v / 2) - (2 * sigmoid(v) - 1))).toBeLessThanOrEqual(4 * Number.EPSILON);
    expect(Math.abs(sinPi(v) ** 2 + cosPi(v) ** 2 - 1)).toBeLessThanOrEqual(4 * Number.EPSILON);
  }
});

test('tanh and erf do not decrease between neighbouring points, nor leave [−1, 1]', () => {
  for (const f of [tanh, erf])
    for (let i = -8000, previous = -1; i <= 8000; i++) {
      const y = f(i / 1024 + 1e-5);
      if (!(y >= previous && y <= 1)) expect.fail(`${f.name}(${i / 1024 + 1e-5}) = ${y} after ${previous}`);
      previous = y;
    }
});

describe('array kernels give the same bits as the scalar functions', () => {
  const x = rng(0, 'arrays').fillNormal(new Float64Array(300), 0, 4);
  const kernels: Record<string, readonly [typeof elementary.expInto, Scalar]> = {
    exp: [elementary.expInto, exp],
    expm1: [elementary.expm1Into, expm1],
    log: [elementary.logInto, log],
    log1p: [elementary.log1pInto, log1p],
    tanh: [elementary.tanhInto, tanh],
    sigmoid: [elementary.sigmoidInto, sigmoid],
    erf: [elementary.erfInto, erf],
  };
  for (const [name, [into, f]] of Object.entries(kernels))
    test(name, () => {
      const out = new Float64Array(310).fill(7);
      into(out, x, 290, 5, 10);
      expect(out.slice(5, 295)).toEqual(x.slice(10).map(f));
      expect([...out.slice(0, 5), ...out.slice(295)]).toEqual(new Array(20).fill(7));
      const inPlace = x.slice();
      into(inPlace, inPlace, 300);
      expect(inPlace).toEqual(x.map(f));
    });
});
