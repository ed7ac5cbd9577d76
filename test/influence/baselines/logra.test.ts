/** @file LoGra without compression is the block-diagonal damped Fisher; with it, dense algebra on compressed gradients. */
import { describe, expect, test } from 'vitest';
import type { MlpLayer } from '../../../src/autodiff/mlp.ts';
import { perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { blockGgn } from '../../../src/curvature/block-ggn.ts';
import type { FisherType } from '../../../src/curvature/fisher.ts';
import { influenceFunction } from '../../../src/influence/attributors/influence-function.ts';
import { logra } from '../../../src/influence/baselines/logra.ts';
import { DomainError, SingularError } from '../../../src/linalg/errors.ts';
import { solve } from '../../../src/linalg/factorisations/solve.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { kron } from '../../../src/linalg/operators/kronecker.ts';
import { matmul, syrk, transpose } from '../../../src/linalg/products.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { maxAbs } from '../../../src/linalg/sum.ts';
import { expectMatrixClose } from '../../helpers/close.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';
import { SHARED_PROBLEMS } from '../../helpers/shared-networks.ts';

const problem = randomProblem({ sizes: [4, 6, 3], examples: 25, seed: 5 });
const { data: train, ...fitted } = problem;
const { model, theta } = problem;
const queries = randomData(model, 'cross-entropy', 5, 8);

const FISHERS: readonly FisherType[] = [
  { kind: 'empirical' },
  { kind: 'type-2' },
  { kind: 'mc', samples: 3, seed: 4 },
];

describe('sides no longer than the dimension', () => {
  const damping = 0.02;
  for (const fisher of FISHERS)
    for (const initialisation of ['random', 'pca'] as const)
      test(`${fisher.kind}, ${initialisation}: influence of the block-diagonal damped Fisher`, () => {
        const curvature = blockGgn(problem, { fisher });
        const rule = { kind: 'damped', lambda: damping } as const;
        const expected = influenceFunction({ curvature, rule }).fit(fitted, train).score(queries);
        const fit = logra({ dimension: 50, damping, fisher, initialisation }).fit(fitted, train);
        expect(fit.dimension).toBe(model.parameterCount);
        expectMatrixClose(fit.score(queries), expected, { atol: 1e-11 * maxAbs(expected.data) });
      });
});

test('compressed: dense algebra with the Kronecker product of the drawn projections', () => {
  const dimension = 2;
  const f = 'margin';
  const g = perExampleGradients(model, 'cross-entropy', theta, train);
  const m = perExampleGradients(model, f, theta, queries);
  const expected = new Matrix(5, 25);
  for (const layer of model.sites) {
    const p = kron(drawn(layer, 'out', layer.outputs), drawn(layer, 'in', layer.inputs + 1));
    const small = matmul(columns(g, layer), p, { transposeB: true });
    const fisher = syrk(small, { transpose: true, alpha: 1 / 25 });
    let trace = 0;
    for (let i = 0; i < fisher.rows; i++) trace += fisher.at(i, i);
    for (let i = 0; i < fisher.rows; i++) fisher.set(i, i, fisher.at(i, i) + (0.1 * trace) / fisher.rows);
    const solved = solve(fisher, transpose(small));
    matmul(matmul(columns(m, layer), p, { transposeB: true }), solved, { out: expected, accumulate: true });
  }
  const fit = logra({ dimension, seed: 6, measurement: f }).fit(fitted, train);
  expect(fit.dimension).toBe(8);
  expectMatrixClose(fit.score(queries), expected, { atol: 1e-11 * maxAbs(expected.data) });

  function drawn({ index }: MlpLayer, side: string, length: number): Matrix {
    const data = rng(6, 'logra', index, side).fillNormal(new Float64Array(dimension * length));
    return new Matrix(
      dimension,
      length,
      data.map((v) => v / Math.sqrt(dimension)),
    );
  }
  function columns(a: Matrix, { offset, size }: MlpLayer): Matrix {
    return Matrix.of(Array.from({ length: a.rows }, (_, i) => a.row(i).subarray(offset, offset + size)));
  }
});

describe.each(SHARED_PROBLEMS)('shared weights: %s', (_, shared) => {
  const { data, ...own } = shared;
  test('without compression, the influence of the block-diagonal damped Fisher; pca keeps a share of the gradients', () => {
    const fisher = { kind: 'empirical' } as const;
    const rule = { kind: 'damped', lambda: 0.02 } as const;
    const curvature = blockGgn(shared, { fisher });
    const expected = influenceFunction({ curvature, rule }).fit(own, data).score(data);
    const fit = logra({ dimension: 50, damping: 0.02, initialisation: 'pca' }).fit(own, data);
    expectMatrixClose(fit.score(data), expected, { atol: 1e-10 * maxAbs(expected.data) });
    const small = logra({ dimension: 2, damping: 0.02, initialisation: 'pca' }).fit(own, data);
    const { query, train: kept } = small.discarded(data);
    for (const share of [query, kept]) {
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
    }
    expect(small.dimension).toBe(shared.model.blocks.reduce((sum, { rows, cols }) => sum + Math.min(2, rows) * Math.min(2, cols), 0)); // biome-ignore format: one line
  });
});

test('chunks change nothing; self-influence is the diagonal, and positive', () => {
  const options = { dimension: 3, seed: 1 } as const;
  const whole = logra(options).fit(fitted, train);
  const cut = logra({ ...options, chunk: 4 }).fit(fitted, train);
  const scores = whole.score(train);
  expectMatrixClose(cut.score(train), scores, { atol: 1e-12 * maxAbs(scores.data) });
  for (const [i, own] of whole.selfInfluence().entries()) {
    expect(own).toBeGreaterThan(0);
    expect(Math.abs(own - scores.at(i, i))).toBeLessThan(1e-12 * maxAbs(scores.data));
  }
});

test('refuses options that make no sense', () => {
  expect(() => logra({ dimension: 0 })).toThrow(DomainError);
  expect(() => logra({ damping: { relative: -1 } })).toThrow(DomainError);
  expect(() => logra({ initialisation: 'kfac' as 'pca' })).toThrow(DomainError);
  expect(() => logra({ damping: 0 }).fit(fitted, train)).toThrow(SingularError);
});
