/** @file Values that are made when first asked for, and kept. */

/** A function that calls `make` at most once. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
