/** @file Samplers of Bayesian influence in units that do not depend on the network. */
import { datasetSize } from '../../autodiff/index.ts';
import type { Problem } from '../../curvature/index.ts';
import {
  inverseTemperature,
  resolveSampler,
  SAMPLER_BATCH,
  type SamplerSettings,
  type SamplingMethod,
  STEPS_PER_DRAW,
} from '../../influence/index.ts';

/** A sampler, in units that do not depend on the network; σ is the steepest curvature at its parameters. */
export interface SamplerVariant {
  readonly method: SamplingMethod;
  /** nβ as a multiple of N/ln N. */
  readonly nBeta: number;
  /** γ/(nβ σ). */
  readonly damping: number;
  /** ε(nβ σ + γ); rmsprop-sgld takes a tenth of that ε. */
  readonly step: number;
}

/** The library's own defaults. */
export const DEFAULT_SAMPLER: SamplerVariant = { method: 'sgld', nBeta: 1, damping: 0.1, step: 0.25 };

/** Rules of the library that sampled results depend on: with others they are computed again. */
export const SAMPLING_RULES = { batch: SAMPLER_BATCH, stepsPerDraw: STEPS_PER_DRAW } as const;

/** How long a variant is sampled. */
export interface SamplingLength {
  readonly chains: number;
  readonly draws: number;
  /** Examples per step; default: that of the library. */
  readonly batch?: number;
}

/** A variant in the units of a problem. Streams are rng(seed, 'bif', …). */
export function samplerSettings(
  problem: Problem,
  { method, nBeta: factor, damping, step }: SamplerVariant,
  length: SamplingLength,
  seed: number,
): SamplerSettings {
  const nBeta = factor * inverseTemperature(datasetSize(problem.data));
  const common = { method, nBeta, seed, path: ['bif'], ...length };
  const { steepness = 0 } = resolveSampler(problem, common);
  const gamma = damping * nBeta * steepness;
  const stepSize = ((method === 'sgld' ? 1 : 0.1) * step) / (nBeta * steepness + gamma);
  return { ...resolveSampler(problem, { ...common, gamma, stepSize }), steepness };
}

/** A short name for a sampler: what differs from the default. */
export function samplerLabel({ method, nBeta, damping, step }: SamplerVariant): string {
  const round = (x: number): string => String(Number(x.toPrecision(3)));
  const parts = [
    ...(method === 'sgld' ? [] : ['RMSprop']),
    `nβ ×${round(nBeta)}`,
    `γ/(nβσ) ${round(damping)}`,
    `ε(nβσ + γ) ${round(step)}`,
  ];
  return parts.join(', ');
}

/** Shorter, where the other units are those of the default: "RMSprop-SGLD, nβ ×8". */
export function samplerName({ method, nBeta, damping, step }: SamplerVariant): string {
  const differs = [
    ...(damping === DEFAULT_SAMPLER.damping ? [] : [`γ/(nβσ) ${damping}`]),
    ...(step === DEFAULT_SAMPLER.step ? [] : [`ε(nβσ + γ) ${step}`]),
  ];
  return [`${method === 'sgld' ? 'SGLD' : 'RMSprop-SGLD'}, nβ ×${nBeta}`, ...differs].join(', ');
}
