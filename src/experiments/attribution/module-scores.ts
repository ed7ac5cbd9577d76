/** @file Scores by layer for a file, and the names of the layers, by which some are chosen. */
import { GraphNetwork, type Network } from '../../autodiff/index.ts';
import type { MethodOptions } from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import type { NpyInput } from '../../linalg/io/index.ts';
import { CommandError } from '../files/command-error.ts';
import type { Told } from '../user-files/any-network.ts';

/** Names of the layers in the order of the blocks of θ: node of the description, or module of linear layers; tied ones by the first that uses the block. */
export function moduleNames(model: Network, told: Told): string[] {
  if (model instanceof GraphNetwork) return model.layers.map(({ name }) => name);
  return model.blocks.map(({ index, sites }) =>
    'layers' in told ? told.layers[sites[0].index] : `${index}`,
  );
}

/**
 * The options with the layers of `--modules` as numbers of blocks, by the names that the file gives them: 0,2,4 are the layers of an nn.Sequential
 * with activations between them, whose second layer is 2.
 *
 * @throws {CommandError} a name of none, listing those that there are.
 */
export function withModules(options: MethodOptions, model: Network, told: Told): MethodOptions {
  const { modules } = options;
  if (typeof modules !== 'string' || modules === 'all' || modules === 'last') return options;
  const names = moduleNames(model, told);
  const chosen = modules.split(',').map((text) => {
    const at = names.indexOf(text.trim());
    if (at >= 0) return at;
    throw new CommandError(
      `--modules: the network has no module '${text.trim()}'; it has ${names.join(', ')}; 'last' and 'all' are understood too.`,
    );
  });
  return { ...options, modules: chosen };
}

/** [query, layer, train]. */
export function byModule(scores: readonly Matrix[]): NpyInput {
  const [{ rows, cols }] = scores;
  const data = new Float64Array(scores.length * rows * cols);
  for (const [l, part] of scores.entries())
    for (let q = 0; q < rows; q++) data.set(part.row(q), (q * scores.length + l) * cols);
  return { shape: [rows, scores.length, cols], data };
}
