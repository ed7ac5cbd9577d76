/** @file TRAK, as a line of the registry. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { asLoss } from '../../autodiff/functions.ts';
import type { Problem } from '../../curvature/problem.ts';
import type { FittedModel } from '../attributor.ts';
import { meanEigenvalue } from '../attributors/damping-rule.ts';
import { RANDOM_PROJECTION } from '../attributors/discarded.ts';
import { atPosition, TRAK_DIMENSION, trak, trakOutputs } from '../baselines/trak.ts';
import { gradientNorms } from '../solvers/gradient-products.ts';
import { DIMENSION, SEED } from './common-hyperparameters.ts';
import { fittedMethod, undefinedShare } from './fitted-method.ts';
import { type Filled, type FittedMethod, type Method, type MethodContext, method } from './method.ts';
import { asFitOf, type MethodFit, type TrakMethodFit } from './method-fit.ts';
import { ruled } from './option.ts';
import { NON_NEGATIVE } from './option-values.ts';
import { dampingWarnings } from './warnings.ts';

/** What `trak` reads. */
export interface TrakOptions {
  readonly dimension: number | undefined;
  readonly ridge: number;
  readonly seed: number;
}

/** The share of min(N·outputs, D) that a TRAK projection may have: beyond, ΦᵀΦ is close to singular. */
const TRAK_SHARE = 3;

/** TRAK. */
export const TRAK: Method<TrakOptions> = method<TrakOptions>({
  name: 'trak',
  label: 'TRAK',
  approximates:
    '∇mᵀ C⁻¹ ∇L in a random projection to k dimensions, C = JᵀWJ/N of the margin (of the outputs for targets), W the weights of examples or positions',
  cost: { fit: 'M·(N·D·k + N·k²)', score: 'M·Q·(D + N)·k', memory: 'M·(N·k + k²)' },
  options: {
    dimension: {
      ...DIMENSION,
      meaning: 'k of the projection',
      default: ruled(
        'share-of-rows',
        `min(${TRAK_DIMENSION}, ⌊min(N·outputs of f, D)/${TRAK_SHARE}⌋), at least 1; f has one output per example, or position, for classes`,
        { most: TRAK_DIMENSION, share: TRAK_SHARE },
      ),
      reason:
        'ΦᵀΦ [k, k] of N projected gradients is well conditioned for k well below N only; Wang et al. 2025 tuned to 512 on their small sets',
    },
    ridge: {
      values: NON_NEGATIVE,
      placeholder: '<ρ>',
      brief: 'added to a sum of squared projected gradients',
      meaning: 'ρ in (ΦᵀΦ + ρI)⁻¹, in units of a SUM over examples',
      default: 0,
      reason: 'as published; the projection is the regularisation',
    },
    seed: SEED,
  },
  needsTrajectory: false,
  scaled: true,
  reference: 'Park et al., TRAK: attributing model behavior at scale (2023), §3',
  fit: (options, context) => fitTrak(options, [context]),
  fitMany: fitTrak,
});

function fitTrak(options: Filled<TrakOptions>, contexts: readonly MethodContext[]): FittedMethod {
  const [context] = contexts;
  const { train, fitted } = context;
  const { ridge, seed, measurement } = options;
  const dimension = options.dimension ?? dimensionOf(fitted, train);
  const kept = contexts.map(({ curvature }) => curvature);
  const attributor = trak({ dimension, ridge, seed, measurement }).fitMany(
    contexts.map((one) => one.fitted),
    train,
    context.curvature === undefined
      ? undefined
      : kept.map((fit) => asFitOf('trak', 'trak', fit as MethodFit)),
  );
  return fittedMethod(context, attributor, {
    settings: { dimension, ridge, seed },
    seed,
    discarded: undefinedShare(RANDOM_PROJECTION),
    warnings: ridge === 0 ? [] : dampingWarnings('ridge ρ', ridge, outputTrace(context)),
  });
}

/** k where none is given. */
function dimensionOf({ model, loss }: FittedModel, train: Dataset): number {
  const rows = countingExamples(train) * trakOutputs({ model, loss });
  const most = Math.floor(Math.min(rows, model.parameterCount) / TRAK_SHARE);
  return Math.max(1, Math.min(TRAK_DIMENSION, most));
}

/** Sizes of the fit of model `m`. */
export function trakSizes(
  { dimension }: Partial<TrakOptions>,
  models: readonly FittedModel[],
  m: number,
  train: Dataset,
): { readonly outputs: number; readonly n: number; readonly dimension: number } {
  return {
    outputs: trakOutputs(models[m]),
    n: datasetSize(train),
    dimension: dimension ?? dimensionOf(models[0], train),
  };
}

/** What of TRAK can be kept, one per model: member m of an ensemble has a projection of its own. */
export function trakFits(
  { dimension, ridge = 0, seed = 0 }: Partial<TrakOptions>,
  models: readonly FittedModel[],
  train: Dataset,
): TrakMethodFit[] {
  const k = dimension ?? dimensionOf(models[0], train);
  const { fits } = trak({ dimension: k, ridge, seed }).fitMany(models, train);
  return fits.map((fit) => ({ kind: 'trak', ...fit }));
}

/** Examples whose weight is not 0, at some output position. */
function countingExamples(train: Dataset): number {
  const { weights } = train;
  const n = datasetSize(train);
  if (weights === undefined) return n;
  return Array.from({ length: n }, (_, i) => weights.row(i)).filter((row) => row.some((w) => w > 0)).length;
}

/** w‖∇f(z_i)‖², summed over the training examples and the outputs that TRAK's f runs over, about tr(ΦᵀΦ). */
function outputTrace({ fitted, train }: MethodContext): number {
  const { model, loss, theta } = fitted;
  const { linearised } = asLoss('trak', 'loss', loss);
  if (linearised !== 'outputs') {
    let total = 0;
    for (let t = 0; t < model.outputPositions; t++) {
      const { data, roots } = atPosition(train, model.outputPositions, t);
      const norms = gradientNorms(model, linearised.of, theta, data);
      total += norms.reduce((sum, norm, i) => sum + (norm * (roots?.[i] ?? 1)) ** 2, 0);
    }
    return total;
  }
  const outputs: Problem = { model, theta, loss: 'squared-error', data: train }; // whose GGN is the mean of JᵀJ
  return datasetSize(train) * model.parameterCount * meanEigenvalue(outputs);
}
