/** @file The gradients of examples with respect to one site, as rows: by matrix products where weights are used at several positions. */
import { kernels } from '../../linalg/kernels/select.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { addOuterProducts } from '../outer-products.ts';
import type { Site, SiteBlock, SiteSides } from '../site.ts';

/**
 * out[s·count + n, column…] += Σ δ āᵀ over the positions of example n at cotangent s, row-major in the site's block.
 *
 * @param site - With `offset` 0 at the first column of `out`, e.g. `{ ...site, offset: 0 }`. @param sides - Of some examples, at some cotangents.
 * @param out - [samples · count, ≥ size]. Cost: samples · count · positions · size multiplications and additions.
 */
export function addSiteRows(site: Site, { inputs, deltas, samples, count }: SiteSides, out: Matrix): void {
  const { index, positions, lookup, groups, outputs, width } = site;
  const seen = inputs[index];
  const passed = deltas[index];
  if (lookup !== undefined) {
    addTableRows(site, seen, passed, count, out);
    return;
  }
  if (positions === 1 && groups === 1) {
    const plain = { offset: site.offset, width, bias: undefined };
    for (let s = 0; s < samples; s++)
      addOuterProducts(seen, columnsOf(passed, s * count, count), plain, s * count, out);
    return;
  }
  const a = byExample(seen, positions, count);
  const rows = outputs / groups;
  const { gemm } = kernels();
  for (let s = 0; s < samples; s++) {
    const d = byExample(columnsOf(passed, s * positions * count, positions * count), positions, count);
    for (let n = 0; n < count; n++)
      for (let g = 0; g < groups; g++)
        gemm(
          rows,
          width,
          positions,
          1,
          d,
          (n * outputs + g * rows) * positions,
          positions,
          1,
          a,
          (n * groups + g) * width * positions,
          1,
          positions,
          out.data,
          (s * count + n) * out.cols + site.offset + g * rows * width,
          width,
        );
  }
}

/** The columns first..first+count−1, a copy where that is not all. */
function columnsOf(a: Matrix, first: number, count: number): Matrix {
  if (count === a.cols) return a;
  const out = new Matrix(a.rows, count);
  for (let r = 0; r < a.rows; r++)
    out.data.set(a.data.subarray(r * a.cols + first, r * a.cols + first + count), r * count);
  return out;
}

/** [rows, positions · count] position-major → [count, rows, positions]. */
function byExample({ rows, data }: Matrix, positions: number, count: number): Vec {
  const out = new Float64Array(data.length);
  for (let r = 0, from = 0; r < rows; r++)
    for (let s = 0; s < positions; s++)
      for (let n = 0, to = r * positions + s; n < count; n++, to += rows * positions) out[to] = data[from++];
  return out;
}

function addTableRows(site: Site, chosen: Matrix, passed: Matrix, count: number, out: Matrix): void {
  const { offset, width, positions } = site;
  const columns = positions * count;
  for (let r = 0, k = 0; r < passed.rows; r++)
    for (let s = 0; s < passed.cols; s += columns)
      for (let c = 0; c < columns; c++, k++) {
        const row = s / positions + (c % count);
        out.data[row * out.cols + offset + chosen.data[c] * width + r] += passed.data[k];
      }
}

/** Row s·count + n is the gradient of example n at its cotangent s, all uses of the block together, [samples · count, size]. */
export function blockRows({ sites, offset, size }: SiteBlock, sides: SiteSides): Matrix {
  const out = new Matrix(sides.samples * sides.count, size);
  for (const site of sites) addSiteRows({ ...site, offset: site.offset - offset }, sides, out);
  return out;
}
