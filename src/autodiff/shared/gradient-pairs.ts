/** @file The Gauss–Newton matrix of networks with shared weights from the gradients at every pseudo-label, where these are few. */
import { kernels } from '../../linalg/kernels/select.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { matmul } from '../../linalg/products.ts';
import type { Network } from '../network.ts';
import type { FactoredPair, PairTarget, SweepBody } from '../shared-weights.ts';
import { isPlain, type Site, type SiteSides } from '../site.ts';
import { addMirrored } from './raw-sums.ts';
import { addSiteRows } from './site-rows.ts';

/**
 * (1/N) Σ g gᵀ over all gradients g at pseudo-labels, or what of it lies between chosen pairs of sites.
 *
 * Between two sites with shared weights, a product of gradients. A site used once has g = δ āᵀ with one ā for all labels: with g_j of a
 * shared one, Σ_y g_j δ_p is formed first, and one product over the examples remains.
 *
 * @param count - N. @param sweep - Goes over the examples. @param target - Where the pair of sites first ≤ second goes; undefined: nowhere.
 * @param factored - For two sites used once. @returns the targets, each exactly symmetric.
 */
export function sumPairs(
  { sites }: Network,
  count: number,
  sweep: (body: SweepBody) => void,
  target: (first: Site, second: Site) => PairTarget | undefined,
  factored: FactoredPair,
): readonly Matrix[] {
  const pairs = sites.flatMap((first) =>
    sites.slice(first.index).flatMap((second) => {
      const to = target(first, second);
      return to === undefined ? [] : [{ first, second, to }];
    }),
  );
  const shared = new Set(
    pairs.flatMap(({ first, second }) => [first, second]).filter((site) => !isPlain(site)),
  );
  sweep((sides) => {
    const rows = new Map([...shared].map((site) => [site, rowsOf(site, sides)]));
    for (const { first, second, to } of pairs) {
      const [f, s] = [rows.get(first), rows.get(second)];
      if (f === undefined && s === undefined) factored(first, second, sides, to);
      else if (s === undefined) addPair(withFactored(f as Matrix, second, sides), first, second, 1, to);
      else if (f === undefined) addPair(withFactored(s, first, sides), second, first, 1, to);
      else addPair(matmul(f, s, { transposeA: true }), first, second, first === second ? 0.5 : 1, to);
    }
  });
  return [...new Set(pairs.map(({ to }) => to.matrix))].map((matrix) => addMirrored(matrix, 1 / count));
}

/** The gradients with respect to a site, [samples · count, size]. */
function rowsOf(site: Site, sides: SiteSides): Matrix {
  const out = new Matrix(sides.samples * sides.count, site.size);
  addSiteRows({ ...site, offset: 0 }, sides, out);
  return out;
}

/** Σ_n (Σ_y g δᵀ) ⊗ āᵀ, [d, outputs · width] for the gradients g [samples · count, d] of another site. */
function withFactored(rows: Matrix, site: Site, { inputs, deltas, samples, count }: SiteSides): Matrix {
  const { outputs, width, index } = site;
  const d = rows.cols;
  const delta = deltas[index];
  const coupled = new Matrix(count, d * outputs);
  const { gemm } = kernels();
  for (let n = 0; n < count; n++)
    gemm(d, outputs, samples, 1, rows.data, n * d, 1, count * d, delta.data, n, count, delta.cols, coupled.data, n * d * outputs, outputs); // biome-ignore format: one call
  const out = matmul(coupled, inputs[index], { transposeA: true, transposeB: true });
  return new Matrix(d, outputs * width, out.data);
}

function addPair(
  product: Matrix,
  first: Site,
  second: Site,
  scale: number,
  { matrix, origin }: PairTarget,
): void {
  for (let i = 0, k = 0; i < product.rows; i++) {
    let to = (first.offset - origin + i) * matrix.cols + second.offset - origin;
    for (let j = 0; j < product.cols; j++, k++) matrix.data[to++] += scale * product.data[k];
  }
}
