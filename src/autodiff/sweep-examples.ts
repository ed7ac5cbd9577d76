/** @file Walks over a data set in chunks, one layer sweep per chunk size. */
import { checkFunction, checkOptions } from '../linalg/border/arguments.ts';
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkInteger, checkLength } from '../linalg/checks.ts';
import { asModel } from './as-model.ts';
import { asExamples, type DatasetInput, datasetSize, isWeighted } from './dataset.ts';
import { asExampleFunction, type ExampleFunction } from './functions.ts';
import { LayerSweep } from './layer-sweep.ts';
import type { Network } from './network.ts';
import { SWEEP_BATCH, type SweepOptions } from './sweep.ts';

export { SWEEP_BATCH, type SweepOptions };

/**
 * Calls `body` for consecutive chunks of the examples start..end−1, each loaded but not yet run. A shorter last chunk has
 * a sweep of its own size. Sums over examples that a body forms depend on the chunking only by rounding.
 *
 * @param body - Receives the sweep, the index of its first example and their number; what it keeps it must copy.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or range do not fit.
 * @example
 * let total = 0;
 * sweepExamples(model, 'cross-entropy', theta, data, {}, (sweep) => {
 *   sweep.forward();
 *   for (const loss of sweep.values) total += loss;
 * });
 */
export function sweepExamples(
  model: Network,
  output: 'logits' | ExampleFunction,
  theta: VectorInput,
  data: DatasetInput,
  options: SweepOptions,
  body: (sweep: LayerSweep, start: number, count: number) => void,
): void {
  const where = 'sweepExamples';
  const network = asModel(where, 'model', model);
  const parameters = asVector(where, 'theta', theta);
  checkLength(where, 'theta', parameters, network.parameterCount);
  if (output !== 'logits') asExampleFunction(where, 'output', output);
  const examples = asExamples(where, 'data', data);
  checkOptions(where, options, ['batch', 'directions', 'start', 'end']);
  checkFunction(where, 'body', body);
  const n = datasetSize(examples);
  const { batch = SWEEP_BATCH, directions = 0, start = 0, end = n } = options;
  checkInteger(where, 'batch', batch, 1, Number.POSITIVE_INFINITY);
  checkInteger(where, 'end', end, 0, n);
  checkInteger(where, 'start', start, 0, end);
  const weighted = isWeighted(examples);
  let sweep: LayerSweep | undefined;
  for (let first = start; first < end; first += batch) {
    const count = Math.min(batch, end - first);
    if (sweep?.batch !== count) sweep = new LayerSweep(network, output, count, { directions, weighted });
    sweep.load(parameters, examples, first);
    body(sweep, first, count);
  }
}
