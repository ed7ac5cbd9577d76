/** @file How fast this machine is: two short measurements that times are foretold from. */
import { Trainer } from '../../autodiff/index.ts';
import { Matrix, matmul, rng } from '../../linalg/index.ts';
import type { SettingConfig } from '../config/setting.ts';
import { prepareDigits } from '../digits/prepare.ts';
import { settingModel } from './tasks/network.ts';

/** What a plan asks of the machine; measured when asked for the first time. */
export interface Speed {
  /** Operations per second of dense linear algebra on one core. */
  operations(): number;
  /** Seconds of one epoch of a retraining. */
  epoch(setting: SettingConfig): number;
}

/** A measurement is repeated with twice the work until it takes this long. */
const LONG_ENOUGH = 0.06;

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

/** Trains on the first examples, as many as a retraining keeps, for as few epochs as can be timed. */
function measureEpoch(setting: SettingConfig): number {
  const { train } = prepareDigits(setting.data);
  const model = settingModel(setting);
  const count = Math.floor(setting.data.train * setting.subsetFraction);
  const subset = Int32Array.from({ length: count }, (_, i) => i);
  return secondsEach((epochs) => {
    const trainer = new Trainer(model, setting.loss, train, { ...setting.training, epochs: epochs + 1 });
    let start = 0;
    const onEpoch = (epoch: number): void => {
      if (epoch === 0) start = performance.now(); // the first epoch pays for recording: it is not counted
    };
    trainer.train({ seed: setting.seed, path: ['calibration'], subset, onEpoch });
    return (performance.now() - start) / 1000;
  });
}

/** Seconds of one piece of work. @param body - Does so many pieces and returns the seconds that they took. */
function secondsEach(body: (count: number) => number): number {
  for (let count = 4; ; count *= 2) {
    const seconds = body(count);
    if (seconds >= LONG_ENOUGH) return seconds / count;
  }
}
