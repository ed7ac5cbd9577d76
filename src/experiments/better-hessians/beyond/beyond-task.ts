/** @file One approach under one rule on one network, as a stored task: scores, Eq. 9 errors, cost. */

import * as v from 'valibot';
import { perExampleGradients } from '../../../autodiff/index.ts';
import { ggnMatrix, hessianMatrix, type InverseRule, type Problem } from '../../../curvature/index.ts';
import { measurementFunction } from '../../../influence/index.ts';
import { denseOperator, Matrix, matmul, norm2 } from '../../../linalg/index.ts';
import { once } from '../../engine/once.ts';
import {
  anyArray,
  finiteArray,
  type ResultForm,
  resultForm,
  type StoredTask,
} from '../../engine/result-form.ts';
import { arrayOf } from '../../engine/stored-array.ts';
import { type StoredArray, type TaskResult, task, taskKey } from '../../engine/task.ts';
import { finite, index, recordOf } from '../../files/json-schemas.ts';
import { prepareDigits } from '../../protocol/data/prepare-digits.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { baseTrainingTask, PROTOCOL_VERSIONS } from '../../protocol/tasks.ts';
import type { Answer, Approach, Network } from './approach.ts';

/** Versions of the stored tasks. */
export const BEYOND_VERSIONS = { ...PROTOCOL_VERSIONS, beyond: 2 } as const;

/** The task of an approach at base model `model`. `sample`: training gradients that Eq. 9 is averaged over. */
export function beyondTask(
  setting: SettingConfig,
  model: number,
  approach: Approach,
  rule: InverseRule,
  sample: number,
): StoredTask {
  const { measurement, curvature, data } = setting;
  const config = { approach: approach.id, rule, measurement, curvature, sample };
  return {
    ...task(BEYOND_VERSIONS, 'beyond', config, {
      data: prepareDigits(data).hash,
      network: taskKey(baseTrainingTask(setting, model)),
    }),
    form: answersForm(setting, approach, sample),
  };
}

/** The form of {@link encodeAnswers}. */
function answersForm({ data }: SettingConfig, { answers, details }: Approach, sample: number): ResultForm {
  const answer = v.strictObject({ stored: index, ...recordOf(details, finite).entries });
  const value = v.union(
    [
      v.strictObject({}),
      recordOf(
        answers.map(({ id }) => id),
        answer,
      ),
    ],
    'all answers of the approach, or none',
  );
  return resultForm(
    value,
    (found) =>
      Object.fromEntries(
        Object.keys(found).flatMap((id) => [
          [`scores/${id}`, finiteArray(data.queries, data.train)],
          [`errors/${id}`, anyArray({ atMost: sample })],
        ]),
      ),
    Object.keys,
  );
}

/** A network for all approaches, and the gradients of all training examples, [N, D]. */
export interface JudgedNetwork extends Network {
  readonly training: Matrix;
}

/** Matrices are computed when first asked for, and kept. */
export function judgedNetwork(setting: SettingConfig, problem: Problem, sample: number): JudgedNetwork {
  const { model, loss, theta, data } = problem;
  const { query } = prepareDigits(setting.data);
  const training = perExampleGradients(model, loss, theta, data);
  return {
    problem,
    options: setting.curvature,
    hessian: once(() => hessianMatrix(problem)),
    ggn: once(() => ggnMatrix(problem, setting.curvature.fisher)),
    queries: perExampleGradients(model, measurementFunction(setting.measurement, loss), theta, query),
    sample: spread(training, sample),
    training,
  };
}

/** Answers as a stored result. No answers: the approach does not exist under the rule. */
export function encodeAnswers(network: JudgedNetwork, answers: readonly Answer[]): TaskResult {
  const arrays: { [name: string]: StoredArray } = {};
  for (const { id, queries, sample } of answers) {
    arrays[`scores/${id}`] = arrayOf(matmul(queries, network.training, { transposeB: true }));
    arrays[`errors/${id}`] = arrayOf(sampleErrors(network, sample));
  }
  return {
    value: Object.fromEntries(answers.map(({ id, stored, details }) => [id, { stored, ...details }])),
    arrays,
    seconds: Object.fromEntries(answers.map(({ id, seconds }) => [id, seconds])),
  };
}

/** ‖H Ĥ⁻¹ v − v‖² / ‖v‖² of every gradient of the sample that is not zero (Eq. 9). */
function sampleErrors({ hessian, sample }: JudgedNetwork, solved: Matrix): Float64Array {
  const image = denseOperator(hessian(), 'symmetric').applyRows(solved);
  const errors: number[] = [];
  for (let i = 0; i < sample.rows; i++) {
    const v = sample.row(i);
    const length = norm2(v);
    if (length > 0) errors.push((norm2(image.row(i).map((x, j) => x - v[j])) / length) ** 2);
  }
  return Float64Array.from(errors);
}

/** At most `count` rows, evenly spaced. */
function spread(rows: Matrix, count: number): Matrix {
  const n = Math.min(count, rows.rows);
  const out = new Matrix(n, rows.cols);
  for (let i = 0; i < n; i++) out.row(i).set(rows.row(Math.floor((i * rows.rows) / n)));
  return out;
}
