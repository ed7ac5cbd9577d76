/** @file Sweeps of a network over batches as the library itself makes them: nothing is checked. */
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { BatchProgram } from './batch-program.ts';
import { datasetSize, isWeighted } from './dataset.ts';
import type { Dataset } from './dataset-types.ts';
import type { ExampleFunction } from './functions.ts';
import type { Network } from './network.ts';
import type { Tangents } from './tangents.ts';

/** How a sweep over a data set is cut. */
export interface SweepOptions {
  /** Examples per chunk; default {@link SWEEP_BATCH}. */
  readonly batch?: number;
  /** Unit directions per tangent sweep; default 0. */
  readonly directions?: number;
  /** First example; default 0. */
  readonly start?: number;
  /** One past the last example; default all. */
  readonly end?: number;
}

/** Large enough that calls cost nothing beside arithmetic, small enough that a layer of 64 stays in the cache. */
export const SWEEP_BATCH = 128;

/** What `LayerSweep` checks and then computes; see there. */
export class Sweep {
  readonly model: Network;
  readonly batch: number;
  readonly directions: number;
  /** Logits, [C, P · batch] at P output positions. */
  readonly outputs: Matrix;
  protected readonly recorded: BatchProgram;
  private readonly schedules: (Tangents | undefined)[] = [];
  private readonly zeros: (Matrix | undefined)[] = [];
  protected seeded = -1;
  protected count = 0;

  constructor(
    model: Network,
    output: 'logits' | ExampleFunction,
    batch: number,
    directions: number,
    weighted: boolean,
  ) {
    this.model = model;
    this.batch = batch;
    this.directions = directions;
    this.recorded = new BatchProgram(model, output, batch, { wrt: 'activations', directions, weighted });
    this.outputs = this.recorded.program.value(this.recorded.nodes.logits);
  }

  /** Loads θ and the examples start..start+batch−1. */
  load(theta: Vec, data: Dataset, start: number): void {
    this.recorded.program.parameters.set(theta);
    this.recorded.load(data, start);
  }

  /** Computes `outputs`, `values` and every `input(l)`. */
  forward(): void {
    this.recorded.program.forward();
  }

  /** The function of each example, [batch], after `forward`. */
  get values(): Vec {
    return this.recorded.program.value(this.recorded.program.output).data;
  }

  /** Computes every `delta(l)`. Needs `forward` before. @param seed - Cotangent of the logits, where these are the output. */
  backward(seed?: Matrix): void {
    this.recorded.program.backward(seed);
  }

  /** a_{l−1}, the input of layer l, [inputs, S · batch], without the row of ones. Of a lookup: the rows of its table, [1, S · batch]. */
  input(l: number): Matrix {
    const { model, recorded, batch } = this;
    const value = recorded.program.value(recorded.nodes.inputs[l]);
    return model.shared?.inputOf(model.sites[l], value, batch) ?? value;
  }

  /** δ_l = ∂f/∂s_l per example, [outputs, S · batch]. */
  delta(l: number): Matrix {
    return this.recorded.program.cotangent(this.recorded.nodes.preactivations[l]);
  }

  /**
   * Direction j = 0..count−1: tangent 1 at s_l[first + j] of every example, 0 at the layer's other units. Of a layer at S positions, unit
   * r·S + s is row r at position s.
   */
  seedUnits(l: number, first: number, count: number): void {
    const { program, nodes } = this.recorded;
    for (let j = 0; j < count; j++) {
      const { data } = program.tangent(nodes.preactivations[l], j);
      data.fill(0);
      data.fill(1, (first + j) * this.batch, (first + j + 1) * this.batch);
    }
    this.seeded = l;
    this.count = count;
  }

  /** Tangents of everything after the seeded layer, in all seeded directions. Needs `forward` and `seedUnits` before. */
  forwardTangent(): void {
    this.recorded.program.forwardTangent(this.schedule(), this.count);
  }

  /** Tangents of δ_l from the last layer down to the seeded one. Needs `backward` and `forwardTangent` before. */
  backwardTangent(): void {
    this.recorded.program.backwardTangent(this.schedule(), this.count);
  }

  /** ∂a_{l−1}/∂s_seed[first + j], of the shape of {@link input}; zero where the input does not depend on the seeded layer. Not to be written to. */
  inputTangent(l: number, j: number): Matrix {
    const node = this.recorded.nodes.inputs[l];
    const { lookup, positions, inputs } = this.model.sites[l];
    if (lookup !== undefined || !this.schedule().moves(node)) {
      this.zeros[l] ??= Matrix.zeros(lookup === undefined ? inputs : 1, positions * this.batch);
      return this.zeros[l];
    }
    return this.recorded.program.tangent(node, j);
  }

  /** ∂δ_l/∂s_seed[first + j], [outputs, S · batch], for l at or after the seeded layer. */
  deltaTangent(l: number, j: number): Matrix {
    return this.recorded.program.cotangentTangent(this.recorded.nodes.preactivations[l], j);
  }

  private schedule(): Tangents {
    const { program, nodes } = this.recorded;
    this.schedules[this.seeded] ??= program.tangentsFrom([nodes.preactivations[this.seeded]], {
      stopAtSources: true,
    });
    return this.schedules[this.seeded] as Tangents;
  }
}

/**
 * Calls `body` for consecutive chunks of the examples start..end−1, each loaded but not yet run. A shorter last chunk has
 * a sweep of its own size.
 */
export function sweepChunks(
  model: Network,
  output: 'logits' | ExampleFunction,
  theta: Vec,
  data: Dataset,
  { batch = SWEEP_BATCH, directions = 0, start = 0, end = datasetSize(data) }: SweepOptions,
  body: (sweep: Sweep, start: number, count: number) => void,
): void {
  const weighted = isWeighted(data);
  let sweep: Sweep | undefined;
  for (let first = start; first < end; first += batch) {
    const count = Math.min(batch, end - first);
    if (sweep?.batch !== count) sweep = new Sweep(model, output, count, directions, weighted);
    sweep.load(theta, data, first);
    body(sweep, first, count);
  }
}
