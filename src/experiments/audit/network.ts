/** @file The network of an audit: an MLP on scaled features, with cross-entropy for classes and Huber's loss for numbers. */
import {
  type Dataset,
  type Loss,
  logits,
  Mlp,
  probabilities,
  selectExamples,
  Trainer,
} from '../../autodiff/index.ts';
import type { FittedModel, Measurement } from '../../influence/index.ts';
import { Matrix, type Vec } from '../../linalg/index.ts';
import { type Scaling, scaledInputs, scalingOf, type Unscaled } from '../tables/scaling.ts';
import { tableLoss } from '../tables/table-loss.ts';
import { type Candidate, type DataShape, trainingOf } from './plan.ts';

export function lossOf(classes: number): Loss {
  return tableLoss(classes > 0 ? 'classes' : 'numbers');
}

/** What changes are told of: the loss of a class, the absolute error of a number. */
export function measurementOf(classes: number): Measurement {
  return classes > 0 ? 'loss' : 'absolute-error';
}

/** All examples on the scale of some, and the network for them. */
export interface Prepared {
  readonly model: Mlp;
  readonly loss: Loss;
  readonly data: Dataset;
  readonly scaling: Scaling;
}

/** @param kept - The examples whose mean and deviation are used. */
export function prepare(
  examples: Unscaled,
  kept: Int32Array,
  shape: DataShape,
  candidate: Candidate,
): Prepared {
  return prepareScaled(examples, scalingOf(examples, kept, shape.classes), shape, candidate);
}

/** The same with a scale that is known. */
export function prepareScaled(
  examples: Unscaled,
  scaling: Scaling,
  { features, classes }: DataShape,
  { hidden }: Candidate,
): Prepared {
  const inputs = scaledInputs(examples.inputs, scaling);
  const { answers } = examples;
  const data: Dataset =
    classes > 0
      ? { inputs, labels: Int32Array.from(answers) }
      : {
          inputs,
          targets: new Matrix(
            answers.length,
            1,
            answers.map((t) => (t - scaling.centre) / scaling.spread),
          ),
        };
  const model = new Mlp([features, ...hidden, Math.max(1, classes)], 'relu');
  return { model, loss: lossOf(classes), data, scaling };
}

/** θ after training on some examples. @throws {NumericalError} it diverges. */
export function trained(
  { model, loss, data }: Prepared,
  candidate: Candidate,
  subset: Int32Array,
  seed: number,
  path: readonly (string | number)[],
): Vec {
  return new Trainer(model, loss, data, trainingOf(candidate, subset.length)).train({ seed, path, subset });
}

/** Probabilities [k, classes] of some examples, or their predicted targets [k, 1] in the units of the table. */
export function predicted(
  { model, data, scaling }: Prepared,
  theta: Vec,
  of: Int32Array,
  classes: number,
): Matrix {
  const { inputs } = selectExamples(data, of);
  if (classes > 0) return probabilities(model, theta, inputs);
  const out = logits(model, theta, inputs);
  for (let i = 0; i < out.data.length; i++) out.data[i] = scaling.centre + scaling.spread * out.data[i];
  return out;
}

/** The network at θ as attribution takes it. */
export function fitted({ model, loss }: Prepared, theta: Vec): FittedModel {
  return { model, loss, theta };
}
