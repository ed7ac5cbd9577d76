/** @file How well chains have mixed: effective sample size and split R-hat. */
import { asList } from '../../linalg/border/instances.ts';
import { asVector, type VectorInput } from '../../linalg/border/vector.ts';
import { checkFinite } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import { mean } from '../../linalg/sum.ts';

/** What several chains of one scalar say about themselves. */
export interface ChainDiagnostics {
  /** How many independent draws would give the mean the same variance; NaN for a constant. At most the number of draws times its logarithm to base 10. */
  readonly effectiveSampleSize: number;
  /** √(estimate of the variance from all half chains together ÷ that from within them): 1 for chains that agree, NaN for a constant. */
  readonly splitRhat: number;
}

/**
 * Split R-hat and effective sample size of C chains of T draws. Each chain is cut into halves (the middle draw of an odd T is left out); with W the
 * mean within-half variance, B/T' the variance of their means and var⁺ = (T' − 1)/T' W + B/T',
 *
 *   R̂ = √(var⁺/W),   ESS = C'T'/τ,   τ = −1 + 2 Σ_t (ρ_{2t} + ρ_{2t+1}),   ρ_t = 1 − (W − mean over halves of their autocovariance)/var⁺,
 *
 * the sum over pairs as long as they are positive, each reduced to the least before it (Geyer's initial monotone sequence).
 *
 * @param given - C ≥ 1 arrays of one length T ≥ 4. Not modified.
 * @throws {ShapeError} lengths differ. @throws {DomainError} no chain, T < 4. @throws {NonFiniteError} a draw.
 * Cost: O(C T · lags used).
 * Reference: Gelman et al. 2013, Bayesian Data Analysis, §11.4–11.5; Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021,
 * Rank-normalization, folding, and localization, Eqs. 1–11 (here without ranks); Geyer 1992, Practical Markov chain Monte Carlo, §3.3.
 * @example diagnoseChains([Float64Array.of(1, 2, 1, 2), Float64Array.of(2, 1, 2, 1)]).splitRhat;
 */
export function diagnoseChains(given: readonly VectorInput[]): ChainDiagnostics {
  const chains = asList('diagnoseChains', 'chains', given, 'chains').map((chain, c) => {
    const draws = asVector('diagnoseChains', `chains[${c}]`, chain);
    checkFinite('diagnoseChains', `chains[${c}]`, draws);
    return draws;
  });
  return mixing(chains);
}

/** As {@link diagnoseChains}, of vectors; NaN where a draw is not finite. */
export function mixing(chains: readonly Vec[]): ChainDiagnostics {
  const where = 'diagnoseChains';
  if (chains.length === 0) throw new DomainError(where, 'chains', 'at least one', 'none');
  const length = chains[0].length;
  for (const [c, chain] of chains.entries())
    if (chain.length !== length)
      throw new ShapeError(where, `chains[${c}]`, `of length ${length}`, `length ${chain.length}`);
  if (length < 4) throw new DomainError(where, 'draws per chain', '≥ 4', length);
  const half = length >> 1;
  const parts = chains.flatMap((chain) => [chain.subarray(0, half), chain.subarray(length - half)]);
  const means = parts.map(mean);
  const centred = parts.map((part, c) => part.map((v) => v - means[c]));
  const within = mean(Float64Array.from(centred, (part) => lagged(part, 0) / (half - 1)));
  const grand = mean(Float64Array.from(means));
  const between = means.reduce((sum, m) => sum + (m - grand) ** 2, 0) / (parts.length - 1);
  const total = ((half - 1) / half) * within + between;
  if (!(within > 0)) return { effectiveSampleSize: Number.NaN, splitRhat: Number.NaN };

  const correlation = (lag: number): number => {
    const covariance = mean(Float64Array.from(centred, (part) => lagged(part, lag) / half));
    return 1 - (within - covariance) / total;
  };
  // ρ_0 = 1 by definition
  let least = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let lag = 0; lag + 1 < half; lag += 2) {
    const pair = (lag === 0 ? 1 : correlation(lag)) + correlation(lag + 1);
    if (!(pair > 0)) break;
    least = Math.min(least, pair);
    sum += least;
  }
  const draws = parts.length * half;
  const tau = Math.max(2 * sum - 1, 1 / Math.log10(draws));
  return { effectiveSampleSize: draws / tau, splitRhat: Math.sqrt(total / within) };
}

/** Σ_t x_t x_{t+lag}. */
function lagged(x: Vec, lag: number): number {
  let sum = 0;
  for (let t = lag; t < x.length; t++) sum += x[t] * x[t - lag];
  return sum;
}
