/** @file What networks, scores and studies of solvers look like in the store. */
import * as v from 'valibot';
import { usesLabels } from '../../autodiff/index.ts';
import { anyArray, finiteArray, type ResultForm, resultForm } from '../engine/result-form.ts';
import { finite, fraction, nonNegative } from '../files/json-schemas.ts';
import { stepsOf } from '../protocol/checkpointed-network.ts';
import { astraModel } from './network.ts';
import type { AstraSetting } from './setting.ts';
import type { AblationPlan, ConvergencePlan, DampingPlan } from './study-plans.ts';

const LOSSES = { trainLoss: nonNegative, queryLoss: nonNegative };
const ACCURACIES = { trainAccuracy: fraction, queryAccuracy: fraction };

/** θ at the end and at every checkpoint. */
export function networkForm(setting: AstraSetting): ResultForm {
  const theta = finiteArray(astraModel(setting).parameterCount);
  const { loss, training, draw } = setting;
  const { kept } = stepsOf(training, draw.train);
  return resultForm(
    v.strictObject(usesLabels(loss) ? { ...LOSSES, ...ACCURACIES } : LOSSES),
    { theta, ...Object.fromEntries(kept.map((step) => [`checkpoint/${step}`, theta])) },
    ['train'],
  );
}

const SCORE_VALUES = v.strictObject({
  residual: v.optional(nonNegative),
  largestResidual: v.optional(nonNegative),
  alpha: v.optional(finite),
  diverged: v.optional(v.literal(true)),
});

type Arrays = { readonly [name: string]: ReturnType<typeof finiteArray> };

/** Scores of a block of queries; none where the solver diverged. */
export function scoresForm({ draw }: AstraSetting, queries: number): ResultForm {
  return resultForm(
    SCORE_VALUES,
    ({ diverged }): Arrays => (diverged === true ? {} : { scores: finiteArray(queries, draw.train) }),
  );
}

/** As many checks as the run reached. */
export function convergenceForm({ draw }: AstraSetting, plan: ConvergencePlan): ResultForm {
  const { rates, checks, subsets } = plan;
  const reached = { atMost: checks.length };
  const value = v.strictObject({
    rate: v.picklist(rates, 'one of the rates of the sweep'),
    diverged: v.boolean(),
    exactResidual: nonNegative,
  });
  return resultForm(value, {
    sweep: anyArray(rates.length),
    iterations: finiteArray(reached),
    distance: anyArray(reached, draw.queries),
    residual: anyArray(reached, draw.queries),
    groups: anyArray(reached, draw.queries, subsets),
    exact: finiteArray(draw.queries, subsets),
  });
}

/** A solver that diverged has counts only. */
export function ablationForm({ draw }: AstraSetting, { thresholds, subsets }: AblationPlan): ResultForm {
  const counts = finiteArray(thresholds.length);
  return resultForm(v.strictObject({ diverged: v.boolean() }), ({ diverged }) =>
    diverged
      ? { counts }
      : {
          counts,
          groups: finiteArray(thresholds.length, draw.queries, subsets),
          errors: anyArray(thresholds.length, draw.queries),
        },
  );
}

/** NaN where a series diverged. */
export function dampingForm({ draw }: AstraSetting, { alphas, steps, subsets }: DampingPlan): ResultForm {
  const rows = alphas.length * steps.length;
  return resultForm(v.strictObject({}), {
    table: anyArray(rows, 5),
    truncated: anyArray(rows, draw.queries, subsets),
    damped: finiteArray(rows, draw.queries, subsets),
  });
}
