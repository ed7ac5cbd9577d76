/** @file The gradient of each example with respect to one site of any form: positions summed, groups apart, tables by their rows. */
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { addOuterProducts, homogeneous } from '../outer-products.ts';
import type { Site, SiteBlock } from '../site.ts';

/** What the gradient of a site depends on. */
export type SiteForm = Pick<
  Site,
  'outputs' | 'offset' | 'size' | 'width' | 'bias' | 'positions' | 'groups' | 'lookup'
>;

/**
 * Adds Σ δ āᵀ over the positions of a site to the gradient of each example: out[first + n, offset…] += vec, row-major in the site's block.
 *
 * @param a - What enters, [inputs, positions · count], position-major; of a lookup the rows of its table, [1, positions · count].
 * @param delta - δ, [outputs, positions · count]. @param out - At least first + count rows. @param count - Examples.
 */
export function addSiteGradients(
  a: Matrix,
  delta: Matrix,
  site: SiteForm,
  first: number,
  out: Matrix,
  count: number,
): void {
  const { positions, groups, lookup } = site;
  if (positions === 1 && groups === 1 && lookup === undefined) addOuterProducts(a, delta, site, first, out);
  else {
    const seen = homogeneous(site, a);
    for (let n = 0; n < count; n++) {
      const at = (first + n) * out.cols + site.offset;
      addExampleGradient(site, seen, delta, count, n, 0, out.data.subarray(at, at + site.size));
    }
  }
}

/**
 * out += Σ δ āᵀ over the positions of one example at one of its cotangents, [rows, width] as the site's block.
 *
 * @param seen - ā, as the sides of a site have it. @param passed - δ of all cotangents.
 */
export function addExampleGradient(
  site: SiteForm,
  seen: Matrix,
  passed: Matrix,
  count: number,
  example: number,
  sample: number,
  out: Vec,
): void {
  const { positions, outputs, groups, width, lookup } = site;
  const at = sample * positions * count + example;
  if (lookup !== undefined) {
    for (let s = 0; s < positions; s++) {
      const row = seen.data[s * count + example] * width;
      for (let k = 0, q = at + s * count; k < outputs; k++, q += passed.cols) out[row + k] += passed.data[q];
    }
    return;
  }
  const a = gatherExample(seen, example, positions, count);
  const d = gatherExample(passed, at, positions, count);
  const perGroup = outputs / groups;
  for (let r = 0, to = 0; r < outputs; r++) {
    const group = Math.floor(r / perGroup) * width;
    for (let k = 0; k < width; k++, to++) {
      let sum = 0;
      for (let s = 0, p = r * positions, q = (group + k) * positions; s < positions; s++, p++, q++)
        sum += d[p] * a[q];
      out[to] += sum;
    }
  }
}

/** The columns first, first + count, … of a matrix, [rows, positions]. */
function gatherExample({ rows, cols, data }: Matrix, first: number, positions: number, count: number): Vec {
  const out = new Float64Array(rows * positions);
  for (let r = 0, to = 0; r < rows; r++)
    for (let s = 0, from = r * cols + first; s < positions; s++, to++, from += count) out[to] = data[from];
  return out;
}

/** The gradients of some examples with respect to a site, [count, size]; see {@link addExampleGradient}. */
export function siteGradients(site: Site, seen: Matrix, passed: Matrix, count: number): Matrix {
  const out = new Matrix(count, site.size);
  for (let n = 0; n < count; n++) addExampleGradient(site, seen, passed, count, n, 0, out.row(n));
  return out;
}

/** Calls `add` with n and ‖g_ns‖² of a block with sites of any form, whose gradients g_ns are formed one after the other. */
export function addBlockSquares(
  { sites, size }: SiteBlock,
  inputs: readonly Matrix[],
  deltas: readonly Matrix[],
  count: number,
  add: (example: number, term: number) => void,
): void {
  const samples = deltas[sites[0].index].cols / (sites[0].positions * count);
  const gradient = new Float64Array(size);
  for (let s = 0; s < samples; s++)
    for (let n = 0; n < count; n++) {
      gradient.fill(0);
      for (const site of sites)
        addExampleGradient(site, inputs[site.index], deltas[site.index], count, n, s, gradient);
      add(
        n,
        gradient.reduce((sum, g) => sum + g * g, 0),
      );
    }
}
