/** @file Gradients of examples with respect to a block of θ, as rows. */
import type { SiteBlock } from '../autodiff/network.ts';
import { addSiteRows } from '../autodiff/site-rows.ts';
import type { SiteSides } from '../autodiff/site-sides.ts';
import { Matrix } from '../linalg/matrix.ts';

/** Row s·count + n is the gradient of example n at its cotangent s, all uses of the block together, [samples · count, size]. */
export function blockRows({ sites, offset, size }: SiteBlock, sides: SiteSides): Matrix {
  const out = new Matrix(sides.samples * sides.count, size);
  for (const site of sites) addSiteRows({ ...site, offset: site.offset - offset }, sides, out);
  return out;
}
