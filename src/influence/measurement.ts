/** @file What is measured on a query: its loss, or the margin of its correct class. */

import type { Dataset } from '../autodiff/dataset.ts';
import type { ExampleFunction, Loss } from '../autodiff/functions.ts';
import type { Mlp } from '../autodiff/mlp.ts';
import { exampleValues } from '../autodiff/per-example.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import type { Vec } from '../linalg/matrix.ts';

/**
 * m(z_q, θ), the number whose change is predicted:
 *
 * - `loss`: the training loss of the query; lower is better.
 * - `margin`: log p_y − log(1 − p_y), the log-odds of the correct class; higher is better. Classification only.
 *   It keeps growing where the loss has saturated at 0.
 */
export type Measurement = 'loss' | 'margin';

/** The measurements of one model, one number per query. Regression has no margins. */
export interface QueryOutcomes {
  readonly losses: Vec;
  readonly margins?: Vec;
}

/** Every measurement, for tables and messages. */
export const MEASUREMENTS: readonly Measurement[] = ['loss', 'margin'];

/** @throws {DomainError} unknown name. */
export function checkMeasurement(where: string, measurement: Measurement): void {
  if (!MEASUREMENTS.includes(measurement))
    throw new DomainError(where, 'measurement', `one of ${MEASUREMENTS.join(', ')}`, measurement);
}

/**
 * The per-example function that a measurement stands for, for a model trained with `loss`.
 *
 * @throws {UnsupportedError} the margin of a regression, which has no correct class. @throws {DomainError} unknown name.
 * @example measurementFunction('loss', 'squared-error'); // 'squared-error'
 */
export function measurementFunction(measurement: Measurement, loss: Loss): ExampleFunction {
  checkMeasurement('measurementFunction', measurement);
  if (measurement === 'loss') return loss;
  if (loss !== 'cross-entropy')
    throw new UnsupportedError(
      `measurementFunction: no margin with ${loss}, which has no classes. Use 'loss'.`,
    );
  return 'margin';
}

/**
 * The function that `leaveSomeOut` measures retrained models with: θ ↦ loss of every query and, for classes, its margin.
 *
 * @param queries - Held by reference; not modified.
 * @returns A pure function of θ, shape [model.parameterCount]. It throws as `exampleValues` does.
 * @example queryMeasurer(model, 'cross-entropy', queries)(theta).losses.length; // number of queries
 */
export function queryMeasurer(model: Mlp, loss: Loss, queries: Dataset): (theta: Vec) => QueryOutcomes {
  return (theta) => {
    const losses = exampleValues(model, loss, theta, queries);
    if (loss !== 'cross-entropy') return { losses };
    return { losses, margins: exampleValues(model, 'margin', theta, queries) };
  };
}
