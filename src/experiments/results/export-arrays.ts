/** @file Arrays for other programs: the split, and per setting parameters, scores, subsets and outcomes. */
import path from 'node:path';
import { writeNpy } from '../../linalg/io/index.ts';
import type { DataConfig } from '../config/setting.ts';
import { prepareDigits } from '../digits/prepare.ts';
import { type FileContent, writeFiles } from '../files/atomic-write.ts';
import { makeFolder } from '../files/make-folder.ts';
import { networkBytes } from '../files/network.ts';
import type { SettingData } from '../run/compute-setting.ts';
import { ARRAYS, DATA } from '../run/folders.ts';
import { METHODS } from '../run/plan.ts';
import { settingModel } from '../run/tasks/network.ts';
import { meanScores, retrainingBank } from './assemble.ts';

/**
 * Writes out/data: train-inputs, train-labels, train-indices and the same for the queries. Indices count the lines of
 * data/digits.csv.gz from 0; scores have the queries as rows and the training examples as columns, in this order.
 */
export function exportData(out: string, config: DataConfig): void {
  const { train, query, split } = prepareDigits(config);
  const folder = path.join(out, DATA);
  const file = (name: string, bytes: Uint8Array): FileContent => ({
    path: path.join(folder, `${name}.npy`),
    bytes,
  });
  makeFolder(folder);
  writeFiles([
    file('train-inputs', writeNpy(train.inputs)),
    file('train-labels', writeNpy(train.labels)),
    file('train-indices', writeNpy(split.train)),
    file('query-inputs', writeNpy(query.inputs)),
    file('query-labels', writeNpy(query.labels)),
    file('query-indices', writeNpy(split.query)),
  ]);
}

/**
 * Writes out/arrays/SETTING: model-0.safetensors …, scores-METHOD.npy [query, train], subsets.npy [K, kept] (positions
 * in the training set), losses.npy and margins.npy [K, R, query].
 */
export function exportSetting(out: string, data: SettingData): void {
  const { setting, size, networks, archive } = data;
  const folder = path.join(out, ARRAYS, setting.name);
  makeFolder(folder);
  const file = (name: string, bytes: Uint8Array): FileContent => ({ path: path.join(folder, name), bytes });
  const model = settingModel(setting);
  const bank = retrainingBank(setting, size, archive);
  const kept = bank.subsets[0].length;
  const outcomes = [bank.subsets.length, bank.seeds, bank.queries];
  writeFiles([
    ...networks.map(({ base }, m) =>
      file(`model-${m}.safetensors`, networkBytes({ model, theta: base.arrays['theta'].data })),
    ),
    ...METHODS.map((method) => file(`scores-${method}.npy`, writeNpy(meanScores(networks, method)))),
    file(
      'subsets.npy',
      writeNpy({
        shape: [bank.subsets.length, kept],
        dtype: 'i4',
        data: bank.subsets.flatMap((s) => Array.from(s)),
      }),
    ),
    file('losses.npy', writeNpy({ shape: outcomes, data: bank.losses })),
    ...(bank.margins === undefined
      ? []
      : [file('margins.npy', writeNpy({ shape: outcomes, data: bank.margins }))]),
  ]);
}
