/** @file The worker thread of the experiment: one chain, or the scores of one method, at a time. */
import { datasetSize } from '../../autodiff/index.ts';
import type { Problem } from '../../curvature/index.ts';
import {
  ChainDivergenceError,
  InfluenceChain,
  influenceTarget,
  inverseTemperature,
  resolveSampler,
  type SamplerSettings,
} from '../../influence/index.ts';
import { type Failure, failureOf } from '../engine/failure.ts';
import { Store } from '../engine/store.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { CommandError } from '../files/command-error.ts';
import { jsonNumbers } from '../files/json-number.ts';
import { settingModel } from '../protocol/base-network.ts';
import { prepareDigits } from '../protocol/data/prepare-digits.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { baseTrainingTask } from '../protocol/tasks.ts';
import type { BifMessage, BifReply } from './bif-message.ts';
import { baselineScores } from './bif-method.ts';
import type { SamplerVariant } from './bif-profile.ts';
import { baselineTask, type SamplingLength } from './bif-task.ts';

/** Piscina calls this once per message. */
export default function work(message: BifMessage): BifReply | Failure {
  try {
    return compute(message);
  } catch (error) {
    if (error instanceof ChainDivergenceError) return { kind: 'refused', reason: error.message };
    return failureOf(error);
  }
}

function compute(message: BifMessage): BifReply {
  const { folders, setting } = message;
  const store = new Store(folders.store, () => {}); // the main thread has already told of damage
  const problem = baseProblem(setting, store);
  const { query } = prepareDigits(setting.data);
  const start = threadMilliseconds();
  const seconds = (): number => (threadMilliseconds() - start) / 1000;
  if (message.kind === 'baseline') {
    const { scores, lambda } = baselineScores(message.baseline, problem, query);
    store.write(baselineTask(setting, message.baseline), {
      value: jsonNumbers({ lambda: lambda ?? Number.NaN }),
      arrays: { scores: { shape: [scores.rows, scores.cols], data: scores.data } },
      seconds: { cpu: seconds() },
    });
    return { kind: 'stored' };
  }
  const { variant, length, chain } = message;
  const settings = samplerSettings(problem, variant, length, setting.seed);
  const target = influenceTarget(settings, query, setting.measurement, datasetSize(problem.data));
  const run = new InfluenceChain(problem, settings, target, chain);
  run.advance();
  return { kind: 'sample', sample: run.sample(), settings, seconds: seconds() };
}

/** A variant in the units of a problem. Streams are rng(seed, 'bif', …). */
export function samplerSettings(
  problem: Problem,
  { method, nBeta: factor, damping, step }: SamplerVariant,
  length: SamplingLength,
  seed: number,
): SamplerSettings {
  const nBeta = factor * inverseTemperature(datasetSize(problem.data));
  const common = { method, nBeta, seed, path: ['bif'], ...length };
  const { steepness = 0 } = resolveSampler(problem, common);
  const gamma = damping * nBeta * steepness;
  const stepSize = ((method === 'sgld' ? 1 : 0.1) * step) / (nBeta * steepness + gamma);
  return { ...resolveSampler(problem, { ...common, gamma, stepSize }), steepness };
}

/** Base network 0 of a setting with its training set. */
export function baseProblem(setting: SettingConfig, store: Store): Problem {
  const stored = store.read(baseTrainingTask(setting, 0));
  if (stored === undefined)
    throw new CommandError(`the base network of ${setting.name} is not in the store.`);
  const { train } = prepareDigits(setting.data);
  const theta = stored.arrays['theta'].data;
  return { model: settingModel(setting), loss: setting.loss, theta, data: train };
}
