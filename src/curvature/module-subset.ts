/** @file Curvature of some modules of a network, the others held fixed: of the last layer, or of any by name. */
import { asModel } from '../autodiff/as-model.ts';
import { GraphNetwork } from '../autodiff/graph/graph-network.ts';
import { lossGgnvp, lossHvp } from '../autodiff/mean-loss.ts';
import type { Network, SiteBlock } from '../autodiff/network.ts';
import { checkOneOf } from '../linalg/border/arguments.ts';
import { describe, isArray } from '../linalg/border/describe.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import { Matrix } from '../linalg/matrix.ts';
import { BlockBasis } from '../linalg/operators/basis.ts';
import { IdentityBasis } from '../linalg/operators/identity-basis.ts';
import { decompose } from './decompose.ts';
import { EigenOperator } from './eigen-operator.ts';
import { ggnLayerBlocks, ggnMatrix } from './ggn.ts';
import { extractBlock } from './partition.ts';
import { asCurvatureProblem, type CurvatureOptions, type Problem, type ProblemInput } from './problem.ts';
import { CURVATURE_KINDS, CURVATURES, type CurvatureKind } from './registry.ts';

/**
 * Which modules: 'all', 'last', or a list of names or numbers, which may be one string with commas ('conv1,head'). A module is a block of θ:
 * a layer with its bias, tied layers as one. Names are those of a GraphNetwork's `layers`, of an Mlp '0', '1', …; numbers, not text, count blocks
 * from 0 in θ's order: text is always a name.
 */
export type ModuleSelection = string | readonly (string | number)[];

/** The modules of a network in θ's order, with their names. */
export function moduleNames(given: Network): readonly string[] {
  const model = asModel('moduleNames', 'model', given);
  return model instanceof GraphNetwork
    ? model.layers.map(({ name }) => name)
    : model.blocks.map(({ index }) => String(index));
}

/**
 * The blocks that are meant, in θ's order, each once.
 *
 * @throws {DomainError} no selection; a name or number of none, listing those that there are; an empty list.
 */
export function selectModules(where: string, model: Network, modules: ModuleSelection): readonly SiteBlock[] {
  const { blocks } = asModel(where, 'model', model);
  if (modules === 'all') return blocks;
  if (modules === 'last') return blocks.slice(-1);
  const list = typeof modules === 'string' ? modules.split(',').map((name) => name.trim()) : modules;
  if (!isArray(list))
    throw new DomainError(where, 'modules', "'all', 'last' or a list of names", modules, describe(modules));
  const names = moduleNames(model);
  const chosen = Array.from(list as readonly unknown[], (module) => {
    const at = typeof module === 'number' ? module : typeof module === 'string' ? names.indexOf(module) : -1;
    if (Number.isInteger(at) && at >= 0 && at < blocks.length) return at;
    const known = `${names.map((name) => `'${name}'`).join(', ')}, 0..${blocks.length - 1}, 'last' or 'all'`;
    throw new DomainError(where, 'modules', `among ${known}`, module, describe(module));
  });
  if (chosen.length === 0) throw new DomainError(where, 'modules', 'at least one module', modules, 'none');
  return blocks.filter(({ index }) => chosen.includes(index));
}

/** A curvature of some parameters, the others held fixed. */
export interface ModuleCurvature {
  /** C[S, S] of size |S|. */
  readonly operator: EigenOperator;
  /** S, ascending positions in θ. */
  readonly indices: Int32Array;
}

/**
 * The submatrix C[S, S] of a curvature, S the parameters of some modules. For the last layer alone it is what last-layer influence and Laplace
 * approximations invert.
 *
 * - `hessian`, `ggn`: by |S| products with unit vectors, or of the GGN of one module as its block; never a matrix of size D.
 * - The block-diagonal kinds: their blocks of these modules.
 *
 * @param kind - A name of `CURVATURES`. @param modules - See {@link ModuleSelection}. @param options - As for the kind.
 * @throws {DomainError} unknown kind or module. Otherwise as the kind's builder.
 * Cost: 4|S| gradients and |S|³ (hessian, ggn); else that of the kind.
 * @example moduleCurvature('ggn', problem, 'last').operator.applyInverse(gradientsOfLastLayer, { kind: 'damped', lambda: 1e-3 });
 */
export function moduleCurvature(
  kind: CurvatureKind,
  problem: ProblemInput,
  modules: ModuleSelection,
  options: CurvatureOptions = {},
): ModuleCurvature {
  const where = 'moduleCurvature';
  checkOneOf(where, 'kind', kind, CURVATURE_KINDS);
  const checked = asCurvatureProblem(where, problem, options);
  const blocks = selectModules(where, checked.model, modules);
  const indices = positionsOf(blocks);
  const kept = options.keepAbove === undefined ? {} : { keepAbove: options.keepAbove };
  if (kind === 'hessian' || kind === 'ggn') {
    const matrix =
      kind === 'hessian' ? byProducts(checked, indices, 'hessian') : ggnOf(checked, blocks, indices, options);
    const structure = kind === 'ggn' ? 'psd' : 'symmetric';
    return { operator: decompose(matrix, { ...kept, structure, overwrite: true }), indices };
  }
  const { keepAbove: _, ...complete } = options;
  return { operator: restricted(kind, CURVATURES[kind].build(checked, complete), indices), indices };
}

function positionsOf(blocks: readonly SiteBlock[]): Int32Array {
  return Int32Array.from(
    blocks.flatMap(({ offset, size }) => Array.from({ length: size }, (_, k) => offset + k)),
  );
}

/** A block-diagonal operator of all parameters, restricted to some modules. Throws as {@link selectModules}. */
export function restrictToModules(
  kind: CurvatureKind,
  operator: EigenOperator,
  model: Network,
  modules: ModuleSelection,
): ModuleCurvature {
  const indices = positionsOf(selectModules(kind, model, modules));
  return { operator: restricted(kind, operator, indices), indices };
}

/** G[S, S]: of one module its block, else by products, or cut from the matrix for Fisher types that have no products. */
function ggnOf(
  problem: Problem,
  blocks: readonly SiteBlock[],
  indices: Int32Array,
  { fisher }: CurvatureOptions,
): Matrix {
  if (blocks.length === 1) return ggnLayerBlocks(problem, fisher)[blocks[0].index];
  if (fisher === undefined || fisher.kind === 'type-2') return byProducts(problem, indices, 'ggn');
  return extractBlock(ggnMatrix(problem, fisher), indices);
}

/** Unit vectors that are multiplied at once. */
const DIRECTIONS = 16;

/** C[S, S], made exactly symmetric. */
function byProducts(
  { model, loss, theta, data }: Problem,
  indices: Int32Array,
  kind: 'hessian' | 'ggn',
): Matrix {
  const product = kind === 'hessian' ? lossHvp : lossGgnvp;
  const n = indices.length;
  const out = new Matrix(n, n);
  for (let first = 0; first < n; first += DIRECTIONS) {
    const count = Math.min(DIRECTIONS, n - first);
    const units = new Matrix(count, model.parameterCount);
    for (let i = 0; i < count; i++) units.set(i, indices[first + i], 1);
    const rows = product(model, loss, theta, data, units);
    for (let i = 0; i < count; i++) for (let j = 0; j < n; j++) out.set(first + i, j, rows.at(i, indices[j]));
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const mean = (out.at(i, j) + out.at(j, i)) / 2;
      out.set(i, j, mean);
      out.set(j, i, mean);
    }
  return out;
}

/** Those blocks of a block-diagonal operator that lie in S. */
function restricted(kind: CurvatureKind, operator: EigenOperator, indices: Int32Array): EigenOperator {
  const { basis, structure, factors } = operator;
  const values = Float64Array.from(indices, (index) => operator.values[index]);
  if (basis instanceof IdentityBasis)
    return new EigenOperator(new IdentityBasis(indices.length), values, { structure });
  if (!(basis instanceof BlockBasis))
    throw new UnsupportedError(`moduleCurvature: ${kind} is not made of blocks of parameters.`);
  const place = new Map(Array.from(indices, (index, k) => [index, k]));
  const moved = (of: Int32Array): Int32Array => of.map((index) => place.get(index) ?? -1);
  const inside = ({ indices: [first] }: { readonly indices: Int32Array }): boolean => place.has(first);
  const blocks = basis.blocks
    .filter(inside)
    .map((block) => ({ indices: moved(block.indices), basis: block.basis }));
  const spectra = factors
    ?.filter(inside)
    .map((spectrum) => ({ ...spectrum, indices: moved(spectrum.indices) }));
  return new EigenOperator(new BlockBasis(blocks), values, {
    structure,
    ...(spectra === undefined ? {} : { factors: spectra }),
  });
}
