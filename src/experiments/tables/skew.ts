/** @file Targets whose logarithm would suit better: all positive and very skewed, where the logarithm is not. */
import { quoted } from './answers.ts';

/** Skewness from which a target is very skewed: exponential values have 2, log-normal ones this from σ = 0.45. */
const SKEWED = 1.5;
/** Skewness up to which, either way, its logarithm is even enough: that of exponential values has −1.1. */
const EVEN = 0.5;

/** The third central moment over the second to the power of 3/2; NaN of equal values. */
export function skewness(x: ArrayLike<number>): number {
  const n = x.length;
  let [mean, second, third] = [0, 0, 0];
  for (let i = 0; i < n; i++) mean += x[i] / n;
  for (let i = 0; i < n; i++) {
    const d = x[i] - mean;
    second += (d * d) / n;
    third += (d * d * d) / n;
  }
  return third / second ** 1.5;
}

/** A word where the logarithm of a target would suit, none otherwise. */
export function skewWarnings(name: string, target: Float64Array): string[] {
  if (target.some((t) => !(t > 0))) return [];
  const [own, log] = [skewness(target), skewness(target.map((t) => Math.log(t)))];
  if (!(own >= SKEWED && Math.abs(log) <= EVEN)) return [];
  return [
    `The target ${quoted(name)} is very skewed (skewness ${own.toFixed(1)}, its logarithm ${log.toFixed(1)}): rows with large values look wrong, and small values that are wrong do not. Its logarithm would suit better: put it in the table in place of the target.`,
  ];
}
