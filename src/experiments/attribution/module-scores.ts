/** @file Scores by layer for a file, and the names of the layers. */
import { GraphNetwork, type Network } from '../../autodiff/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import type { NpyInput } from '../../linalg/io/index.ts';
import type { Told } from '../user-files/any-network.ts';

/** Names of the layers in the order of the blocks of θ: node of the description, or module of linear layers; tied ones by the first that uses the block. */
export function moduleNames(model: Network, told: Told): string[] {
  if (model instanceof GraphNetwork) return model.layers.map(({ name }) => name);
  return model.blocks.map(({ index, sites }) =>
    'layers' in told ? told.layers[sites[0].index] : `${index}`,
  );
}

/** [query, layer, train]. */
export function byModule(scores: readonly Matrix[]): NpyInput {
  const [{ rows, cols }] = scores;
  const data = new Float64Array(scores.length * rows * cols);
  for (const [l, part] of scores.entries())
    for (let q = 0; q < rows; q++) data.set(part.row(q), (q * scores.length + l) * cols);
  return { shape: [rows, scores.length, cols], data };
}
