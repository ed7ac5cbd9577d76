/** @file How long a test may take before it counts as hanging: generous, and more on a machine that is busy. */
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
