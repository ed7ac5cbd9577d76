/** @file Partitions cover θ once, in the layout [out, in + 1] with the bias as last column. */
import { describe, expect, test } from 'vitest';
import { Mlp } from '../../src/autodiff/mlp.ts';
import {
  assembleBlocks,
  extractBlock,
  type PartitionKind,
  partition,
} from '../../src/curvature/partition.ts';
import { DomainError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';

const model = new Mlp([3, 2, 4, 1], 'tanh');
const n = model.parameterCount;

describe('partition', () => {
  for (const kind of ['layer', 'tensor'] as const)
    test(`${kind} blocks cover θ once and stay within their layer`, () => {
      const seen = new Uint8Array(n);
      for (const block of partition(model, kind)) {
        expect(block.indices.length).toBe(block.rows * block.cols);
        const { offset, size } = model.layers[block.layer];
        for (const index of block.indices) {
          seen[index]++;
          expect(index >= offset && index < offset + size).toBe(true);
        }
      }
      expect(seen.every((count) => count === 1)).toBe(true);
    });

  test('tensor splits the first layer [2, 3 + 1] into weight [2, 3] and bias [2, 1]', () => {
    const [weight, bias] = partition(model, 'tensor');
    expect([weight.kind, weight.rows, weight.cols]).toEqual(['weight', 2, 3]);
    expect(Array.from(weight.indices)).toEqual([0, 1, 2, 4, 5, 6]);
    expect([bias.kind, bias.rows, bias.cols]).toEqual(['bias', 2, 1]);
    expect(Array.from(bias.indices)).toEqual([3, 7]);
  });

  test('an unknown kind is refused', () => {
    expect(() => partition(model, 'unit' as PartitionKind)).toThrow(DomainError);
  });
});

describe('extractBlock and assembleBlocks', () => {
  const c = new Matrix(n, n, rng(3, 'block').fillNormal(new Float64Array(n * n)));

  test('a block holds the entries at its index pairs', () => {
    const { indices } = partition(model, 'tensor')[2];
    const block = extractBlock(c, indices);
    for (let i = 0; i < indices.length; i++)
      for (let j = 0; j < indices.length; j++) expect(block.at(i, j)).toBe(c.at(indices[i], indices[j]));
  });

  test('assembling all extracted blocks masks the matrix', () => {
    const blocks = partition(model, 'tensor');
    const owner = new Int32Array(n);
    for (const [b, { indices }] of blocks.entries()) for (const index of indices) owner[index] = b;
    const masked = assembleBlocks(
      n,
      blocks,
      blocks.map(({ indices }) => extractBlock(c, indices)),
    );
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) expect(masked.at(i, j)).toBe(owner[i] === owner[j] ? c.at(i, j) : 0);
  });

  test('wrong sizes are refused', () => {
    expect(() => extractBlock(new Matrix(2, 3), Int32Array.of(0))).toThrow(ShapeError);
    const blocks = partition(model, 'layer');
    expect(() => assembleBlocks(n, blocks, [])).toThrow(ShapeError);
    expect(() =>
      assembleBlocks(
        n,
        blocks,
        blocks.map(() => new Matrix(1, 1)),
      ),
    ).toThrow(ShapeError);
  });
});
