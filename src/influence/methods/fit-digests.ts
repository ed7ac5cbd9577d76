/** @file What tells that a fit belongs to a network and to a training set: SHA-256 digests of both. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import type { Network } from '../../autodiff/network.ts';
import { exampleValues, logits } from '../../autodiff/per-example.ts';
import type { Trajectory } from '../../autodiff/trajectory.ts';
import { FIT_FORMAT } from '../../curvature/stored-operator.ts';
import { DomainError } from '../../linalg/errors.ts';
import { Sha256 } from '../../linalg/io/sha256.ts';
import { encodeUtf8 } from '../../linalg/io/utf8.ts';
import type { FittedModel } from '../attributor.ts';

/** Of what the network computes on the training set, outputs and losses, and of its parameters and sites. */
export function networkDigest({ model, loss, theta }: FittedModel, train: Dataset): string {
  const digest = new Sha256().add(encodeUtf8(FIT_FORMAT, JSON.stringify(shapesOf(model))));
  digest.add(theta).add(logits(model, theta, train.inputs).data);
  return digest.add(exampleValues(model, loss, theta, train)).hex();
}

function shapesOf({ sites, outputPositions }: Network): unknown {
  return {
    outputPositions,
    sites: sites.map(({ lookup = 'none', bias = -1, ...site }) => ({ ...site, lookup, bias })),
  };
}

/** Of inputs, answers and weights. */
export function dataDigest(train: Dataset): string {
  const { inputs, weights } = train;
  const answers = 'labels' in train ? train.labels : train.targets.data;
  const shape = {
    examples: datasetSize(train),
    features: inputs.cols,
    labels: 'labels' in train,
    weights: weights !== undefined,
  };
  const digest = new Sha256()
    .add(encodeUtf8(FIT_FORMAT, JSON.stringify(shape)))
    .add(inputs.data)
    .add(answers);
  return (weights === undefined ? digest : digest.add(weights.data)).hex();
}

/** Of the checkpoints of a run with what its optimiser kept, of its rates and its settings. */
export function runDigest({ checkpoints, learningRates, optimiser, ...settings }: Trajectory): string {
  const { name, ...numbers } = optimiser ?? { name: 'sgd' };
  const shape = {
    ...settings,
    optimiser: { name, ...numbers },
    checkpoints: checkpoints.map(({ step, states = [] }) => ({ step, states: states.length })),
  };
  const digest = new Sha256().add(encodeUtf8(FIT_FORMAT, JSON.stringify(shape))).add(learningRates);
  for (const { theta, states = [] } of checkpoints) for (const part of [theta, ...states]) digest.add(part);
  return digest.hex();
}

/** @throws {DomainError} naming both. */
export function checkDigest(
  where: string,
  argument: string,
  what: string,
  stored: unknown,
  own: string,
): void {
  if (stored === own) return;
  const name = typeof stored === 'string' ? stored.slice(0, 12) : 'none';
  throw new DomainError(where, argument, `${what} (SHA-256 ${name}…)`, own, `another (${own.slice(0, 12)}…)`);
}
