/** @file How fast this machine is: two short measurements that times are foretold from. */
import { Trainer } from '../../../autodiff/index.ts';
import { Matrix, matmul, rng } from '../../../linalg/index.ts';
import { prepareDigits } from '../../protocol/data/prepare-digits.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { settingModel } from '../../protocol/setting-model.ts';

/** What a plan asks of the machine; measured when asked for the first time. */
export interface Speed {
  /** Operations per second of dense linear algebra on one core. */
  operations(): number;
  /** Seconds of one epoch of a retraining. */
  epoch(setting: SettingConfig): number;
}

/** A measurement is given twice the work until it takes this many seconds … */
const LONG_ENOUGH = 0.012;
/** … and is then repeated for so many seconds: the best is what the machine can do, warm, when nobody interrupts. */
const REPEATED = 0.3;

/** Measures this machine as it is now, busy or not. */
export function measuredSpeed(): Speed {
  let operations: number | undefined;
  return {
    operations: () => (operations ??= measureProducts()),
    epoch: measureEpoch,
  };
}

function measureProducts(): number {
  const n = 256;
  const stream = rng(0, 'calibration');
  const [a, b, out] = [0, 1, 2].map(() => new Matrix(n, n, stream.fillNormal(new Float64Array(n * n))));
  matmul(a, b, { out });
  const each = secondsEach((count) => {
    const start = performance.now();
    for (let k = 0; k < count; k++) matmul(a, b, { out });
    return (performance.now() - start) / 1000;
  });
  return (2 * n ** 3) / each;
}

/** Epochs of the trainings that are timed: few, so that a wide network too is measured in a moment. */
const EPOCHS = 4;

/** Trains on the first examples, as many as a retraining keeps; one trainer for all, as a worker has it. */
function measureEpoch(setting: SettingConfig): number {
  const { train } = prepareDigits(setting.data);
  const count = Math.floor(setting.data.train * setting.subsetFraction);
  const subset = Int32Array.from({ length: count }, (_, i) => i);
  const training = { ...setting.training, epochs: EPOCHS };
  const trainer = new Trainer(settingModel(setting), setting.loss, train, training);
  const each = secondsEach((trainings) => {
    const start = performance.now();
    for (let k = 0; k < trainings; k++)
      trainer.train({ seed: setting.seed, path: ['calibration', k], subset });
    return (performance.now() - start) / 1000;
  });
  return each / EPOCHS;
}

/** Seconds of one piece of work. @param body - Does so many pieces and returns the seconds that they took. */
function secondsEach(body: (count: number) => number): number {
  body(1); // records, compiles, allocates
  let count = 1;
  let best = body(count);
  while (best < LONG_ENOUGH) {
    count *= 2;
    best = body(count);
  }
  const end = performance.now() + 1000 * REPEATED;
  while (performance.now() < end) best = Math.min(best, body(count));
  return best / count;
}
