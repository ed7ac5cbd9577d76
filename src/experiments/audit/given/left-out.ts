/** @file What a network would say of each row if it had not seen it: predicted by influence, without training. */
import { exampleValues, logits, probabilities } from '../../../autodiff/index.ts';
import { CURVATURES } from '../../../curvature/index.ts';
import {
  automaticDamping,
  type FittedModel,
  influenceFunction,
  measurementFunction,
} from '../../../influence/index.ts';
import { type Matrix, SingularError, type Vec } from '../../../linalg/index.ts';
import { once } from '../../engine/once.ts';
import { CommandError } from '../../files/command-error.ts';
import type { AuditData } from '../audit-data.ts';
import { measurementOf } from '../network.ts';
import { examplesOf } from './given-network.ts';

/** The network without each row, and with it. */
export interface LeftOut {
  readonly damping: number;
  /** The loss of each row, as it is: of numbers |prediction − target|. */
  readonly losses: Vec;
  /** Probabilities [n, classes], or predictions [n, 1], of the network trained without the row. */
  readonly predictions: Matrix;
  /** Change of what is measured on each query when a row is left out: [queries, n]. */
  readonly effects: (queries: AuditData) => Matrix;
}

/**
 * By EK-FAC, λ a tenth of the mean eigenvalue: without row i its own loss is L_i + s_i/N, s_i ≥ 0 the self-influence. So without the row its class
 * has the probability exp(−L_i − s_i/N), the others share the rest as they do now; of numbers, whose loss is r²/2, the residual is
 * sign(r) √(r² + 2 s_i/N).
 *
 * @throws {CommandError} the network is certain of every row, so that nothing curves.
 */
export function leftOutOf(fitted: FittedModel, table: AuditData): LeftOut {
  const data = examplesOf(table);
  const { model, loss, theta } = fitted;
  const n = table.answers.length;
  const classes = table.classes.length;
  const damping = dampingOf(fitted, table);
  const rule = { kind: 'damped', lambda: damping } as const;
  const self = influenceFunction({ curvature: CURVATURES.ekfac, rule }).fit(fitted, data).selfInfluence();
  const own = exampleValues(model, loss, theta, data);
  const raised = own.map((value, i) => value + Math.max(0, self[i]) / n);
  const predictions =
    classes > 0 ? probabilities(model, theta, table.inputs) : logits(model, theta, table.inputs);
  for (let i = 0; i < n; i++) {
    const row = predictions.row(i);
    if (classes > 0) withoutLabel(row, table.answers[i], Math.exp(-raised[i]));
    else {
      const side = row[0] < table.answers[i] ? -1 : 1;
      row[0] = table.answers[i] + side * Math.sqrt(2 * raised[i]);
    }
  }
  const measurement = measurementOf(classes);
  const measured = measurementFunction(measurement, loss);
  const fit = once(() =>
    influenceFunction({ curvature: CURVATURES.ekfac, rule, measurement }).fit(fitted, data),
  );
  return {
    damping,
    losses: exampleValues(model, measured, theta, data),
    predictions,
    effects(queries) {
      const scores = fit().score(examplesOf(queries));
      for (let at = 0; at < scores.data.length; at++) scores.data[at] /= n;
      return scores;
    },
  };
}

/** The label has the probability p, the other classes share the rest as before; alike where they had none. */
function withoutLabel(row: Vec, label: number, p: number): void {
  let others = 0;
  for (const [k, x] of row.entries()) if (k !== label) others += x;
  for (let k = 0; k < row.length; k++)
    if (k !== label) row[k] = (1 - p) * (others > 0 ? row[k] / others : 1 / (row.length - 1));
  row[label] = p;
}

function dampingOf({ model, loss, theta }: FittedModel, table: AuditData): number {
  try {
    return automaticDamping({ model, loss, theta, data: examplesOf(table) }, 'ggn');
  } catch (error) {
    if (!(error instanceof SingularError)) throw error;
    throw new CommandError(
      'the network is certain of every row: its loss curves nowhere, so no row can be told from another by influence.',
    );
  }
}
