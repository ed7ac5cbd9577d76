/** @file A recorded network with its data leaves, and how examples are loaded into them. */

import type { Vec } from '../linalg/matrix.ts';
import type { Dataset } from './dataset.ts';
import type { ExampleFunction } from './functions.ts';
import type { Mlp } from './mlp.ts';
import type { CompileOptions, Program } from './program.ts';
import { type MlpNodes, recordAnswers, recordMlp } from './record-mlp.ts';
import { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/** The program of a network on batches of one size. Its output is the logits, or a function of each example. */
export class BatchProgram {
  readonly batch: number;
  readonly program: Program;
  readonly nodes: MlpNodes;
  readonly answers: TapeNode | undefined;
  private readonly x: Vec;
  private readonly z: Vec | undefined;
  /** Examples in the columns. */
  private readonly chosen: Int32Array;

  /** @param reduce - Records what follows the per-example values, e.g. their mean. */
  constructor(
    model: Mlp,
    output: 'logits' | ExampleFunction,
    batch: number,
    options: CompileOptions,
    reduce: (tape: Tape, values: TapeNode) => TapeNode = (_, values) => values,
  ) {
    const tape = new Tape();
    const x = tape.input(model.inputs, batch);
    this.batch = batch;
    this.chosen = new Int32Array(batch);
    this.nodes = recordMlp(tape, model, x);
    if (output === 'logits') this.program = tape.compile(this.nodes.logits, options);
    else {
      this.answers = recordAnswers(tape, model, output, batch);
      const values = tape.example(output, this.nodes.logits, this.answers);
      this.program = tape.compile(reduce(tape, values), options);
      this.z = this.program.value(this.answers).data;
    }
    this.x = this.program.value(x).data;
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
    const { batch, chosen } = this;
    gatherColumns(data.inputs.data, data.inputs.cols, chosen, batch, this.x);
    if (this.z === undefined) return;
    if ('labels' in data) for (let b = 0; b < batch; b++) this.z[b] = data.labels[chosen[b]];
    else gatherColumns(data.targets.data, data.targets.cols, chosen, batch, this.z);
  }
}

/**
 * out[c, b] ← a[rows[b], c]: rows of a row-major matrix become columns. Four at a time, addresses in 32-bit integers
 * where V8 would check for overflow: a third of the time of the plain loop.
 */
function gatherColumns(a: Vec, cols: number, rows: Int32Array, batch: number, out: Vec): void {
  let b = 0;
  for (; b + 4 <= batch; b += 4) {
    const r0 = rows[b] * cols;
    const r1 = rows[b + 1] * cols;
    const r2 = rows[b + 2] * cols;
    const r3 = rows[b + 3] * cols;
    for (let c = 0, q = b; c < cols; c = (c + 1) | 0, q = (q + batch) | 0) {
      out[q] = a[r0 + c];
      out[(q + 1) | 0] = a[r1 + c];
      out[(q + 2) | 0] = a[r2 + c];
      out[(q + 3) | 0] = a[r3 + c];
    }
  }
  for (; b < batch; b++) {
    const r = rows[b] * cols;
    for (let c = 0, q = b; c < cols; c++, q += batch) out[q] = a[r + c];
  }
}
