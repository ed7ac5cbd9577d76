/** @file Arrays for other programs: the split, and per setting parameters, scores, subsets and outcomes. */
import path from 'node:path';
import { subsetPredictions } from '../../../influence/judging/lds.ts';
import { seedSplits } from '../../../influence/judging/noise-ceiling.ts';
import { writeNpy, writeNpz } from '../../../linalg/io/index.ts';
import type { NpyInput } from '../../../linalg/io/npy.ts';
import { ARRAYS, dataFolder } from '../../engine/folders.ts';
import { matrixOf } from '../../engine/stored-array.ts';
import type { FileContent } from '../../files/atomic-write.ts';
import { digestBytes } from '../../files/digest.ts';
import { readIfPresent } from '../../files/read-input.ts';
import { digitsPreprocessing, prepareDigits } from '../../protocol/data/prepare-digits.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import { retrainingBank } from '../../protocol/retrainings.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { settingModel } from '../../protocol/setting-model.ts';
import { networkBytes } from '../../user-files/network.ts';
import type { SettingData } from '../reproduce/compute-setting.ts';
import { attribution, meanScores } from './attribution.ts';
import { describeExport } from './describe-export.ts';

const README = 'README.md';

/**
 * The files of out/data: train-inputs, train-labels, train-indices and the same for the queries. Indices count the lines of
 * data/digits.csv.gz from 0; scores have the queries as rows and the training examples as columns, in this order.
 */
export function exportData(out: string, { data }: SettingConfig): FileContent[] {
  const { train, query, split } = prepareDigits(data);
  const folder = path.join(out, dataFolder(data));
  const file = (name: string, bytes: Uint8Array): FileContent => ({
    path: path.join(folder, `${name}.npy`),
    bytes,
  });
  return [
    file('train-inputs', writeNpy(train.inputs)),
    file('train-labels', writeNpy(train.labels)),
    file('train-indices', writeNpy(split.train)),
    file('query-inputs', writeNpy(query.inputs)),
    file('query-labels', writeNpy(query.labels)),
    file('query-indices', writeNpy(split.query)),
  ];
}

/**
 * The files of out/arrays/SETTING: model-0.safetensors …, scores-METHOD.npy [query, train], of several networks predictions-METHOD.npy
 * [network, K, query], retrainings.npz (subsets
 * [K, kept], positions in the training set; seeds [R]; splits [S, 2, R/2], the halves of the seeds behind the noise ceiling; losses and margins [K, R, query]), and README.md, which describes
 * them. Where the README is there and would say the same, digests included, there are none.
 */
export function exportSetting(out: string, data: SettingData): FileContent[] {
  const { setting, networks } = data;
  const folder = path.join(out, ARRAYS, setting.name);
  const model = settingModel(setting);
  const facts = {
    loss: 'cross-entropy',
    preprocessing: digitsPreprocessing(setting.data),
  } as const;
  const contents = new Map<string, Uint8Array>([
    ...networks.map(
      ({ base }, m) =>
        [`model-${m}.safetensors`, networkBytes({ model, theta: base.arrays['theta'].data }, facts)] as const,
    ),
    ...METHODS.map((method) => [`scores-${method}.npy`, writeNpy(meanScores(networks, method))] as const),
    ...(networks.length < 2
      ? []
      : METHODS.map((method) => [`predictions-${method}.npy`, predictions(data, method)] as const)),
    ['retrainings.npz', retrainings(data)] as const,
  ]);
  const digests = new Map([...contents].map(([name, bytes]) => [name, digestBytes(bytes)]));
  const readme = new TextEncoder().encode(describeExport(data, model, digests));
  const file = (name: string, bytes: Uint8Array): FileContent => ({ path: path.join(folder, name), bytes });
  const before = readIfPresent(path.join(folder, README));
  if (before !== undefined && Buffer.from(before).equals(readme) && intact(folder, digests)) return [];
  return [...[...contents].map(([name, bytes]) => file(name, bytes)), file(README, readme)];
}

function intact(folder: string, digests: ReadonlyMap<string, string>): boolean {
  return [...digests].every(([name, digest]) => {
    const bytes = readIfPresent(path.join(folder, name));
    return bytes !== undefined && digestBytes(bytes) === digest;
  });
}

/** What each network's scores predict for each subset, up to a constant and a scale per query: small beside the scores. */
function predictions({ setting, size, networks, archive }: SettingData, method: Method): Uint8Array {
  const { subsets } = retrainingBank(setting, size, archive);
  const all = networks.map((network) =>
    subsetPredictions(matrixOf(attribution(network, method).arrays['scores']), subsets),
  );
  const data = new Float64Array(all.reduce((length, one) => length + one.data.length, 0));
  for (const [m, one] of all.entries()) data.set(one.data, m * one.data.length);
  return writeNpy({ shape: [all.length, all[0].rows, all[0].cols], dtype: 'f8', data });
}

function retrainings({ setting, size, archive }: SettingData): Uint8Array {
  const bank = retrainingBank(setting, size, archive);
  const outcomes = [bank.subsets.length, bank.seeds, bank.queries];
  return writeNpz({
    subsets: {
      shape: [bank.subsets.length, bank.subsets[0].length],
      dtype: 'i4',
      data: bank.subsets.flatMap((subset) => Array.from(subset)),
    },
    seeds: Int32Array.from({ length: bank.seeds }, (_, seed) => seed),
    ...splits(setting, bank.seeds),
    losses: { shape: outcomes, data: bank.losses },
    ...(bank.margins === undefined ? {} : { margins: { shape: outcomes, data: bank.margins } }),
  });
}

/** The halves of the seeds behind the noise ceiling; nothing for a single seed, which has none. */
function splits({ seed }: SettingConfig, seeds: number): { readonly splits?: NpyInput } {
  if (seeds < 2) return {};
  const { halves } = seedSplits(seeds, undefined, seed);
  return {
    splits: { shape: [halves.length, 2, halves[0][0].length], dtype: 'i4', data: halves.flat(2) },
  };
}
