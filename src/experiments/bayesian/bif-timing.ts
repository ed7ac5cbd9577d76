/** @file Processor seconds of BIF and EK-FAC on networks of growing size. */
import { datasetSize, initialise, Mlp, type Network } from '../../autodiff/index.ts';
import { ekfac } from '../../curvature/index.ts';
import { InfluenceChain, influenceFunction, influenceTarget, resolveSampler } from '../../influence/index.ts';
import { rng } from '../../linalg/index.ts';
import type { TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { networkOf } from '../protocol/architectures.ts';
import { CLASSES, PIXELS } from '../protocol/data/digits.ts';
import { type BifSetting, bifSetup, isDeclared } from './bif-setting.ts';
import type { TimedLength } from './bif-task.ts';

/** Draws before the clock starts: the first pay for compiling. */
const WARM_UP = 4;

/**
 * Times an untrained network on the setting's data, two hidden layers of `width` tanh units or the setting's own with as many channels: one draw of BIF by the default
 * rules (8 steps on 256 examples each, or on as many as the length says, losses of all training and query examples, their products), the fit of EK-FAC, and its scores
 * for all pairs.
 */
export function timeMethods(setting: BifSetting, width: number, { draws, batch }: TimedLength): TaskResult {
  const { seed } = setting;
  const { train, query } = bifSetup(setting);
  const model = timedNetwork(setting, width);
  const theta = initialise(model, 'torch', rng(seed, 'bif-timing', width));
  const fitted = { model, loss: 'cross-entropy', theta } as const;
  const problem = { ...fitted, data: train };

  const settings = resolveSampler(problem, {
    nBeta: 100,
    gamma: 1e4,
    stepSize: 1e-5,
    burnIn: 0,
    draws: WARM_UP + draws,
    ...(batch === undefined ? {} : { batch }),
    seed,
  });
  const target = influenceTarget(settings, query, 'loss', datasetSize(train));
  const chain = new InfluenceChain(problem, settings, target, 0);
  chain.advance(WARM_UP);
  const draw = seconds(() => chain.advance()) / draws;

  let fit = Number.POSITIVE_INFINITY;
  let operator = ekfac(problem); // compiles
  for (let k = 0; k < 2; k++)
    fit = Math.min(
      fit,
      seconds(() => {
        operator = ekfac(problem);
      }),
    );
  const rule = { kind: 'damped', lambda: 1e-2 } as const;
  const attributor = influenceFunction({ curvature: operator, rule }).fit(fitted, train);
  const score = seconds(() => attributor.score(query));
  return {
    value: { parameters: model.parameterCount, width },
    arrays: {},
    seconds: { draw, fit, score },
  };
}

function timedNetwork(setting: BifSetting, width: number): Network {
  if (!isDeclared(setting)) return new Mlp([PIXELS, width, width, CLASSES], 'tanh');
  const { architecture } = setting;
  if (architecture.kind !== 'resnet9') throw new Error(`no other widths of ${setting.name} are timed.`);
  return networkOf({ ...architecture, width });
}

function seconds(body: () => void): number {
  const start = threadMilliseconds();
  body();
  return (threadMilliseconds() - start) / 1000;
}
