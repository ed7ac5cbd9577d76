/** @file Fuzzed files of fitted curvatures: Kronecker factors with damping of modules, a dense basis of one module, a diagonal, TRAK, LoGra, eigenpairs, segments of a run. */
import { Trainer } from '../../src/autodiff/train.ts';
import {
  curvatureFits,
  readCurvatureFits,
  writeCurvatureFits,
} from '../../src/influence/methods/stored-fit.ts';
import { randomProblem } from '../helpers/problems.ts';
import type { FuzzedReader } from './readers.ts';

const problem = randomProblem({ sizes: [3, 2, 2], examples: 4 });
const { model, loss, data: train } = problem;
const trainer = new Trainer(model, loss, train, { epochs: 2, batch: 2 });
const { theta, trajectory } = trainer.trainTrajectory({ seed: 0, checkpoints: [2, 4] });
const to = { models: [{ ...problem, theta }], trajectories: [trajectory], train };

export const STORED_FIT: FuzzedReader = {
  name: 'stored fit',
  files: (
    [
      ['kfac', { dampingPer: 'module' }],
      ['ggn', { modules: 'last' }],
      ['diagonal-ggn', {}],
      ['trak', { dimension: 3 }],
      ['logra', { dimension: 2 }],
      ['arnoldi', { rank: 3 }],
      ['source', { segments: 2 }],
    ] as const
  ).map(([method, options]) => writeCurvatureFits(curvatureFits({ method, options, ...to }), to)),
  tokens: [
    ...['0', '-1', '1e999', '1e9', 'null', '[]', '{}', '"psd"', '"dense"', '"kronecker"', '"blocks"'],
    ...['"identity"', '"coordinates":true', '"size":4', '"factors":2', '"version":1', '"I32"', '"F64"'],
  ],
  fields: [0, 4],
  read: (bytes) => readCurvatureFits(bytes, to),
};
