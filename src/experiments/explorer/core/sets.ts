/** @file Examples split into training and query sets, and scaled on the training part. */
import { type ClassificationData, type Dataset, datasetSize } from '../../../autodiff/index.ts';
import { Matrix, rng } from '../../../linalg/index.ts';
import { stratifiedSplit } from '../../protocol/data/split.ts';
import { fitStandardiser, standardise } from '../../protocol/data/standardise.ts';
import { inputScaling, scaledInputs } from '../../tables/scaling.ts';
import type { Examples } from './examples.ts';

/** Both sets as the network sees them, and where they stand among the examples. */
export interface Sets {
  readonly train: Dataset;
  readonly query: Dataset;
  readonly outputs: number;
  readonly positions: { readonly train: Int32Array; readonly query: Int32Array };
  /** Examples in neither set. */
  readonly leftOut: number;
}

/** Training examples at most: what a page computes while a person waits. */
export const MOST_TRAINING = 4000;
/** Queries at most, and their share of the examples. */
const MOST_QUERIES = 180;
const QUERY_SHARE = 0.1;
const SPLIT_SEED = 0;

/** How many of each. Digits: the 180 and 1,617 of the command line. */
export function setSizes(n: number): { queries: number; train: number } {
  const queries = Math.min(MOST_QUERIES, Math.max(5, Math.round(QUERY_SHARE * n)));
  return { queries, train: Math.min(MOST_TRAINING, n - queries) };
}

const pick = (x: Matrix, rows: Int32Array): Matrix => {
  const out = new Matrix(rows.length, x.cols);
  for (const [to, from] of rows.entries()) out.row(to).set(x.row(from));
  return out;
};

/**
 * Classes in their shares, as `train` splits Digits; numbers in the order of rng(0, 'split'). The training part says how inputs and
 * numbers are scaled: pixels as by `train`, the columns of a table as by `audit`.
 */
export function splitSets(examples: Examples): Sets {
  const { inputs, answers } = examples;
  const n = inputs.rows;
  const { queries, train } = setSizes(n);
  const positions =
    answers.kind === 'classes'
      ? stratifiedSplit(answers.labels, { queries, train, seed: SPLIT_SEED })
      : randomSplit(n, queries, train);
  const scale = inputScale(examples, positions.train);
  const scaled = { train: scale(pick(inputs, positions.train)), query: scale(pick(inputs, positions.query)) };
  const leftOut = n - queries - train;
  if (answers.kind === 'classes') {
    const of = (set: 'train' | 'query'): ClassificationData => ({
      inputs: scaled[set],
      labels: Int32Array.from(positions[set], (i) => answers.labels[i]),
    });
    return { train: of('train'), query: of('query'), outputs: answers.names.length, positions, leftOut };
  }
  const values = new Matrix(n, 1, answers.values);
  const known = pick(values, positions.train);
  const target = fitStandardiser(known);
  const of = (set: 'train' | 'query'): Dataset => ({
    inputs: scaled[set],
    targets: standardise(target, pick(values, positions[set])),
  });
  return { train: of('train'), query: of('query'), outputs: 1, positions, leftOut };
}

/** How inputs become those of the network. */
function inputScale({ inputs, cells }: Examples, train: Int32Array): (raw: Matrix) => Matrix {
  if (cells === undefined) {
    const scaler = fitStandardiser(pick(inputs, train));
    return (raw) => standardise(scaler, raw);
  }
  const scaling = inputScaling(inputs, train);
  return (raw) => scaledInputs(raw, scaling);
}

function randomSplit(n: number, queries: number, train: number): { train: Int32Array; query: Int32Array } {
  const order = rng(SPLIT_SEED, 'split').permutation(n);
  return { query: order.slice(0, queries).sort(), train: order.slice(queries, queries + train).sort() };
}

/** Training examples. */
export const trainingSize = ({ train }: Sets): number => datasetSize(train);
