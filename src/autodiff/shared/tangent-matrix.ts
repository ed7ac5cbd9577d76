/** @file Hessian and Gauss–Newton matrix of networks whose weights are used at several positions: one direction per parameter, later layers only. */
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { matmul } from '../../linalg/products.ts';
import { BatchProgram } from '../batch-program.ts';
import type { CompiledTape } from '../compiled-tape.ts';
import { datasetSize, isWeighted } from '../dataset.ts';
import type { Network } from '../network.ts';
import { homogeneous } from '../outer-products.ts';
import type { MeanLoss, TangentOptions } from '../shared-weights.ts';
import { isPlain, type Site } from '../site.ts';
import type { Tangents } from '../tangents.ts';
import type { TapeNode } from '../tape-node.ts';
import { inputOf } from './lookups.ts';
import { addMirrored } from './raw-sums.ts';

/** Directions swept together. */
const DIRECTIONS = 8;

/** Columns that the arrays of a sweep have, about: few enough for one direction to stay in the cache. */
const COLUMNS = 1024;

/**
 * The Hessian of the mean loss, or its Gauss–Newton matrix, of any network.
 *
 * Parameter W_i[r,c] enters at s_i alone, so its tangent is ṡ_i = e_r ā_i[c]ᵀ, at all positions together. Forward over reverse from there gives
 * its derivatives with respect to the parameters of all later sites, and δ̇_i āᵀ those of its own; the others follow by symmetry. No op before
 * s_i is swept.
 *
 * @returns [D, D], exactly symmetric. Cost: D sweeps of the ops after each site, half the flops of D Hessian–vector products. Memory: D² numbers.
 */
export function tangentMatrix(problem: MeanLoss<Network>, options: TangentOptions): Matrix {
  const { gaussNewton, batch, before = problem.model.sites.length } = options;
  const { model, loss, theta, data } = problem;
  const n = datasetSize(data);
  const out = new Matrix(model.parameterCount, model.parameterCount);
  const chunk = batch ?? examplesPerSweep(model);
  let sweep: ParameterSweep | undefined;
  for (let start = 0; start < n; start += chunk) {
    const count = Math.min(chunk, n - start);
    if (sweep?.recorded.batch !== count) {
      const recorded = new BatchProgram(model, loss, count, {
        directions: DIRECTIONS,
        weighted: isWeighted(data),
      });
      recorded.program.parameters.set(theta);
      sweep = new ParameterSweep(model, recorded, gaussNewton);
    }
    sweep.recorded.load(data, start);
    sweep.addTo(out, before);
  }
  return addMirrored(out, 1 / n);
}

/**
 * How many examples have about {@link COLUMNS} positions at the site that has most of them. An odd number: rows of 2ᵏ columns lie in few sets of
 * the cache and drive each other out.
 */
function examplesPerSweep({ sites }: Network): number {
  return Math.floor(COLUMNS / Math.max(...sites.map(({ positions }) => positions))) | 1;
}

/** The last sites of a network, from the one on after which none is used at several positions, in groups or as a table. */
export function unsharedTail({ sites }: Network): readonly Site[] {
  return sites.slice(sites.map(isPlain).lastIndexOf(false) + 1);
}

/** Larger chunks for the last layers, which are but a few columns wide. */
const TAIL_SWEEP = 4;

/** Examples per chunk for these. */
export function tailBatch(model: Network): number {
  return TAIL_SWEEP * examplesPerSweep(model);
}

/** Products of the size of a site's own that a direction costs there: its tangent, its cotangent's, their product. */
const SWEEP_FACTOR = 3;

/** Whether the gradients at every pseudo-label are more work than one direction per parameter. */
export function prefersTangents({ outputs, outputPositions, sites, parameterCount }: Network): boolean {
  const swept = sites.reduce((sum, { positions, size }) => sum + positions * size, 0);
  return outputs * outputPositions * parameterCount > SWEEP_FACTOR * swept;
}

/** The second derivatives of one chunk of examples. */
class ParameterSweep {
  readonly recorded: BatchProgram;
  private readonly model: Network;
  private readonly program: CompiledTape;
  private readonly schedules: readonly Tangents[];
  private copies: Vec = new Float64Array(0);

  constructor(model: Network, recorded: BatchProgram, gaussNewton: boolean) {
    const { program, nodes } = recorded;
    this.model = model;
    this.recorded = recorded;
    this.program = program;
    const options = { stopAtSources: true, ...(gaussNewton ? { gaussNewton: nodes.logits } : {}) };
    this.schedules = nodes.preactivations.map((s) => program.tangentsFrom([s], options));
  }

  /** Adds Σ_n of each pair of sites once, half of each site's own; {@link addMirrored} makes the whole of it. */
  addTo(out: Matrix, before: number): void {
    const { program, model } = this;
    program.forward();
    program.backward();
    for (const site of model.sites.slice(0, before)) this.addSite(site, out);
  }

  private addSite(site: Site, out: Matrix): void {
    const { program, recorded, schedules, model } = this;
    const { index, offset, size } = site;
    const s = recorded.nodes.preactivations[index];
    const seen = homogeneous(site, this.input(site));
    const later = [...new Set(model.sites.slice(index + 1).map(({ block }) => model.blocks[block]))];
    for (let first = 0; first < size; first += DIRECTIONS) {
      const count = Math.min(DIRECTIONS, size - first);
      for (let j = 0; j < count; j++) seedParameter(site, seen, first + j, program.tangent(s, j));
      program.forwardTangent(schedules[index], count);
      program.backwardTangent(schedules[index], count);
      for (let j = 0; j < count; j++) {
        const row = out.row(offset + first + j);
        const moved = program.gradientTangent(j);
        for (const block of later) addRange(moved, row, block.offset, block.size);
      }
      this.addOwn(site, seen, s, first, count, out);
    }
  }

  /** Half of δ̇ āᵀ: the site with itself, whose input does not move. */
  private addOwn(site: Site, seen: Matrix, s: TapeNode, first: number, count: number, out: Matrix): void {
    const { program } = this;
    const { size, offset, groups, lookup } = site;
    const tangents = Array.from({ length: count }, (_, j) => program.cotangentTangent(s, j));
    const rows = groups === 1 && lookup === undefined ? this.oneBelowAnother(tangents, s) : undefined;
    const products = rows && matmul(rows, seen, { transposeB: true }).data;
    for (const [j, tangent] of tangents.entries()) {
      const own = products?.subarray(j * size, (j + 1) * size) ?? siteSum(site, seen, tangent);
      const row = out.row(offset + first + j);
      for (let k = 0; k < own.length; k++) row[offset + k] += own[k] / 2;
    }
  }

  /** δ̇ of several directions as one matrix: a view where they lie without a gap, else a copy in the room that is kept for it. */
  private oneBelowAnother(parts: readonly Matrix[], s: TapeNode): Matrix {
    const { arena, plan } = this.program;
    const { barDot, stride } = plan.nodes[s.id];
    const size = s.rows * s.cols;
    const length = parts.length * size;
    if (stride === size)
      return new Matrix(parts.length * s.rows, s.cols, arena.memory.subarray(barDot, barDot + length));
    if (this.copies.length < length) this.copies = new Float64Array(DIRECTIONS * size);
    for (const [j, { data }] of parts.entries()) this.copies.set(data, j * size);
    return new Matrix(parts.length * s.rows, s.cols, this.copies.subarray(0, length));
  }

  private input(site: Site): Matrix {
    const { program, recorded } = this;
    return inputOf(site, program.value(recorded.nodes.inputs[site.index]), recorded.batch);
  }
}

/** ṡ = ∂s/∂θ[offset + k] of a site, [outputs, columns]. */
function seedParameter(site: Site, seen: Matrix, k: number, tangent: Matrix): void {
  const { width, groups, outputs, lookup } = site;
  const [row, column] = [Math.floor(k / width), k % width];
  tangent.data.fill(0);
  if (lookup === undefined)
    tangent.row(row).set(seen.row(Math.floor((row * groups) / outputs) * width + column));
  else if (column < outputs) {
    // further columns are biases of layers that share the table
    const to = tangent.row(column);
    for (let c = 0; c < to.length; c++) if (seen.data[c] === row) to[c] = 1;
  }
}

/** Σ δ āᵀ over all columns, [size]: row-major in the site's block. */
function siteSum({ width, groups, size, lookup }: Site, seen: Matrix, delta: Matrix): Vec {
  if (lookup === undefined) {
    const out = new Float64Array(size);
    const rows = delta.rows / groups;
    for (let g = 0; g < groups; g++) {
      const [passed, own] = [
        delta.rowRange(g * rows, (g + 1) * rows),
        seen.rowRange(g * width, (g + 1) * width),
      ];
      out.set(matmul(passed, own, { transposeB: true }).data, g * rows * width);
    }
    return out;
  }
  const out = new Float64Array(size);
  for (let r = 0, k = 0; r < delta.rows; r++)
    for (let c = 0; c < delta.cols; c++, k++) out[seen.data[c] * width + r] += delta.data[k];
  return out;
}

function addRange(from: Vec, to: Vec, start: number, length: number): void {
  for (let k = start; k < start + length; k++) to[k] += from[k];
}
