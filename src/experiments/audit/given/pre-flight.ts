/** @file Whether a given network is where influence supposes it to be: at a minimum of the mean loss of its rows. */
import { meanGradient, perExampleGradients, selectExamples } from '../../../autodiff/index.ts';
import { hessianOperator } from '../../../curvature/index.ts';
import type { FittedModel } from '../../../influence/index.ts';
import { lanczos, rng } from '../../../linalg/index.ts';
import type { AuditData } from '../audit-data.ts';
import { examplesOf } from './given-network.ts';

export interface PreFlight {
  /** ‖mean gradient‖ over the root mean square of the gradients of single rows: 0 at a minimum, 1 where all rows pull the same way. */
  readonly slope: number;
  /** Of the Hessian of the mean loss: smallest eigenvalue, as far as a short Lanczos run sees it. */
  readonly smallest: number;
}

/** Rows that the two are taken over, and products with the Hessian, at most. */
const ROWS = 1000;
const PRODUCTS = 40;
const CHUNK = 64;
/** Above, the network is no minimum of these rows. */
const SETTLED = 0.1;

export function preFlight({ model, loss, theta }: FittedModel, table: AuditData): PreFlight {
  const n = table.answers.length;
  const sample = rng(0, 'audit', 'pre-flight').permutation(n).slice(0, ROWS).sort();
  const data = selectExamples(examplesOf(table), sample);
  let squares = 0;
  for (let from = 0; from < sample.length; from += CHUNK) {
    const to = Math.min(sample.length, from + CHUNK);
    for (const g of perExampleGradients(model, loss, theta, data, from, to).data) squares += g * g;
  }
  const mean = meanGradient(model, loss, theta, data);
  const norm = Math.sqrt(mean.reduce((sum, g) => sum + g * g, 0));
  const { values } = lanczos(hessianOperator({ model, loss, theta, data }), 1, rng(0, 'audit', 'smallest'), {
    target: 'smallest',
    maxIterations: Math.min(theta.length, PRODUCTS),
    onFailure: 'return',
  });
  const single = Math.sqrt(squares / sample.length);
  return { slope: single > 0 ? norm / single : 0, smallest: values[0] };
}

/** What stands in the way, in sentences. @param predicts - Whether effects were measured to predict retraining: then it does not matter that a minimum is supposed. */
export function preFlightWarnings(
  { slope, smallest }: PreFlight,
  damping: number,
  predicts: boolean,
): string[] {
  return [
    ...(slope > SETTLED
      ? [
          `The network is at no minimum of the loss of these rows: their mean gradient is ${slope.toPrecision(2)} of that of a single row. Either it was not trained to the end, or not on these rows in this form, or with a weight decay, which is not known here.`,
        ]
      : []),
    ...(smallest < -damping && !predicts
      ? [
          `What the network would say without a row is computed as if it were at a minimum of the loss, and the loss still curves downwards in some direction (eigenvalue ${smallest.toPrecision(2)}, damping ${damping.toPrecision(2)}). Train it longer, or let it be measured how far that matters: leave --halves 0 away.`,
        ]
      : []),
  ];
}
