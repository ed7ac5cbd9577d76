/** @file The arena kernels of the simd tier, and its loops of pairs, give the bits of the scalar tier. */
import { describe, expect, test } from 'vitest';
import type { Arena, ArenaKernels } from '../../src/linalg/kernels/arena.ts';
import { scalarArena } from '../../src/linalg/kernels/arena-scalar.ts';
import { simdArena } from '../../src/linalg/kernels/arena-simd.ts';
import { compileAs } from '../../src/linalg/kernels/wasm.ts';
import { pairedBytes, wideBytes } from '../../src/linalg/kernels/wide-bytes.ts';
import { rng } from '../../src/linalg/random/random.ts';

const LENGTH = 4096;
const SPECIAL = [
  0,
  -0,
  1e-320,
  -1e-320,
  30,
  -30,
  1e300,
  -1e300,
  Number.NaN,
  Infinity,
  -Infinity,
  19.05,
  -19.1,
];

/** The loops of the wide tier, which any engine runs. */
function pairedArena(): Arena {
  compileAs({ bytes: () => pairedBytes(wideBytes()), paired: true });
  const arena = simdArena(LENGTH) as Arena;
  compileAs({});
  return arena;
}

const PAIRED = pairedArena();

/** Runs `body` on all from the same contents; the whole arenas must agree. */
function both(body: (k: ArenaKernels) => void, prepare: (m: Float64Array) => void = () => {}): void {
  const arenas = [scalarArena(LENGTH), simdArena(LENGTH) as Arena, PAIRED];
  for (const { memory, kernels } of arenas) {
    rng(2, 'simd-arena').fillNormal(memory);
    prepare(memory);
    body(kernels);
  }
  const [scalar, ...compiled] = arenas.map((arena) => arena.memory);
  for (const memory of compiled) {
    const differs = scalar.findIndex((v, i) => !Object.is(v, memory[i]));
    if (differs >= 0) expect(`${differs}: ${memory[differs]}`).toBe(`${differs}: ${scalar[differs]}`);
    expect(memory.length).toBe(scalar.length);
  }
}

const withSpecial = (m: Float64Array): void => {
  for (let i = 0; i < 600; i++) m[i] *= i % 3 === 0 ? 10 : 1;
  m.set(SPECIAL, 5);
};

describe.each([1, 2, 3, 7, 32, 33])('%s elements', (n) => {
  test('elementwise', () => {
    both((k) => {
      k.fill(n, 0.3, 10);
      k.copy(n, 100, 200);
      k.add(n, 50, 300);
      k.subtract(n, 50, 60, 400);
      k.scale(n, -1.7, 51, 500);
      k.scaleBy(n, 60, 50, 550);
      k.multiply(n, 1, 70, 600);
      k.multiplyAdd(n, 3, 70, 700);
      k.multiplyAdd3(n, 4, 70, 99, 800);
      k.sgd(n, 3, 900, 1000, 1100);
    });
  });

  test('activations, also of special values', () => {
    for (const name of ['tanh', 'relu', 'gelu', 'sigmoid', 'logSigmoid'] as const)
      for (const curvature of [-1, 3000]) both((k) => k[name](n, 5, 1000, 2000, curvature), withSpecial);
  });
});

describe.each([
  [1, 1, 1],
  [2, 3, 4],
  [3, 5, 7],
  [10, 16, 32],
  [16, 9, 13],
  [14, 7, 11],
  [5, 4, 2],
  [7, 5, 32],
  [6, 4, 16],
  [8, 2, 8],
])('layer %s × %s, batch %s', (o, i, b) => {
  test('affine products', () => {
    for (const extra of [0, 1, 3]) {
      const width = i + extra;
      for (const start of [0, 1, 2]) both((k) => k.affine(o, i, width, b, start, 0, width - 1, 500, 1500));
      for (const start of [0, 2]) both((k) => k.affineInput(o, i, width, b, start, 0, 500, 1500));
      both((k) => k.affineBias(o, width, b, 0, 1500 + width - 1));
      for (const start of [0, 2]) both((k) => k.affineWeight(o, i, width, b, start, 0, 600, 1500));
    }
  });

  test('columns', () => {
    both((k) => {
      k.columnDot(o, b, 0, 700, 1500);
      k.scaleColumns(o, b, 0, 700, 2000);
      k.scaleColumnsAdd(o, b, 3, 700, 2600);
      k.sumColumns(o, b, 9, 3300);
      k.spreadColumns(o, b, 11, 3400);
    });
    both(
      (k) => k.gatherColumns(o, b, 3000, 0, 1500),
      (m) => {
        for (let j = 0; j < b; j++) m[3000 + j] = (7 * j) % 31;
      },
    );
  });
});

test.each([
  [2, 1],
  [3, 4],
  [10, 32],
  [10, 7],
])('margin of %s classes, batch %s', (classes, batch) => {
  for (const stretch of [1, 300, 1e4])
    both(
      (k) => {
        k.margin(classes, batch, 0, 1000, 1100, 1200);
        k.marginCurve(classes, batch, 1200, 1000, 400, 800, 2000);
      },
      (m) => {
        for (let q = 0; q < classes * batch; q++) m[q] *= stretch;
        for (let b = 0; b < batch; b++) m[1000 + b] = b % classes;
        if (stretch === 300) m[1] = Number.NaN;
      },
    );
});

test('sigmoid and its logarithm over a dense range', () => {
  for (const name of ['sigmoid', 'logSigmoid'] as const)
    both(
      (k) => k[name](1001, 0, 1010, 2020, 3030),
      (m) => {
        for (let i = 0; i < 1001; i++) m[i] = (i - 500) * (i % 2 === 0 ? 0.01 : 1.6);
      },
    );
});

test('tanh over a dense range', () => {
  both(
    (k) => k.tanh(1301, 0, 1310, 2620, -1),
    (m) => {
      for (let i = 0; i < 1301; i++) m[i] = (i - 650) / 30;
    },
  );
});
