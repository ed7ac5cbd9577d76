/** @file Computes one job of the experiment in a worker: a training, one chain, or the scores of one method. */

import { datasetSize } from '../../autodiff/index.ts';
import { ChainDivergenceError, InfluenceChain, influenceTarget } from '../../influence/index.ts';
import { type Bench, storing } from '../engine/bench.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { jsonNumbers } from '../files/json-number.ts';
import { trainOnAll } from '../protocol/base-network.ts';
import { retrain } from '../protocol/retrainer.ts';
import { samplerSettings } from '../protocol/sampler-variant.ts';
import { baselineScores } from './bif-method.ts';
import { bifSeries, bifSetup, storedProblem } from './bif-setting.ts';
import {
  type BaselineJob,
  type BifJob,
  type BifReply,
  type ChainJob,
  type ChainReply,
  storedUnder,
} from './jobs.ts';

const compute = storing<BifJob, BifReply>(storedUnder, (job, bench) => {
  switch (job.kind) {
    case 'chain':
      return runChain(job, bench);
    case 'baseline':
      return computeBaseline(job, bench);
    case 'base-training':
      return trainOnAll(bifSetup(job.setting), 0);
    case 'retraining':
      retrain(bench, bifSeries(job.setting), () => bifSetup(job.setting), job);
      return undefined;
  }
});

export default compute;

function runChain({ setting, variant, length, chain }: ChainJob, { store }: Bench): ChainReply {
  const problem = storedProblem(setting, store);
  const { query } = bifSetup(setting);
  const start = threadMilliseconds();
  try {
    const settings = samplerSettings(problem, variant, length, setting.seed);
    const target = influenceTarget(settings, query, setting.measurement, datasetSize(problem.data));
    const run = new InfluenceChain(problem, settings, target, chain);
    run.advance();
    return { kind: 'sample', sample: run.sample(), settings, seconds: (threadMilliseconds() - start) / 1000 };
  } catch (error) {
    if (error instanceof ChainDivergenceError) return { kind: 'refused', reason: error.message };
    throw error;
  }
}

function computeBaseline({ setting, baseline }: BaselineJob, { store }: Bench): TaskResult {
  const problem = storedProblem(setting, store);
  const { query } = bifSetup(setting);
  const start = threadMilliseconds();
  const { scores, lambda } = baselineScores(baseline, problem, query);
  return {
    value: jsonNumbers({ lambda: lambda ?? Number.NaN }),
    arrays: { scores: arrayOf(scores) },
    seconds: { cpu: (threadMilliseconds() - start) / 1000 },
  };
}
