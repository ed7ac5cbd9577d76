/** @file What each computation predicts for the subsets that were retrained: sums of its scores. */
import { perExampleGradients, selectExamples, Trainer, type TrainingConfig } from '../../autodiff/index.ts';
import { CURVATURES, LADDER, type LadderKind } from '../../curvature/index.ts';
import {
  attribute,
  drawSubsets,
  measurementFunction,
  subsetPredictions,
  type TrainingDerivative,
  trainingDerivative,
  trajectoryRun,
} from '../../influence/index.ts';
import { EigenfluenceError, type Matrix, matmul, norm2 } from '../../linalg/index.ts';
import { inversesOf } from '../better-hessians/study/inverses.ts';
import { membership } from '../better-hessians/study/network-parts.ts';
import { inverseWeights } from '../better-hessians/study/rule.ts';
import { SpectralPredictions } from '../better-hessians/study/spectral-predictions.ts';
import { trainingTime } from '../better-hessians/study/variant.ts';
import type { TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { finiteOrNull } from '../files/json-number.ts';
import { median } from '../judging/judge.ts';
import type { AnySetting } from '../protocol/any-setting.ts';
import { settingSetup } from '../protocol/base-network.ts';
import { trainWithCheckpoints } from '../protocol/checkpointed-network.ts';
import type { PredictionsJob } from './jobs.ts';
import { byLabels } from './label-parts.ts';
import { type Choice, queriesOf } from './ladder-task.ts';
import type { RunVariant } from './run-variants.ts';
import { PARTS } from './rungs.ts';

/** What stands still in the runs of `trajectory`. */
const RUN = { batch: 32, momentum: 0.9, weightDecay: 0, schedule: 'cosine', dropLast: true } as const;

/** The run of a choice as a trainer takes it. */
export function chosenConfig({
  epochs,
  learningRate,
  initialisation,
}: Omit<Choice, 'probes'>): TrainingConfig {
  return { ...RUN, epochs, learningRate, initialisation };
}

/** Runs the rule of `trajectory`. */
export function chooseRun(setting: AnySetting): TaskResult {
  const { model, loss, train } = settingSetup(setting);
  const start = threadMilliseconds();
  const { config, probes } = trajectoryRun(model, loss, train);
  const { epochs, learningRate, initialisation } = config;
  return {
    value: {
      ...{ epochs, learningRate, initialisation },
      probes: probes.map(({ heldOut, growth, ...rest }) => ({
        ...rest,
        heldOut: finiteOrNull(heldOut),
        growth: finiteOrNull(growth),
      })),
    },
    arrays: {},
    seconds: { cpu: (threadMilliseconds() - start) / 1000 },
  };
}

/** What a computation found: predictions by variant, [K, queries] each, and how far its adjoint grew. */
interface Predicted {
  readonly predictions: readonly (Matrix | undefined)[];
  readonly derivative?: Pick<TrainingDerivative, 'amplification' | 'amplifications'>;
}

/**
 * The predictions of a source as a stored result. A method that refuses or diverges is a result too. Seconds are of this thread's processor: all that it takes
 * to come from the data, or for a curvature from the trained network, to predictions.
 *
 * @param choice - The run of `trajectory`; read by that computation alone.
 */
export function predict(job: Omit<PredictionsJob, 'kind'>, choice: () => Choice): TaskResult {
  const { setting, source, subsets: count } = job;
  const { data, subsetFraction, seed } = setting;
  const subsets = drawSubsets(data.train, subsetFraction, count, seed);
  const queries = queriesOf(setting, source).length;
  const start = threadMilliseconds();
  const stored = (found: Predicted, failed: string | null): TaskResult => {
    const { predictions, derivative } = found;
    const all = new Float64Array(predictions.length * count * queries).fill(Number.NaN);
    for (const [k, one] of predictions.entries())
      if (one !== undefined) all.set(one.data, k * count * queries);
    return {
      value: {
        amplification: finiteOrNull(derivative?.amplification ?? Number.NaN),
        median: finiteOrNull(derivative === undefined ? Number.NaN : median([...derivative.amplifications])),
        failed,
      },
      arrays: { predictions: { shape: [predictions.length, count, queries], data: all } },
      seconds: { cpu: (threadMilliseconds() - start) / 1000 },
    };
  };
  try {
    return stored(
      source.kind === 'run' ? byRun(job, source.run, subsets) : byRung(job, subsets, choice),
      null,
    );
  } catch (error) {
    if (!(error instanceof EigenfluenceError)) throw error;
    return stored({ predictions: [undefined] }, error.message);
  }
}

function byRung(
  job: Omit<PredictionsJob, 'kind'>,
  subsets: readonly Int32Array[],
  choice: () => Choice,
): Predicted {
  const { setting, source, model: index } = job;
  const of = source.kind === 'rung' ? source.of : 'label';
  const setup = settingSetup(setting);
  const { model, loss, training, seed, train, query } = setup;
  switch (of) {
    case 'run-derivative':
      return ofRun(job, new Trainer(model, loss, train, training), ['base', index], 'hessian', subsets);
    case 'trajectory': {
      const trainer = new Trainer(model, loss, train, chosenConfig(choice()));
      const found = ofRun(job, trainer, ['trajectory', index], 'mean', subsets);
      const parts =
        'labels' in train && 'labels' in query
          ? byLabels(found.scores, train, query)
          : PARTS.map(() => undefined);
      return {
        ...found,
        predictions: [found.scores, ...parts].map((one) => one && subsetPredictions(one, subsets)),
      };
    }
    case 'source':
    case 'label': {
      const { theta, trajectory } = trainWithCheckpoints(setup, index);
      const { scores } = attribute({
        method: of,
        options: { measurement: setting.measurement },
        models: [{ model, loss, theta }],
        ...(of === 'source' ? { trajectories: [trajectory] } : {}),
        train,
        queries: query,
      });
      return { predictions: [subsetPredictions(scores, subsets)] };
    }
    default: {
      const theta = new Trainer(model, loss, train, training).train({ seed, path: ['base', index] });
      return { predictions: ofCurvature(setting, of, theta, subsets) };
    }
  }
}

/** The derivative of a run, each query's scores scaled to length 1, so that every network has one vote. */
function ofRun(
  { setting, source }: Omit<PredictionsJob, 'kind'>,
  trainer: Trainer,
  path: readonly (string | number)[],
  adjoint: RunVariant['adjoint'],
  subsets: readonly Int32Array[],
): Predicted & { readonly scores: Matrix; readonly derivative: TrainingDerivative } {
  const { query } = settingSetup(setting);
  const queries = selectExamples(query, queriesOf(setting, source));
  const { measurement, seed } = setting;
  const derivative = trainingDerivative(trainer, { queries, measurement, adjoint, seed, path });
  const scores = derivative.scores.clone();
  for (let q = 0; q < scores.rows; q++) {
    const row = scores.row(q);
    const norm = norm2(row);
    if (norm > 0) for (let i = 0; i < row.length; i++) row[i] /= norm;
  }
  return { predictions: [subsetPredictions(scores, subsets)], scores, derivative };
}

function byRun(
  job: Omit<PredictionsJob, 'kind'>,
  { adjoint, ...run }: RunVariant,
  subsets: readonly Int32Array[],
): Predicted {
  const { model, loss, train } = settingSetup(job.setting);
  const trainer = new Trainer(model, loss, train, { ...RUN, ...run });
  return ofRun(job, trainer, ['trajectory', job.model], adjoint, subsets);
}

/** One decomposition, and every inverse of it. */
function ofCurvature(
  setting: AnySetting,
  kind: LadderKind,
  theta: Float64Array,
  subsets: readonly Int32Array[],
): (Matrix | undefined)[] {
  const { model, loss, train, query } = settingSetup(setting);
  const gradients = perExampleGradients(model, loss, theta, train);
  const sums = matmul(membership(subsets, gradients.rows), gradients);
  const measured = perExampleGradients(model, measurementFunction(setting.measurement, loss), theta, query);
  const options = setting.curvature;
  const operator = CURVATURES[kind].build({ model, loss, theta, data: train }, options);
  const predictions = new SpectralPredictions(operator, sums, [measured]);
  return inversesOf(kind, trainingTime(setting)).map(({ rule }) => {
    const weights = inverseWeights(operator, rule);
    return weights === undefined ? undefined : predictions.predict(weights, 0).values;
  });
}

/** Whether a computation decomposes a dense [D, D] matrix, or one of the blocks that are nearly as large. */
export function isDense(of: string): boolean {
  return LADDER.slice(0, 3).some((kind) => kind === of);
}
