/** @file What is sampled and retrained: a perceptron on Digits, or a declared network of another shape. */
import type { Problem } from '../../curvature/index.ts';
import type { RetrainingBank } from '../../influence/index.ts';
import type { StoredTask } from '../engine/result-form.ts';
import type { RetrainingArchive } from '../engine/retraining-archive.ts';
import type { Store } from '../engine/store.ts';
import { settingSetup, type TrainingSetup } from '../protocol/base-network.ts';
import { prepareDigits } from '../protocol/data/prepare-digits.ts';
import { dataHash, type NetworkSetting, networkSetup } from '../protocol/network-setting.ts';
import {
  leastSeconds as leastOfDeclared,
  networkSeries,
  trainingTask,
} from '../protocol/network-trainings.ts';
import { openSeries, type RetrainingSeries, seriesBank } from '../protocol/retraining-series.ts';
import { leastSeconds as leastOfPerceptron } from '../protocol/retraining-time.ts';
import { retrainingSeries } from '../protocol/retrainings.ts';
import type { RunSize } from '../protocol/run-size.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { baseTrainingTask } from '../protocol/tasks.ts';

/** Plain values: threads send them each other. */
export type BifSetting = SettingConfig | NetworkSetting;

/** Whether a setting is of a declared network. */
export function isDeclared(setting: BifSetting): setting is NetworkSetting {
  return 'architecture' in setting;
}

/** What the networks of a setting are trained from. */
export function bifSetup(setting: BifSetting): TrainingSetup {
  return isDeclared(setting) ? networkSetup(setting) : settingSetup(setting);
}

/** Digest of all numbers of both sets. */
export function bifData(setting: BifSetting): string {
  return isDeclared(setting) ? dataHash(setting) : prepareDigits(setting.data).hash;
}

/** Training of base network 0 on all examples, the only one that is sampled. */
export function networkTask(setting: BifSetting): StoredTask {
  return isDeclared(setting) ? trainingTask(setting, 0) : baseTrainingTask(setting, 0);
}

/** Base network 0 as stored. @throws {CommandError} it is not there. */
export function storedProblem(setting: BifSetting, store: Store): Problem {
  const { model, loss, train } = bifSetup(setting);
  return { model, loss, theta: store.get(networkTask(setting)).arrays['theta'].data, data: train };
}

/** The retrainings of a setting. */
export function bifSeries(setting: BifSetting): RetrainingSeries {
  return isDeclared(setting) ? networkSeries(setting) : retrainingSeries(setting);
}

/** Their archive, as far as it goes; absent `notify`, it is only read. */
export function bifArchive(
  setting: BifSetting,
  folder: string,
  notify?: (line: string) => void,
): RetrainingArchive {
  return openSeries(bifSeries(setting), folder, notify ?? (() => {}), notify !== undefined);
}

/** The outcomes of K × R retrainings in the layout of the influence layer. */
export function bifBank(setting: BifSetting, size: RunSize, archive: RetrainingArchive): RetrainingBank {
  return seriesBank(bifSeries(setting), size, archive);
}

/** Seconds that no machine trains a network of a setting on a share of its examples faster in. */
export function leastSeconds(setting: BifSetting, share = 1): number {
  return isDeclared(setting)
    ? leastOfDeclared(setting, share)
    : leastOfPerceptron(setting, share * setting.data.train);
}
