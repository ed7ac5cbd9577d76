/** @file Pooled images: means of squares, by closed form and inside the sets of Fashion-MNIST. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CommandError } from '../../src/experiments/files/command-error.ts';
import { loadFashionMnist } from '../../src/experiments/protocol/data/fashion-mnist.ts';
import { pooledImages } from '../../src/experiments/protocol/data/pooled-images.ts';
import { prepareSets } from '../../src/experiments/protocol/data/prepare-sets.ts';
import { Matrix } from '../../src/linalg/index.ts';

const SAMPLE = fileURLToPath(new URL('../../data/fashion-mnist-sample', import.meta.url));

describe('pooled images', () => {
  test('each pixel is the mean of its square', () => {
    const image = Matrix.of([
      [1, 3, 10, 10, 5, 7, 20, 40, 0, 0, 1, 1, 0, 8, 1, 5], // 4 × 4, row by row
      Array.from({ length: 16 }, (_, p) => p),
    ]);
    expect(Array.from(pooledImages(image, 2).data)).toEqual([4, 20, 2, 2, 2.5, 4.5, 10.5, 12.5]);
    expect(Array.from(pooledImages(image, 4).data)).toEqual([7, 7.5]);
    expect(pooledImages(image, 1)).toBe(image);
  });

  test.each([
    [new Matrix(1, 15), 1],
    [new Matrix(1, 16), 3],
    [new Matrix(1, 16), 8],
    [new Matrix(1, 16), 0],
  ])('refused: %o by %i', (images, block) => {
    expect(() => pooledImages(images, block)).toThrow(CommandError);
  });

  test('of Fashion-MNIST: 14 × 14, standardised after pooling by two numbers of the training set', () => {
    const draw = { dataset: 'fashion-mnist', train: 40, queries: 8, seed: 3, pooled: 2 } as const;
    const { train, query, positions, hash } = prepareSets(draw, SAMPLE);
    expect([train.inputs.shape, query.inputs.shape]).toEqual([
      [40, 196],
      [8, 196],
    ]);
    const { pixels } = loadFashionMnist(SAMPLE).train;
    const raw = Float64Array.from(positions.train).reduce<number[]>((all, i) => {
      for (let r = 0; r < 28; r += 2)
        for (let c = 0; c < 28; c += 2) {
          const at = (dr: number, dc: number): number => pixels[i * 784 + (r + dr) * 28 + c + dc] / 255;
          all.push((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4);
        }
      return all;
    }, []);
    const mean = raw.reduce((sum, x) => sum + x, 0) / raw.length;
    const sd = Math.sqrt(raw.reduce((sum, x) => sum + (x - mean) ** 2, 0) / raw.length);
    const inputs = train.inputs as Matrix;
    for (const p of [0, 100, 3000, raw.length - 1])
      expect(inputs.data[p]).toBeCloseTo((raw[p] - mean) / sd, 12);
    expect(hash).not.toBe(prepareSets({ ...draw, pooled: 1 }, SAMPLE).hash);
    expect(prepareSets({ ...draw, pooled: 1 }, SAMPLE).hash).toBe(
      prepareSets({ dataset: 'fashion-mnist', train: 40, queries: 8, seed: 3 }, SAMPLE).hash,
    );
  });
});
