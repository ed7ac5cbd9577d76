/** @file Matrices lent from one workspace: apart while they are lent, the same memory afterwards, and no more than planned. */
import { expect, test } from 'vitest';
import { MatrixStack } from '../../src/curvature/matrix-stack.ts';
import { Matrix } from '../../src/linalg/matrix.ts';

test('what is lent at the same time does not overlap, what is given back is lent again', () => {
  const stack = new MatrixStack(16);
  const kept = stack.copy(
    Matrix.of([
      [1, 2],
      [3, 4],
    ]),
  );
  stack.scoped(() => {
    const first = stack.lend(2, 3);
    first.data.fill(5);
    stack.scoped(() => stack.lend(3, 2).data.fill(6));
    expect(first.toArray()).toEqual([
      [5, 5, 5],
      [5, 5, 5],
    ]);
  });
  expect(stack.zeros(3, 4).data).toEqual(new Float64Array(12));
  expect(kept.toArray()).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('more than planned is an error, not a shorter matrix', () => {
  const stack = new MatrixStack(7);
  stack.lend(2, 3);
  expect(() => stack.lend(1, 2)).toThrow(/8 doubles, 7 planned/);
});
