/** @file Differentiates one run of training in a worker. */
import { trainingDerivative } from '../../influence/index.ts';
import type { Compute } from '../engine/bench.ts';
import { type DerivativeJob, type DerivativeReply, derivativeReply, jobTrainer } from './derivative-job.ts';
import { dataset } from './plain-data.ts';

const compute: Compute<DerivativeJob, DerivativeReply> = (job) => {
  const { queries, measurement, adjoint, run } = job;
  return derivativeReply(
    trainingDerivative(jobTrainer(job), { queries: dataset(queries), measurement, adjoint, ...run }),
  );
};

export default compute;
