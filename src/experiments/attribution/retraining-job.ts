/** @file Retrainings of a network of one's own on one subset, as plain data that threads can send each other. */
import { type AnyTrainingConfig, lossNamed, type Precision, type Trainer } from '../../autodiff/index.ts';
import { type QueryOutcomes, queryMeasurer } from '../../influence/index.ts';
import type { Vec } from '../../linalg/index.ts';
import { trainerIn } from '../protocol/trainer-in.ts';
import { configOf, type PlainConfig } from '../user-files/plain-optimiser.ts';
import { dataset, type PlainData } from './plain-data.ts';
import { networkOf, type PlainNetwork } from './plain-network.ts';

/** What is trained, and measured. */
export interface RetrainedNetwork {
  readonly network: PlainNetwork;
  /** By name: a thread looks it up. */
  readonly loss: string;
  readonly config: AnyTrainingConfig | PlainConfig;
  /** Default float64. */
  readonly precision?: Precision;
  readonly train: PlainData;
  readonly queries: PlainData;
  readonly seed: number;
}

/** Some seeds of one subset. */
export interface RetrainingJob {
  /** Names what is trained: a thread records it once. */
  readonly key: string;
  readonly trained: RetrainedNetwork;
  readonly subset: number;
  readonly kept: Int32Array;
  readonly repeats: readonly number[];
}

/** What one retraining gave. */
export interface RetrainedOutcome {
  readonly repeat: number;
  readonly seconds: number;
  readonly outcomes: QueryOutcomes;
}

/** What trains and measures, recorded once. */
export interface RecordedRetrainer {
  readonly trainer: Trainer;
  readonly measure: (theta: Vec) => QueryOutcomes;
}

export function recordRetrainer({
  network,
  loss,
  config,
  precision = 'float64',
  train,
  queries,
}: RetrainedNetwork): RecordedRetrainer {
  const model = networkOf(network);
  const named = lossNamed(loss);
  return {
    trainer: trainerIn(precision, model, named, dataset(train), configOf(config)),
    measure: queryMeasurer(model, named, dataset(queries)),
  };
}

/** Trains from the streams rng(seed, 'retrain', subset, repeat, …): nothing depends on who computes it, or when. */
export function retrainAll(
  { trainer, measure }: RecordedRetrainer,
  { trained, subset, kept, repeats }: RetrainingJob,
): RetrainedOutcome[] {
  return repeats.map((repeat) => {
    const start = performance.now();
    const theta = trainer.train({ seed: trained.seed, path: ['retrain', subset, repeat], subset: kept });
    return { repeat, outcomes: measure(theta), seconds: (performance.now() - start) / 1000 };
  });
}
