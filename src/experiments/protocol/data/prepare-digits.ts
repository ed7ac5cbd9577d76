/** @file From raw Digits to the training and query sets of a setting. */
import type { ClassificationData } from '../../../autodiff/index.ts';
import { Matrix } from '../../../linalg/index.ts';
import { digest, digestNumbers } from '../../files/digest.ts';
import type { DataConfig } from '../setting.ts';
import { type Digits, loadDigits, PIXELS } from './digits.ts';
import { type Split, stratifiedSplit } from './split.ts';
import { fitStandardiser, standardise, toUnit } from './standardise.ts';

/** Both sets as the model sees them, and the positions in data/digits.csv.gz that they came from. */
export interface PreparedData {
  readonly train: ClassificationData;
  readonly query: ClassificationData;
  readonly split: Split;
  /** Digest of every number above. */
  readonly hash: string;
}

const memo = new Map<string, PreparedData>();

/** Splits and scales Digits. Equal configurations share one result. */
export function prepareDigits(config: DataConfig): PreparedData {
  const key = digest(config);
  const known = memo.get(key);
  if (known !== undefined) return known;
  const prepared = prepare(config, loadDigits());
  memo.set(key, prepared);
  return prepared;
}

function prepare(config: DataConfig, digits: Digits): PreparedData {
  const { queries, train: count, splitSeed: seed } = config;
  const split = stratifiedSplit(digits.labels, { queries, train: count, seed });
  const rawTrain = select(digits, split.train);
  const rawQuery = select(digits, split.query);
  const scale = scaling(config.scaling, rawTrain.inputs);
  const train = { inputs: scale(rawTrain.inputs), labels: rawTrain.labels };
  const query = { inputs: scale(rawQuery.inputs), labels: rawQuery.labels };
  const hash = digest({
    train: [digestNumbers(train.inputs.data), Array.from(train.labels)],
    query: [digestNumbers(query.inputs.data), Array.from(query.labels)],
  });
  return { train, query, split, hash };
}

/** How inputs are scaled, in words, for files of parameters. */
export function digitsPreprocessing({ scaling: kind }: DataConfig): string {
  switch (kind) {
    case 'standardised':
      return 'UCI Digits, pixels standardised: less the mean of the training set, by its standard deviation';
    case 'unit':
      return 'UCI Digits, pixels divided by 16';
  }
}

/** How inputs are scaled; what is fitted is fitted to the training set. */
function scaling(kind: DataConfig['scaling'], train: Matrix): (x: Matrix) => Matrix {
  switch (kind) {
    case 'standardised': {
      const scaler = fitStandardiser(train);
      return (x) => standardise(scaler, x);
    }
    case 'unit':
      return toUnit;
  }
}

function select(digits: Digits, indices: Int32Array): ClassificationData {
  const inputs = new Matrix(indices.length, PIXELS);
  for (const [row, i] of indices.entries())
    inputs.data.set(digits.pixels.subarray(i * PIXELS, (i + 1) * PIXELS), row * PIXELS);
  return { inputs, labels: Int32Array.from(indices, (i) => digits.labels[i]) };
}
