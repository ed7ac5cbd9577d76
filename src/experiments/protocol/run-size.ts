/** @file How many retrainings and base models a setting is judged with. */

/** K subsets with R seeds each. */
export interface RunSize {
  readonly subsets: number;
  readonly seeds: number;
}

/** The first base models: 0..count−1. */
export function firstModels(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
