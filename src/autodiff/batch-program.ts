/** @file A recorded network with its data leaves, and how examples are loaded into them. */

import { UnsupportedError } from '../linalg/errors.ts';
import { gatherColumnsKernel } from '../linalg/kernels/arena-columns.ts';
import type { Matrix, Vec } from '../linalg/matrix.ts';
import type { CompiledTape, CompileOptions } from './compiled-tape.ts';
import type { Dataset } from './dataset.ts';
import type { ExampleFunction } from './functions.ts';
import type { Network } from './network.ts';
import { recordAnswers, tapeFor } from './record-answers.ts';
import { type RecordedNetwork, recordNetwork } from './record-network.ts';
import type { SharedWeights } from './shared-weights.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/** What a batch program is to compute, and where its examples will come from. */
export interface BatchOptions extends CompileOptions {
  /**
   * Inputs, [n, features], of which many batches will be chosen: copied into the program's memory, which halves the
   * time of choosing. Data whose inputs are this very matrix are then read from there.
   */
  readonly resident?: Matrix;
  /** The function at every output position by itself, [1, positions · batch], before weights: position s of column b in s·batch + b. Default false. */
  readonly apart?: boolean;
  /** Examples of a network with one output position have weights, as {@link isWeighted} says of a data set. Default false. */
  readonly weighted?: boolean;
}

/** The program of a network on batches of one size. Its output is the logits, or a function of each example. */
export class BatchProgram {
  readonly batch: number;
  readonly program: CompiledTape;
  readonly nodes: RecordedNetwork;
  readonly answers: TapeNode | undefined;
  private readonly x: TapeNode;
  private readonly xValues: Vec;
  private readonly z: Vec | undefined;
  /** Weights of the output positions, [positions, batch], where there are several or examples have weights. */
  readonly weights: Vec | undefined;
  /** How answers and weights are gathered where there are several output positions. */
  private readonly several: SharedWeights<Network> | undefined;
  /** Indices of the examples in the columns: the beginning of the program's room. */
  private readonly chosen: Vec;
  private readonly resident: Matrix | undefined;
  /** Where the resident inputs begin in the arena. */
  private readonly residentAt: number;
  /** Offset of the `room` that the options ask for. */
  readonly spare: number;

  /** @param reduce - Records what follows the per-example values, e.g. their mean. */
  constructor(
    model: Network,
    output: 'logits' | ExampleFunction,
    batch: number,
    options: BatchOptions,
    reduce: (tape: Tape, values: TapeNode) => TapeNode = (_, values) => values,
  ) {
    const { apart = false, weighted = false, ...rest } = options;
    const { resident } = rest;
    const own = batch + (resident?.data.length ?? 0);
    const compile = { ...rest, room: own + (rest.room ?? 0) };
    const tape = tapeFor(output, model.ops);
    this.x = tape.input(model.inputs, batch);
    this.batch = batch;
    this.nodes = recordNetwork(model, tape, this.x);
    if (output === 'logits') this.program = tape.compile(this.nodes.logits, compile);
    else {
      const { outputPositions: positions } = model;
      this.several = positions > 1 ? model.shared : undefined;
      this.answers = recordAnswers(tape, model.outputs, output, positions * batch);
      const counting = (positions > 1 || weighted) && !apart;
      const weights = counting ? tape.input(positions, batch) : undefined;
      const each = tape.example(output, this.nodes.logits, this.answers);
      const values =
        weights === undefined
          ? each
          : (this.several?.weightedSum(tape, each, weights) ?? tape.multiply(each, weights));
      this.program = tape.compile(reduce(tape, values), compile);
      this.z = this.program.value(this.answers).data;
      if (weights !== undefined) this.weights = this.program.value(weights).data;
      else if (positions > 1) this.weights = new Float64Array(positions * batch);
    }
    const { room } = this.program.plan;
    this.xValues = this.program.value(this.x).data;
    this.chosen = this.program.room(0, batch);
    this.resident = resident;
    this.residentAt = room + batch;
    this.spare = room + own;
    if (resident !== undefined) this.program.room(batch, resident.data.length).set(resident.data);
  }

  /** Copies examples start..start+batch−1 into the columns. The data are checked by the caller. */
  load(data: Dataset, start: number): void {
    for (let b = 0; b < this.batch; b++) this.chosen[b] = start + b;
    this.gather(data);
  }

  /** Copies the examples order[start..start+batch−1] into the columns. */
  loadSelected(data: Dataset, order: Int32Array, start: number): void {
    for (let b = 0; b < this.batch; b++) this.chosen[b] = order[start + b];
    this.gather(data);
  }

  private gather(data: Dataset): void {
    const { batch, chosen, z, weights, several } = this;
    const { inputs } = data;
    if (inputs === this.resident) {
      const { arena, plan } = this.program;
      arena.kernels.gatherColumns(
        inputs.cols,
        batch,
        plan.room,
        this.residentAt,
        plan.nodes[this.x.id].value,
      );
    } else gatherColumnsKernel(inputs.cols, batch, chosen, 0, inputs.data, 0, this.xValues, 0);
    if (z === undefined) return;
    if (weights !== undefined && several !== undefined) {
      several.gatherPositions(data, chosen, weights.length / batch, z, weights);
      return;
    }
    if ('labels' in data) chooseLabels(data.labels, chosen, z);
    else gatherColumnsKernel(data.targets.cols, batch, chosen, 0, data.targets.data, 0, z, 0);
    if (weights !== undefined) chooseWeights(data, chosen, weights, z);
    else if (data.weights !== undefined)
      throw new UnsupportedError('BatchProgram: recorded without weights; the examples have some.');
  }
}

function chooseLabels(labels: Int32Array, chosen: Vec, out: Vec): void {
  for (let b = 0; b < out.length; b++) out[b] = labels[chosen[b]];
}

/** Weights of examples, default 1. A label of weight 0 may be no class: 0 stands in its place. */
function chooseWeights(data: Dataset, chosen: Vec, out: Vec, answers: Vec): void {
  for (let b = 0; b < out.length; b++) {
    out[b] = data.weights?.at(chosen[b], 0) ?? 1;
    if (out[b] === 0 && 'labels' in data) answers[b] = 0;
  }
}
