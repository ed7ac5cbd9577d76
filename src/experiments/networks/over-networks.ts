/** @file Numbers of the base networks, with their mean. */
import { meanOverModels } from '../judging/estimate.ts';
import type { OverNetworks } from './networks-results.ts';

/** Their mean with Student's 95 % interval of it. */
export function overNetworks(values: readonly (number | null)[]): OverNetworks {
  const { value, lo, hi } = meanOverModels(values);
  return { mean: value, ci: [lo, hi], values: [...values] };
}
