/** @file The Gauss–Newton matrix of networks with shared weights from the gradients at every pseudo-label, where these are few. */
import { datasetSize } from '../autodiff/dataset.ts';
import { isPlain, type Site } from '../autodiff/network.ts';
import { addSiteRows } from '../autodiff/site-rows.ts';
import type { SiteSides } from '../autodiff/site-sides.ts';
import { kernels } from '../linalg/kernels/select.ts';
import { Matrix } from '../linalg/matrix.ts';
import { matmul } from '../linalg/products.ts';
import type { FisherType } from './fisher.ts';
import { sweepFisher } from './fisher-sweep.ts';
import { addLayer, addLayers, pairProducts } from './pair-products.ts';
import type { ChunkOptions, Problem } from './problem.ts';
import { addMirrored } from './raw-sums.ts';

/** A matrix over all parameters, or over those of a block: where pairs of sites are added to. */
interface Target {
  readonly matrix: Matrix;
  /** θ[origin] is its element 0. */
  readonly origin: number;
}

/**
 * (1/N) Σ g gᵀ over all gradients g at pseudo-labels, or what of it lies between chosen pairs of sites.
 *
 * Between two sites with shared weights, a product of gradients. A site used once has g = δ āᵀ with one ā for all labels: with g_j of a
 * shared one, Σ_y g_j δ_p is formed first, and one product over the examples remains.
 *
 * @param target - Where the pair of sites first ≤ second goes; undefined: nowhere. @returns the targets, each exactly symmetric.
 */
export function sumRows(
  where: string,
  problem: Problem,
  fisher: FisherType,
  options: ChunkOptions,
  target: (first: Site, second: Site) => Target | undefined,
): readonly Matrix[] {
  const { sites } = problem.model;
  const pairs = sites.flatMap((first) =>
    sites.slice(first.index).flatMap((second) => {
      const to = target(first, second);
      return to === undefined ? [] : [{ first, second, to }];
    }),
  );
  const shared = new Set(
    pairs.flatMap(({ first, second }) => [first, second]).filter((site) => !isPlain(site)),
  );
  sweepFisher(where, problem, fisher, options, (sides) => {
    const rows = new Map([...shared].map((site) => [site, rowsOf(site, sides)]));
    for (const { first, second, to } of pairs) {
      const [f, s] = [rows.get(first), rows.get(second)];
      if (f === undefined && s === undefined) addFactored(first, second, sides, to);
      else if (s === undefined) addPair(withFactored(f as Matrix, second, sides), first, second, 1, to);
      else if (f === undefined) addPair(withFactored(s, first, sides), second, first, 1, to);
      else addPair(matmul(f, s, { transposeA: true }), first, second, first === second ? 0.5 : 1, to);
    }
  });
  const scale = 1 / datasetSize(problem.data);
  return [...new Set(pairs.map(({ to }) => to.matrix))].map((matrix) => addMirrored(matrix, scale));
}

/** Two sites used once: as in an MLP. What is added already has both halves. */
function addFactored(
  first: Site,
  second: Site,
  { inputs, deltas, samples }: SiteSides,
  { matrix, origin }: Target,
): void {
  const coupling = pairProducts(deltas[first.index], deltas[second.index], samples);
  const seen = pairProducts(inputs[first.index], inputs[second.index]);
  const sums = matmul(coupling, seen, { transposeB: true });
  if (first === second) addLayer(matrix, origin, first, sums, 0.5);
  else addLayers(matrix, origin, first, second, sums, undefined, 0.5);
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
  { matrix, origin }: Target,
): void {
  for (let i = 0, k = 0; i < product.rows; i++) {
    let to = (first.offset - origin + i) * matrix.cols + second.offset - origin;
    for (let j = 0; j < product.cols; j++, k++) matrix.data[to++] += scale * product.data[k];
  }
}
