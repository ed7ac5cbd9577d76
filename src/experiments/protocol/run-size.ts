/** @file How many retrainings a setting is judged with. */

/** K subsets with R seeds each. */
export interface RunSize {
  readonly subsets: number;
  readonly seeds: number;
}
