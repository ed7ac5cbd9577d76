/** @file What jobs and retrainings cost, from sizes alone: operations, epochs, memory and bytes on disk. */
import { partition } from '../../../curvature/index.ts';
import { recordBytes } from '../../engine/retraining-log.ts';
import { GRADIENT_DOT, METHODS, type Method } from '../../protocol/methods.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { settingModel } from '../../protocol/setting-model.ts';
import type { NetworkJob } from './network-job.ts';

/** What a unit of work needs. */
export interface Cost {
  /** Floating-point operations of dense linear algebra. */
  readonly operations: number;
  /** Passes over the training set, of the size that a retraining sees. */
  readonly epochs: number;
  /** Bytes held at once, beside what every worker holds. */
  readonly memory: number;
}

const DOUBLE = 8;

/**
 * n³ times this is an eigendecomposition with half of the vectors: 8/3 n³ for the tridiagonal form and its eigenpairs,
 * 2 n² for each vector brought back.
 */
const EIGEN = 11 / 3;

/** Square matrices held at once while one is decomposed, as measured: input, workspace, vectors, exact Hessian. */
const EIGEN_MATRICES = 5;

/** One retraining: no large matrices. */
export function retrainingCost(setting: SettingConfig): Cost {
  return { operations: 0, epochs: setting.training.epochs, memory: 0 };
}

/** One job. Measured against stored times these are right within a factor of two. */
export function jobCost(setting: SettingConfig, job: NetworkJob): Cost {
  const d = settingModel(setting).parameterCount;
  const { train: n } = setting.data;
  const squares = (count: number): number => count * d * d * DOUBLE;
  switch (job.kind) {
    case 'base-training':
      return {
        operations: 0,
        epochs: setting.training.epochs / setting.subsetFraction,
        memory: n * d * DOUBLE,
      };
    case 'diagnostics':
      return {
        operations: 6 * n * d * d + EIGEN * blockCubes(setting),
        epochs: 0,
        memory: Math.max(
          squares(3),
          squares(1) + EIGEN_MATRICES * Math.max(...blockSizes(setting)) ** 2 * DOUBLE,
        ),
      };
    case 'attribution':
      return { epochs: 0, ...attributionCost(setting, job.method, d) };
  }
}

function attributionCost(setting: SettingConfig, method: Method, d: number): Omit<Cost, 'epochs'> {
  const { train: n, queries: q } = setting.data;
  const score = 2 * q * n * d;
  if (method === GRADIENT_DOT) return { operations: score, memory: n * d * DOUBLE };
  const product = 2 * n * d * d; // a curvature matrix, or n products with one
  const [decomposition, rotations] =
    method === 'hessian' || method === 'ggn'
      ? [product + EIGEN * d ** 3, product]
      : method === 'block-ggn'
        ? [product + EIGEN * blockCubes(setting), 0]
        : [0, 0];
  const matrices = method === 'hessian' || method === 'ggn' ? EIGEN_MATRICES : method === 'block-ggn' ? 4 : 1;
  return {
    operations: score + decomposition + product + rotations,
    memory: matrices * d * d * DOUBLE + n * d * DOUBLE,
  };
}

function blockSizes(setting: SettingConfig): number[] {
  return partition(settingModel(setting), setting.curvature.partition).map(({ indices }) => indices.length);
}

function blockCubes(setting: SettingConfig): number {
  return blockSizes(setting).reduce((total, size) => total + size ** 3, 0);
}

/** Bytes that the results of a job take in the store. */
export function jobBytes(setting: SettingConfig, job: NetworkJob): number {
  const d = settingModel(setting).parameterCount;
  const { train: n, queries: q } = setting.data;
  switch (job.kind) {
    case 'base-training':
      return d * DOUBLE;
    case 'diagnostics':
      return 0;
    case 'attribution':
      return (q * n + (job.method === GRADIENT_DOT ? 0 : d + n)) * DOUBLE;
  }
}

/** Bytes that one retraining takes in its log. */
export function retrainingBytes({ data }: SettingConfig): number {
  return recordBytes(data.queries, 2);
}

/** Bytes of what is written beside the stored work: arrays for other programs, figures, a part of the report. */
export function exportBytes(setting: SettingConfig, { subsets, seeds }: RunSize): number {
  const { train: n, queries: q } = setting.data;
  const figures = 2e6;
  const predictions = setting.baseModels < 2 ? 0 : setting.baseModels * subsets * q;
  return METHODS.length * (q * n + predictions) * DOUBLE + 2 * subsets * seeds * q * DOUBLE + figures;
}
