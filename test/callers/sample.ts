/** @file What a valid call is, for the tables of samples. */

/** One valid call: fresh arguments, and which of them the function writes to. */
export interface Sample {
  readonly args: () => unknown[];
  readonly writes?: readonly number[];
  /** Arguments that only head the messages: nothing is asked of them. */
  readonly heads?: readonly number[];
  /** Not defined everywhere: NaN is its value elsewhere, as of log(−1). */
  readonly partial?: boolean;
}

/** A class: how to construct it, and its methods; the names in `internal` are private to TypeScript. */
export interface ClassSample extends Sample {
  readonly make: () => object;
  readonly methods: Readonly<Record<string, Sample>>;
  readonly statics?: Readonly<Record<string, Sample>>;
  readonly internal?: readonly string[];
}

export const none: Sample = { args: () => [] };
export const call = (...makers: readonly (() => unknown)[]): Sample => ({
  args: () => makers.map((make) => make()),
});
export const just = (value: unknown) => () => value;
