/** @file Refusals of networks for which an answer would not be right. */
import { checkInstance } from '../linalg/border/instances.ts';
import { UnsupportedError } from '../linalg/errors.ts';
import { isPlain, Network } from './network.ts';

/**
 * Refuses tied sites where the answer would not be that of the parameters that there are.
 * @throws {UnsupportedError} naming the sites.
 */
export function checkUntied(where: string, model: Network): void {
  checkInstance(where, 'model', model, Network, 'a Network, e.g. an Mlp');
  for (const { sites } of model.blocks)
    if (sites.length > 1)
      throw new UnsupportedError(
        `${where}: layers ${sites.map(({ index }) => index).join(' and ')} are tied: not supported for layers that share parameters.`,
      );
}

/**
 * Refuses networks with weights used at several positions, in groups or as tables, where the answer would not be that of such networks.
 * @throws {UnsupportedError} naming the site.
 */
export function checkPlain(where: string, model: Network): void {
  checkOneOutput(where, model);
  for (const site of model.sites)
    if (!isPlain(site))
      throw new UnsupportedError(
        `${where}: layer ${site.index} uses its weights at several positions, in groups or as a table: not supported.`,
      );
}

/** Refuses networks with several output positions, likewise. @throws {UnsupportedError} saying how many. */
export function checkOneOutput(where: string, model: Network): void {
  checkInstance(where, 'model', model, Network, 'a Network, e.g. an Mlp');
  const { outputPositions } = model;
  if (outputPositions > 1)
    throw new UnsupportedError(`${where}: outputs at ${outputPositions} positions are not supported.`);
}
