/** @file Effective sample size and split R-hat against NumPy and against what is known of AR(1). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diagnoseChains } from '../../../src/influence/bayesian/chain-diagnostics.ts';
import { DomainError, ShapeError } from '../../../src/linalg/errors.ts';
import type { Vec } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';

interface Case {
  readonly phi: number;
  readonly shift: number;
  readonly chains: number[][];
  readonly effectiveSampleSize: number;
  readonly splitRhat: number;
}

const file = new URL('../../reference/chain-diagnostics.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] };

for (const { phi, shift, chains, effectiveSampleSize, splitRhat } of cases)
  test(`NumPy: φ = ${phi}, chains ${shift} apart`, () => {
    const found = diagnoseChains(chains.map((chain) => Float64Array.from(chain)));
    // autocovariances by FFT differ by rounding of the chains' variance
    const tolerance = 64 * chains[0].length * Number.EPSILON;
    expect(Math.abs(found.effectiveSampleSize / effectiveSampleSize - 1)).toBeLessThan(tolerance);
    expect(Math.abs(found.splitRhat / splitRhat - 1)).toBeLessThan(tolerance);
  });

function autoregressive(phi: number, draws: number, seed: number): Vec {
  const random = rng(seed, 'ar1');
  const out = new Float64Array(draws);
  let x = random.normal() / Math.sqrt(1 - phi * phi);
  for (let t = 0; t < draws; t++) {
    out[t] = x;
    x = phi * x + random.normal();
  }
  return out;
}

for (const phi of [-0.4, 0, 0.5, 0.8])
  test(`AR(1), φ = ${phi}: N(1 − φ)/(1 + φ) independent draws`, () => {
    const [chains, draws] = [4, 20_000];
    const traces = Array.from({ length: chains }, (_, c) => autoregressive(phi, draws, c));
    const { effectiveSampleSize, splitRhat } = diagnoseChains(traces);
    const exact = (chains * draws * (1 - phi)) / (1 + phi);
    expect(effectiveSampleSize / exact).toBeGreaterThan(0.9);
    expect(effectiveSampleSize / exact).toBeLessThan(1.1);
    expect(Math.abs(splitRhat - 1)).toBeLessThan(2e-3);
  });

test('a chain that drifts, and chains that disagree, have a large R-hat', () => {
  const drift = Float64Array.from({ length: 100 }, (_, t) => t);
  expect(diagnoseChains([drift]).splitRhat).toBeGreaterThan(1.5);
  const noise = autoregressive(0, 100, 1);
  const apart = diagnoseChains([noise, noise.map((v) => v + 10)]);
  expect(apart.splitRhat).toBeGreaterThan(5);
  expect(apart.effectiveSampleSize).toBeLessThan(5);
});

test('constants say nothing; bad shapes are refused', () => {
  expect(diagnoseChains([new Float64Array(8)])).toEqual({
    effectiveSampleSize: Number.NaN,
    splitRhat: Number.NaN,
  });
  expect(() => diagnoseChains([])).toThrow(DomainError);
  expect(() => diagnoseChains([new Float64Array(3)])).toThrow(DomainError);
  expect(() => diagnoseChains([new Float64Array(8), new Float64Array(9)])).toThrow(ShapeError);
});
