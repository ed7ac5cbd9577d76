/** @file Losses that are values, weights of examples and weights of classes against PyTorch's losses, from values to scores. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type Dataset,
  exampleValues,
  hessianByColumns,
  lossGgnvp,
  lossNamed,
  Mlp,
  meanGradient,
  perExampleGradients,
  selectExamples,
  softLabels,
  weightClasses,
} from '../../src/autodiff/index.ts';
import { CURVATURES, type CurvatureKind, hessianMatrix } from '../../src/curvature/index.ts';
import { influenceFunction, type Measurement, measurementFunction } from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/index.ts';
import { relativeError } from '../helpers/close.ts';
import { fromLower } from '../reference/golden.ts';

interface Case {
  readonly loss: string;
  readonly outputs: number;
  readonly theta: number[];
  readonly x: number[][];
  readonly y: number[] | number[][];
  readonly weights?: number[];
  readonly classWeights?: number[];
  readonly smoothing?: number;
  readonly losses: number[];
  readonly measured: number[];
  readonly grads: number[][];
  readonly mgrads: number[][];
  readonly hessian: number[];
  readonly ggn: number[];
  readonly kfac: number[];
  readonly ekfac: number[];
  readonly damping: number;
  readonly scores: Record<'ggn' | 'kfac' | 'ekfac' | 'margin', number[][]>;
}

interface File {
  readonly train: number;
  readonly cases: Record<string, Case>;
  readonly extremes: {
    readonly binary: readonly { u: number; t: number; loss: number; gradient: number; curvature: number }[];
    readonly soft: readonly { u: number[]; q: number[]; loss: number; gradient: number[] }[];
  };
}

const FILE = JSON.parse(readFileSync(new URL('../reference/losses.json', import.meta.url), 'utf8')) as File;

const EXACT = 1e-13;
/** Through an eigenbasis. */
const EIGEN = 1e-11;

function examples({ x, y, weights, classWeights, smoothing, outputs }: Case): Dataset {
  const inputs = Matrix.of(x);
  const answers =
    typeof y[0] === 'object'
      ? { targets: Matrix.of(y as number[][]) }
      : smoothing === undefined
        ? { labels: Int32Array.from(y as number[]) }
        : { targets: softLabels(y as number[], outputs, smoothing) };
  const own = weights === undefined ? {} : { weights: Matrix.of(weights.map((w) => [w])) };
  const data = { inputs, ...answers, ...own } as Dataset;
  return classWeights === undefined ? data : weightClasses(data, classWeights);
}

const flat = (rows: readonly number[][]): number[] => rows.flat();

describe.each(Object.entries(FILE.cases))('%s', (_, golden) => {
  const loss = lossNamed(golden.loss);
  const model = new Mlp([golden.x[0].length, 3, golden.outputs], 'tanh');
  const theta = Float64Array.from(golden.theta);
  const all = examples(golden);
  const range = (from: number, to: number): Dataset =>
    selectExamples(
      all,
      Array.from({ length: to - from }, (_, i) => from + i),
    );
  const train = range(0, FILE.train);
  const queries = range(FILE.train, golden.x.length);
  const problem = { model, loss, theta, data: train };
  const measurement: Measurement =
    golden.loss.startsWith('huber') || golden.loss === 'squared-error' ? 'absolute-error' : 'margin';

  test('losses and gradients of the examples, and of what is measured', () => {
    expect(relativeError(exampleValues(model, loss, theta, all), golden.losses)).toBeLessThan(EXACT);
    expect(relativeError(perExampleGradients(model, loss, theta, all).data, flat(golden.grads))).toBeLessThan(
      EXACT,
    );
    const f = measurementFunction(measurement, loss);
    expect(relativeError(exampleValues(model, f, theta, all), golden.measured)).toBeLessThan(EXACT);
    expect(
      relativeError(perExampleGradients(model, f, theta, queries).data, flat(golden.mgrads)),
    ).toBeLessThan(EXACT);
    const mean = golden.theta.map((_, k) =>
      golden.grads.slice(0, FILE.train).reduce((sum, row) => sum + row[k] / FILE.train, 0),
    );
    expect(relativeError(meanGradient(model, loss, theta, train), mean)).toBeLessThan(EXACT);
  });

  test('the Hessian in units and by columns, the Gauss–Newton matrix in units and by products', () => {
    const [h, g] = [fromLower(golden.hessian), fromLower(golden.ggn)];
    expect(relativeError(hessianMatrix(problem).data, h.data)).toBeLessThan(EXACT);
    expect(relativeError(hessianByColumns(model, loss, theta, train).data, h.data)).toBeLessThan(EXACT);
    expect(relativeError(CURVATURES.ggn.matrix(problem).data, g.data)).toBeLessThan(EXACT);
    const units = Matrix.identity(theta.length);
    expect(relativeError(lossGgnvp(model, loss, theta, train, units).data, g.data)).toBeLessThan(EXACT);
  });

  test('block-GGN, K-FAC and EK-FAC', () => {
    const g = fromLower(golden.ggn);
    const { offset: second } = model.blocks[1];
    for (let i = 0; i < g.rows; i++)
      for (let j = 0; j < g.cols; j++) if (i < second !== j < second) g.set(i, j, 0);
    expect(relativeError(CURVATURES['block-ggn'].matrix(problem).data, g.data)).toBeLessThan(EXACT);
    for (const kind of ['kfac', 'ekfac'] as const)
      expect(
        relativeError(CURVATURES[kind].matrix(problem).data, fromLower(golden[kind]).data),
        kind,
      ).toBeLessThan(EIGEN);
  });

  test('damped scores, under the loss and under what is measured', () => {
    const rule = { kind: 'damped', lambda: golden.damping } as const;
    const scores = (curvature: CurvatureKind, asked: Measurement): Matrix =>
      influenceFunction({ curvature: CURVATURES[curvature], rule, measurement: asked })
        .fit({ model, loss, theta }, train)
        .score(queries);
    for (const kind of ['ggn', 'kfac', 'ekfac'] as const)
      expect(relativeError(scores(kind, 'loss').data, flat(golden.scores[kind])), kind).toBeLessThan(EIGEN);
    expect(relativeError(scores('ggn', measurement).data, flat(golden.scores.margin))).toBeLessThan(EIGEN);
  });
});

describe('far out, where a probability has no digits left', () => {
  /** One linear unit per output on inputs that are its value: θ = identity. */
  const of = (name: string, u: readonly number[], targets: readonly number[]) => {
    const model = new Mlp([u.length, u.length], 'identity', { bias: false });
    const theta = Matrix.identity(u.length).data;
    const data = { inputs: Matrix.of([u]), targets: Matrix.of([targets]) };
    return { model, loss: lossNamed(name), theta, data };
  };

  test.each(FILE.extremes.binary)(
    'binary cross-entropy at u = $u, t = $t',
    ({ u, t, loss, gradient, curvature }) => {
      const { model, loss: f, theta, data } = of('binary-cross-entropy', [u], [t]);
      const close = (actual: number, expected: number): void =>
        expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
          8 * Number.EPSILON * Math.abs(expected) + 1e-320,
        );
      close(exampleValues(model, f, theta, data)[0], loss);
      if (u === 0) return;
      close(perExampleGradients(model, f, theta, data).data[0] / u, gradient);
      close(hessianMatrix({ model, loss: f, theta, data }).data[0] / u / u, curvature);
    },
  );

  test.each(FILE.extremes.soft)('soft labels $q at $u', ({ u, q, loss, gradient }) => {
    const { model, loss: f, theta, data } = of('soft-cross-entropy', u, q);
    expect(Math.abs(exampleValues(model, f, theta, data)[0] - loss)).toBeLessThanOrEqual(
      8 * Number.EPSILON * loss,
    );
    const at = u.findIndex((v) => v !== 0);
    const column = u.map(
      (_, c) => perExampleGradients(model, f, theta, data).data[c * u.length + at] / u[at],
    );
    for (const [c, g] of gradient.entries())
      expect(Math.abs(column[c] - g)).toBeLessThanOrEqual(
        16 * Number.EPSILON * Math.max(Math.abs(g), 0.05 * q[c]) + 1e-320,
      );
  });
});
