/** @file Fitted methods in a file: fit once, score new queries later, with equal bits. */
import { asRun, type Trajectory } from '../../autodiff/trajectory.ts';
import { asFormatError, FIT_FORMAT, refuse } from '../../curvature/stored-operator.ts';
import { checkObject, checkString } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { ShapeError, UnsupportedError } from '../../linalg/errors.ts';
import { asBytes, type Bytes } from '../../linalg/io/bytes.ts';
import { isJsonObject, type JsonObject, ownField, parseJsonObject } from '../../linalg/io/json-text.ts';
import {
  readSafetensors,
  type SafetensorsFile,
  type Tensor,
  type TensorInput,
  writeSafetensors,
} from '../../linalg/io/safetensors.ts';
import { encodeUtf8 } from '../../linalg/io/utf8.ts';
import { kernelTier } from '../../linalg/kernels/select.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import { checkDigest, dataDigest, networkDigest, runDigest } from './fit-digests.ts';
import { type CurvatureFitOptions, FIT_FORMS } from './fit-forms.ts';
import { checkFitMethod, FIT_METHODS } from './fit-methods.ts';
import type { FitMethod, FittedTo, MethodFit } from './method-fit.ts';
import { checkMethodOptions } from './method-options.ts';
import { METHODS } from './registry.ts';

/** What {@link curvatureFits} takes. */
export interface CurvatureFitJob extends FittedTo {
  readonly method: FitMethod;
  /** As `attribute` takes them. */
  readonly options?: CurvatureFitOptions;
}

/** Fits with all that scoring by them needs, beside models and training set. */
export interface StoredFits {
  readonly method: FitMethod;
  readonly options: CurvatureFitOptions;
  /** One per model. */
  readonly fits: readonly MethodFit[];
  /** The kernel tier that computed them; all tiers but `fused` have the same bits. */
  readonly tier: string;
}

const KEY = 'eigenfluence.fit';
/** To be raised when the same fit is stored, or computed, otherwise. */
const VERSION = 1;
const MAX_DEPTH = 12;

/**
 * A curvature method, or `trak`, `logra`, `arnoldi` or `source`, fitted to each model, once: `attribute({ …, curvatures: fits })` then scores any
 * queries with the bits of a direct run. `source` needs the runs of the models, here as there: it keeps the curvatures of their segments.
 *
 * What depends on queries or on the measurement is no part of a fit.
 * @throws {DomainError} no method, an option out of range. @throws {UnsupportedError} an option that it does not read; a method with nothing to
 * fit, or whose fit is not kept.
 * Otherwise as the method. Cost: `METHODS[method].cost.fit` per model.
 * @example const { fits } = curvatureFits({ method: 'ekfac', models: [fitted], train });
 */
export function curvatureFits(job: CurvatureFitJob): StoredFits {
  const where = 'curvatureFits';
  checkObject(where, 'job', job);
  const { method, options = {} } = job;
  checkFitMethod(where, method);
  checkObject(where, 'options', options);
  checkMethodOptions(where, METHODS[method], options);
  const fits = FIT_FORMS[method].fits(options, asFittedTo(where, method, job));
  return { method, options: { ...options }, fits: fits.map((fit) => madeUnder(options, fit)), tier: kernelTier() }; // biome-ignore format: one line
}

/**
 * A safetensors file of fits: eigenvalues, eigenvectors or Kronecker factors of each as float64 (of `trak` the projected training
 * gradients, slopes, and the factor of the kernel: N·outputs·(k + 1) + k² numbers; of `logra` the compressed training gradients, projections and
 * factors; of `arnoldi` the eigenpairs and the training gradients in them: (N + D)·k; of `source` a curvature per segment), and as metadata method,
 * options, rule, kernel tier, version of the format, and SHA-256 digests of the networks, of the training set and of the runs.
 *
 * @param stored - As {@link curvatureFits} gives them. @param to - The models, one per fit, and the training set that they were made for.
 * @throws {ShapeError} not one model per fit. @throws {UnsupportedError} an operator of somebody else's making.
 * @example writeCurvatureFits(curvatureFits({ method: 'ekfac', models, train }), { models, train });
 */
export function writeCurvatureFits(stored: StoredFits, to: FittedTo): Uint8Array {
  const where = 'writeCurvatureFits';
  checkObject(where, 'stored', stored);
  const { method, options, tier } = stored;
  checkFitMethod(where, method);
  checkObject(where, 'options', options);
  checkMethodOptions(where, METHODS[method], options);
  checkString(where, 'tier', tier);
  const checked = asFittedTo(where, method, to);
  const { models, train, trajectories } = checked;
  const fits = asList(where, 'fits', stored.fits, 'curvature fits');
  if (fits.length !== models.length)
    throw new ShapeError(where, 'fits', `${models.length}, one per model`, `${fits.length}`);
  const tensors: Record<string, TensorInput> = {};
  const keep = (name: string, tensor: TensorInput): void => {
    tensors[name] = tensor;
  };
  const described = fits.map((given, index) => {
    const place = { where, prefix: `${index}.`, options, to: checked, index };
    const run = trajectories?.[index];
    return {
      network: networkDigest(models[index], train),
      ...(run === undefined ? {} : { run: runDigest(run) }),
      ...FIT_FORMS[method].store(given, place, keep),
    };
  });
  const header = {
    format: FIT_FORMAT,
    version: VERSION,
    method,
    options,
    tier,
    data: dataDigest(train),
    fits: described,
  };
  return writeSafetensors(tensors, { [KEY]: JSON.stringify(header) });
}

/**
 * Fits from a file, for the networks and the training set that they were made for.
 *
 * @param bytes - The whole file. Not modified. @param to - Models, one per fit and in its order, and the training set.
 * @returns what `attribute` needs: `{ method, options, curvatures: fits }`. The bits of the operators are those that were written.
 * @throws {FormatError} no such file, another version, a part that is missing or damaged. @throws {DomainError} another training set,
 * network or run, named with both digests. @throws {ShapeError} another number of models.
 * Not checked: that the numbers are those of a fit: a file that was forged with right digests scores what it says.
 * Cost: one copy of the arrays, one forward pass over the training set per model for the digests.
 * @example
 * const { method, options, fits } = readCurvatureFits(bytes, { models, train });
 * attribute({ method, options, models, train, queries, curvatures: fits }).scores;
 */
export function readCurvatureFits(bytes: Bytes, to: FittedTo): StoredFits {
  const where = 'readCurvatureFits';
  const file = readSafetensors(asBytes(where, bytes));
  const header = readFitHeader(file);
  const { method, options, tier, fits, data } = header;
  const checked = asFittedTo(where, method, to);
  const { models, train, trajectories } = checked;
  if (fits.length !== models.length)
    throw new ShapeError(where, 'models', `${fits.length}, one per stored fit`, `${models.length}`);
  checkDigest(where, 'train', 'the training set that was fitted', data, dataDigest(train));
  for (const [m, fit] of fits.entries()) {
    const network = networkDigest(models[m], train);
    checkDigest(where, `models[${m}]`, 'the network that was fitted', ownField(fit, 'network'), network);
    const run = trajectories?.[m];
    if (run !== undefined)
      checkDigest(where, `trajectories[${m}]`, 'the run that was fitted', ownField(fit, 'run'), runDigest(run)); // biome-ignore format: one line
  }
  const fetch = (name: string): Tensor => readTensor(file, name);
  return {
    method,
    options,
    tier,
    fits: fits.map((fit, index) => {
      const place = { where, prefix: `${index}.`, options, to: checked, index };
      return madeUnder(options, FIT_FORMS[method].read(fit, place, fetch));
    }),
  };
}

/** Which method a file of fits holds, under which options and for how many models. Throws as {@link readCurvatureFits}. */
export function readCurvatureFitMethod(bytes: Bytes): {
  readonly method: FitMethod;
  readonly options: CurvatureFitOptions;
  readonly models: number;
} {
  const { method, options, fits } = readFitHeader(readSafetensors(asBytes('readCurvatureFitMethod', bytes)));
  return { method, options, models: fits.length };
}

interface FitHeader {
  readonly method: FitMethod;
  readonly options: CurvatureFitOptions;
  readonly tier: string;
  readonly data: unknown;
  readonly fits: readonly JsonObject[];
}

function readFitHeader({ metadata }: SafetensorsFile): FitHeader {
  const text = metadata.get(KEY);
  if (text === undefined)
    return refuse(`this safetensors file has no ${KEY} in its metadata, so it holds no fitted curvature`);
  const header = parseJsonObject(FIT_FORMAT, KEY, encodeUtf8(FIT_FORMAT, text), MAX_DEPTH);
  const field = (name: string): unknown => ownField(header, name);
  if (field('format') !== FIT_FORMAT) return refuse(`format must be ${FIT_FORMAT}`);
  if (field('version') !== VERSION)
    return refuse(
      `version ${JSON.stringify(field('version'))?.slice(0, 40)} of the format, where ${VERSION} is read: fit again`,
    );
  const method = FIT_METHODS.find((one) => one === field('method'));
  if (method === undefined) return refuse(`method must be one of ${FIT_METHODS.join(', ')}`);
  const options = field('options');
  const fits = field('fits');
  const tier = field('tier');
  if (!isJsonObject(options) || typeof tier !== 'string') return refuse('options and tier are missing');
  if (!Array.isArray(fits) || fits.length === 0 || !fits.every(isJsonObject))
    return refuse('fits must be a list of fits');
  asFormatError(() => checkMethodOptions('options', METHODS[method], options));
  return { method, options, tier: tier.slice(0, 40), data: field('data'), fits };
}

function readTensor(file: SafetensorsFile, name: string): Tensor {
  return file.get(name) ?? refuse(`tensor ${name} is missing`);
}

/** A fit with the options that it was made under. */
function madeUnder(options: CurvatureFitOptions, fit: MethodFit): MethodFit {
  return { ...fit, options: { ...options } };
}

function asFittedTo(where: string, method: FitMethod, to: FittedTo): FittedTo {
  checkObject(where, 'to', to);
  const models = asList(where, 'models', to.models, 'fitted models');
  if (models.length === 0) throw new ShapeError(where, 'models', 'at least one', 'none');
  const checked = models.map((model) => asFittedModel(where, model, to.train));
  const own = { models: checked.map(({ fitted }) => fitted), train: checked[0].train };
  return METHODS[method].needsTrajectory ? { ...own, trajectories: asRunsOf(where, method, to) } : own;
}

/** The run of every model. */
function asRunsOf(
  where: string,
  method: FitMethod,
  { models, trajectories }: FittedTo,
): readonly Trajectory[] {
  if (trajectories === undefined)
    throw new UnsupportedError(
      `${where}: ${method} needs the checkpoints of the training: give a trajectory per model.`,
    );
  const runs = asList(where, 'trajectories', trajectories, 'training runs').map((run) => asRun(where, run));
  if (runs.length !== models.length)
    throw new ShapeError(where, 'trajectories', `${models.length}, one per model`, `${runs.length}`);
  return runs;
}
