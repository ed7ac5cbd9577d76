/** @file Scores of one method, the spectrum behind them, and the error of its inverse. */

import { perExampleGradients } from '../../../../autodiff/index.ts';
import {
  CURVATURES,
  decompose,
  type EigenOperator,
  ggnMatrix,
  inverseErrors,
  type LadderKind,
  type Problem,
} from '../../../../curvature/index.ts';
import { type FittedAttributor, gradientDot, influenceFunction } from '../../../../influence/index.ts';
import { denseOperator, type Matrix } from '../../../../linalg/index.ts';
import { arrayOf } from '../../../engine/stored-array.ts';
import type { StoredArray, TaskResult } from '../../../engine/task.ts';
import { timed } from '../../../engine/timed.ts';
import { jsonNumbers } from '../../../files/json-number.ts';
import { prepareDigits } from '../../../protocol/data/prepare-digits.ts';
import { GRADIENT_DOT, type Method } from '../../../protocol/methods.ts';
import type { SettingConfig } from '../../../protocol/setting.ts';
import { methodRule } from '../reproduce-tasks.ts';
import type { TimedHessian } from './exact-hessian.ts';

/** How many training gradients are held at once while Eq. 9 is evaluated. */
const ERROR_BATCH = 256;

/** Everything that one method says about one network. `hessian` gives the exact Hessian. */
export function attribute(
  setting: SettingConfig,
  method: Method,
  problem: Problem,
  hessian: () => TimedHessian,
): TaskResult {
  const { measurement } = setting;
  const { query } = prepareDigits(setting.data);
  const { data, ...fitted } = problem;
  const seconds: { [stage: string]: number } = {};
  if (method === GRADIENT_DOT) {
    const attributor = gradientDot({ measurement }).fit(fitted, data);
    return { value: {}, arrays: score(attributor, query, seconds), seconds };
  }
  const rule = methodRule(setting, method);
  const operator = buildOperator(setting, method, problem, hessian, seconds);
  const attributor = influenceFunction({ curvature: operator, rule, measurement }).fit(fitted, data);
  const arrays = score(attributor, query, seconds);
  const { matrix: exact } = hessian(); // before the clock of the errors
  const errors = timed(seconds, 'error', () =>
    inverseErrors(denseOperator(exact, 'symmetric'), operator, rule, trainingGradients(problem)),
  );
  const { rank, negative } = operator.kept(rule);
  return {
    value: jsonNumbers({
      error: errors.mean,
      rank,
      negative,
      trace: operator.trace(),
      frobenius: operator.frobeniusNorm(),
    }),
    arrays: {
      ...arrays,
      spectrum: arrayOf(operator.values.slice().sort()),
      errors: arrayOf(errors.perVector),
    },
    seconds,
  };
}

/** Matrix and eigendecomposition are timed apart where they are apart. Eigenvectors are those that the setting's rule needs. */
function buildOperator(
  setting: SettingConfig,
  method: LadderKind,
  problem: Problem,
  hessian: () => TimedHessian,
  seconds: { [stage: string]: number },
): EigenOperator {
  const { curvature } = setting;
  const rule = methodRule(setting, method);
  const options = rule.kind === 'truncated' ? { ...curvature, keepAbove: rule.eps } : curvature;
  const { structure } = CURVATURES[method];
  const kept = rule.kind === 'truncated' ? { keepAbove: rule.eps } : {};
  const eigen = (matrix: Matrix, overwrite: boolean): EigenOperator =>
    timed(seconds, 'eigen', () => decompose(matrix, { ...kept, structure, overwrite }));
  switch (method) {
    case 'hessian': {
      const exact = hessian();
      seconds['matrix'] = exact.seconds; // also when an earlier task of this worker paid them
      return eigen(exact.matrix, false); // it is kept for Eq. 9
    }
    case 'ggn': {
      const ggn = timed(seconds, 'matrix', () => ggnMatrix(problem, options.fisher));
      return eigen(ggn, true);
    }
    default:
      return timed(seconds, 'build', () => CURVATURES[method].build(problem, options));
  }
}

function score(
  attributor: FittedAttributor,
  query: Problem['data'],
  seconds: { [stage: string]: number },
): { scores: StoredArray } {
  return { scores: arrayOf(timed(seconds, 'score', () => attributor.score(query))) };
}

/** ∇L(z_i) of all training examples, in batches of rows. */
function* trainingGradients({ model, loss, theta, data }: Problem): Generator<Matrix> {
  const n = data.inputs.rows;
  for (let start = 0; start < n; start += ERROR_BATCH)
    yield perExampleGradients(model, loss, theta, data, start, Math.min(start + ERROR_BATCH, n));
}
