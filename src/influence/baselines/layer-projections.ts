/** @file Projections of both sides of every block of θ, and what is left of the gradients of examples. */
import type { Network, Site, SiteBlock } from '../../autodiff/network.ts';
import { outerRows } from '../../autodiff/outer-products.ts';
import { addExampleGradient } from '../../autodiff/shared/site-gradients.ts';
import type { SiteSides } from '../../autodiff/site-sides.ts';
import type { FisherType } from '../../curvature/fisher.ts';
import { sweepFisher } from '../../curvature/fisher-sweep.ts';
import { kroneckerFactors } from '../../curvature/kronecker-factors.ts';
import type { Problem } from '../../curvature/problem.ts';
import { symmetricEigen } from '../../linalg/eigen/symmetric-eigen.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { matmul, syrk, transpose } from '../../linalg/products.ts';
import { rng } from '../../linalg/random/random.ts';

/** P_out, [k_out, rows], and P_in, [k_in, cols], of a block [rows, cols] of θ. */
export interface LayerProjection {
  readonly left: Side;
  readonly right: Side;
}

/** A projection of one side, or the identity of its length. */
export interface Side {
  readonly rows: number;
  readonly matrix: Matrix | undefined;
}

/** Gaussian entries of variance 1/k, from the streams (seed, 'logra', block, side). */
export function randomProjections(model: Network, seed: number, dimension: number): LayerProjection[] {
  const side = (block: number, name: string, length: number): Side =>
    projectedSide(length, dimension, () => {
      const matrix = new Matrix(dimension, length);
      rng(seed, 'logra', block, name).fillNormal(matrix.data, 0, 1 / Math.sqrt(dimension));
      return matrix;
    });
  return model.blocks.map(({ index, rows, cols }) => ({
    left: side(index, 'out', rows),
    right: side(index, 'in', cols),
  }));
}

/**
 * Eigenvectors with the largest eigenvalues: of the K-FAC factors of a block, or, where it has no such pair (weights in groups, scale and
 * shift), of the second moments Σ M Mᵀ and Σ Mᵀ M of its gradients M.
 */
export function principalProjections(
  problem: Problem,
  fisher: FisherType,
  dimension: number,
): LayerProjection[] {
  const side = (factor: Matrix): Side =>
    projectedSide(factor.rows, dimension, () =>
      transpose(symmetricEigen(factor, { largest: dimension }).vectors),
    );
  const { blocks, sites } = problem.model;
  const pairs = new Map<number, SidePair>();
  for (const { block, gradientCovariance, inputCovariance } of kroneckerFactors(problem, { fisher }))
    if (block.exact === undefined && block.group === undefined)
      pairs.set(sites[block.layer].block, { left: gradientCovariance, right: inputCovariance });
  secondMoments(
    problem,
    fisher,
    blocks.filter(({ index }) => !pairs.has(index)),
    pairs,
  );
  return blocks.map(({ index }) => {
    const { left, right } = pairs.get(index) as SidePair;
    return { left: side(left), right: side(right) };
  });
}

/** Matrices of the rows and of the columns of a block. */
interface SidePair {
  readonly left: Matrix;
  readonly right: Matrix;
}

/** Adds Σ M Mᵀ and Σ Mᵀ M over the pseudo-gradients M of some blocks. */
function secondMoments(
  problem: Problem,
  fisher: FisherType,
  blocks: readonly SiteBlock[],
  pairs: Map<number, SidePair>,
): void {
  if (blocks.length === 0) return;
  for (const { index, rows, cols } of blocks)
    pairs.set(index, { left: Matrix.zeros(rows, rows), right: Matrix.zeros(cols, cols) });
  sweepFisher('logra.fit', problem, fisher, {}, ({ count, samples, inputs, deltas }) => {
    for (const { index, sites, rows, cols } of blocks) {
      const { left, right } = pairs.get(index) as SidePair;
      for (let n = 0; n < count; n++)
        for (let s = 0; s < samples; s++) {
          const gradient = Matrix.zeros(rows, cols);
          for (const site of sites)
            addExampleGradient(site, inputs[site.index], deltas[site.index], count, n, s, gradient.data);
          syrk(gradient, { out: left, accumulate: true });
          syrk(gradient, { transpose: true, out: right, accumulate: true });
        }
    }
  });
}

function projectedSide(length: number, dimension: number, make: () => Matrix): Side {
  return length <= dimension ? { rows: length, matrix: undefined } : { rows: dimension, matrix: make() };
}

/** Rows x ↦ P x. */
function compress(x: Matrix, { matrix }: Side): Matrix {
  return matrix === undefined ? x : matmul(x, matrix, { transposeB: true });
}

/**
 * vec(P_out M P_inᵀ) of every block and example, M its gradient in the block at cotangent s: the sum over sites and positions of (P_out δ)(P_in ā)ᵀ,
 * both sides projected before. Of a table the row of its token takes the place of δ, and δ that of ā.
 *
 * @returns per block [count, k_out k_in].
 */
export function compressedGradients(
  model: Network,
  projections: readonly LayerProjection[],
  sides: SiteSides,
  sample = 0,
): Matrix[] {
  const { count } = sides;
  return model.blocks.map(({ index, sites }) => {
    const projection = projections[index];
    const [first] = sites;
    if (sites.length === 1 && first.positions === 1 && first.groups === 1 && first.lookup === undefined) {
      const delta = transpose(sides.deltas[first.index]);
      return outerRows(
        compress(delta.rowRange(sample * count, (sample + 1) * count), projection.left),
        compress(transpose(sides.inputs[first.index]), projection.right),
      );
    }
    const out = Matrix.zeros(count, projection.left.rows * projection.right.rows);
    for (const site of sites) addCompressed(site, projection, sides, sample, out);
    return out;
  });
}

/** Adds a site's share: position by position, and group by group. */
function addCompressed(
  site: Site,
  { left, right }: LayerProjection,
  { count, inputs, deltas }: SiteSides,
  sample: number,
  out: Matrix,
): void {
  const { index, positions, groups, width, lookup, outputs } = site;
  const columns = positions * count;
  const delta = transpose(deltas[index]).rowRange(sample * columns, (sample + 1) * columns);
  const seen = inputs[index];
  if (lookup !== undefined) {
    addOuterSums(
      pickedColumns(left, site.rows, seen),
      compress(amongColumns(delta, width), right),
      positions,
      out,
    );
    return;
  }
  const entering = transpose(seen);
  const perGroup = outputs / groups;
  for (let g = 0; g < groups; g++) {
    const own = groups === 1 ? delta : columnRange(delta, g * perGroup, perGroup);
    const part = groups === 1 ? left : columnsOf(left, outputs, g * perGroup, perGroup);
    const x = groups === 1 ? entering : columnRange(entering, g * width, width);
    addOuterSums(compress(own, part), compress(x, right), positions, out);
  }
}

/** What a table passes back, [rows, outputs], among the columns of its block: 0 for the biases of layers that share it. */
function amongColumns(delta: Matrix, width: number): Matrix {
  if (delta.cols === width) return delta;
  const out = Matrix.zeros(delta.rows, width);
  for (let r = 0; r < delta.rows; r++) out.row(r).set(delta.row(r));
  return out;
}

/** out[n] += Σ_s a[s·count + n] b[s·count + n]ᵀ. */
function addOuterSums(a: Matrix, b: Matrix, positions: number, out: Matrix): void {
  const count = out.rows;
  for (let s = 0; s < positions; s++)
    for (let n = 0; n < count; n++) {
      const [from, to] = [s * count + n, out.row(n)];
      for (let r = 0, k = 0; r < a.cols; r++) {
        const x = a.at(from, r);
        for (let c = 0; c < b.cols; c++, k++) to[k] += x * b.at(from, c);
      }
    }
}

/** P_out e_token of every column of tokens, [columns, k]. */
function pickedColumns({ rows, matrix }: Side, length: number, tokens: Matrix): Matrix {
  const out = Matrix.zeros(tokens.cols, rows);
  for (let j = 0; j < tokens.cols; j++) {
    const token = tokens.data[j];
    if (matrix === undefined) out.set(j, token, 1);
    else for (let r = 0; r < rows; r++) out.set(j, r, matrix.data[r * length + token]);
  }
  return out;
}

/** The columns of P_out that belong to some rows of the block. */
function columnsOf({ rows, matrix }: Side, length: number, first: number, count: number): Side {
  const out = Matrix.zeros(rows, count);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < count; c++)
      out.set(r, c, matrix === undefined ? Number(r === first + c) : matrix.data[r * length + first + c]);
  return { rows, matrix: out };
}

function columnRange(a: Matrix, first: number, count: number): Matrix {
  const out = new Matrix(a.rows, count);
  for (let r = 0; r < a.rows; r++) out.row(r).set(a.row(r).subarray(first, first + count));
  return out;
}
