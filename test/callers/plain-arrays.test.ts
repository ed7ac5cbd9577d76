/** @file Plain arrays and structured clones give the bits of matrices and vectors. */
import { expect, test } from 'vitest';
import { lossHvp, Trainer } from '../../src/autodiff/index.ts';
import { hessianMatrix, kfac } from '../../src/curvature/index.ts';
import { attribute, groupEffect, linearDatamodellingScore, spearman } from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/index.ts';
import { config, data, directions, fitted, model, problem } from './fixtures.ts';

const plainData = () => ({ inputs: data().inputs.toArray(), labels: Array.from(data().labels) });
const plain = () => ({ ...fitted(), theta: Array.from(fitted().theta) });

test('training', () => {
  const subset = [0, 2, 3];
  const expected = new Trainer(model(), 'cross-entropy', data(), config());
  const actual = new Trainer(model(), 'cross-entropy', plainData(), config());
  expect(actual.train({ seed: 3, subset })).toEqual(
    expected.train({ seed: 3, subset: Int32Array.from(subset) }),
  );
});

test('curvatures', () => {
  const given = { ...plain(), data: plainData() };
  expect(hessianMatrix(given)).toEqual(hessianMatrix(problem()));
  expect(kfac(structuredClone(problem())).values).toEqual(kfac(problem()).values);
  const { loss, theta } = fitted();
  expect(lossHvp(model(), loss, Array.from(theta), plainData(), directions().toArray())).toEqual(
    lossHvp(model(), loss, theta, data(), directions()),
  );
});

test('attribution', () => {
  const job = { method: 'ekfac', models: [fitted()], train: data(), queries: data() } as const;
  const given = { ...job, models: [plain()], train: plainData(), queries: plainData() };
  expect(attribute(given as unknown as typeof job).scores).toEqual(attribute(job).scores);
  expect(attribute(structuredClone(job)).scores).toEqual(attribute(job).scores);
  expect(() => attribute({ ...job, qeries: 1 } as typeof job)).toThrow("did you mean 'queries'");
});

test('judgement', () => {
  const scores = [
    [1, 2, 3],
    [3, 1, 2],
  ];
  const subsets = [
    [0, 1],
    [0, 2],
    [1, 2],
  ];
  const outcomes = [
    [1, 2],
    [2, 1],
    [3, 5],
  ];
  expect(linearDatamodellingScore({ scores, subsets, outcomes })).toEqual(
    linearDatamodellingScore({
      scores: Matrix.of(scores),
      subsets: subsets.map((kept) => Int32Array.from(kept)),
      outcomes: Matrix.of(outcomes),
    }),
  );
  expect(groupEffect(scores, [0, 2])).toEqual(Float64Array.of(4 / 3, 5 / 3));
  expect(() => spearman(['1', '2'] as unknown as number[], [1, 2])).toThrow(
    'spearman: x[1] must be a number',
  );
});
