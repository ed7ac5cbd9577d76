/** @file One pass over the data at pseudo-labels: few examples at a time, and as many cotangents of them as there is room for. */
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import type { Dataset } from '../dataset-types.ts';
import type { Network } from '../network.ts';
import { homogeneous } from '../outer-products.ts';
import type { LabelSeeds, SweepBody } from '../shared-weights.ts';
import { SWEEP_BATCH, type Sweep, sweepChunks } from '../sweep.ts';
import { gatherPositions } from './position-answers.ts';

/** Numbers that δ, or the gradients of the examples of a chunk, may fill. */
const ROOM = 2 ** 20;

/**
 * Calls `body` with the sides of successive chunks of examples, at some of their pseudo-labels after the others. Of outputs at several positions
 * each has labels of its own.
 *
 * @param batch - Examples per chunk; default: as many as have 2,048 positions together, at most SWEEP_BATCH.
 */
export function sweepLabels(
  model: Network,
  labels: LabelSeeds,
  theta: Vec,
  data: Dataset,
  batch: number | undefined,
  body: SweepBody,
): void {
  const { sites } = model;
  const most = Math.max(...sites.map(({ positions }) => positions));
  const examples = batch ?? Math.max(1, Math.min(SWEEP_BATCH, Math.floor(2048 / most)));
  const largest = Math.max(
    ...sites.map(({ positions, outputs, size }) => Math.max(positions * outputs, size)),
  );
  sweepChunks(model, 'logits', theta, data, { batch: examples }, (sweep, start, count) => {
    sweep.forward();
    const inputs = sites.map((site) => homogeneous(site, sweep.input(site.index)));
    const seeds = positionSeeds(model, labels, sweep.outputs, data, start);
    const reached = reachedPositions(model, sweep, data, start, count);
    const atOnce = Math.max(1, Math.floor(ROOM / (count * largest)));
    for (let from = 0; from < seeds.length; from += atOnce) {
      const samples = Math.min(atOnce, seeds.length - from);
      const deltas = emptySides(model, samples, count);
      for (let s = 0; s < samples; s++) {
        sweep.backward(seeds.at(from + s));
        for (const { index } of sites) placeSample(sweep.delta(index), deltas[index], s);
      }
      body({ count, samples, inputs, deltas }, { start, first: from === 0, reached });
    }
  });
}

/** Where anything comes back from outputs of a weight above 0, at a cotangent that no layer takes to 0; undefined: all outputs have one. */
function reachedPositions(
  { sites, outputPositions: positions }: Network,
  sweep: Sweep,
  { weights }: Dataset,
  start: number,
  count: number,
): readonly Vec[] | undefined {
  if (positions === 1 || weights === undefined) return undefined;
  const cotangent = new Matrix(sweep.outputs.rows, sweep.outputs.cols);
  let without = false;
  for (let c = 0, k = 0; c < cotangent.rows; c++)
    for (let t = 0; t < positions; t++)
      for (let n = 0; n < count; n++, k++) {
        const counts = weights.at(start + n, t) > 0;
        without ||= !counts;
        if (counts) cotangent.data[k] = Math.sin(1 + c * c + 3 * t);
      }
  if (!without) return undefined;
  sweep.backward(cotangent);
  return sites.map(({ index }) => columnsWithEntries(sweep.delta(index)));
}

function columnsWithEntries({ rows, cols, data }: Matrix): Vec {
  const out = new Float64Array(cols);
  for (let r = 0, k = 0; r < rows; r++) for (let c = 0; c < cols; c++, k++) if (data[k] !== 0) out[c] = 1;
  return out;
}

function emptySides({ sites }: Network, samples: number, count: number): Matrix[] {
  return sites.map(({ outputs, positions }) => new Matrix(outputs, samples * positions * count));
}

/** The columns of the s-th cotangent. */
function placeSample(from: Matrix, to: Matrix, s: number): void {
  for (let r = 0; r < from.rows; r++) to.data.set(from.row(r), r * to.cols + s * from.cols);
}

/** As many cotangents [C, P · count] as there are, each made when it is asked for. */
interface Seeds {
  readonly length: number;
  at(index: number): Matrix;
}

/**
 * The seeds of each output position by itself, times √w: the tokens of a sequence have independent labels, so that Σ_t Σ_s seed seedᵀ is the output
 * curvature of Σ_t w_t ℓ_t. Drawn labels depend on the seed, the example and the position alone.
 *
 * @param logits - u, [C, P · count], position-major. @param start - Position of the first example in `data`.
 */
function positionSeeds(
  { outputPositions: positions }: Network,
  labels: LabelSeeds,
  logits: Matrix,
  data: Dataset,
  start: number,
): Seeds {
  if (positions === 1) {
    const seeds = labels(logits, data, start, (column) => [start + column]);
    return { length: seeds.length, at: (index) => seeds[index] };
  }
  const count = logits.cols / positions;
  const weights = new Float64Array(logits.cols);
  const columns = columnData(data, start, count, positions, weights);
  const roots = labels(logits, columns, 0, (column) => [
    start + (column % count),
    Math.floor(column / count),
  ]);
  return {
    length: positions * roots.length,
    at(index) {
      const [t, root] = [Math.floor(index / roots.length), roots[index % roots.length]];
      const out = new Matrix(root.rows, root.cols);
      for (let c = 0; c < root.rows; c++)
        for (let k = t * count; k < (t + 1) * count; k++)
          out.data[c * root.cols + k] = Math.sqrt(weights[k]) * root.data[c * root.cols + k];
      return out;
    },
  };
}

/** Every output position as an example of its own, position-major; `weights` receives what each counts. */
function columnData(
  data: Dataset,
  start: number,
  count: number,
  positions: number,
  weights: Float64Array,
): Dataset {
  const chosen = Float64Array.from({ length: count }, (_, n) => start + n);
  const columns = positions * count;
  const inputs = new Matrix(columns, 0);
  if ('labels' in data) {
    const answers = new Float64Array(columns);
    gatherPositions(data, chosen, positions, answers, weights);
    return { inputs, labels: Int32Array.from(answers) };
  }
  const outputs = data.targets.cols / positions;
  const answers = new Float64Array(outputs * columns);
  gatherPositions(data, chosen, positions, answers, weights);
  const targets = new Matrix(columns, outputs);
  for (let c = 0, k = 0; c < outputs; c++)
    for (let i = 0; i < columns; i++, k++) targets.data[i * outputs + c] = answers[k];
  return { inputs, targets };
}
