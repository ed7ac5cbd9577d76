/** @file From a data set's files to the training and query sets of an experiment, scaled. */
import { type Dataset, type RegressionData, selectExamples } from '../../../autodiff/index.ts';
import { Matrix, rng } from '../../../linalg/index.ts';
import { CommandError } from '../../files/command-error.ts';
import { digest, digestNumbers } from '../../files/digest.ts';
import { loadConcrete } from './concrete.ts';
import { EMOJI_PIXELS, type Emoji, loadEmoji } from './emoji.ts';
import { type FashionMnist, IMAGE_PIXELS, type Images, loadFashionMnist } from './fashion-mnist.ts';
import { pooledImages } from './pooled-images.ts';
import { fitStandardiser, standardise } from './standardise.ts';

/** Which examples. `seed` names the draw. */
export interface Draw {
  readonly dataset: 'concrete' | 'fashion-mnist' | 'emoji';
  readonly train: number;
  readonly queries: number;
  readonly seed: number;
  /** Of Fashion-MNIST: pixels on a side that are averaged into one, a divisor of 28; 1 when absent. */
  readonly pooled?: number;
}

/** Both sets as the model sees them. */
export interface PreparedSets {
  readonly train: Dataset;
  readonly query: Dataset;
  /** Positions of the training examples in their file, ascending; and of the queries in theirs. */
  readonly positions: { readonly train: Int32Array; readonly query: Int32Array };
  /** Examples of the files that are in neither set. */
  readonly leftOut: number;
  /** Digest of every number of both sets. */
  readonly hash: string;
}

const memo = new Map<string, PreparedSets>();

/**
 * The sets of a draw. Equal arguments share one result.
 *
 * @param folder - Of the IDX files, for Fashion-MNIST, and for emoji where they are not the repository's. Not part of the hash: the numbers are.
 * @throws {CommandError} more examples than there are, or a file that cannot be read.
 */
export function prepareSets(draw: Draw, folder?: string): PreparedSets {
  const key = digest({ ...draw, folder: folder ?? null });
  let prepared = memo.get(key);
  if (prepared === undefined) {
    prepared = madeSets(draw, folder);
    memo.set(key, prepared);
  }
  return prepared;
}

function madeSets(draw: Draw, folder: string | undefined): PreparedSets {
  switch (draw.dataset) {
    case 'concrete':
      return concreteSets(draw);
    case 'fashion-mnist':
      return fashionSets(draw, folder);
    case 'emoji':
      return emojiSets(draw, folder);
  }
}

/**
 * Training and query rows without replacement, from the first `train` and the next `queries` places of one permutation,
 * rng(seed, 'concrete', 'split'). Inputs and target are standardised with the mean and standard deviation of the training set.
 */
function concreteSets({ train, queries, seed }: Draw): PreparedSets {
  const { inputs, targets } = loadConcrete();
  const n = inputs.rows;
  checkSizes(train + queries, n, 'of Concrete');
  const order = rng(seed, 'concrete', 'split').permutation(n);
  const positions = {
    train: order.slice(0, train).sort(),
    query: order.slice(train, train + queries).sort(),
  };
  const pick = (rows: Int32Array): RegressionData =>
    selectExamples({ inputs, targets }, rows) as RegressionData;
  const raw = pick(positions.train);
  const scaleInputs = fitStandardiser(raw.inputs);
  const scaleTargets = fitStandardiser(raw.targets);
  const scaled = (data: RegressionData): RegressionData => ({
    inputs: standardise(scaleInputs, data.inputs),
    targets: standardise(scaleTargets, data.targets),
  });
  return finish(scaled(raw), scaled(pick(positions.query)), positions, n - train - queries);
}

/**
 * Training images from the training files, queries from the test files: rng(seed, 'fashion-mnist', 'train' | 'query').subset.
 * Pixels are scaled to 0..1, pooled where that is asked for, then by the mean and standard deviation of all pixels of the training set, two numbers.
 */
function fashionSets({ train, queries, seed, pooled = 1 }: Draw, folder: string | undefined): PreparedSets {
  if (folder === undefined)
    throw new CommandError('Fashion-MNIST needs --data, the folder of its IDX files.');
  const files: FashionMnist = loadFashionMnist(folder);
  const pool = (x: Matrix): Matrix => pooledImages(x, pooled);
  checkSizes(train, files.train.count, 'in the training files of Fashion-MNIST');
  checkSizes(queries, files.test.count, 'in the test files of Fashion-MNIST');
  const draw = (name: string, from: Images, count: number): Int32Array =>
    rng(seed, 'fashion-mnist', name).subset(from.count, count);
  const positions = { train: draw('train', files.train, train), query: draw('query', files.test, queries) };
  return imageSets(files.train, files.test, IMAGE_PIXELS, positions, pool);
}

/**
 * Training and query drawings without replacement, from the first `train` and the next `queries` places of one permutation,
 * rng(seed, 'emoji', 'split'), so that drawings of one thing in several skin tones fall on either side. Pixels as for Fashion-MNIST.
 */
function emojiSets({ train, queries, seed }: Draw, folder: string | undefined): PreparedSets {
  const emoji = loadEmoji(folder);
  checkSizes(train + queries, emoji.count, 'of emoji');
  const order = rng(seed, 'emoji', 'split').permutation(emoji.count);
  const positions = {
    train: order.slice(0, train).sort(),
    query: order.slice(train, train + queries).sort(),
  };
  return imageSets(emoji, emoji, EMOJI_PIXELS, positions);
}

/** Pixels are scaled to 0..1, then by the mean and standard deviation of all pixels of the training set. */
function imageSets(
  trainFrom: Images | Emoji,
  queryFrom: Images | Emoji,
  pixels: number,
  positions: PreparedSets['positions'],
  pool: (x: Matrix) => Matrix = (x) => x,
): PreparedSets {
  const raw = pool(unitPixels(trainFrom, pixels, positions.train));
  const { mean, scale } = fitStandardiser(new Matrix(raw.data.length, 1, raw.data));
  const scaled = (x: Matrix): Matrix =>
    new Matrix(
      x.rows,
      x.cols,
      x.data.map((v) => (v - mean[0]) / scale[0]),
    );
  const count = trainFrom.count + (queryFrom === trainFrom ? 0 : queryFrom.count);
  return finish(
    { inputs: scaled(raw), labels: labelsOf(trainFrom, positions.train) },
    {
      inputs: scaled(pool(unitPixels(queryFrom, pixels, positions.query))),
      labels: labelsOf(queryFrom, positions.query),
    },
    positions,
    count - positions.train.length - positions.query.length,
  );
}

function unitPixels({ pixels }: Images | Emoji, size: number, rows: Int32Array): Matrix {
  const out = new Matrix(rows.length, size);
  for (const [to, from] of rows.entries()) {
    const row = out.row(to);
    for (let p = 0; p < size; p++) row[p] = pixels[from * size + p] / 255;
  }
  return out;
}

function labelsOf({ labels }: Images | Emoji, rows: Int32Array): Int32Array {
  return Int32Array.from(rows, (i) => labels[i]);
}

function checkSizes(wanted: number, available: number, where: string): void {
  if (wanted > available)
    throw new CommandError(`${wanted} examples are asked for, there are ${available} ${where}.`);
}

function finish(
  train: Dataset,
  query: Dataset,
  positions: PreparedSets['positions'],
  leftOut: number,
): PreparedSets {
  const hash = digest({ train: contentDigest(train), query: contentDigest(query) });
  return { train, query, positions, leftOut, hash };
}

function contentDigest(data: Dataset): readonly string[] {
  const answers = 'labels' in data ? Float64Array.from(data.labels) : data.targets.data;
  return [digestNumbers(data.inputs.data), digestNumbers(answers)];
}
