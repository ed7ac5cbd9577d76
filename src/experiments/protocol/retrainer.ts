/** @file One retraining: a model on a random subset, measured on every query. */
import { Trainer } from '../../autodiff/index.ts';
import { drawSubsets, type QueryOutcomes, queryMeasurer } from '../../influence/index.ts';
import type { Vec } from '../../linalg/index.ts';
import { RetrainingLogWriter, type RetrainingRecord } from '../engine/retraining-log.ts';
import { settingModel } from './base-network.ts';
import { prepareDigits } from './data/prepare-digits.ts';
import type { SettingConfig } from './setting.ts';

/** What a worker needs for the retrainings of one setting: recorded once, used thousands of times. */
export class Retrainer {
  private readonly setting: SettingConfig;
  private readonly trainer: Trainer;
  private readonly measure: (theta: Vec) => QueryOutcomes;
  private readonly log: RetrainingLogWriter;

  /** @param key - Key of the retraining task. @param logFile - This worker's own log. */
  constructor(setting: SettingConfig, key: string, logFile: string) {
    const { train, query } = prepareDigits(setting.data);
    const model = settingModel(setting);
    this.setting = setting;
    this.trainer = new Trainer(model, setting.loss, train, setting.training);
    this.measure = queryMeasurer(model, setting.loss, query);
    this.log = new RetrainingLogWriter(logFile, { key, queries: query.inputs.rows });
  }

  /**
   * Trains on subset `subset` with the streams rng(seed, 'retrain', subset, repeat, …), measures, and appends the
   * record to the log before returning it.
   */
  run(subset: number, repeat: number): RetrainingRecord {
    const { subsetFraction, seed, data } = this.setting;
    const start = performance.now();
    const kept = keptSubset(data.train, subsetFraction, subset, seed);
    const theta = this.trainer.train({ seed, path: ['retrain', subset, repeat], subset: kept });
    const { losses, margins = new Float64Array(losses.length) } = this.measure(theta);
    const seconds = (performance.now() - start) / 1000;
    const record = { subset, seed: repeat, seconds, losses, margins };
    this.log.append(record);
    return record;
  }

  /** Closes the log. */
  close(): void {
    this.log.close();
  }
}

const drawn = new Map<string, Int32Array[]>();

/** The examples that subset number `index` keeps; a longer list of subsets begins with the shorter one. */
function keptSubset(n: number, fraction: number, index: number, seed: number): Int32Array {
  const name = `${n} ${fraction} ${seed}`;
  let subsets = drawn.get(name) ?? [];
  if (index >= subsets.length) {
    subsets = drawSubsets(n, fraction, Math.max(index + 1, 2 * subsets.length), seed);
    drawn.set(name, subsets);
  }
  return subsets[index];
}
