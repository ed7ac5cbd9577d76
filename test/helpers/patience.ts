/** @file Waiting in tests: for a condition, and for so long before it counts as hanging, which is generous, and more on a machine that is busy. */
import { availableParallelism, loadavg } from 'node:os';

/** What a test takes on an idle machine is told by its author; so many times that is still no hang. */
const MARGIN = 5;

/** Waiting processes for each core; at least one. EIGENFLUENCE_TEST_PATIENCE multiplies it. */
function busyness(): number {
  const asked = Number(process.env['EIGENFLUENCE_TEST_PATIENCE'] ?? 1);
  return Math.max(1, loadavg()[0] / availableParallelism()) * (asked > 0 ? asked : 1);
}

/** Milliseconds for what takes so many seconds at most on an idle machine. */
export function patience(seconds: number): number {
  return Math.ceil(1000 * seconds * MARGIN * busyness());
}

/**
 * Waits until `condition` holds, looking every few milliseconds.
 *
 * @param what - What is waited for, for the message. @param seconds - What it takes at most on an idle machine.
 * @throws {Error} it does not hold after {@link patience} of these seconds.
 */
export async function until(what: string, seconds: number, condition: () => boolean): Promise<void> {
  const end = performance.now() + patience(seconds);
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
