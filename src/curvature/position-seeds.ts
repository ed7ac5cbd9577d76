/** @file Cotangents of the outputs at which pseudo-gradients are taken, where an example has several output positions. */
import type { Dataset } from '../autodiff/dataset.ts';
import type { Loss } from '../autodiff/functions.ts';
import type { Network } from '../autodiff/network.ts';
import { gatherPositions } from '../autodiff/position-answers.ts';
import { Matrix } from '../linalg/matrix.ts';
import { rng } from '../linalg/random/random.ts';
import { drawnSeeds, type FisherType, fisherSeeds } from './fisher.ts';

/** As many cotangents [C, P · count] as there are, each made when it is asked for. */
export interface Seeds {
  readonly length: number;
  at(index: number): Matrix;
}

/**
 * {@link fisherSeeds} at each output position by itself, times √w: the tokens of a sequence have independent labels, so that
 * Σ_t Σ_s seed seedᵀ is the output curvature of Σ_t w_t ℓ_t.
 *
 * @param logits - u, [C, P · count], position-major. @param start - Position of the first example in `data`.
 */
export function positionSeeds(
  model: Network,
  loss: Loss,
  fisher: FisherType,
  logits: Matrix,
  data: Dataset,
  start: number,
): Seeds {
  const { outputPositions: positions } = model;
  if (positions === 1) {
    const seeds = exampleSeeds(loss, fisher, logits, data, start);
    return { length: seeds.length, at: (index) => seeds[index] };
  }
  const count = logits.cols / positions;
  const weights = new Float64Array(logits.cols);
  const columns = columnData(data, start, count, positions, weights);
  const roots = columnSeeds(loss, fisher, logits, columns, (column) => [
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

/** {@link fisherSeeds}, times √w where examples have weights. */
export function exampleSeeds(
  loss: Loss,
  fisher: FisherType,
  logits: Matrix,
  data: Dataset,
  start: number,
): readonly Matrix[] {
  const seeds = fisherSeeds(loss, fisher, logits, data, start);
  const { weights } = data;
  if (weights === undefined) return seeds;
  const roots = Float64Array.from({ length: logits.cols }, (_, n) => Math.sqrt(weights.at(start + n, 0)));
  for (const { data: seed } of seeds) for (let k = 0; k < seed.length; k++) seed[k] *= roots[k % logits.cols];
  return seeds;
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

/** {@link fisherSeeds} of columns; drawn labels depend on the seed, the example and the position alone. */
function columnSeeds(
  loss: Loss,
  fisher: FisherType,
  logits: Matrix,
  columns: Dataset,
  place: (column: number) => readonly [example: number, position: number],
): readonly Matrix[] {
  if (fisher.kind !== 'mc') return fisherSeeds(loss, fisher, logits, columns, 0);
  return drawnSeeds(loss, fisher, logits, (column) => rng(fisher.seed, 'fisher', ...place(column)));
}
