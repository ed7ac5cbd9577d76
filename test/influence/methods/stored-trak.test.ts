/** @file TRAK fitted once and kept: the bits of a direct run, and files that are refused. */
import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../src/curvature/problem.ts';
import { attribute, attributeSelf } from '../../../src/influence/methods/attribute.ts';
import { unfittable } from '../../../src/influence/methods/fit-methods.ts';
import { METHOD_NAMES } from '../../../src/influence/methods/registry.ts';
import {
  curvatureFits,
  readCurvatureFitMethod,
  readCurvatureFits,
  writeCurvatureFits,
} from '../../../src/influence/methods/stored-fit.ts';
import { DomainError, FormatError, ShapeError, UnsupportedError } from '../../../src/linalg/errors.ts';
import { readSafetensors, type TensorInput, writeSafetensors } from '../../../src/linalg/io/safetensors.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';
import { SHARED_PROBLEMS } from '../../helpers/shared-networks.ts';

const mlp = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
const other: Problem = { ...mlp, theta: mlp.theta.map((x) => 0.9 * x + 0.01) };
const regression = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5, loss: 'squared-error' });
const shared = SHARED_PROBLEMS[0][1] as Problem;
const asked = ({ model, loss }: Problem, n: number): Problem['data'] =>
  randomData(model, loss as 'cross-entropy', n, 8);

const CASES: [string, Problem[], object, ('loss' | 'margin')[]][] = [
  ['a perceptron', [mlp], {}, ['loss', 'margin']],
  ['an ensemble', [mlp, other], { dimension: 4, seed: 7 }, ['loss', 'margin']],
  ['a ridge', [mlp], { dimension: 6, ridge: 0.3 }, ['loss']],
  ['regression', [regression], { dimension: 5 }, ['loss']],
  ['shared weights', [shared], { dimension: 3 }, ['loss']],
];

describe.each(CASES)('%s', (_, models, options, measurements) => {
  const [{ data: train }] = models;
  const to = { models, train };
  const bytes = writeCurvatureFits(curvatureFits({ method: 'trak', options, ...to }), to);
  const stored = readCurvatureFits(bytes, to);

  test.each(measurements)('%s: a kept fit scores as a direct run does, to the bit', (measurement) => {
    for (const n of [1, 4]) {
      const job = { method: 'trak', options: { ...options, measurement }, ...to } as const;
      const queries = asked(models[0], n);
      const direct = attribute({ ...job, queries });
      const kept = attribute({ ...job, queries, curvatures: stored.fits });
      expect(kept.scores.data).toEqual(direct.scores.data);
      expect(kept.settings).toEqual(direct.settings);
      expect(kept.warnings).toEqual(direct.warnings);
      expect(direct.scores.data.some((x) => x !== 0)).toBe(true);
      expect(attributeSelf({ ...job, curvatures: stored.fits }).values).toEqual(attributeSelf(job).values);
    }
  });

  test('a file says what it holds, and is written again as it was', () => {
    expect(readCurvatureFitMethod(bytes)).toEqual({ method: 'trak', options, models: models.length });
    expect(writeCurvatureFits(stored, to)).toEqual(bytes);
  });
});

const to = { models: [mlp], train: mlp.data };
const options = { dimension: 4 };
const stored = curvatureFits({ method: 'trak', options, ...to });
const bytes = writeCurvatureFits(stored, to);

/** The file with other tensors or another header. */
function changed(
  edit: (tensors: Record<string, TensorInput>) => void,
  header = (text: string): string => text,
): Uint8Array {
  const file = readSafetensors(bytes);
  const tensors = Object.fromEntries(
    [...file].map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]),
  );
  edit(tensors);
  return writeSafetensors(tensors, {
    'eigenfluence.fit': header(file.metadata.get('eigenfluence.fit') ?? ''),
  });
}
const put = (name: string, at: number, value: number) => (tensors: Record<string, TensorInput>) => {
  (tensors[name].data as Float64Array)[at] = value;
};

test.each([
  ['NaN in the features', changed(put('0.features.0', 3, Number.NaN)), /0\.features\.0/],
  ['infinity in the slopes', changed(put('0.slopes.0', 2, Number.POSITIVE_INFINITY)), /0\.slopes\.0/],
  ['a factor that is not lower', changed(put('0.factor', 1, 0.5)), /lower triangular/],
  ['a pivot of 0', changed(put('0.factor', 5, 0)), /positive diagonal/],
  ['no factor', changed((t) => delete t['0.factor']), /tensor 0\.factor is missing/],
  ['no slopes', changed((t) => delete t['0.slopes.0']), /tensor 0\.slopes\.0 is missing/],
  ['fewer rows', changed((t) => { t['0.features.0'] = { shape: [16, 4], data: new Float64Array(64) }; }), /\[16, 4\], not \[17, 4\]/], // biome-ignore format: one line
  ['fewer slopes', changed((t) => { t['0.slopes.0'] = { shape: [16], data: new Float64Array(16) }; }), /16 numbers, not 17/], // biome-ignore format: one line
  ['another dimension', changed(() => {}, (h) => h.replace('"dimension":4', '"dimension":5')), /not \[17, 5\]/], // biome-ignore format: one line
  ['a dimension that is none', changed(() => {}, (h) => h.replace('"dimension":4', '"dimension":-4')), /dimension/], // biome-ignore format: one line
  ['outputs that are not there', changed(() => {}, (h) => h.replace('"outputs":1', '"outputs":1e9')), /outputs must be 1/], // biome-ignore format: one line
  ['an option of another method', changed(() => {}, (h) => h.replace('"dimension":4', '"rank":4')), /rank/], // biome-ignore format: one line
  ['another method', changed(() => {}, (h) => h.replace('"trak"', '"ekfac"')), /dimension|operator/], // biome-ignore format: one line
  ['another version', changed(() => {}, (h) => h.replace('"version":1', '"version":9')), /version 9/], // biome-ignore format: one line
])('a file is refused for %s', (_, file, how) => {
  expect(() => readCurvatureFits(file, to)).toThrow(FormatError);
  expect(() => readCurvatureFits(file, to)).toThrow(how);
});

test('a kept fit is refused for another network, training set, order of models, dimension or method', () => {
  expect(() => readCurvatureFits(bytes, { ...to, models: [other] })).toThrow(
    /models\[0\] must be the network/,
  );
  const labels = Int32Array.from({ length: 17 }, (_, i) => i % 3);
  expect(() => readCurvatureFits(bytes, { ...to, train: { inputs: mlp.data.inputs, labels } })).toThrow(
    /train must be the training set that was fitted/,
  );
  expect(() => readCurvatureFits(bytes, { ...to, models: [mlp, mlp] })).toThrow(ShapeError);
  const job = { ...to, queries: asked(mlp, 2), curvatures: stored.fits };
  expect(() => attribute({ ...job, method: 'trak', options: { dimension: 3 } })).toThrow(
    /options\.dimension must be 4, under which the fit was made, got 3/,
  );
  const byHand = stored.fits.map(({ options: _, ...fit }) => fit as (typeof stored.fits)[number]);
  const smaller = { ...job, curvatures: byHand, options: { dimension: 3 } };
  expect(() => attribute({ ...smaller, method: 'trak' })).toThrow(ShapeError);
  expect(() => attribute({ ...job, method: 'kfac' })).toThrow(DomainError);
  expect(() => attribute({ ...job, method: 'cg' })).toThrow(UnsupportedError);
  const { fits } = curvatureFits({ method: 'kfac', ...to });
  expect(() => attribute({ ...job, curvatures: fits, method: 'trak' })).toThrow(DomainError);
});

test('nothing to fit and a fit that is not kept are said in different words', () => {
  for (const method of ['grad-dot', 'random', 'tracin', 'cg', 'lissa'] as const) {
    expect(unfittable(method)).toMatch(`${method} has nothing to fit`);
    expect(() => curvatureFits({ ...to, method: method as 'trak' })).toThrow(UnsupportedError);
  }
  for (const method of ['astra', 'astra-source'] as const)
    expect(unfittable(method)).toMatch(
      `the fit of ${method} is not kept, since the solve of every query costs more`,
    );
  const kept = METHOD_NAMES.filter((method) => unfittable(method) === undefined);
  expect(kept).toEqual(expect.arrayContaining(['hessian', 'ekfac', 'trak']));
  expect(() => curvatureFits({ ...to, method: 'x' as 'trak' })).toThrow(DomainError);
});
