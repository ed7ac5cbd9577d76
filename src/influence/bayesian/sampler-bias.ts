/** @file How much wider than the posterior a Langevin sampler's own law is: by the length of its step, and by the noise of minibatches. */
import { type Dataset, datasetSize, selectExamples } from '../../autodiff/dataset.ts';
import type { Loss } from '../../autodiff/functions.ts';
import type { Network } from '../../autodiff/network.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { siteSides } from '../../autodiff/site-sides.ts';
import { asProblem, type Problem, type ProblemInput } from '../../curvature/problem.ts';
import { symmetricEigen } from '../../linalg/eigen/symmetric-eigen.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { matmul, syrk, transpose } from '../../linalg/products.ts';
import { rng } from '../../linalg/random/random.ts';
import { mean } from '../../linalg/sum.ts';
import { asSettings, RMSPROP_FLOOR, type SamplerSettings } from './sampler-settings.ts';

/** Bounds of the relative excess of variance, as fractions: 0.1 is ten per cent. */
export interface SamplerBias {
  /** By the length of the step; ∞ where the step is not stable. Undefined when no σ is known: ε and γ were both given. */
  readonly step: number | undefined;
  /** By the noise of the minibatches; 0 on the full batch. */
  readonly batch: number;
}

/** Examples that c is estimated from, at most: their Gram matrix takes 512 kB. */
export const BIAS_EXAMPLES = 256;

/**
 * What error bars do not count. On a quadratic of curvature A = nβH + γI, with the covariance C of per-example gradients at w*, independent
 * minibatches and ε below the limit of stability, the stationary covariance S of SGLD solves S = FSF + εI + (ε²/4)(nβ)² C/B, F = I − εA/2. Hence
 *
 *   S ⪯ (1 + step)(1 + batch) A⁻¹,   step = x/(1 − x) with x = ε(nβσ + γ)/4,   batch = (ε/4)(nβ)² c/B,
 *
 * c the largest eigenvalue of C. Both are reached along one direction, the steepest and the noisiest; others are widened less, and to first
 * order in 1/(nβ) a score is a sum over directions. `rmsprop-sgld`: ε is multiplied by G ≤ 10, and by 10 here; that bounds the law of a G
 * that stands still. What is missing for a G that follows the chain (the Γ term of Li et al.) is not in it.
 *
 * c is estimated on at most {@link BIAS_EXAMPLES} examples, `rng(seed, ...path, 'batch-noise').subset`, and on all parameters: an upper
 * bound when only some move. Shuffled passes (`ExampleOrder`) repeat no example before its turn, and their noise is less than that of
 * independent draws. Not counted: that minibatches differ in curvature, too, and that C changes with w.
 *
 * @returns two fractions. @throws {DomainError} settings that are none; also as `resolveSampler`.
 * Cost: one sweep over n ≤ 256 examples, n² Σ (in + out) flops and an eigenvalue of [n, n]; nothing on the full batch. No product with H.
 * Reference: Welling & Teh 2011 (noise of minibatches beside injected noise); Mandt, Hoffman & Blei 2017, Stochastic gradient descent as
 * approximate Bayesian inference; Vollmer, Zygalakis & Teh 2016, Exploration of the (non-)asymptotic bias and variance of SGLD.
 * @example samplerBias(problem, resolveSampler(problem, { batch: 8 })).batch;
 */
export function samplerBias(given: ProblemInput, decided: SamplerSettings): SamplerBias {
  const problem = asProblem('samplerBias', given);
  const settings = asSettings('samplerBias', decided, problem);
  const { method, stepSize, nBeta, gamma, batch, steepness } = settings;
  const longest = method === 'sgld' ? stepSize : stepSize / RMSPROP_FLOOR;
  const x = steepness === undefined ? undefined : (longest * (nBeta * steepness + gamma)) / 4;
  return {
    step: x === undefined ? undefined : x < 1 ? x / (1 - x) : Number.POSITIVE_INFINITY,
    batch:
      batch >= datasetSize(problem.data)
        ? 0
        : ((longest / 4) * nBeta * nBeta * noisiestDirection(problem, settings)) / batch,
  };
}

/** c = λ_max((1/n) Σ (∇L_i − ∇L)(∇L_i − ∇L)ᵀ), which is that of the centred Gram matrix by n. */
function noisiestDirection({ model, loss, theta, data }: Problem, { seed, path }: SamplerSettings): number {
  const size = datasetSize(data);
  const n = Math.min(size, BIAS_EXAMPLES);
  const seen =
    n === size ? data : selectExamples(data, rng(seed, ...path, 'batch-noise').subset(size, BIAS_EXAMPLES));
  const gram = model.plain
    ? gramBySides(model, loss, theta, seen)
    : gramByGradients(model, loss, theta, seen);
  const rows = Float64Array.from({ length: n }, (_, i) => mean(gram.row(i)));
  const all = mean(rows);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j < n; j++, k++) gram.data[k] = gram.data[k] - (rows[i] + rows[j]) + all;
  const { values } = symmetricEigen(gram, { largest: 1, vectors: false, overwrite: true });
  return Math.max(0, values[0]) / n;
}

/** a bᵀ. */
function products(a: Matrix, b: Matrix): Matrix {
  return a === b ? syrk(a) : matmul(a, b, { transposeB: true });
}

/** Products of the gradients of all pairs of examples, [n, n]. */
function gramBySides(model: Network, loss: Loss, theta: Vec, data: Dataset): Matrix {
  const n = datasetSize(data);
  const sides = siteSides(model, loss, theta, data, 0, n);
  const [inputs, deltas] = [sides.inputs, sides.deltas].map((side) =>
    side.map((columns) => transpose(columns)),
  );
  const gram = new Matrix(n, n);
  for (const { sites } of model.blocks)
    for (const { index: u } of sites)
      for (const { index: v } of sites) {
        // (δ_u ā_uᵀ)·(δ'_v ā'_vᵀ) = (δ_u·δ'_v)(ā_u·ā'_v)
        const [delta, input] = [deltas, inputs].map((side) => products(side[u], side[v]).data);
        for (let k = 0; k < delta.length; k++) gram.data[k] += delta[k] * input[k];
      }
  return gram;
}

/** The same with the gradients formed: where weights are used at several positions, they are no outer products. */
function gramByGradients(model: Network, loss: Loss, theta: Vec, data: Dataset): Matrix {
  const gradients = perExampleGradients(model, loss, theta, data);
  return products(gradients, gradients);
}
