/** @file The generalised Gauss–Newton matrix, exact or under another Fisher type. */

import { datasetSize } from '../autodiff/dataset.ts';
import type { Network, Site } from '../autodiff/network.ts';
import { checkUntied } from '../autodiff/network-checks.ts';
import type { PairTarget, SharedWeights } from '../autodiff/shared-weights.ts';
import type { SiteSides } from '../autodiff/site.ts';
import { checkOptions } from '../linalg/border/arguments.ts';
import { checkInteger } from '../linalg/checks.ts';
import { Matrix } from '../linalg/matrix.ts';
import { matmul } from '../linalg/products.ts';
import type { Curvature } from './curvature.ts';
import { decompose } from './decompose.ts';
import type { EigenOperator } from './eigen-operator.ts';
import { checkFisher, type FisherType, TYPE_2 } from './fisher.ts';
import { sweepFisher } from './fisher-sweep.ts';
import { MatrixStack } from './matrix-stack.ts';
import { addLayer, addLayers, pairCount, pairProducts } from './pair-products.ts';
import {
  asCurvatureProblem,
  asProblem,
  type ChunkOptions,
  type CurvatureOptions,
  checkCurvatureOptions,
  type Problem,
  type ProblemInput,
} from './problem.ts';

/**
 * G = (1/N) Σ Jᵀ E[∇_u L ∇_u Lᵀ] J. With the default `type-2` this is the GGN (1/N) Σ Jᵀ ∇²_u L J, where ∇²_u L is
 * diag(p) − p pᵀ for cross-entropy and I for squared error; it is also the Fisher information.
 *
 * With M_il[r,p] = Σ_y p_y δ_i[r] δ_l[p], one number per example and pair of units,
 *
 *   G[(i,r,c),(l,p,q)] = (1/N) Σ_n M_il[r,p] · ā_{i−1}[c] ā_{l−1}[q],
 *
 * one matrix product over the examples per pair of layers: the cost does not grow with the number of labels. For l = i it
 * is symmetric in (r,p) and in (c,q): a quarter is computed.
 *
 * @param problem - Not modified.
 * @returns shape [D, D] in θ's order, exactly symmetric, positive semidefinite up to rounding.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or Fisher type are not valid.
 * Cost: N (½ Σ d_i² + 2 Σ_{i<l} d_i d_l) flops for layers of d_i parameters, one backward sweep per label. Memory: D²
 * numbers for the result and up to half as many for the sums.
 * Accuracy as tested: within 64 ε·‖G‖ of the sum of outer products of per-class gradients.
 * Reference: Martens 2020, New insights and perspectives on the natural gradient method, §8 and §9.2.
 * @example ggnMatrix({ model, loss: 'cross-entropy', theta, data }); // exact
 * @example ggnMatrix(problem, { kind: 'mc', samples: 1, seed: 0 }); // one drawn label per example
 */
export function ggnMatrix(
  problem: ProblemInput,
  fisher: FisherType = TYPE_2,
  options: ChunkOptions = {},
): Matrix {
  const where = 'ggnMatrix';
  checkChunks(where, fisher, options);
  const checked = asProblem(where, problem);
  const { model } = checked;
  const { shared } = model;
  if (shared !== undefined) {
    if (fisher.kind === 'type-2' && shared.prefersTangents(model))
      return shared.tangentMatrix(checked, { gaussNewton: true, ...options });
    return sharedBand(where, checked, shared, fisher, options, Number.POSITIVE_INFINITY);
  }
  return writePairs(checked, sumPairs(where, checked, fisher, options, layerPairs(model)));
}

/** {@link ggnMatrix} of a network with shared weights, by its pseudo-gradients; of sites up to `reach` apart. */
export function sharedBand(
  where: string,
  problem: Problem,
  shared: SharedWeights<Network>,
  fisher: FisherType,
  options: ChunkOptions,
  reach: number,
): Matrix {
  const { parameterCount: size } = problem.model;
  const to = { matrix: new Matrix(size, size), origin: 0 };
  sharedPairs(where, problem, shared, fisher, options, (first, second) =>
    second.index - first.index <= reach ? to : undefined,
  );
  return to.matrix;
}

/** What lies between chosen pairs of sites of such a network, in the matrices that are named for them. */
function sharedPairs(
  where: string,
  problem: Problem,
  shared: SharedWeights<Network>,
  fisher: FisherType,
  options: ChunkOptions,
  target: (first: Site, second: Site) => PairTarget | undefined,
): void {
  const { model, data } = problem;
  shared.sumPairs(
    model,
    datasetSize(data),
    (body) => sweepFisher(where, problem, fisher, options, body),
    target,
    (first, second, { inputs, deltas, samples }, { matrix, origin }) => {
      const coupling = pairProducts(deltas[first.index], deltas[second.index], samples);
      const seen = pairProducts(inputs[first.index], inputs[second.index]);
      const sums = matmul(coupling, seen, { transposeB: true });
      if (first === second) addLayer(matrix, origin, first, sums, 0.5);
      else addLayers(matrix, origin, first, second, sums, true, 0.5);
    },
  );
}

/** The sums, divided by N, in a matrix over all of θ. */
function writePairs({ model, data }: Problem, pairs: readonly GgnPair[]): Matrix {
  const scale = 1 / datasetSize(data);
  const out = new Matrix(model.parameterCount, model.parameterCount);
  for (const { first, second, sums } of pairs)
    if (first === second) addLayer(out, 0, first, sums, scale);
    else addLayers(out, 0, first, second, sums, true, scale);
  return out;
}

/**
 * The GGN with the couplings of layers up to `reach` apart, zero elsewhere: 0 gives the block-GGN, 1 the block-tridiagonal part.
 * The band of a psd matrix need not be psd. @throws {UnsupportedError} tied layers. @param reach - Integer ≥ 0, not checked. Cost: as {@link ggnMatrix} for fewer pairs.
 */
export function ggnBandMatrix(
  problem: ProblemInput,
  reach: number,
  fisher: FisherType = TYPE_2,
  options: ChunkOptions = {},
): Matrix {
  const where = 'ggnBandMatrix';
  checkChunks(where, fisher, options);
  checkInteger(where, 'reach', reach, 0, Number.POSITIVE_INFINITY);
  const checked = asProblem(where, problem);
  checkUntied(where, checked.model);
  const { shared } = checked.model;
  if (shared !== undefined) return sharedBand(where, checked, shared, fisher, options, reach);
  const near = layerPairs(checked.model).filter(({ first, second }) => second.index - first.index <= reach);
  return writePairs(checked, sumPairs(where, checked, fisher, options, near));
}

/** The diagonal blocks of {@link ggnMatrix}, one per block of the model, and nothing else of it. Cost: N·½ Σ d_i² flops. */
export function ggnLayerBlocks(
  problem: Problem,
  fisher: FisherType = TYPE_2,
  options: ChunkOptions = {},
): Matrix[] {
  const where = 'ggnLayerBlocks';
  const { model, data } = problem;
  const blocks = model.blocks.map(({ size }) => new Matrix(size, size));
  if (model.shared !== undefined) {
    const targets = model.blocks.map(({ offset }, b) => ({ matrix: blocks[b], origin: offset }));
    sharedPairs(where, problem, model.shared, fisher, options, (first, second) =>
      first.block === second.block ? targets[first.block] : undefined,
    );
    return blocks;
  }
  const own = layerPairs(model).filter(({ first, second }) => first.block === second.block);
  const scale = 1 / datasetSize(data);
  for (const { first, second, sums } of sumPairs(where, problem, fisher, options, own)) {
    const out = blocks[first.block];
    if (first === second) addLayer(out, first.offset, first, sums, scale);
    else addLayers(out, first.offset, first, second, sums, true, scale);
  }
  return blocks;
}

/**
 * The GGN in its own eigenbasis, or in the part of it with |σ| > `keepAbove`.
 * Cost: {@link ggnMatrix} and one eigendecomposition, O(D³), which may overwrite the matrix. Memory: up to 5 D² numbers.
 */
export function ggn(problem: ProblemInput, options: CurvatureOptions = {}): EigenOperator {
  const checked = asCurvatureProblem('ggn', problem, options);
  const kept = options.keepAbove === undefined ? {} : { keepAbove: options.keepAbove };
  return decompose(ggnMatrix(checked, options.fisher), { ...kept, structure: 'psd', overwrite: true });
}

/** Layers i ≤ l, with how many pairs of units and of inputs they have: pairs r ≤ p and c ≤ q when i = l. */
interface LayerPair {
  readonly first: Site;
  readonly second: Site;
  readonly units: number;
  readonly inputs: number;
}

/** Σ_n M_il ⊙ ā ā, [units, inputs]. */
interface GgnPair extends LayerPair {
  readonly sums: Matrix;
}

function layerPairs(model: Network): LayerPair[] {
  return model.sites.flatMap((first) =>
    model.sites.slice(first.index).map((second) => {
      const own = first === second;
      return {
        first,
        second,
        units: own ? pairCount(first.outputs) : first.outputs * second.outputs,
        inputs: own ? pairCount(first.width) : first.width * second.width,
      };
    }),
  );
}

/** The sums over all examples, in one workspace with what they are made of. */
function sumPairs(
  where: string,
  problem: Problem,
  fisher: FisherType,
  options: ChunkOptions,
  pairs: readonly LayerPair[],
): readonly GgnPair[] {
  let stack: MatrixStack | undefined;
  let summed: readonly GgnPair[] = [];
  sweepFisher(where, problem, fisher, options, (sides) => {
    if (stack === undefined) {
      const room = new MatrixStack(roomFor(pairs, sides));
      summed = pairs.map((pair) => ({ ...pair, sums: room.zeros(pair.units, pair.inputs) }));
      stack = room;
    }
    addPairs(summed, sides, stack);
  });
  return summed;
}

/** Doubles for the sums, a chunk of examples, and the products of its largest pair. The first chunk is the largest. */
function roomFor(pairs: readonly LayerPair[], { count, inputs, deltas }: SiteSides): number {
  const sums = pairs.reduce((total, pair) => total + pair.units * pair.inputs, 0);
  const sides = [...inputs, ...deltas].reduce((total, { data }) => total + data.length, 0);
  return sums + sides + count * Math.max(...pairs.map((pair) => pair.units + pair.inputs));
}

function addPairs(pairs: readonly GgnPair[], sides: SiteSides, stack: MatrixStack): void {
  const { count, samples } = sides;
  stack.scoped(() => {
    const inputs = sides.inputs.map((side) => stack.copy(side));
    const deltas = sides.deltas.map((side) => stack.copy(side));
    for (const { first, second, units, inputs: products, sums } of pairs)
      stack.scoped(() => {
        const coupling = stack.lend(units, count);
        const seen = stack.lend(products, count);
        pairProducts(deltas[first.index], deltas[second.index], samples, coupling);
        pairProducts(inputs[first.index], inputs[second.index], 1, seen);
        matmul(coupling, seen, { transposeB: true, out: sums, accumulate: true });
      });
  });
}

function checkChunks(where: string, fisher: FisherType, options: ChunkOptions): void {
  checkFisher(where, fisher);
  checkOptions(where, options, ['batch']);
  checkCurvatureOptions(where, options);
}

/** The network linearised. */
export const GGN: Curvature = {
  label: 'GGN',
  structure: 'psd',
  reads: ['fisher'],
  build: ggn,
  matrix: (problem, options) => ggnMatrix(problem, options?.fisher),
};
