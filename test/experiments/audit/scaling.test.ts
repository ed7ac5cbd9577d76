/** @file Columns whose squares overflow or vanish are scaled as others are; targets so large are refused; answers of arrays may be a column. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readNpzData } from '../../../src/experiments/audit/reading/read-npz.ts';
import { answersOf } from '../../../src/experiments/tables/answers.ts';
import { scaledInputs, scalingOf } from '../../../src/experiments/tables/scaling.ts';
import { Matrix, rng } from '../../../src/linalg/index.ts';
import { writeNpz } from '../../../src/linalg/io/index.ts';
import { expectClose } from '../../helpers/close.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const N = 50;
const column = rng(1, 'scaling').fillNormal(new Float64Array(N));
const everyone = Int32Array.from({ length: N }, (_, i) => i);

test.each([[1000], [-1000], [-600], [40]])('times 2 to the power of %i: the same bits', (power) => {
  const scaled = (x: Float64Array): Float64Array => {
    const inputs = new Matrix(N, 1, x);
    return scaledInputs(inputs, scalingOf({ inputs, answers: x }, everyone, 2)).data;
  };
  expect(scaled(column.map((x) => x * 2 ** power))).toEqual(scaled(column));
});

test('the target too; what does not vary is divided by 1', () => {
  const inputs = new Matrix(N, 1, column);
  const plain = scalingOf({ inputs, answers: column }, everyone, 0);
  const large = scalingOf({ inputs, answers: column.map((x) => x * 2 ** 900) }, everyone, 0);
  expect([large.centre, large.spread]).toEqual([plain.centre * 2 ** 900, plain.spread * 2 ** 900]);
  const same = new Matrix(N, 1, new Float64Array(N).fill(2 ** 1000));
  expect(scalingOf({ inputs: same, answers: column }, everyone, 2).scale).toEqual(Float64Array.of(1));
});

test('a target whose squares overflow is refused in one line', () => {
  const cells = Array.from(column, (x, i) => (i === 7 ? '2e200' : `${x}`));
  expect(() => answersOf('y', cells, ',')).toThrow(
    'the target "y" has the value 2e+200: at most 1e+150 is expected',
  );
});

test('answers as a column', () => {
  const file = path.join(temporaryFolder(), 'a.npz');
  const write = (shape: number[]): void =>
    writeFileSync(file, writeNpz({ x: { shape: [N, 1], data: column }, y: { shape, data: column } }));
  write([N, 1]);
  expect(readNpzData({ file }).answers).toEqual(column);
  write([1, N]);
  expect(() => readNpzData({ file })).toThrow(`y must be [${N}]`);
});

test('a column of one value is not taken for one that varies by rounding: 0.1 ten times has another mean', () => {
  const inputs = Matrix.of([...new Array<number[]>(10).fill([0.1]), [0.2]]);
  const kept = Int32Array.from({ length: 10 }, (_, i) => i);
  const answers = new Float64Array(11).fill(0.1);
  const scaling = scalingOf({ inputs, answers }, kept, 0);
  expect([scaling.mean[0], scaling.scale[0], scaling.centre, scaling.spread]).toEqual([0.1, 1, 0.1, 1]);
  expectClose(scaledInputs(inputs, scaling).data.subarray(9), [0, 0.1], { atol: 1e-15 });
});
