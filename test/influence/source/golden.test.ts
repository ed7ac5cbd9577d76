/** @file SOURCE, ASTRA-SOURCE and TracIn on runs of PyTorch, against dense algebra in NumPy and SciPy. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../../src/autodiff/dataset.ts';
import type { Activation, Loss } from '../../../src/autodiff/functions.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { fromTorchOrder } from '../../../src/autodiff/torch-order.ts';
import type { Trajectory } from '../../../src/autodiff/trajectory.ts';
import type { Attributor } from '../../../src/influence/attributor.ts';
import { astraSourceInfluence } from '../../../src/influence/source/astra-source-influence.ts';
import { sourceInfluence } from '../../../src/influence/source/source-influence.ts';
import { tracin } from '../../../src/influence/source/tracin.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { relativeError } from '../../helpers/close.ts';

type Kind = 'ggn' | 'hessian' | 'ekfac' | 'ggn, mean parameters' | 'astra';
interface Run {
  readonly name: string;
  readonly sizes: number[];
  readonly activation: Activation;
  readonly loss: Loss;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly rates: number[];
  readonly batch: number;
  readonly checkpoints: number[];
  readonly segments: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly thetas: number[][];
  readonly end: number[];
  readonly inputs: number[][];
  readonly answers: number[] | number[][];
  readonly queryInputs: number[][];
  readonly queryAnswers: number[] | number[][];
  readonly scores: Record<'loss' | 'margin', Record<Kind, number[][]> | undefined>;
  readonly tracin: Record<'rate' | 'time', number[][]>;
}
const { runs } = JSON.parse(
  readFileSync(new URL('../../reference/source.json', import.meta.url), 'utf8'),
) as { runs: Run[] };

const dataset = (loss: Loss, inputs: number[][], answers: number[] | number[][]): Dataset =>
  loss === 'cross-entropy'
    ? { inputs: Matrix.of(inputs), labels: Int32Array.from(answers as number[]) }
    : { inputs: Matrix.of(inputs), targets: Matrix.of(answers as number[][]) };

for (const run of runs)
  describe(run.name, () => {
    const { loss, momentum, weightDecay, batch, steps, stepsPerEpoch, segments } = run;
    const model = new Mlp(run.sizes, run.activation);
    const own = (theta: number[]): Float64Array => fromTorchOrder(model, Float64Array.from(theta));
    const trajectory: Trajectory = {
      checkpoints: run.checkpoints.map((step, c) => ({ step, theta: own(run.thetas[c]) })),
      learningRates: Float64Array.from(run.rates),
      ...{ momentum, weightDecay, batch, steps, stepsPerEpoch },
    };
    const fitted = { model, loss, theta: own(run.end) };
    const train = dataset(loss, run.inputs, run.answers);
    const queries = dataset(loss, run.queryInputs, run.queryAnswers);
    const gap = (attributor: Attributor, expected: number[][]): number =>
      relativeError(attributor.fit(fitted, train).score(queries).data, Matrix.of(expected).data);

    for (const [measurement, expected] of Object.entries(run.scores) as [
      'loss' | 'margin',
      Record<Kind, number[][]>,
    ][]) {
      const base = { trajectory, segments, measurement };
      test(`SOURCE, ${measurement}: GGN, Hessian, EK-FAC, and the GGN at mean parameters`, () => {
        for (const curvature of ['ggn', 'hessian', 'ekfac'] as const)
          expect(gap(sourceInfluence({ ...base, curvature }), expected[curvature]), curvature).toBeLessThan(
            1e-11,
          );
        const fast = { ...base, curvature: 'ggn', average: 'parameters' } as const;
        expect(gap(sourceInfluence(fast), expected['ggn, mean parameters'])).toBeLessThan(1e-11);
      });

      test(`ASTRA-SOURCE, ${measurement}: exact solves in the limit`, () => {
        const solver = { momentum: 0, decay: 'none', iterations: 600, checkEvery: 600 } as const;
        expect(gap(astraSourceInfluence({ ...base, ...solver }), expected.astra)).toBeLessThan(1e-9);
      });
    }

    test('TracIn: rates and times', () => {
      for (const weights of ['rate', 'time'] as const)
        expect(gap(tracin({ trajectory, weights }), run.tracin[weights]), weights).toBeLessThan(1e-12);
    });
  });
