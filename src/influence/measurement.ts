/** @file What is measured on a query: its loss, the margin of its correct class, or the absolute error of its prediction. */

import { asModel } from '../autodiff/as-model.ts';
import { asDataset, type DatasetInput } from '../autodiff/dataset.ts';
import { asLoss, type ExampleFunction, functionName, type Loss } from '../autodiff/functions.ts';
import type { MeasuredFunction } from '../autodiff/losses/measured.ts';
import type { Network } from '../autodiff/network.ts';
import { exampleValues } from '../autodiff/per-example.ts';
import type { VectorInput } from '../linalg/border/vector.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import type { Vec } from '../linalg/matrix.ts';

/**
 * m(z_q, θ), the number whose change is predicted:
 *
 * - `loss`: the training loss of the query; lower is better.
 * - `margin`: log p_y − log(1 − p_y), the log-odds of the correct class; higher is better. Classification only.
 *   It keeps growing where the loss has saturated at 0.
 * - `absolute-error`: Σ_c |u_c − t_c|, in the units of the targets; lower is better. Regression only. Its gradient, sign(u − t)∇u,
 *   keeps its length where the loss is at its minimum; where u = t exactly it counts as 0.
 */
export type Measurement = 'loss' | MeasuredFunction;

/** A measurement of classification. */
export type ClassMeasurement = 'loss' | 'margin';

/** The measurements of one model, one number per query. Regression has no margins, classification no absolute errors. */
export interface QueryOutcomes {
  readonly losses: Vec;
  readonly margins?: Vec;
  readonly absoluteErrors?: Vec;
}

/** What distinguishes a measurement. */
interface MeasurementFacts {
  /** Where retrained models' numbers are kept. */
  readonly outcome: keyof QueryOutcomes;
  /** What it is called, and what it needs of the answers. */
  readonly noun: string;
  readonly needs: string;
  /** A change for the better is a rise. */
  readonly rises?: true;
  /** Its gradient knows the sign of each residual alone, whatever its size. */
  readonly signs?: true;
}

/** Exhaustive by type: what a loss names as its measurement is an error here until it is described. */
export const MEASUREMENT_FACTS: { readonly [K in Measurement]: MeasurementFacts } = {
  loss: { outcome: 'losses', noun: 'loss', needs: 'answers' },
  margin: { outcome: 'margins', noun: 'margin', needs: 'classes', rises: true },
  'absolute-error': {
    outcome: 'absoluteErrors',
    noun: 'absolute error',
    needs: 'real targets',
    signs: true,
  },
};

/** The measurements of classification. */
export const CLASS_MEASUREMENTS: readonly ClassMeasurement[] = ['loss', 'margin'];

/** Every measurement, for tables and messages. */
export const MEASUREMENTS: readonly Measurement[] = Object.keys(MEASUREMENT_FACTS) as Measurement[];

/** @throws {DomainError} unknown name. */
export function checkMeasurement(where: string, measurement: Measurement): void {
  if (!MEASUREMENTS.includes(measurement))
    throw new DomainError(where, 'measurement', `one of ${MEASUREMENTS.join(', ')}`, measurement);
}

/**
 * The per-example function that a measurement stands for, for a model trained with `loss`.
 *
 * @throws {UnsupportedError} the margin of a regression, which has no correct class; the absolute error of a
 * classification, which has no real target. @throws {DomainError} unknown name.
 * @example measurementFunction('loss', 'squared-error'); // 'squared-error'
 */
export function measurementFunction(measurement: Measurement, loss: Loss): ExampleFunction {
  checkMeasurement('measurementFunction', measurement);
  const { measured, measure } = asLoss('measurementFunction', 'loss', loss);
  if (measurement === 'loss') return loss;
  if (measurement === measured) return measure ?? measured;
  const { noun, needs } = MEASUREMENT_FACTS[measurement];
  throw new UnsupportedError(
    `measurementFunction: no ${noun} with ${functionName(loss)}, which has no ${needs}. Use 'loss' or '${measured}'.`,
  );
}

/**
 * The function that `leaveSomeOut` measures retrained models with: θ ↦ loss of every query and its margin (classes) or absolute error (regression).
 *
 * @param given - The queries. Held by reference; not modified.
 * @returns A pure function of θ, shape [model.parameterCount]. It throws as `exampleValues` does.
 * @example queryMeasurer(model, 'cross-entropy', queries)(theta).losses.length; // number of queries
 */
export function queryMeasurer(
  network: Network,
  loss: Loss,
  given: DatasetInput,
): (theta: VectorInput) => QueryOutcomes {
  const where = 'queryMeasurer';
  const model = asModel(where, 'model', network);
  const { measured, measure = measured } = asLoss(where, 'loss', loss);
  const queries = asDataset(where, model, loss, given);
  return (theta) => {
    const losses = exampleValues(model, loss, theta, queries);
    return { losses, [MEASUREMENT_FACTS[measured].outcome]: exampleValues(model, measure, theta, queries) };
  };
}
