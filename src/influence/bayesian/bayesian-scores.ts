/** @file Scores from sampled chains, with the error that sampling leaves in them and what the chains say of themselves. */
import { checkNumber, checkObject } from '../../linalg/border/arguments.ts';
import { above, type Check, checkFields, oneOf } from '../../linalg/border/fields.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkFinite, checkInteger, checkLength } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { mean } from '../../linalg/sum.ts';
import { type ChainDiagnostics, mixing } from './chain-diagnostics.ts';
import { asWatched, type ChainSample, type WatchedPair } from './influence-chain.ts';
import { asMoments, correlationOf, covarianceOf, type Moments, mergeMoments } from './moments.ts';
import type { SamplerBias } from './sampler-bias.ts';

/** `covariance`: nβ·Cov(L(z_i), m(z_q)). `correlation`: Pearson's, in [−1, 1], of no scale. */
export type Normalisation = 'covariance' | 'correlation';

/** What a {@link Normalisation} may be. */
export const normalisations: Check = oneOf('covariance', 'correlation');

const OPTIONS = {
  nBeta: above(0),
  normalisation: normalisations,
  watched: ((where, argument, value) => asWatched(where, argument, value)) as Check,
  bias: ((where, argument, value) =>
    checkFields(where, value, { step: checkNumber, batch: checkNumber }, argument, ['batch'])) as Check,
};

/** A score whose trace was kept: diagnostics are those of (L − L̄)(m − m̄) over the draws. */
export interface WatchedScore extends WatchedPair, ChainDiagnostics {}

/** What is known of the chains behind some scores. */
export interface SamplingDiagnostics extends ChainDiagnostics {
  /** The diagnostics above are those of the mean training loss, whose trace of every chain this is, shape [C, T]. */
  readonly lossTraces: Matrix;
  readonly watched: readonly WatchedScore[];
  /** Batches of draws behind the error bars, over all chains. */
  readonly batches: number;
  /** Factor of the error bars, ≥ 1: see {@link bayesianScores}. */
  readonly inflation: number;
  /** How much wider than the posterior the sampled law can be, which the error bars do not count. Undefined when not given. */
  readonly bias: SamplerBias | undefined;
  /** What a reader should know before trusting the scores; empty when nothing is amiss. */
  readonly warnings: readonly string[];
}

/** Scores [nQuery, N] with errors of the same shape. */
export interface BayesianScores {
  readonly scores: Matrix;
  /**
   * nβ · Cov(w_qt m_qt, w_is ℓ_is) of output positions t of query q and s of example i, [nQuery · P, N · P], position t of query q in row q·P + t: the parts
   * of the scores, which are their sums over t and s, since covariance is linear in both. Undefined where the chains did not keep
   * positions, and of correlations, which do not add up.
   */
  readonly tokenScores?: Matrix;
  readonly standardErrors: Matrix;
  readonly diagnostics: SamplingDiagnostics;
}

/** R̂ above which chains count as not mixed (Vehtari et al. 2021 ask for 1.01, Gelman et al. 2013 for 1.1). */
const RHAT_LIMIT = 1.1;
/** Effective draws below which scores count as rough. */
const SIZE_LIMIT = 100;
/** Excess of variance by minibatch noise above which scores are warned of. */
const BATCH_LIMIT = 0.1;

/**
 * Pools chains: the sample covariance of all their draws, as of one long chain, times nβ; or the correlation.
 *
 * Error bars count Monte Carlo error only: not the bias of step and minibatches, which `samplerBias` bounds, nor that of a short burn-in.
 * With s_b the share of batch b in the score
 * (products about the pooled means, so that the scores are the mean of the s_b weighted by draws), a standard error is
 * √(B/(B − 1) Σ_b (T_b/T)² (s_b − s)²) over the B batches of all chains. Batches shorter than the chains' memory make that too small; then the
 * same formula with whole chains in place of batches gives more, and all errors are multiplied by √max(1, ratio of the sums of
 * squared errors, chains to batches). For correlations s_b is the linearised share (delta method).
 *
 * @param given - Samples, one per chain, in the order of the chains: the result does not depend on who computed which.
 * @throws {DomainError} no chain, different draws, or fewer than two batches. @throws {NonFiniteError} a measurement was infinite.
 * Cost: about 6 N nQuery flops per batch.
 * Reference: Kreer et al. 2026, Algorithm 1 (there −Cov); Geyer 1992, §3.2 (batch means); Flegal & Jones 2010.
 * @example bayesianScores(chains.map((chain) => chain.sample()), { nBeta, normalisation: 'covariance', watched: [] });
 */
export function bayesianScores(
  given: readonly ChainSample[],
  options: {
    readonly nBeta: number;
    readonly normalisation: Normalisation;
    readonly watched: readonly WatchedPair[];
    /** Of the sampler that ran the chains, for the diagnostics. */
    readonly bias?: SamplerBias;
  },
): BayesianScores {
  const where = 'bayesianScores';
  checkFields(where, options, OPTIONS, 'options', ['nBeta', 'normalisation', 'watched']);
  const { nBeta, normalisation, watched, bias } = options;
  const samples = asList(where, 'samples', given, 'samples of chains').map((sample, c) =>
    asSample(where, `samples[${c}]`, sample, watched.length),
  );
  if (samples.length === 0) throw new DomainError(where, 'samples', 'of at least one chain', 'none');
  for (const { draws } of samples)
    if (draws !== samples[0].draws)
      throw new DomainError(where, 'draws of a chain', `${samples[0].draws} as of the first`, draws);
  const batches = samples.flatMap((sample) => sample.batches);
  if (batches.length < 2) throw new DomainError(where, 'batches of draws', 'at least two', batches.length);
  const pooled = batches.reduce(mergeMoments);
  const scores = normalisation === 'covariance' ? covarianceOf(pooled) : correlationOf(pooled);
  const scale = normalisation === 'covariance' ? nBeta : 1;
  for (let k = 0; k < scores.data.length; k++) scores.data[k] *= scale;
  checkFinite(where, 'scores', scores.data);

  const share = normalisation === 'covariance' ? covarianceShare : correlationShare;
  const errors = new SharesError(pooled);
  const chainErrors = new SharesError(pooled);
  for (const sample of samples) {
    chainErrors.begin();
    for (const batch of sample.batches) {
      const values = share(batch, pooled, scores, scale);
      errors.begin();
      errors.add(batch.count, values);
      errors.end();
      chainErrors.add(batch.count, values);
    }
    chainErrors.end();
  }
  const ratio = samples.length > 1 ? chainErrors.total() / errors.total() : 1;
  const inflation = Math.sqrt(Math.max(1, Number.isFinite(ratio) ? ratio : 1));
  const standardErrors = errors.result(inflation);
  const { warnings, ...known } = diagnose(samples, watched, batches.length, inflation);
  const doubts = bias === undefined ? [] : biasWarnings(bias, size(standardErrors) / size(scores));
  const parts = samples.map(({ positions }) => positions).filter((moments) => moments !== undefined);
  const tokenScores =
    normalisation === 'covariance' && parts.length === samples.length
      ? covarianceOf(parts.reduce(mergeMoments))
      : undefined;
  if (tokenScores !== undefined)
    for (let k = 0; k < tokenScores.data.length; k++) tokenScores.data[k] *= nBeta;
  return {
    scores,
    standardErrors,
    ...(tokenScores === undefined ? {} : { tokenScores }),
    diagnostics: { ...known, bias, warnings: [...warnings, ...doubts] },
  };
}

/** A sample with its traces of `pairs` watched pairs, plain lists made vectors. @throws {DomainError} | {ShapeError} it is none. */
function asSample(where: string, argument: string, sample: ChainSample, pairs: number): ChainSample {
  checkObject(where, argument, sample);
  const { chain, draws } = sample;
  checkInteger(where, `${argument}.chain`, chain, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, `${argument}.draws`, draws, 1, Number.MAX_SAFE_INTEGER);
  const trace = (name: 'lossTrace' | 'watchedLosses' | 'watchedMeasurements', width: number): Vec => {
    const values = asVector(where, `${argument}.${name}`, sample[name]);
    checkLength(where, `${argument}.${name}`, values, draws * width);
    return values;
  };
  return {
    chain,
    draws,
    batches: asList(where, `${argument}.batches`, sample.batches, 'moments').map((batch, b) =>
      asMoments(where, `${argument}.batches[${b}]`, batch),
    ),
    ...(sample.positions === undefined
      ? {}
      : { positions: asMoments(where, `${argument}.positions`, sample.positions) }),
    lossTrace: trace('lossTrace', 1),
    watchedLosses: trace('watchedLosses', pairs),
    watchedMeasurements: trace('watchedMeasurements', pairs),
  };
}

/** @param relativeError - Of the scores, by their error bars: root mean squares. */
function biasWarnings({ step, batch }: SamplerBias, relativeError: number): string[] {
  const percent = (share: number): string =>
    share === Number.POSITIVE_INFINITY ? 'without limit' : `by up to ${(100 * share).toPrecision(2)} %`;
  return [
    ...(batch > BATCH_LIMIT
      ? [
          `the noise of minibatches widens what is sampled ${percent(batch)}, which the error bars do not count. A larger batch (--batch), or a smaller stepSize (--step-size).`,
        ]
      : []),
    ...(step !== undefined && step > relativeError
      ? [
          `the length of the step widens what is sampled ${percent(step)}, more than the error bars (${(100 * relativeError).toPrecision(2)} % of the scores) say. A smaller stepSize (--step-size).`,
        ]
      : []),
  ];
}

/** Root mean square. */
function size({ data }: Matrix): number {
  return Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / Math.max(1, data.length));
}

/** s_b − s of a covariance: Σ (y − ȳ)(x − x̄) over the batch, by its number of draws and T/(T − 1), less the score. */
function covarianceShare(batch: Moments, pooled: Moments, scores: Matrix, scale: number): Vec {
  const { products, gapX, gapY } = about(batch, pooled);
  const factor = (scale / batch.count) * (pooled.count / (pooled.count - 1));
  const n = gapX.length;
  for (let j = 0, k = 0; j < gapY.length; j++) {
    const lift = batch.count * gapY[j];
    for (let i = 0; i < n; i++, k++) products[k] = factor * (products[k] + lift * gapX[i]) - scores.data[k];
  }
  return products;
}

/** The linear part of the correlation r in a batch's mean squares: c_xy/(s_x s_y) − (r/2)(c_xx/s_x² + c_yy/s_y²). */
function correlationShare(batch: Moments, pooled: Moments, scores: Matrix): Vec {
  const { products, gapX, gapY } = about(batch, pooled);
  const { count } = batch;
  const relative = (squares: Vec, all: Vec, gap: Vec): Vec =>
    squares.map((sum, i) => (all[i] === 0 ? 0 : ((sum / count + gap[i] ** 2) * pooled.count) / all[i]));
  const x = relative(batch.squaresX, pooled.squaresX, gapX);
  const y = relative(batch.squaresY, pooled.squaresY, gapY);
  const n = gapX.length;
  for (let j = 0, k = 0; j < gapY.length; j++)
    for (let i = 0; i < n; i++, k++) {
      const spread = Math.sqrt(pooled.squaresX[i] * pooled.squaresY[j]) / pooled.count;
      const own = spread === 0 ? 0 : (products[k] / count + gapY[j] * gapX[i]) / spread;
      products[k] = own - (scores.data[k] / 2) * (x[i] + y[j]);
    }
  return products;
}

/** A batch's products, copied, and its means less the pooled ones. */
function about(batch: Moments, pooled: Moments): { products: Vec; gapX: Vec; gapY: Vec } {
  return {
    products: batch.products.slice(),
    gapX: batch.meanX.map((m, i) => m - pooled.meanX[i]),
    gapY: batch.meanY.map((m, j) => m - pooled.meanY[j]),
  };
}

/** √(B/(B − 1) Σ_b (Σ_{parts of b} T_part d_part / T)²) per score, over units b that are batches or chains. */
class SharesError {
  private readonly draws: number;
  private readonly rows: number;
  private readonly cols: number;
  private readonly unit: Vec;
  private readonly squares: Vec;
  private units = 0;

  constructor({ count, meanX, meanY }: Moments) {
    this.draws = count;
    this.rows = meanY.length;
    this.cols = meanX.length;
    this.unit = new Float64Array(this.rows * this.cols);
    this.squares = new Float64Array(this.rows * this.cols);
  }

  begin(): void {
    this.unit.fill(0);
  }

  add(count: number, deviations: Vec): void {
    const { unit, draws } = this;
    const weight = count / draws;
    for (let k = 0; k < unit.length; k++) unit[k] += weight * deviations[k];
  }

  end(): void {
    const { unit, squares } = this;
    for (let k = 0; k < unit.length; k++) squares[k] += unit[k] * unit[k];
    this.units++;
  }

  /** Sum of the squared errors of all scores. */
  total(): number {
    return this.correction() * this.squares.reduce((sum, v) => sum + v, 0);
  }

  result(factor: number): Matrix {
    const correction = this.correction();
    return new Matrix(
      this.rows,
      this.cols,
      this.squares.map((sum) => factor * Math.sqrt(correction * sum)),
    );
  }

  private correction(): number {
    return this.units / (this.units - 1);
  }
}

function diagnose(
  samples: readonly ChainSample[],
  pairs: readonly WatchedPair[],
  batches: number,
  inflation: number,
): Omit<SamplingDiagnostics, 'bias'> {
  const ofLoss = mixing(samples.map((sample) => sample.lossTrace));
  const watched = pairs.map((pair, k) => {
    const column = (trace: Vec): Vec =>
      Float64Array.from({ length: samples[0].draws }, (_, t) => trace[t * pairs.length + k]);
    const losses = samples.map((sample) => column(sample.watchedLosses));
    const values = samples.map((sample) => column(sample.watchedMeasurements));
    const meanLoss = mean(Float64Array.from(losses, mean));
    const meanValue = mean(Float64Array.from(values, mean));
    const products = losses.map((trace, c) =>
      trace.map((v, t) => (v - meanLoss) * (values[c][t] - meanValue)),
    );
    return { ...pair, ...mixing(products) };
  });
  const all = [
    { name: 'the mean training loss', ...ofLoss },
    ...watched.map((w) => ({ name: `score [${w.query}, ${w.example}]`, ...w })),
  ];
  const warnings = all.flatMap(({ name, effectiveSampleSize, splitRhat }) => [
    ...(splitRhat > RHAT_LIMIT
      ? [
          `split R-hat of ${name} is ${splitRhat.toFixed(2)} > ${RHAT_LIMIT}: chains have not mixed. More burn-in or draws.`,
        ]
      : []),
    ...(effectiveSampleSize < SIZE_LIMIT
      ? [
          `${name} has ${effectiveSampleSize.toFixed(0)} effective draws, fewer than ${SIZE_LIMIT}. More draws, or more stepsPerDraw.`,
        ]
      : []),
  ]);
  return {
    ...ofLoss,
    lossTraces: Matrix.of(samples.map((sample) => sample.lossTrace)),
    watched,
    batches,
    inflation,
    warnings,
  };
}
