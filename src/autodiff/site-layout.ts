/** @file Where the blocks of sites lie in θ, and whether tied sites go together. */
import { DomainError, ShapeError } from '../linalg/errors.ts';
import type { Site, SiteBlock, SiteShape } from './site.ts';

/** Refuses sites that share what they cannot. @throws {ShapeError} blocks of different shapes. @throws {DomainError} one bias for a site that has none. */
export function checkTied(
  where: string,
  shapes: readonly SiteShape[],
  l: number,
  { source, shares = 'layer' }: NonNullable<SiteShape['tie']>,
): void {
  if (shape(shapes[l]) !== shape(shapes[source]))
    throw new ShapeError(
      where,
      `tied layer ${l}`,
      `${shape(shapes[source])} as layer ${source}`,
      shape(shapes[l]),
    );
  if (shares === 'layer' && hasBias(shapes[l]) !== hasBias(shapes[source]))
    throw new DomainError(
      where,
      `sites[${l}].tie.shares`,
      "'weight', where one of the layers has no bias",
      shares,
    );
}

/** Whether a site has a bias, if nothing is said: all but lookups. */
export function hasBias({ bias, lookup }: SiteShape): boolean {
  return bias ?? lookup === undefined;
}

/** Rows and columns of the weights in a block. */
function weights({ inputs, outputs, groups = 1, lookup }: SiteShape): { rows: number; inputs: number } {
  return lookup === undefined
    ? { rows: outputs, inputs: inputs / groups }
    : { rows: inputs, inputs: outputs };
}

function shape(site: SiteShape): string {
  const { rows, inputs } = weights(site);
  const { groups = 1 } = site;
  return `[${rows}, ${inputs}]${groups === 1 ? '' : ` in ${groups} groups`}`;
}

/** The sites of a network and the blocks of θ, in the order of their first sites. */
export interface Layout {
  readonly sites: readonly Site[];
  readonly blocks: readonly SiteBlock[];
}

/** Lays sites out in θ; shapes and ties are checked before. */
export function layOut(shapes: readonly SiteShape[]): Layout {
  const places: { block: number; bias: number | undefined }[] = [];
  const laid: { rows: number; inputs: number; cols: number; offset: number }[] = [];
  for (const site of shapes) {
    const { tie } = site;
    if (tie === undefined) {
      const { rows, inputs } = weights(site);
      laid.push({ rows, inputs, cols: inputs, offset: 0 });
    }
    const block = tie === undefined ? laid.length - 1 : places[tie.source].block;
    const shared = tie !== undefined && tie.shares !== 'weight' ? places[tie.source].bias : undefined;
    places.push({ block, bias: hasBias(site) ? (shared ?? laid[block].cols++) : undefined });
  }
  let end = 0;
  for (const block of laid) {
    block.offset = end;
    end += block.rows * block.cols;
  }
  const sites = shapes.map((site, index): Site => {
    const { block, bias } = places[index];
    const { offset, cols: width, rows } = laid[block];
    const { inputs, outputs, positions = 1, groups = 1, kronecker = true, lookup } = site;
    const place = { index, inputs, outputs, offset, size: rows * width, rows, width, bias, block };
    return { ...place, positions, groups, kronecker, lookup };
  });
  const blocks = laid.map((block, index) => ({
    index,
    ...block,
    size: block.rows * block.cols,
    sites: sites.filter((site) => site.block === index),
  }));
  return { sites, blocks };
}
