/** @file How the fit of each method is made, kept and read: one entry per form. */
import { datasetSize } from '../../autodiff/dataset.ts';
import { CURVATURE_KINDS, type CurvatureKind } from '../../curvature/registry.ts';
import type { Fetch, Keep } from '../../curvature/stored-operator.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import type { JsonObject } from '../../linalg/io/json-text.ts';
import { ARNOLDI_RANK } from '../baselines/arnoldi.ts';
import type { ArnoldiSizes } from '../baselines/arnoldi-fit.ts';
import { LOGRA_DIMENSION } from '../baselines/logra.ts';
import { asCurvatureFit, fitOf } from './curvature-fit.ts';
import { asFitOf, type FitMethod, type FittedTo, type MethodFit } from './method-fit.ts';
import type { OptionsOf } from './method-name.ts';
import { METHODS } from './registry.ts';
import { readArnoldiFit, storeArnoldiFit } from './stored-arnoldi.ts';
import { readCurvatureFit, storeCurvatureFit } from './stored-curvature-fit.ts';
import { type LograSizes, readLograFit, storeLograFit } from './stored-logra.ts';
import { readSourceFit, storeSourceFit } from './stored-source.ts';
import { readTrakFit, storeTrakFit } from './stored-trak.ts';
import { trakFits, trakSizes } from './trak-method.ts';

/** The options that a fit depends on: all of the method but `measurement`, which each scoring chooses. */
export type CurvatureFitOptions = Omit<OptionsOf<FitMethod>, 'measurement'>;

/** Which fit of a file it is, and what it belongs to. */
export interface FitPlace {
  readonly where: string;
  /** Of the names of its tensors. */
  readonly prefix: string;
  readonly options: CurvatureFitOptions;
  readonly to: FittedTo;
  /** Which of the models. */
  readonly index: number;
}

/** What can be done with the fits of a method. */
export interface FitForm {
  /** One per model. */
  fits(options: CurvatureFitOptions, to: FittedTo): readonly MethodFit[];
  /** Puts the arrays away, and describes the rest. @throws {DomainError} | {ShapeError} a fit of another method, network or training set. */
  store(fit: MethodFit, place: FitPlace, keep: Keep): object;
  /** The same fit, bit by bit. @throws {FormatError} a part that is missing or damaged. */
  read(description: JsonObject, place: FitPlace, fetch: Fetch): MethodFit;
}

const TRAK_FORM: FitForm = {
  fits: (options, { models, train }) => trakFits(options, models, train),
  store: (fit, { where, prefix }, keep) => storeTrakFit(where, asFitOf(where, 'trak', fit), prefix, keep),
  read: (description, { prefix, options, to, index }, fetch) =>
    readTrakFit(description, prefix, fetch, trakSizes(options, to.models, index, to.train)),
};

const LOGRA_FORM: FitForm = {
  fits: (options, to) => keptFits('logra', options, to),
  store: (fit, place, keep) =>
    storeLograFit(place.where, asFitOf(place.where, 'logra', fit), place.prefix, keep, lograSizes(place)),
  read: (_, place, fetch) => readLograFit(place.prefix, fetch, lograSizes(place)),
};

const ARNOLDI_FORM: FitForm = {
  fits: (options, to) => keptFits('arnoldi', options, to),
  store: (fit, place, keep) =>
    storeArnoldiFit(
      place.where,
      asFitOf(place.where, 'arnoldi', fit),
      place.prefix,
      keep,
      arnoldiSizes(place),
    ),
  read: (description, place, fetch) => readArnoldiFit(description, place.prefix, fetch, arnoldiSizes(place)),
};

const SOURCE_FORM: FitForm = {
  fits: (options, to) => keptFits('source', options, to),
  store: (fit, { where, prefix }, keep) => storeSourceFit(where, asFitOf(where, 'source', fit), prefix, keep),
  read: (description, { prefix, to, index }, fetch) =>
    readSourceFit(description, prefix, fetch, to.models[index].model.parameterCount),
};

function curvatureForm(kind: CurvatureKind): FitForm {
  return {
    fits: (options, { models, train }) => models.map((model) => fitOf(kind, options, model, train)),
    store: (fit, { where, prefix, to, index }, keep) =>
      storeCurvatureFit(
        asCurvatureFit(where, kind, fit, to.models[index].model.parameterCount),
        prefix,
        keep,
      ),
    read: (description, { prefix, to, index }, fetch) =>
      readCurvatureFit(kind, description, prefix, fetch, to.models[index].model.parameterCount),
  };
}

/** What the fits of each method are. */
export const FIT_FORMS: { readonly [K in FitMethod]: FitForm } = {
  ...(Object.fromEntries(CURVATURE_KINDS.map((kind) => [kind, curvatureForm(kind)])) as {
    readonly [K in CurvatureKind]: FitForm;
  }),
  trak: TRAK_FORM,
  logra: LOGRA_FORM,
  arnoldi: ARNOLDI_FORM,
  source: SOURCE_FORM,
};

/** What the method itself keeps when it is fitted. */
function keptFits(
  method: 'logra' | 'arnoldi' | 'source',
  options: CurvatureFitOptions,
  { models, trajectories, train }: FittedTo,
): MethodFit[] {
  return models.map((fitted, m) => {
    const trajectory = trajectories?.[m];
    const context = { fitted, train, ...(trajectory === undefined ? {} : { trajectory }) };
    const { kept } = METHODS[method].fit(options as never, context);
    if (kept === undefined) throw new UnsupportedError(`${method}: nothing of this fit can be kept.`);
    return kept;
  });
}

function lograSizes({ options, to, index }: FitPlace): LograSizes {
  const { dimension = LOGRA_DIMENSION } = options;
  return { model: to.models[index].model, dimension, n: datasetSize(to.train) };
}

function arnoldiSizes({ options, to, index }: FitPlace): ArnoldiSizes {
  const { parameterCount: parameters } = to.models[index].model;
  const { rank = ARNOLDI_RANK } = options;
  return { parameters, rank: Math.min(rank, parameters), n: datasetSize(to.train) };
}
