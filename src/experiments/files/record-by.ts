/** @file Records over a fixed list of keys. */

/** One entry for each of the keys, in their order. */
export function recordBy<const K extends string, T>(keys: readonly K[], make: (key: K) => T): Record<K, T> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, T>;
}
