/** @file Options of the curvature methods beside dense algebra: damping per module, factors damped by π, some modules; and fits that are stored. */
import { describe, expect, test } from 'vitest';
import { perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { partition } from '../../../src/curvature/partition.ts';
import type { Problem } from '../../../src/curvature/problem.ts';
import { CURVATURE_KINDS, CURVATURES } from '../../../src/curvature/registry.ts';
import { attribute } from '../../../src/influence/methods/attribute.ts';
import type { CurvatureFitOptions } from '../../../src/influence/methods/fit-forms.ts';
import {
  curvatureFits,
  readCurvatureFitMethod,
  readCurvatureFits,
  writeCurvatureFits,
} from '../../../src/influence/methods/stored-fit.ts';
import { DomainError, FormatError, ShapeError, UnsupportedError } from '../../../src/linalg/errors.ts';
import { solve } from '../../../src/linalg/factorisations/solve.ts';
import { readSafetensors, writeSafetensors } from '../../../src/linalg/io/safetensors.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { dot } from '../../../src/linalg/products.ts';
import { maxAbs } from '../../../src/linalg/sum.ts';
import { expectMatrixClose } from '../../helpers/close.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';
import { SHARED_PROBLEMS } from '../../helpers/shared-networks.ts';

const mlp = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
const PROBLEMS: [string, Problem][] = [['perceptron', mlp], SHARED_PROBLEMS[0] as [string, Problem]];
const asked = (problem: Problem): Problem['data'] => randomData(problem.model, 'cross-entropy', 4, 8);
const run = (problem: Problem, method: (typeof CURVATURE_KINDS)[number], options: CurvatureFitOptions) =>
  attribute({
    method,
    options: options as object,
    models: [problem],
    train: problem.data,
    queries: asked(problem),
  });

/** ∇_S mᵀ A⁻¹ ∇_S L for a dense A over the parameters S. */
function denseScores(problem: Problem, a: Matrix, indices: readonly number[]): Matrix {
  const { model, theta, loss, data } = problem;
  const pick = (g: Matrix, i: number): Float64Array => Float64Array.from(indices, (index) => g.at(i, index));
  const [m, l] = [asked(problem), data].map((d) => perExampleGradients(model, loss, theta, d));
  return Matrix.of(
    Array.from({ length: m.rows }, (_, q) => {
      const x = solve(a, pick(m, q));
      return Array.from({ length: l.rows }, (_, i) => dot(x, pick(l, i)));
    }),
  );
}
const all = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe.each(PROBLEMS)('%s', (_, problem) => {
  const size = problem.model.parameterCount;
  for (const method of ['block-ggn', 'ekfac', 'kfac'] as const)
    test(`${method}: each module damped by a tenth of its mean eigenvalue`, () => {
      const a = CURVATURES[method].matrix(problem);
      for (const { indices } of partition(problem.model, 'layer')) {
        const mean = indices.reduce((s, i) => s + a.at(i, i), 0) / indices.length;
        for (const i of indices) a.set(i, i, a.at(i, i) + 0.1 * mean);
      }
      const { scores, settings, diagnostics, damping } = run(problem, method, { dampingPer: 'module' });
      expectMatrixClose(scores, denseScores(problem, a, all(size)), { atol: 1e-9 * maxAbs(scores.data) });
      expect(settings[0]).toMatchObject({ dampingPer: 'module', modules: 'all' });
      expect(diagnostics[0].notes?.['dampings']).toHaveLength(problem.model.blocks.length);
      expect(damping).toBeUndefined();
    });

  for (const kind of ['ggn', 'hessian', 'block-ggn', 'diagonal-ggn'] as const)
    test(`${kind} of the last module`, () => {
      const whole = CURVATURES[kind].matrix(problem);
      const { offset, size: own } = problem.model.blocks[problem.model.blocks.length - 1];
      const indices = all(own).map((k) => offset + k);
      const a = Matrix.of(indices.map((i) => indices.map((j) => whole.at(i, j) + (i === j ? 0.3 : 0))));
      const { scores, coverage, settings } = run(problem, kind, { modules: 'last', damping: 0.3 });
      expectMatrixClose(scores, denseScores(problem, a, indices), { atol: 1e-8 * maxAbs(scores.data) });
      expect(coverage).toEqual({ parameters: own, of: size });
      expect(settings[0]).toMatchObject({ modules: 'last' });
    });
});

test('what does not go together is refused', () => {
  const refused = (
    method: (typeof CURVATURE_KINDS)[number],
    options: object,
    error: new (...args: never[]) => Error,
  ): void => expect(() => run(mlp, method, options)).toThrow(error);
  refused('ekfac', { dampingPer: 'module', damping: 0.1 }, UnsupportedError);
  refused('ekfac', { dampingPer: 'pi' }, UnsupportedError);
  refused('kfac', { dampingPer: 'pi', rule: 'paper' }, UnsupportedError);
  refused('ggn', { dampingPer: 'module' }, UnsupportedError);
  refused('ggn', { modules: 'head' }, DomainError);
  refused('ggn', { modules: [] }, DomainError);
  expect(run(mlp, 'kfac', { dampingPer: 'pi', damping: 0.02 }).damping).toEqual([0.02]);
  const job = { models: [mlp], train: mlp.data, queries: asked(mlp) };
  const { fits } = curvatureFits({ method: 'ekfac', models: [mlp], train: mlp.data });
  expect(() => attribute({ ...job, method: 'grad-dot', curvatures: fits })).toThrow(UnsupportedError);
  expect(() => attribute({ ...job, method: 'kfac', curvatures: fits })).toThrow(DomainError);
});

describe('a stored fit', () => {
  const FITS: [(typeof CURVATURE_KINDS)[number], CurvatureFitOptions][] = [
    ...CURVATURE_KINDS.map((kind): [typeof kind, CurvatureFitOptions] => [kind, {}]),
    ['ggn', { rule: 'paper' }],
    ['block-ggn', { rule: 'paper', partition: 'tensor' }],
    ['ekfac', { dampingPer: 'module', fisher: { kind: 'mc', samples: 2, seed: 3 } }],
    ['kfac', { dampingPer: 'pi' }],
    ['kfac', { rule: { kind: 'damped', lambda: 0.01, factors: 'separate' } }],
    ['hessian', { modules: 'last' }],
    ['ekfac', { modules: [0], dampingPer: 'module' }],
  ];
  for (const [name, problem] of PROBLEMS)
    test.each(FITS)(`${name}: %s %j scores new queries with the bits of a direct run`, (method, options) => {
      const other = { ...problem, theta: problem.theta.map((x) => 1.1 * x) };
      const to = { models: [problem, other], train: problem.data };
      const bytes = writeCurvatureFits(curvatureFits({ method, options, ...to }), to);
      const stored = readCurvatureFits(bytes, to);
      expect(readCurvatureFitMethod(bytes)).toMatchObject({ method, models: 2 });
      const queries = asked(problem);
      for (const measurement of ['loss', 'margin'] as const) {
        const direct = attribute({
          method,
          options: { ...options, measurement } as object,
          ...to,
          queries,
          self: true,
        });
        const later = attribute({
          method: stored.method,
          options: { ...stored.options, measurement } as object,
          curvatures: stored.fits,
          ...to,
          queries,
          self: true,
        });
        expect(later.scores.data).toEqual(direct.scores.data);
        expect(later.selfInfluence).toEqual(direct.selfInfluence);
        expect(later.settings).toEqual(direct.settings);
        expect(later.diagnostics).toEqual(direct.diagnostics);
        expect([later.damping, later.discarded, later.warnings]).toEqual([
          direct.damping,
          direct.discarded,
          direct.warnings,
        ]);
      }
    });

  const to = { models: [mlp], train: mlp.data };
  const bytes = writeCurvatureFits(curvatureFits({ method: 'ekfac', ...to }), to);

  test('is refused by name for another network, training set, number of models or version', () => {
    const { inputs } = mlp.data;
    const moved = {
      ...mlp.data,
      inputs: new Matrix(
        inputs.rows,
        inputs.cols,
        inputs.data.map((x) => x + 1e-9),
      ),
    };
    expect(() => readCurvatureFits(bytes, { ...to, train: moved })).toThrow(
      /train must be the training set that was fitted/,
    );
    const theta = mlp.theta.slice();
    theta[3] += 1e-12;
    expect(() => readCurvatureFits(bytes, { ...to, models: [{ ...mlp, theta }] })).toThrow(
      /models\[0\] must be the network/,
    );
    const relu = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5, activation: 'relu' });
    expect(() => readCurvatureFits(bytes, { ...to, models: [relu] })).toThrow(DomainError);
    expect(() => readCurvatureFits(bytes, { ...to, models: [mlp, mlp] })).toThrow(ShapeError);
    const file = readSafetensors(bytes);
    const changed = (edit: (text: string) => string): Uint8Array =>
      writeSafetensors(
        Object.fromEntries(
          [...file].map(([name, { shape, dtype, data }]) => [name, { shape, dtype: dtype as 'F64', data }]),
        ),
        { 'eigenfluence.fit': edit(file.metadata.get('eigenfluence.fit') ?? '') },
      );
    expect(
      readCurvatureFits(
        changed((text) => text),
        to,
      ).fits,
    ).toHaveLength(1);
    expect(() =>
      readCurvatureFits(
        changed((text) => text.replace('"version":1', '"version":2')),
        to,
      ),
    ).toThrow(/version 2/);
    for (const [from, by] of [
      ['"kronecker"', '"dense"'],
      ['"method":"ekfac"', '"method":"x"'],
      ['"lambda":', '"lamda":'],
      ['"psd"', '"general"'],
      ['"options":{}', '"options":{"rank":3}'],
    ])
      expect(
        () =>
          readCurvatureFits(
            changed((text) => text.replace(from, by)),
            to,
          ),
        from,
      ).toThrow(FormatError);
    expect(() => readCurvatureFits(writeSafetensors({ w: { shape: [1], data: [1] } }), to)).toThrow(
      /no fitted curvature/,
    );
  });
});
