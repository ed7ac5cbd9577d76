/** @file Examples of any network from .npy files: images or sequences in C order, tokens, an answer for each position, and which tokens count. */
import {
  type Dataset,
  type GraphNetwork,
  type Network,
  positionWeights,
  weightClasses,
} from '../../autodiff/index.ts';
import { Matrix } from '../../linalg/index.ts';
import { type NpyArray, readNpy } from '../../linalg/io/index.ts';
import { CommandError } from '../files/command-error.ts';
import { parseInput } from '../files/read-input.ts';
import type { NamedMatrix } from '../terminal/finite-result.ts';
import type { AnyNetwork } from './any-network.ts';
import { readExamples, readRegression } from './arrays.ts';
import { checkExamples } from './network.ts';

/** The files of one set of examples. */
export interface ExampleFiles {
  readonly inputs: string;
  readonly labels?: string | undefined;
  readonly targets?: string | undefined;
  /** 0/1, [examples, tokens]: which count. */
  readonly weights?: string | undefined;
  /** Numbers ≥ 0, [examples]: what each counts. */
  readonly exampleWeights?: string | undefined;
  /** Numbers ≥ 0, one per class: what examples of the class count. */
  readonly classWeights?: readonly number[] | undefined;
}

/** Sizes of an example as a network has them. */
type Reader = Pick<Network, 'inputs' | 'outputs' | 'outputPositions' | 'vocabulary'> &
  Pick<Partial<GraphNetwork>, 'outputPadding'>;

/**
 * Inputs [N, …], whose axes behind the first are those of the network's input or one axis of as many features; labels [N] or, for a network with
 * outputs at T positions, [N, T]; targets [N, outputs] or [N, T, outputs].
 *
 * Without weights, tokens that the network takes as padding do not count.
 *
 * @param train - The files of the training examples: T̄ is the mean number of their tokens that count. Default: the set's own.
 * @throws {CommandError} naming the file, what it has, and what the network needs.
 */
export function readNetworkExamples(
  model: Reader,
  files: ExampleFiles,
  train: ExampleFiles = files,
): Dataset {
  const array = read(files.inputs);
  const [rows = 0, ...shape] = array.shape;
  const features = shape.reduce((a, b) => a * b, 1);
  if (rows === 0 || shape.length === 0)
    throw new CommandError(`${files.inputs}: it holds no examples: shape [${array.shape.join(', ')}].`);
  if (features !== model.inputs)
    throw new CommandError(
      `${files.inputs} has ${features} numbers per example ([${array.shape.join(', ')}]), the network reads ${model.inputs}.`,
    );
  checkInputs(files.inputs, array, model);
  const inputs = new Matrix(rows, features, array.data);
  const ofPositions =
    files.weights === undefined
      ? withoutPadding(model, inputs, files, train)
      : weightsOf(model, files, rows, train.weights);
  const weights = withExampleWeights(model, files, rows, ofPositions);
  if (files.labels !== undefined) {
    const labels = labelsOf(model, files.labels, rows, weights);
    return counted({ inputs, labels, ...(weights === undefined ? {} : { weights }) }, files);
  }
  const targets = targetsOf(model, files.targets ?? '', rows);
  return counted({ inputs, targets, ...(weights === undefined ? {} : { weights }) }, files);
}

/** {@link readNetworkExamples}; for linear layers as their commands read them. @throws {CommandError} as there. */
export function readAnyExamples(
  { network, told }: Pick<AnyNetwork, 'network' | 'told'>,
  files: ExampleFiles,
  train: ExampleFiles = files,
): Dataset {
  if ('nodes' in told) return readNetworkExamples(network.model, files, train);
  const { inputs, labels, targets = '', weights } = files;
  if (weights !== undefined)
    throw new CommandError(
      `${weights}: weights of tokens are for a network with an output at each token; linear layers have one output per example.`,
    );
  const data = labels === undefined ? readRegression(inputs, targets) : readExamples(inputs, labels);
  checkExamples(network, data, inputs, labels ?? targets);
  return withWeights(data, files);
}

function read(file: string): NpyArray {
  return parseInput(file, (bytes) => readNpy(bytes));
}

function checkInputs(file: string, { data, shape }: NpyArray, { vocabulary }: Reader): void {
  const inner = shape.slice(1);
  const place = (at: number): string =>
    [
      ...inner.reduceRight<number[]>(
        (out, size) => [Math.floor(out[0] / size), out[0] % size, ...out.slice(1)],
        [at],
      ),
    ].join(', ');
  const isWrong = (x: number): boolean =>
    vocabulary === undefined ? !Number.isFinite(x) : !(Number.isInteger(x) && x >= 0 && x < vocabulary);
  const at = data.findIndex(isWrong);
  if (at >= 0)
    throw new CommandError(
      `${file}: element [${place(at)}] is ${data[at]}; ${vocabulary === undefined ? 'all must be finite' : `the network reads tokens 0..${vocabulary - 1}`}.`,
    );
}

/** Weights of the positions whose token is no padding; undefined: the network knows of none. */
function withoutPadding(
  { outputPadding: token, inputs: positions }: Reader,
  inputs: Matrix,
  files: ExampleFiles,
  train: ExampleFiles,
): Matrix | undefined {
  if (token === undefined) return undefined;
  const mask = ({ rows, data }: Matrix): Matrix =>
    new Matrix(
      rows,
      positions,
      data.map((id) => (id === token ? 0 : 1)),
    );
  const ids = (file: string): Matrix => {
    const { data } = read(file);
    return new Matrix(data.length / positions, positions, data);
  };
  const reference = mask(train.inputs === files.inputs ? inputs : ids(train.inputs));
  if (reference.data.every((m) => m === 0))
    throw new CommandError(`${train.inputs}: every token is padding (${token}).`);
  return positionWeights(mask(inputs), reference);
}

/** The numbers of examples by the files, or options, that they are from. */
export function namedExamples(
  data: Dataset,
  { inputs, targets = '', exampleWeights, classWeights }: ExampleFiles,
): NamedMatrix[] {
  const counting = exampleWeights ?? (classWeights === undefined ? undefined : '--class-weights');
  const { weights } = data;
  return [
    { file: inputs, matrix: data.inputs },
    ...('targets' in data ? [{ file: targets, matrix: data.targets }] : []),
    ...(weights === undefined || counting === undefined ? [] : [{ file: counting, matrix: weights }]),
  ];
}

/** What examples count, by themselves and by their class. */
type Counting = Pick<ExampleFiles, 'exampleWeights' | 'classWeights'>;

/** The examples with the weights in a file, one for each, times those of their classes. @throws {CommandError} another number of them, one below 0, or none above it. */
export function withWeights<T extends Dataset>(data: T, counting: Counting): T {
  const weights = withExampleWeights({ outputPositions: 1 }, counting, data.inputs.rows, undefined);
  return counted(weights === undefined ? data : { ...data, weights }, counting);
}

/** The examples with the weights of their classes, some of them above 0. @throws {CommandError} none is. */
function counted<T extends Dataset>(data: T, counting: Counting): T {
  const weighted = withClassWeights(data, counting);
  const { exampleWeights, classWeights } = counting;
  const isCounted = exampleWeights !== undefined || classWeights !== undefined;
  if (isCounted && weighted.weights?.data.every((w) => w === 0))
    throw new CommandError(
      `${exampleWeights ?? '--class-weights'}: every example has the weight 0, so that none counts.`,
    );
  return weighted;
}

/** @throws {CommandError} a class without a weight; targets that are no probabilities of as many classes. */
function withClassWeights<T extends Dataset>(data: T, { classWeights }: Counting): T {
  if (classWeights === undefined) return data;
  const count = classWeights.length;
  if ('labels' in data) {
    const at = data.labels.findIndex((label, k) => label >= count && data.weights?.data[k] !== 0);
    if (at >= 0)
      throw new CommandError(
        `--class-weights: ${count} numbers, classes 0..${count - 1}; label ${at} is ${data.labels[at]}.`,
      );
    return weightClasses(data, classWeights) as T;
  }
  const { cols, data: values } = data.targets;
  if (cols !== count && !(cols === 1 && count === 2))
    throw new CommandError(
      `--class-weights: ${count} numbers; targets have ${cols} ${cols === 1 ? 'number, of two classes' : 'classes'}.`,
    );
  const at = values.findIndex((q) => !(q >= 0 && q <= 1));
  if (at >= 0)
    throw new CommandError(
      `--class-weights: for labels and for targets that are probabilities; number ${at} is ${values[at]}.`,
    );
  return weightClasses(data, classWeights) as T;
}

/** Weights of positions, each times the weight of its example. */
function withExampleWeights(
  { outputPositions: positions }: Pick<Reader, 'outputPositions'>,
  { exampleWeights: file }: Pick<ExampleFiles, 'exampleWeights'>,
  rows: number,
  weights: Matrix | undefined,
): Matrix | undefined {
  if (file === undefined) return weights;
  const { shape, data } = read(file);
  if (shape.length !== 1 || shape[0] !== rows)
    throw new CommandError(
      `${file} must be [${rows}], one weight for each example, got [${shape.join(', ')}].`,
    );
  const at = data.findIndex((w) => !(w >= 0 && w < Number.POSITIVE_INFINITY));
  if (at >= 0) throw new CommandError(`${file}: weight ${at} is ${data[at]}; all must be finite and ≥ 0.`);
  const out = new Matrix(rows, positions);
  for (let k = 0; k < out.data.length; k++)
    out.data[k] = data[Math.floor(k / positions)] * (weights?.data[k] ?? 1 / positions);
  return out;
}

/** The mask as weights of the positions. */
function weightsOf(
  { outputPositions: positions }: Reader,
  { weights: file }: ExampleFiles,
  rows: number,
  trainFile: string | undefined,
): Matrix | undefined {
  if (file === undefined) return undefined;
  if (positions === 1)
    throw new CommandError(
      `${file}: weights of tokens are for a network with an output at each token; this has one output per example.`,
    );
  const mask = maskOf(file, positions);
  if (mask.rows !== rows)
    throw new CommandError(`${file} has weights for ${mask.rows} examples, there are ${rows}.`);
  const reference = trainFile === undefined || trainFile === file ? mask : maskOf(trainFile, positions);
  if (reference.data.every((m) => m === 0)) throw new CommandError(`${trainFile ?? file}: no token counts.`);
  return positionWeights(mask, reference);
}

function maskOf(file: string, positions: number): Matrix {
  const { shape, data } = read(file);
  if (shape.length !== 2 || shape[1] !== positions)
    throw new CommandError(`${file} must be [examples, ${positions}], got [${shape.join(', ')}].`);
  const counts = data.find((m) => m !== 0) ?? 1; // PyTorch's users divide by the number of tokens: any one number says the same
  const at = data.findIndex((m) => !(m === 0 || m === counts));
  if (at >= 0 || !(counts > 0 && counts < Number.POSITIVE_INFINITY))
    throw new CommandError(
      `${file}: element [${Math.floor(Math.max(at, 0) / positions)}, ${Math.max(at, 0) % positions}] is ${data[Math.max(at, 0)]}; weights of tokens are 0 or 1.`,
    );
  return new Matrix(
    shape[0],
    positions,
    data.map((m) => (m === 0 ? 0 : 1)),
  );
}

const INTEGERS = /^[<>|=]?[iu]\d$/;

function labelsOf(
  { outputs, outputPositions: positions }: Reader,
  file: string,
  rows: number,
  weights: Matrix | undefined,
): Int32Array {
  const { shape, data, dtype } = read(file);
  if (!INTEGERS.test(dtype))
    throw new CommandError(`${file}: labels must be of an integer dtype such as <i8 or <i4, got ${dtype}.`);
  const wanted = positions === 1 ? [rows] : [rows, positions];
  if (String(shape) !== String(wanted))
    throw new CommandError(
      `${file} must be [${wanted.join(', ')}], one label for each ${positions === 1 ? 'example' : 'token'}, got [${shape.join(', ')}].`,
    );
  for (const [i, label] of data.entries()) {
    const counts = weights === undefined || weights.data[i] > 0;
    if (counts && !(label >= 0 && label < outputs)) {
      const ignored =
        positions > 1 && weights === undefined && label < 0
          ? '; tokens that do not count are named by --token-weights and --query-token-weights'
          : '';
      throw new CommandError(
        `${file}: label ${i} is ${label}; the network has ${outputs} classes, 0..${outputs - 1}${ignored}.`,
      );
    }
  }
  return Int32Array.from(data);
}

function targetsOf({ outputs, outputPositions: positions }: Reader, file: string, rows: number): Matrix {
  const { shape, data } = read(file);
  const numbers = outputs * positions;
  if (shape[0] !== rows || data.length !== rows * numbers)
    throw new CommandError(
      `${file} must have ${numbers} numbers for each of ${rows} examples, got [${shape.join(', ')}].`,
    );
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new CommandError(`${file}: number ${at} is ${data[at]}; all must be finite.`);
  return new Matrix(rows, numbers, data);
}
