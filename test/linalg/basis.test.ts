/** @file Orthogonal bases, complete and partial: dense, Kronecker, blocks over scattered indices. */
import { describe, expect, test } from 'vitest';
import { DomainError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import {
  type BasisBlock,
  DenseBasis,
  KroneckerBasis,
  type OrthogonalBasis,
} from '../../src/linalg/operators/basis.ts';
import { CheckedBlockBasis as BlockBasis } from '../../src/linalg/operators/block-basis.ts';
import { kron } from '../../src/linalg/operators/kronecker.ts';
import { matmul } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { checkBasisLaws, normalMatrix } from '../helpers/operator-laws.ts';

/** An orthogonal matrix by two passes of Gram–Schmidt on normal columns. */
function orthogonal(n: number, name: string): Matrix {
  const q = normalMatrix(n, n, 'orthogonal', name); // rows are orthonormalised
  for (let i = 0; i < n; i++) {
    const row = q.row(i);
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        const along = row.reduce((s, v, k) => s + v * q.row(j)[k], 0);
        for (let k = 0; k < n; k++) row[k] -= along * q.row(j)[k];
      }
    const norm = Math.sqrt(row.reduce((s, v) => s + v * v, 0));
    for (let k = 0; k < n; k++) row[k] /= norm;
  }
  return q;
}

/** Places the blocks at their index lists. */
function assemble(n: number, blocks: readonly { indices: Int32Array; q: Matrix }[]): Matrix {
  const out = new Matrix(n, n);
  for (const { indices, q } of blocks)
    for (let i = 0; i < indices.length; i++)
      for (let j = 0; j < indices.length; j++) out.set(indices[i], indices[j], q.at(i, j));
  return out;
}

/** The first w columns. */
function columns(q: Matrix, w: number): Matrix {
  return Matrix.of(q.toArray().map((row) => row.slice(0, w)));
}

describe('laws', () => {
  for (const n of [1, 2, 7, 40])
    test(`dense, n = ${n}`, () => checkBasisLaws(new DenseBasis(orthogonal(n, 'q')), orthogonal(n, 'q')));

  for (const [p, q] of [
    [1, 1],
    [1, 5],
    [5, 1],
    [3, 4],
    [10, 17],
  ])
    test(`Kronecker, ${p} ⊗ ${q}`, () => {
      const [g, a] = [orthogonal(p, 'g'), orthogonal(q, 'a')];
      checkBasisLaws(new KroneckerBasis(g, a), kron(g, a));
    });

  test('blocks over scattered indices, with a Kronecker basis and blocks within blocks', () => {
    const order = rng(0, 'scatter').permutation(11);
    const parts = [order.slice(0, 6), order.slice(6, 10), order.slice(10)];
    const [g, a, small, one] = [
      orthogonal(2, 'g'),
      orthogonal(3, 'a'),
      orthogonal(3, 's'),
      orthogonal(1, 'o'),
    ];
    const inner: BasisBlock[] = [
      { indices: Int32Array.of(3, 0, 1), basis: new DenseBasis(small) },
      { indices: Int32Array.of(2), basis: new DenseBasis(one) },
    ];
    const basis = new BlockBasis([
      { indices: parts[0], basis: new KroneckerBasis(g, a) },
      { indices: parts[1], basis: new BlockBasis(inner) },
      { indices: parts[2], basis: new DenseBasis(one) },
    ]);
    const nested = assemble(4, [
      { indices: inner[0].indices, q: small },
      { indices: inner[1].indices, q: one },
    ]);
    const dense = assemble(11, [
      { indices: parts[0], q: kron(g, a) },
      { indices: parts[1], q: nested },
      { indices: parts[2], q: one },
    ]);
    checkBasisLaws(basis, dense);
  });

  for (const w of [0, 1, 6])
    test(`a part of a dense basis: ${w} of 7 vectors`, () => {
      const q = columns(orthogonal(7, 'q'), w);
      expect([new DenseBasis(q).size, new DenseBasis(q).width]).toEqual([7, w]);
      checkBasisLaws(new DenseBasis(q), q);
    });

  test('partial blocks, one of them empty and one complete, with coordinates where they say', () => {
    const [two, none, one] = [
      columns(orthogonal(3, 'p'), 2),
      columns(orthogonal(2, 'n'), 0),
      orthogonal(1, 'o'),
    ];
    const basis = new BlockBasis([
      { indices: Int32Array.of(5, 0, 2), basis: new DenseBasis(two), coordinates: Int32Array.of(2, 0) },
      { indices: Int32Array.of(1, 4), basis: new DenseBasis(none), coordinates: Int32Array.of() },
      { indices: Int32Array.of(3), basis: new DenseBasis(one), coordinates: Int32Array.of(1) },
    ]);
    const dense = new Matrix(6, 3);
    for (const [i, index] of [5, 0, 2].entries()) {
      dense.set(index, 2, two.at(i, 0));
      dense.set(index, 0, two.at(i, 1));
    }
    dense.set(3, 1, one.at(0, 0));
    checkBasisLaws(basis, dense);
  });

  test('no blocks: the basis of nothing', () => checkBasisLaws(new BlockBasis([]), new Matrix(0, 0)));
});

test('rotate takes V to Q_Gᵀ V Q_A', () => {
  const [g, a] = [orthogonal(3, 'g'), orthogonal(4, 'a')];
  const v = normalMatrix(3, 4, 'v');
  const rotated = new KroneckerBasis(g, a).rotate(new Matrix(1, 12, v.data));
  const expected = matmul(matmul(g, v, { transposeA: true }), a);
  expectMatrixClose(new Matrix(3, 4, rotated.data), expected, { atol: 64 * Number.EPSILON });
});

test('rotated coordinates of a block lie at its indices', () => {
  const identity = (n: number): OrthogonalBasis => new DenseBasis(Matrix.identity(n));
  const swap = new DenseBasis(
    Matrix.of([
      [0, 1],
      [1, 0],
    ]),
  );
  const basis = new BlockBasis([
    { indices: Int32Array.of(4, 1), basis: swap },
    { indices: Int32Array.of(0, 2, 3), basis: identity(3) },
  ]);
  expect(basis.rotate(Matrix.of([[10, 11, 12, 13, 14]])).toArray()).toEqual([[10, 14, 12, 13, 11]]);
});

test('refusals', () => {
  const two = new DenseBasis(Matrix.identity(2));
  expect(() => new DenseBasis(new Matrix(2, 3))).toThrow(ShapeError);
  const half = new DenseBasis(new Matrix(2, 1));
  const indices = Int32Array.of(0, 1);
  expect(() => new BlockBasis([{ indices, basis: half }])).toThrow(/coordinates/);
  for (const at of [-1, 1])
    expect(() => new BlockBasis([{ indices, basis: half, coordinates: Int32Array.of(at) }])).toThrow(
      DomainError,
    );
  expect(() => half.unrotate(new Matrix(1, 2))).toThrow(/unrotate/);
  expect(() => new KroneckerBasis(new Matrix(2, 2), new Matrix(2, 3))).toThrow(/right/);
  expect(() => new BlockBasis([{ indices: Int32Array.of(0), basis: two }])).toThrow(ShapeError);
  expect(() => new BlockBasis([{ indices: Int32Array.of(0, 2), basis: two }])).toThrow(DomainError);
  expect(() => new BlockBasis([{ indices: Int32Array.of(0, 0), basis: two }])).toThrow(/one block only/);
  for (const basis of [
    two,
    new KroneckerBasis(Matrix.identity(2), Matrix.identity(1)),
    new BlockBasis([{ indices: Int32Array.of(1, 0), basis: two }]),
  ]) {
    expect(() => basis.rotate(new Matrix(1, 3))).toThrow(/rotate/);
    expect(() => basis.unrotate(new Matrix(1, 3))).toThrow(/unrotate/);
  }
});

test('the checker of laws rejects a basis that is not orthogonal', () => {
  const skew = Matrix.of([
    [1, 1e-6],
    [0, 1],
  ]);
  expect(() => checkBasisLaws(new DenseBasis(skew), skew)).toThrow(/index/);
});
