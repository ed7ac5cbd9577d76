/** @file The derivative of one run, to be computed by a worker, as plain data that threads can send each other. */
import type { AdjointCurvature } from '../../autodiff/adjoint-sweep.ts';
import { functionName } from '../../autodiff/functions.ts';
import { type Dataset, lossNamed, Trainer } from '../../autodiff/index.ts';
import type { RunName } from '../../autodiff/training-replay.ts';
import type { Measurement, TrainingDerivative } from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';
import { configOf, type PlainConfig, plainConfig } from '../user-files/plain-optimiser.ts';
import { dataset, type PlainData, type PlainMatrix, plainData, plainMatrix } from './plain-data.ts';
import { networkOf, type PlainNetwork, plainNetwork } from './plain-network.ts';

/** What is differentiated, and with respect to which run. */
export interface DerivativeJob {
  readonly network: PlainNetwork;
  /** Its name: a value has functions, which threads cannot send. */
  readonly loss: string;
  readonly config: PlainConfig;
  readonly train: PlainData;
  readonly queries: PlainData;
  readonly measurement: Measurement;
  readonly adjoint: AdjointCurvature;
  readonly run: RunName;
}

/** What a worker answers. */
export interface DerivativeReply extends Omit<TrainingDerivative, 'scores' | 'growth'> {
  readonly scores: PlainMatrix;
  readonly growth: PlainMatrix;
}

/** The job of one run of a trainer. */
export function derivativeJob(
  { model, loss, data, config }: Trainer,
  queries: Dataset,
  asked: Pick<DerivativeJob, 'measurement' | 'adjoint' | 'run'>,
): DerivativeJob {
  const sent = { train: plainData(data), queries: plainData(queries) };
  return {
    network: plainNetwork(model),
    loss: functionName(loss),
    config: plainConfig(config),
    ...sent,
    ...asked,
  };
}

/** The trainer of a job. */
export function jobTrainer({ network, loss, config, train }: DerivativeJob): Trainer {
  return new Trainer(networkOf(network), lossNamed(loss), dataset(train), configOf(config));
}

export function derivativeReply({ scores, growth, ...rest }: TrainingDerivative): DerivativeReply {
  return { scores: plainMatrix(scores), growth: plainMatrix(growth), ...rest };
}

/** The reverse of {@link derivativeReply}. */
export function fromReply({ scores, growth, ...rest }: DerivativeReply): TrainingDerivative {
  return {
    scores: new Matrix(scores.rows, scores.cols, scores.data),
    growth: new Matrix(growth.rows, growth.cols, growth.data),
    ...rest,
  };
}
