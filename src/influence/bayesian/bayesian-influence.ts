/** @file The Bayesian influence function as an attributor: covariances of losses under a sampled local posterior. */
import {
  asDataset,
  asExamples,
  type Dataset,
  type DatasetInput,
  datasetSize,
} from '../../autodiff/dataset.ts';
import type { Problem } from '../../curvature/problem.ts';
import { checkBoolean } from '../../linalg/border/arguments.ts';
import { checkFields } from '../../linalg/border/fields.ts';
import { checkInteger } from '../../linalg/checks.ts';
import type { Vec } from '../../linalg/matrix.ts';
import { mean } from '../../linalg/sum.ts';
import type { Attributor, FittedAttributor } from '../attributor.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import { checkMeasurement, type Measurement, measurementFunction } from '../measurement.ts';
import { ATTRIBUTOR } from '../option-checks.ts';
import {
  type BayesianScores,
  bayesianScores,
  type Normalisation,
  normalisations,
} from './bayesian-scores.ts';
import { errorBatch, evenlySpaced, InfluenceChain, type InfluenceTarget } from './influence-chain.ts';
import { LangevinChain } from './langevin-chain.ts';
import { type SamplerBias, samplerBias } from './sampler-bias.ts';
import { resolveSampler, SAMPLER, type SamplerOptions, type SamplerSettings } from './sampler-settings.ts';
import { ValueSweep } from './value-sweep.ts';

export interface BayesianInfluenceOptions extends SamplerOptions {
  /** Default 'covariance'. */
  readonly normalisation?: Normalisation;
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Default 'bif' or 'bif-correlation'. */
  readonly id?: string;
}

/** Also returns errors and what the chains say of themselves. */
export interface FittedBayesianInfluence extends FittedAttributor {
  /** Every option with its value; automatic ones are decided once, in `fit`. */
  readonly settings: SamplerSettings;
  /** How much wider than the posterior the sampled law can be. */
  readonly bias: SamplerBias;
  /**
   * `score` with standard errors and diagnostics, from one run of all chains.
   * @param tokens - Also the scores of pairs of output positions. Default false. Memory: C · P² · N · nQuery doubles more.
   */
  scoreWithErrors(queries: Dataset, tokens?: boolean): BayesianScores;
}

/** An {@link Attributor} by sampling. */
export interface BayesianInfluence extends Attributor {
  fit(...args: Parameters<Attributor['fit']>): FittedBayesianInfluence;
}

/**
 * Bayesian influence function: score[q, i] = nβ · Cov(m(z_q, w), L(z_i, w)) under p(w) ∝ exp(−nβ L(w) − (γ/2)‖w − w*‖²), L(w) the mean
 * training loss, sampled by several chains of SGLD from w*. Kreer et al. print −Cov of the effect of adding weight; here positive says,
 * as everywhere (`Attributor`), that leaving the example out raises m: dE[m]/dβ_i = −(nβ/N) Cov, so (1/N) Σ score predicts a removal.
 *
 * To first order the score is ∇mᵀ(H + γ/(nβ) I)⁻¹∇L_i, a damped influence function without a Hessian; beyond, with Σ = (nβ H + γI)⁻¹, a
 * quadratic has nβ(∇mᵀΣ∇L_i + ½ Tr(H_m Σ H_i Σ)), of relative order 1/(nβ). `correlation` divides by both standard deviations.
 *
 * @returns An attributor. `fit` decides what was left open ({@link resolveSampler}); every call of `score` runs all chains, which do not depend
 * on the queries. To run chains in parallel, or to store and continue them, use {@link InfluenceChain} and {@link bayesianScores}.
 * @throws {DomainError} options. From `score`: {@link ChainDivergenceError}.
 * Cost: per draw and chain `stepsPerDraw` gradients of a minibatch, a forward pass over N + nQuery examples, 2 N nQuery flops. Memory:
 * about 16 times N · nQuery doubles for the error bars; traces of losses and measurements are never stored.
 * Reference: Kreer, Wu, Adam, Furman & Hoogland 2026, Bayesian influence functions for Hessian-free data attribution, Eqs. 4–6, Algorithm
 * 1; Giordano & Broderick 2024, The Bayesian infinitesimal jackknife for variance.
 * @example bayesianInfluence({ chains: 4, draws: 500 }).fit({ model, loss, theta }, train).scoreWithErrors(queries).scores;
 */
export function bayesianInfluence(options: BayesianInfluenceOptions = {}): BayesianInfluence {
  const where = 'bayesianInfluence';
  checkFields(where, options, { ...SAMPLER, ...ATTRIBUTOR, normalisation: normalisations });
  const { normalisation = 'covariance', measurement = 'loss', id, ...sampler } = options;
  return {
    id: id ?? (normalisation === 'covariance' ? 'bif' : 'bif-correlation'),
    measurement,
    fit(fitted, train) {
      ({ fitted, train } = asFittedModel(`${where}.fit`, fitted, train));
      const f = measurementFunction(measurement, fitted.loss);
      const problem: Problem = { ...fitted, data: train };
      const settings = resolveSampler(problem, sampler);
      const bias = samplerBias(problem, settings);
      const { nBeta } = settings;
      const scoreWithErrors = (queries: Dataset, tokens = false): BayesianScores => {
        checkBoolean(`${where}.scoreWithErrors`, 'tokens', tokens);
        queries = asDataset(`${where}.score`, fitted.model, f, queries);
        const target = influenceTarget(settings, queries, measurement, datasetSize(train), tokens);
        const samples = Array.from({ length: settings.chains }, (_, chain) => {
          const run = new InfluenceChain(problem, settings, target, chain);
          run.advance();
          return run.sample();
        });
        return bayesianScores(samples, { nBeta, normalisation, watched: target.watched, bias });
      };
      return {
        settings,
        bias,
        scoreWithErrors,
        score: (queries) => scoreWithErrors(queries).scores,
        selfInfluence: () => selfCovariances(problem, settings, measurement, normalisation),
      };
    },
  };
}

/** The target that {@link bayesianInfluence} uses: four watched pairs, about 16 batches. @param positions - Whether moments of output positions are kept; default false. */
export function influenceTarget(
  settings: SamplerSettings,
  given: DatasetInput,
  measurement: Measurement,
  examples: number,
  positions: boolean = false,
): InfluenceTarget {
  const queries = asExamples('influenceTarget', 'queries', given);
  checkMeasurement('influenceTarget', measurement);
  checkInteger('influenceTarget', 'examples', examples, 1, Number.MAX_SAFE_INTEGER);
  checkBoolean('influenceTarget', 'positions', positions);
  return {
    queries,
    measurement,
    watched: evenlySpaced(datasetSize(queries), examples),
    errorBatch: errorBatch(settings),
    ...(positions ? { positions } : {}),
  };
}

/** The diagonal of the scores of the training set as queries, in one stream of sums. */
function selfCovariances(
  problem: Problem,
  settings: SamplerSettings,
  measurement: Measurement,
  normalisation: Normalisation,
): Vec {
  const { model, loss, data } = problem;
  const n = datasetSize(data);
  const losses = new ValueSweep(model, loss, data);
  const measured =
    measurement === 'loss' ? losses : new ValueSweep(model, measurementFunction(measurement, loss), data);
  const zeros = (): Vec => new Float64Array(n);
  const [x, y, meanX, meanY, xx, yy, xy] = [zeros(), zeros(), zeros(), zeros(), zeros(), zeros(), zeros()];
  let count = 0;
  for (let c = 0; c < settings.chains; c++) {
    const chain = new LangevinChain(problem, settings, c);
    for (let t = 0; t < settings.draws; t++) {
      chain.stepsTo(t);
      losses.evaluate(chain.theta, x);
      chain.checkLoss(mean(x), t);
      if (measured === losses) y.set(x);
      else measured.evaluate(chain.theta, y);
      count++;
      for (let i = 0; i < n; i++) {
        const before = x[i] - meanX[i];
        const beforeY = y[i] - meanY[i];
        meanX[i] += before / count;
        meanY[i] += beforeY / count;
        xx[i] += before * (x[i] - meanX[i]);
        yy[i] += beforeY * (y[i] - meanY[i]);
        xy[i] += before * (y[i] - meanY[i]);
      }
    }
  }
  if (normalisation === 'covariance') return xy.map((sum) => (settings.nBeta * sum) / (count - 1));
  return xy.map((sum, i) => (xx[i] * yy[i] === 0 ? 0 : sum / Math.sqrt(xx[i] * yy[i])));
}
