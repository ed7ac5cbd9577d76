/** @file Wall time of the stages of a task. */

/** Runs `body` and adds its seconds to `record[stage]`. */
export function timed<T>(record: { [stage: string]: number }, stage: string, body: () => T): T {
  const start = performance.now();
  const value = body();
  record[stage] = (record[stage] ?? 0) + (performance.now() - start) / 1000;
  return value;
}
