/** @file Kernels of networks other than an Mlp: the simd tier gives the bits of the scalar tier, and what their contracts say of ties and masks. */
import { describe, expect, test } from 'vitest';
import { type Arena, NOT_WANTED } from '../../src/linalg/kernels/arena.ts';
import { scalarArena } from '../../src/linalg/kernels/arena-scalar.ts';
import { simdArena } from '../../src/linalg/kernels/arena-simd.ts';
import { type AllKernels, networkKernels } from '../../src/linalg/kernels/network/in-arena.ts';
import { rng } from '../../src/linalg/random/random.ts';

const LENGTH = 16384;
/** Where random numbers are read from, and where results go. */
const [A, B, C, D, OUT, MORE] = [0, 2048, 4096, 6144, 8192, 12288];

/** Runs `body` on both tiers from the same contents; the whole arenas must agree. Returns that of the simd tier. */
function both(body: (k: AllKernels) => void, prepare: (m: Float64Array) => void = () => {}): Float64Array {
  const arenas = [scalarArena(LENGTH), simdArena(LENGTH) as Arena];
  for (const arena of arenas) {
    rng(2, 'network-arena').fillNormal(arena.memory);
    prepare(arena.memory);
    body(networkKernels(arena));
  }
  const [scalar, simd] = arenas.map(({ memory }) => memory);
  const differs = scalar.findIndex((v, i) => !Object.is(v, simd[i]));
  if (differs >= 0) expect(`${differs}: ${simd[differs]}`).toBe(`${differs}: ${scalar[differs]}`);
  return simd;
}

/** A 3 × 4 image; kernel, stride, padding, dilation, windows, whether the padding counts. */
const WINDOWS = {
  plain: [3, 4, 2, 2, 1, 1, 0, 0, 1, 1, 2, 3, 1],
  padded: [3, 4, 3, 2, 1, 2, 1, 1, 1, 1, 3, 3, 0],
  dilated: [3, 4, 2, 3, 2, 1, 1, 1, 2, 2, 2, 2, 1],
  beyond: [3, 4, 1, 1, 1, 1, 2, 5, 1, 1, 7, 14, 1],
};

describe.each([1, 2, 3, 4, 7, 8, 11])('%s examples', (batch) => {
  test.each(Object.entries(WINDOWS))('windows: %s', (name, windows) => {
    const [kernel, positions] = [windows[2] * windows[3], windows[10] * windows[11]];
    const write = (m: Float64Array): void => m.set(windows, D);
    const [xCols, yCols] = [12 * batch, positions * batch];
    both((k) => {
      k.unfold(2, xCols, 2 * kernel, yCols, D, A, OUT);
      k.fold(2, xCols, 2 * kernel, yCols, D, A, MORE);
    }, write);
    if (name === 'beyond') return; // pooling has no windows outside of the image
    both((k) => {
      k.maxPool(2, xCols, 2, yCols, D, A, OUT, MORE);
      k.gather(2 * xCols, 2 * yCols, MORE, B, OUT + 2048);
      k.scatter(2 * xCols, 2 * yCols, MORE, B, MORE + 2048);
      k.averagePool(2, xCols, 2, yCols, D, A, OUT);
      k.spreadPool(2, xCols, 2, yCols, D, B, C);
    }, write);
  });

  test.each([0, 1])('normalisation, centred %s', (centred) => {
    both(
      (k) => {
        k.normalise(3, 5, batch, centred, D, A, B, C);
        k.normaliseSlope(3, 5, batch, centred, B, C, A, OUT);
        k.normaliseCurve(3, 5, batch, centred, B, C, A, MORE, OUT);
      },
      (m) => {
        m[D] = 1e-5;
      },
    );
  });

  test.each([0, 1])('softmax, causal %s', (causal) => {
    const run = (mask: number, scale: number): void => {
      both(
        (k) => {
          k.softmax(5, 5, batch, causal, D, mask, A, B);
          k.softmaxSlope(5, 5, batch, causal, D, B, A, OUT);
          k.softmaxCurve(5, 5, batch, causal, D, B, OUT, A, MORE, C, OUT + 1024);
          k.softmaxCurve(5, 5, batch, causal, D, B, OUT, A, MORE, -1, MORE + 1024);
        },
        (m) => {
          m[D] = scale;
        },
      );
    };
    run(-1, 0.7);
    run(MORE, 0.7);
    run(-1, 900); // exponentials below the smallest normal number
  });

  test('activations, also of special values', () => {
    both(
      (k) => {
        for (const [at, curve] of [k.silu, k.softplus, k.gelu, k.relu].entries())
          for (const curvature of [-1, MORE + 1024 * at])
            curve(batch + 13, A, OUT + 1024 * at, OUT + 1024 * at + 512, curvature);
        k.leakyRelu(batch + 13, D, A, B, C);
        k.geluInner(batch + 13, A, B + 512);
        k.tanh(batch + 13, B + 512, C + 512, B + 512, -1);
        k.geluOuter(batch + 13, A, C + 512, B + 512, C + 1024);
        k.select(batch + 13, D, D + 7, A, B + 1024);
        k.transposeExamples(3, 4, batch, A, MORE + 3500);
      },
      (m) => {
        for (let i = 0; i < 30; i++) m[i] *= i % 3 === 0 ? 10 : 1;
        m.set([0, -0, 1e-320, 30, -30, 1e300, -1e300, Number.NaN, Infinity, -Infinity, 1, -1, 8.5]);
      },
    );
  });

  test('second derivatives of margins', () => {
    for (const classes of [2, 3, 10])
      both(
        (k) => k.marginCurve(classes, batch, A, D, B, C, OUT),
        (m) => {
          for (let b = 0; b < batch; b++) m[D + b] = (b * 7) % classes;
          for (let i = 0; i < classes * batch; i++) m[A + i] = i % 5 === 0 ? -0.25 : -Math.abs(m[A + i]);
        },
      );
  });

  test('rows of a table', () => {
    both(
      (k) => {
        k.lookUp(5, 3, batch, 4, D, A, OUT);
        k.lookUpAdjoint(5, 3, batch, 4, D, B, MORE);
      },
      (m) => {
        for (let c = 0; c < batch; c++) m[D + c] = (c * 3) % 5;
      },
    );
  });

  test.each([0, 1, 2, 3])('products, triangle %s', (triangle) => {
    for (const [rows, cols, depth] of triangle === 0
      ? [
          [3, 2, 4],
          [4, 5, 1],
        ]
      : [
          [5, 5, 5],
          [4, 4, 4],
        ])
      for (const start of [0, 2])
        both((k) => {
          const [line, wide] = [depth * batch, cols * batch];
          k.multiplyExamples(
            rows,
            cols,
            depth,
            batch,
            triangle,
            start,
            A,
            line,
            batch,
            B,
            wide,
            batch,
            OUT,
            wide,
            batch,
          );
          k.multiplyExamples(
            rows,
            cols,
            depth,
            batch,
            triangle,
            start,
            A,
            batch,
            rows * batch,
            B,
            batch,
            line,
            MORE,
            batch,
            rows * batch,
          );
        });
  });
});

test.each([0.3, 3, 60])(
  'gelu of several tiles, %s wide: both forms of erf, exponentials below the smallest normal number',
  (width) => {
    both(
      (k) => k.gelu(303, A, B, C, OUT),
      (m) => {
        for (let i = 0; i < 303; i++) m[A + i] *= width;
      },
    );
  },
);

test.each([
  // a depth of two packs and a rest; columns by eight, by sixteen and a rest, by thirty-two
  [5, 150, 1024, 152],
  [16, 72, 512, 73],
  [7, 64, 576, 64],
  [6, 16, 1088, 17],
])('packed products %s × %s of %s columns have the bits of the others', (outputs, inputs, batch, width) => {
  const [bias, x, y] = [width - 1, outputs * width + 160, 400_000];
  for (const start of [0, 1, 2]) {
    const memories = [scalarArena(800_000), simdArena(800_000) as Arena].map((arena) => {
      rng(4, 'packed').fillNormal(arena.memory);
      const k = networkKernels(arena);
      k.affine(outputs, inputs, width, batch, start, 0, bias, x, y);
      if (start !== 1) k.affineInput(inputs, outputs, outputs, batch, start, 0, x, y + 200_000);
      return arena.memory;
    });
    const differs = memories[0].findIndex((value, i) => !Object.is(value, memories[1][i]));
    expect(differs).toBe(-1);
  }
});

test.each([
  [16, 16, 32],
  [10, 16, 32],
  [5, 3, 8],
  [6, 7, 17],
  [2, 1, 16],
])('two products of a layer %s × %s, batch %s, are one after the other', (outputs, inputs, batch) => {
  for (const width of [inputs + 1, inputs + 4]) {
    for (const start of [0, 1]) {
      const m = both((k) => {
        k.affineTangent(outputs, inputs, width, batch, start, A, A + inputs, B, C, D, OUT);
        k.affine(outputs, inputs, width, batch, start, A, A + inputs, B, MORE);
        k.affine(outputs, inputs, width, batch, 2, C, C, D, MORE);
      });
      const n = outputs * batch;
      expect(m.slice(OUT, OUT + n)).toEqual(m.slice(MORE, MORE + n));
    }
    const m = both((k) => {
      k.affineInputTangent(outputs, inputs, width, batch, A, B, C, D, OUT);
      k.affineInput(outputs, inputs, width, batch, 0, A, B, MORE);
      k.affineInput(outputs, inputs, width, batch, 2, C, D, MORE);
    });
    const n = inputs * batch;
    expect(m.slice(OUT, OUT + n)).toEqual(m.slice(MORE, MORE + n));
  }
});

test.each([
  [16, 16, 32],
  [10, 16, 32],
  [7, 5, 32],
  [6, 7, 32],
  [3, 4, 17],
  [10, 6, 8],
])('the tangent of a weight gradient %s × %s, batch %s, is added sum after sum', (outputs, inputs, batch) => {
  const width = inputs + 2;
  for (const y of [C, NOT_WANTED])
    for (const bias of [inputs, NOT_WANTED]) {
      const m = both(
        (k) => {
          const at = (start: number): number => (bias === NOT_WANTED ? NOT_WANTED : start + bias);
          k.affineWeightTangent(outputs, inputs, width, batch, A, B, y, D, at(OUT), OUT);
          k.affineWeight(outputs, inputs, width, batch, 2, A, B, MORE);
          if (bias !== NOT_WANTED) k.affineWeight(outputs, 1, width, batch, 2, A, MORE - batch, MORE + bias);
          if (y !== NOT_WANTED) k.affineWeight(outputs, inputs, width, batch, 2, C, D, MORE);
        },
        (memory) => {
          memory.copyWithin(MORE, OUT, OUT + 1024);
          memory.fill(1, MORE - batch, MORE);
        },
      );
      expect(m.slice(OUT, OUT + outputs * width)).toEqual(m.slice(MORE, MORE + outputs * width));
    }
});

test.each([8, 24, 1216])(
  'a step of SGD backwards, %s elements: its sums in the order that the contract says',
  (n) => {
    const before = new Float64Array(LENGTH);
    rng(2, 'network-arena').fillNormal(before);
    const m = both((k) => k.adjointStep(n, D, A, B, OUT));
    const squares = new Float64Array(8);
    for (let i = 0; i < n; i++) {
      squares[i % 8] += before[A + i] * before[A + i];
      expect(m[B + i]).toBe(before[D] * before[B + i] + before[D + 1] * before[A + i]);
    }
    expect(m.slice(OUT, OUT + 8)).toEqual(squares);
  },
);

test('a product is the sum that its contract says', () => {
  const m = both((k) => k.multiplyExamples(2, 3, 4, 5, 0, 0, A, 20, 5, B, 15, 5, OUT, 15, 5));
  for (let i = 0; i < 2; i++)
    for (let j = 0; j < 3; j++)
      for (let n = 0; n < 5; n++) {
        let sum = 0;
        for (let k = 0; k < 4; k++) sum += m[A + i * 20 + k * 5 + n] * m[B + k * 15 + j * 5 + n];
        expect(m[OUT + i * 15 + j * 5 + n]).toBe(sum);
      }
});

describe('the greatest of a window', () => {
  const pool = (image: readonly number[]): readonly number[] => {
    const m = both(
      (k) => k.maxPool(1, 4, 1, 1, D, A, OUT, MORE),
      (memory) => {
        memory.set(image, A);
        memory.set([2, 2, 2, 2, 1, 1, 0, 0, 1, 1, 1, 1, 0], D);
      },
    );
    return [m[OUT], m[MORE]];
  };

  test('is the first of equal ones, rows before columns', () => {
    expect(pool([1, 3, 3, 3])).toEqual([3, 1]);
    expect(pool([-1, -2, -1, -2])).toEqual([-1, 0]);
    expect(pool([0, -0, 0, 0])).toEqual([0, 0]);
  });

  test('may be −∞, and NaN counts as greatest', () => {
    const least = Number.NEGATIVE_INFINITY;
    expect(pool([least, least, least, least])).toEqual([least, 0]);
    expect(pool([1, Number.NaN, 5, 2])[0]).toBeNaN();
  });
});

test('a position that sees no key has probabilities 0', () => {
  const m = both(
    (k) => k.softmax(1, 3, 2, 0, D, MORE, A, OUT),
    (memory) => {
      memory[D] = 1;
      memory.set([0, 1, -1, 0, 0, 1], MORE); // the first example has no key, the second two
    },
  );
  expect([m[OUT], m[OUT + 2], m[OUT + 4]]).toEqual([0, 0, 0]);
  expect(m[OUT + 3]).toBe(0);
  expect(m[OUT + 1] + m[OUT + 5]).toBeCloseTo(1, 15);
});
