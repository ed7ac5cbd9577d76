/** @file What the counts of a method come to, together: refused when no machine gets to the end, or holds it. */
import { type Dataset, datasetSize } from '../../autodiff/index.ts';
import type { FittedModel, MethodOptions } from '../../influence/index.ts';
import { checkMemory, checkTime, OPERATION_SECONDS, STEP_SECONDS } from '../engine/bounds.ts';

const DOUBLE = 8;

/**
 * Chains × draws and iterations × repeats, at the speed of a machine that nobody has. Solvers with a tolerance end by themselves.
 *
 * @throws {CommandError} more than a week, or than the memory.
 */
export function checkExtent(
  options: MethodOptions,
  models: readonly FittedModel[],
  train: Dataset,
  queries: Dataset,
): void {
  const [n, q] = [datasetSize(train), datasetSize(queries)];
  const parameters = models.reduce((sum, { model }) => sum + model.parameterCount, 0);
  const { chains = 1, draws = 4, burnIn = 0, iterations = 1, repeats = 1, tolerance = 0 } = options;
  const batch = options.batch === 'full' ? n : Math.min(options.batch ?? 1, n);
  const seconds = (steps: number, operations: number): number =>
    steps * (models.length * STEP_SECONDS + operations * parameters * OPERATION_SECONDS);
  checkTime(
    seconds(chains * (burnIn + draws), 3 * batch) + seconds(chains * draws, n + q),
    `${chains} chains of ${burnIn} + ${draws} steps`,
    'give fewer --chains, --draws or --burn-in',
  );
  checkMemory(
    DOUBLE * chains * draws * models.length,
    `the losses of ${chains} × ${draws} draws`,
    'give fewer',
  );
  checkTime(
    seconds(repeats * (tolerance > 0 ? 1 : iterations), 2 * batch * q),
    `${repeats} × ${iterations} iterations`,
    'give fewer --iterations or --repeats, or a --tolerance',
  );
}
