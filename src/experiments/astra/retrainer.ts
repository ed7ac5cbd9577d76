/** @file One retraining: a network on the examples of a mask, measured on every query. */
import { Trainer } from '../../autodiff/index.ts';
import { type QueryOutcomes, queryMeasurer } from '../../influence/index.ts';
import type { Vec } from '../../linalg/index.ts';
import { RetrainingLogWriter, type RetrainingRecord } from '../engine/retraining-log.ts';
import { masksOf } from './groups.ts';
import { astraModel, type DataFolder, settingSets } from './network.ts';
import type { AstraSetting } from './setting.ts';

/** What a worker needs for the retrainings of one setting: recorded once, used thousands of times. */
export class AstraRetrainer {
  private readonly setting: AstraSetting;
  private readonly trainer: Trainer;
  private readonly measure: (theta: Vec) => QueryOutcomes;
  private readonly log: RetrainingLogWriter;
  private masks: readonly Int32Array[] = [];

  /** @param key - Key of the retraining task. @param logFile - This worker's own log. */
  constructor(setting: AstraSetting, folder: DataFolder, key: string, logFile: string) {
    const { train, query } = settingSets(setting, folder);
    const model = astraModel(setting);
    this.setting = setting;
    this.trainer = new Trainer(model, setting.loss, train, setting.training);
    this.measure = queryMeasurer(model, setting.loss, query);
    this.log = new RetrainingLogWriter(logFile, { key, queries: query.inputs.rows });
  }

  /**
   * Trains on mask `subset` with the streams rng(seed, 'retrain', subset, repeat, …), measures, and appends the record to the log.
   * The second array of a record holds margins for classes, absolute errors for regression.
   */
  run(subset: number, repeat: number): RetrainingRecord {
    const { seed } = this.setting;
    const start = performance.now();
    if (subset >= this.masks.length)
      this.masks = masksOf(this.setting, Math.max(subset + 1, 2 * this.masks.length));
    const theta = this.trainer.train({
      seed,
      path: ['retrain', subset, repeat],
      subset: this.masks[subset],
    });
    const { losses, margins, absoluteErrors } = this.measure(theta);
    const second = margins ?? absoluteErrors ?? new Float64Array(losses.length);
    const seconds = (performance.now() - start) / 1000;
    const record = { subset, seed: repeat, seconds, losses, margins: second };
    this.log.append(record);
    return record;
  }

  close(): void {
    this.log.close();
  }
}
