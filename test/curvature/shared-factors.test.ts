/** @file K-FAC and EK-FAC of shared weights against their definitions, written as loops over examples, labels, output positions and uses. */
import { describe, expect, test } from 'vitest';
import {
  embedding,
  LayerSweep,
  linear,
  network,
  type Site,
  selfAttention,
  sequential,
} from '../../src/autodiff/index.ts';
import {
  blockGgnMatrices,
  eigenOfFactors,
  ekfac,
  ekfacInBasis,
  kfac,
  kroneckerFactors,
  type Problem,
} from '../../src/curvature/index.ts';
import { DomainError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { SHARED_PROBLEMS } from '../helpers/shared-networks.ts';

/** What one example passes through a site: per position a with its 1, and g per pseudo-label; of the positions that count. */
interface Use {
  readonly a: readonly number[][];
  readonly g: readonly number[][][];
}

/** The uses of a site by every example, one example at a time. */
function usesOf({ model, loss, theta, data }: Problem): Use[][] {
  const { outputs: C, outputPositions: P } = model;
  return Array.from({ length: data.inputs.rows }, (_, n) => {
    const sweep = new LayerSweep(model, 'logits', 1);
    sweep.load(theta, data, n);
    sweep.forward();
    const w = (t: number): number => (P === 1 ? 1 : (data.weights?.at(n, t) ?? 1 / P));
    const seeds: Matrix[] = [];
    for (let t = 0; t < P; t++) {
      const u = Array.from({ length: C }, (_, c) => sweep.outputs.at(c, t));
      const p = u.map((x) => Math.exp(x) / u.reduce((sum, y) => sum + Math.exp(y), 0));
      for (let y = 0; y < C; y++) {
        const seed = new Matrix(C, P);
        for (let c = 0; c < C; c++) {
          const root =
            loss === 'cross-entropy' ? Math.sqrt(p[y]) * (p[c] - (c === y ? 1 : 0)) : c === y ? 1 : 0;
          seed.data[c * P + t] = Math.sqrt(w(t)) * root;
        }
        seeds.push(seed);
      }
    }
    const deltas = seeds.map((seed) => {
      sweep.backward(seed);
      return model.sites.map(({ index }) => sweep.delta(index).toArray());
    });
    return model.sites.map((site): Use => {
      const { positions, lookup, inputs, index, bias } = site;
      const from = sweep.input(index).toArray();
      const passes = (s: number): boolean => deltas.some((of) => of[index].some((row) => row[s] !== 0));
      const counting = Array.from({ length: positions }, (_, s) => s).filter(
        (s) => positions !== P || P === 1 || w(s) > 0 || passes(s),
      );
      const a = counting.map((s) => {
        const column = from.map((row) => row[s]);
        if (lookup !== undefined) return Array.from({ length: inputs }, (_, v) => (v === column[0] ? 1 : 0));
        return bias === undefined ? column : [...column, 1];
      });
      return { a, g: deltas.map((of) => counting.map((s) => of[index].map((row) => row[s]))) };
    });
  });
}

const zeros = (n: number): number[][] => Array.from({ length: n }, () => new Array<number>(n).fill(0));

function addOuter(to: number[][], x: readonly number[], scale: number): void {
  for (const [i, a] of x.entries()) for (const [j, b] of x.entries()) to[i][j] += scale * a * b;
}

/** A and G of a group of a site. */
function definition(
  uses: readonly Use[],
  site: Site,
  group: number,
  form: 'expand' | 'reduce',
): { A: Matrix; G: Matrix } {
  const { groups, inputs, outputs, bias } = site;
  const own = inputs / groups;
  const seen = (a: readonly number[]): number[] => [
    ...a.slice(group * own, (group + 1) * own),
    ...(bias === undefined ? [] : [1]),
  ];
  const units = outputs / groups;
  const passed = (g: readonly number[]): number[] => g.slice(group * units, (group + 1) * units);
  const sum = (rows: readonly number[][]): number[] =>
    rows[0].map((_, k) => rows.reduce((t, row) => t + row[k], 0));
  const N = uses.length;
  const A = zeros(seen(uses[0].a[0] ?? uses[1].a[0]).length);
  const G = zeros(units);
  const total = uses.reduce((t, { a }) => t + a.length, 0);
  for (const { a, g } of uses) {
    if (a.length === 0) continue;
    if (form === 'expand') for (const x of a) addOuter(A, seen(x), 1 / total);
    else
      addOuter(
        A,
        sum(a.map(seen)).map((x) => x / a.length),
        1 / N,
      );
    for (const label of g)
      if (form === 'expand') for (const x of label) addOuter(G, passed(x), 1 / N);
      else addOuter(G, sum(label.map(passed)), 1 / N);
  }
  return { A: Matrix.of(A), G: Matrix.of(G) };
}

/** A second moment of a site among the columns of its block: weights first, its bias, and 0 for the biases of other uses. */
function inColumns(moment: Matrix, cols: number, { bias }: Site): Matrix {
  const place = (k: number): number => (bias !== undefined && k === moment.cols - 1 ? bias : k);
  const out = Matrix.zeros(cols, cols);
  for (let i = 0; i < moment.rows; i++)
    for (let j = 0; j < moment.cols; j++) out.data[place(i) * cols + place(j)] = moment.at(i, j);
  return out;
}

describe.each(SHARED_PROBLEMS)('%s', (_, problem) => {
  const { model } = problem;
  const all = usesOf(problem);

  test.each(['expand', 'reduce'] as const)('factors, %s: the definition', (form) => {
    for (const options of [{}, { batch: 3 }])
      for (const { block, gradientCovariance: left, inputCovariance: right } of kroneckerFactors(problem, {
        kfac: form,
        ...options,
      })) {
        const { sites } = model.blocks[model.sites[block.layer].block];
        if (sites.length > 1 || block.exact === true) continue;
        const [site] = sites;
        const uses = all.map((of) => of[site.index]);
        const { A, G } = definition(uses, site, block.group ?? 0, form);
        const table = site.lookup !== undefined;
        expectMatrixClose(left, table ? A : G, { atol: 1e-14, rtol: 4e-15 });
        expectMatrixClose(right, table ? G : A, { atol: 1e-14, rtol: 4e-15 });
      }
  });

  test('of tied uses one product, with the partial traces of their sum', () => {
    for (const { block, gradientCovariance: left, inputCovariance: right } of kroneckerFactors(problem)) {
      const { sites, cols } = model.blocks[model.sites[block.layer].block];
      if (sites.length === 1) continue;
      const trace = ({ rows, data }: Matrix): number =>
        Array.from({ length: rows }, (_, i) => data[i * (rows + 1)]).reduce((a, b) => a + b, 0);
      const [L, R] = [new Matrix(left.rows, left.rows), new Matrix(cols, cols)];
      for (const site of sites) {
        const { A, G } = definition(
          all.map((of) => of[site.index]),
          site,
          0,
          'expand',
        );
        const [l, own] = site.lookup === undefined ? [G, A] : [A, G];
        const r = inColumns(own, cols, site);
        for (let k = 0; k < L.data.length; k++) L.data[k] += trace(r) * l.data[k];
        for (let k = 0; k < R.data.length; k++) R.data[k] += trace(l) * r.data[k];
      }
      expectMatrixClose(left, L, { atol: 1e-13 });
      expectClose(
        right.data,
        R.data.map((x) => x / trace(L)),
        { atol: 1e-13 },
      );
    }
  });

  test.each([
    ['layer', 'expand'],
    ['layer', 'reduce'],
    ['tensor', 'expand'],
  ] as const)('EK-FAC by %s, %s: the diagonal of the block-GGN in the basis of the factors', (kind, form) => {
    const options = { partition: kind, kfac: form };
    const b = new Matrix(model.parameterCount, model.parameterCount);
    for (const { block, matrix } of blockGgnMatrices(problem, { partition: kind }))
      for (const [i, from] of block.indices.entries())
        for (const [j, to] of block.indices.entries()) b.data[from * b.cols + to] = matrix.at(i, j);
    const { values, basis } = ekfac(problem, options);
    const u = basis.unrotate(Matrix.identity(model.parameterCount)); // row i is eigenvector i
    const bu = matmul(u, b);
    for (let i = 0; i < values.length; i++) {
      const expected = u.row(i).reduce((sum, x, k) => sum + x * bu.at(i, k), 0);
      expect(Math.abs(values[i] - expected)).toBeLessThan(1e-13);
    }
    const blocks = eigenOfFactors(kroneckerFactors(problem, options));
    expectClose(ekfacInBasis(problem, blocks).values, values, { atol: 1e-15 });
  });

  test('scale and shift keep their exact block', () => {
    const dense = [kfac(problem).toDense(), ekfac(problem).toDense()];
    for (const { block, matrix } of blockGgnMatrices(problem)) {
      if (model.sites[block.layer].kronecker) continue;
      for (const c of dense)
        for (const [i, from] of block.indices.entries())
          expectClose(
            Array.from(block.indices, (to) => c.at(from, to)),
            matrix.row(i),
            { atol: 1e-13 },
          );
    }
  });
});

test('another form is refused', () => {
  expect(() => kroneckerFactors(SHARED_PROBLEMS[0][1], { kfac: 'sum' as never })).toThrow(DomainError);
});

test('tokens of weight 0: those before the ones that count are seen by keys and values, those after them by nothing', () => {
  const T = 4;
  const chain = sequential([embedding(3), selfAttention(1, { causal: true }), linear(3)]);
  const model = network({ tokens: T, vocabulary: 5 }, chain);
  const random = rng(4, 'tokens of weight 0');
  const theta = random.fillNormal(new Float64Array(model.parameterCount));
  const row = (of: number): number[] => Array.from({ length: T }, () => random.integer(of));
  const [inputs, labels] = [[row(5), row(5), row(5)], Int32Array.from([row(3), row(3), row(3)].flat())];
  const weights = Matrix.of(inputs.map(() => [0, 0, 1, 0]));
  const factorsOf = (ids: number[][]) => kroneckerFactors({ model, loss: 'cross-entropy', theta, data: { inputs: Matrix.of(ids), labels, weights } }); // biome-ignore format: one line
  const factors = factorsOf(inputs);
  const others = factorsOf(inputs.map(([a, b, c, d]) => [a, b, c, (d + 1) % 5]));
  for (const [k, { block, gradientCovariance, inputCovariance }] of factors.entries()) {
    expect(others[k].gradientCovariance.data).toEqual(gradientCovariance.data);
    expect(others[k].inputCovariance.data).toEqual(inputCovariance.data);
    const { lookup, inputs: width } = model.sites[block.layer];
    if (lookup === undefined) continue;
    // frequencies of the ids at the first three positions
    const seen = inputs.flatMap((ids) => ids.slice(0, 3));
    const frequencies = Array.from({ length: width }, (_, v) => seen.filter((id) => id === v).length / 9);
    expectClose(
      frequencies.map((_, v) => gradientCovariance.at(v, v)),
      frequencies,
      { atol: 1e-15 },
    );
  }
});
