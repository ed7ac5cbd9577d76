/** @file Fitted methods in a file: fit once, score new queries later, with equal bits. */
import type { Dataset } from '../../autodiff/dataset.ts';
import { asFormatError, FIT_FORMAT, refuse } from '../../curvature/stored-operator.ts';
import { checkObject, checkString } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { ShapeError } from '../../linalg/errors.ts';
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
import type { FittedModel } from '../attributor.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import { asCurvatureFit, type CurvatureMethodOptions, fitOf } from './curvature-fit.ts';
import { checkDigest, dataDigest, networkDigest } from './fit-digests.ts';
import { checkFitMethod, FIT_METHODS } from './fit-methods.ts';
import type { FitMethod, MethodFit } from './method-fit.ts';
import { checkMethodOptions } from './method-options.ts';
import { METHODS } from './registry.ts';
import { readCurvatureFit, storeCurvatureFit } from './stored-curvature-fit.ts';
import { readTrakFit, storeTrakFit } from './stored-trak.ts';
import { type TrakOptions, trakFits, trakSizes } from './trak-method.ts';

/** The options that a fit depends on: all of the method but `measurement`, which each scoring chooses. */
export type CurvatureFitOptions = Partial<CurvatureMethodOptions & TrakOptions>;

/** What a fit was made for. */
export interface FittedTo {
  /** One per fit. */
  readonly models: readonly FittedModel[];
  readonly train: Dataset;
}

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
 * A curvature method, or `trak`, fitted to each model, once: `attribute({ …, curvatures: fits })` then scores any queries with the bits of a direct run.
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
  const { models, train } = asFittedTo(where, job);
  return {
    method,
    options: { ...options },
    fits:
      method === 'trak'
        ? trakFits(options, models, train)
        : models.map((model) => fitOf(method, options, model, train)),
    tier: kernelTier(),
  };
}

/**
 * A safetensors file of fits: eigenvalues, eigenvectors or Kronecker factors of each as float64 (of `trak` the projected training
 * gradients, slopes, and the factor of the kernel: N·outputs·(k + 1) + k² numbers), and as metadata method,
 * options, rule, kernel tier, version of the format, and SHA-256 digests of the networks and of the training set.
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
  const { models, train } = asFittedTo(where, to);
  const fits = asList(where, 'fits', stored.fits, 'curvature fits');
  if (fits.length !== models.length)
    throw new ShapeError(where, 'fits', `${models.length}, one per model`, `${fits.length}`);
  const tensors: Record<string, TensorInput> = {};
  const keep = (name: string, tensor: TensorInput): void => {
    tensors[name] = tensor;
  };
  const described = fits.map((given, m) => ({
    network: networkDigest(models[m], train),
    ...(method === 'trak'
      ? storeTrakFit(where, given, `${m}.`, keep)
      : storeCurvatureFit(
          asCurvatureFit(where, method, given, models[m].model.parameterCount),
          `${m}.`,
          keep,
        )),
  }));
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
 * @throws {FormatError} no such file, another version, a part that is missing or damaged. @throws {DomainError} another training set
 * or network, named with both digests. @throws {ShapeError} another number of models.
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
  const { models, train } = asFittedTo(where, to);
  const { method, options, tier, fits, data } = header;
  if (fits.length !== models.length)
    throw new ShapeError(where, 'models', `${fits.length}, one per stored fit`, `${models.length}`);
  checkDigest(where, 'train', 'the training set that was fitted', data, dataDigest(train));
  for (const [m, fit] of fits.entries())
    checkDigest(
      where,
      `models[${m}]`,
      'the network that was fitted',
      ownField(fit, 'network'),
      networkDigest(models[m], train),
    );
  const fetch = (name: string): Tensor => readTensor(file, name);
  return {
    method,
    options,
    tier,
    fits: fits.map((fit, m) =>
      method === 'trak'
        ? readTrakFit(fit, `${m}.`, fetch, trakSizes(options, models, m, train))
        : readCurvatureFit(method, fit, `${m}.`, fetch, models[m].model.parameterCount),
    ),
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

function asFittedTo(where: string, to: FittedTo): FittedTo {
  checkObject(where, 'to', to);
  const models = asList(where, 'models', to.models, 'fitted models');
  if (models.length === 0) throw new ShapeError(where, 'models', 'at least one', 'none');
  const checked = models.map((model) => asFittedModel(where, model, to.train));
  return { models: checked.map(({ fitted }) => fitted), train: checked[0].train };
}
