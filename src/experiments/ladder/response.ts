/** @file How a run answers to less weight on half of its examples: empirical metasmoothness, and how well the derivative says it. */
import {
  exampleValues,
  initialise,
  perExampleGradients,
  selectExamples,
  Trainer,
  type TrainingConfig,
} from '../../autodiff/index.ts';
import { epochBatches, rateOf } from '../../autodiff/training-config.ts';
import { drawSubsets, measurementFunction, trainingDerivative } from '../../influence/index.ts';
import { rng, type Vec } from '../../linalg/index.ts';
import type { TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { finiteOrNull } from '../files/json-number.ts';
import { average } from '../judging/judge.ts';
import { settingSetup, type TrainingSetup } from '../protocol/base-network.ts';
import { pearson } from './alike.ts';
import type { ResponseJob } from './jobs.ts';
import { type Choice, RESPONSE_DRAWS, RESPONSE_STEPS, RUN_STRIDE } from './ladder-task.ts';
import { chosenConfig } from './predictions.ts';

/**
 * Query losses m(w) after one run with weights w on the examples, for w = 1 − h·1_S and 1 − 2h·1_S, S a random half. Empirical metasmoothness is
 * Σ_q |Δ_q| sign Δ_q sign Δ′_q / Σ_q |Δ_q|, Δ and Δ′ the changes of the first and of the second step: 1 where training answers evenly, 0 where the second step knows nothing of
 * the first. `predicted` is the correlation, over queries and halves, of Δ with what the exact derivative at w = 1 says.
 *
 * Reference: Engstrom et al. 2025, Optimizing ML training with metagradient descent, Definition 2.
 */
export function respond({ setting, run }: Omit<ResponseJob, 'kind'>, choice: () => Choice): TaskResult {
  const start = threadMilliseconds();
  const setup = settingSetup(setting);
  const { model, loss, seed, train } = setup;
  const whole = run === 'whole';
  const config = whole ? setting.training : chosenConfig(choice());
  const path = whole ? ['base', 0] : ['trajectory', 0];
  const stride = Int32Array.from(
    { length: Math.ceil(setup.query.inputs.rows / RUN_STRIDE) },
    (_, k) => RUN_STRIDE * k,
  );
  const query = selectExamples(setup.query, stride);
  const f = measurementFunction(setting.measurement, loss);
  const measured = (weights: Vec): Vec =>
    exampleValues(model, f, trainWeighted(setup, config, path, weights), query);
  const n = train.inputs.rows;
  const halves = drawSubsets(n, 0.5, RESPONSE_DRAWS, seed);
  const derivative = trainingDerivative(new Trainer(model, loss, train, config), {
    ...{ queries: query, measurement: setting.measurement, seed, path },
  });
  const before = measured(new Float64Array(n).fill(1));
  const responses = RESPONSE_STEPS.map((step) => {
    const smooth: number[] = [];
    const found: number[] = [];
    const said: number[] = [];
    for (const half of halves) {
      const lowered = (by: number): Vec => {
        const weights = new Float64Array(n).fill(1);
        for (const i of half) weights[i] -= by;
        return measured(weights);
      };
      const [once, twice] = [lowered(step), lowered(2 * step)];
      const first = once.map((value, q) => value - before[q]);
      smooth.push(
        agreement(
          first,
          twice.map((value, q) => value - once[q]),
        ),
      );
      found.push(...first);
      for (let q = 0; q < first.length; q++)
        said.push(half.reduce((sum, i) => sum + derivative.scores.at(q, i), 0));
    }
    return { step, smoothness: finiteOrNull(average(smooth)), predicted: finiteOrNull(pearson(said, found)) };
  });
  return {
    value: { responses, amplification: finiteOrNull(derivative.amplification) },
    arrays: {},
    seconds: { cpu: (threadMilliseconds() - start) / 1000 },
  };
}

/** Σ |a| sign a sign b / Σ |a|. */
function agreement(a: Vec, b: Vec): number {
  let [same, all] = [0, 0];
  for (let q = 0; q < a.length; q++) {
    same += Math.sign(b[q]) * a[q];
    all += Math.abs(a[q]);
  }
  // sign a |a| = a
  return same / all;
}

/** θ after SGD on (1/B) Σ w_i ℓ_i: start, order and rates are those of the run; the denominators stay. */
function trainWeighted(
  { model, loss, seed, train }: TrainingSetup,
  config: TrainingConfig,
  path: readonly (string | number)[],
  weights: Vec,
): Vec {
  const theta = initialise(model, config.initialisation, rng(seed, ...path, 'init'));
  const velocity = new Float64Array(theta.length);
  const n = train.inputs.rows;
  const sizes = epochBatches(config, n);
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    const order = rng(seed, ...path, 'shuffle', epoch).permutation(n);
    const rate = rateOf(config, epoch);
    let begin = 0;
    for (const size of sizes) {
      const batch = Int32Array.from(order.subarray(begin, begin + size));
      begin += size;
      const gradients = perExampleGradients(model, loss, theta, selectExamples(train, batch));
      for (let d = 0; d < theta.length; d++)
        velocity[d] = config.momentum * velocity[d] + config.weightDecay * theta[d];
      for (let b = 0; b < size; b++) {
        const row = gradients.row(b);
        const weight = weights[batch[b]] / size;
        for (let d = 0; d < row.length; d++) velocity[d] += weight * row[d];
      }
      for (let d = 0; d < theta.length; d++) theta[d] -= rate * velocity[d];
    }
  }
  return theta;
}
