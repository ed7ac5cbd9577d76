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
    gather(data.inputs.data, data.inputs.cols, undefined, start, this.batch, this.x);
    if (this.z === undefined) return;
    if ('labels' in data) for (let b = 0; b < this.batch; b++) this.z[b] = data.labels[start + b];
    else gather(data.targets.data, data.targets.cols, undefined, start, this.batch, this.z);
  }

  /** Copies the examples order[start..start+batch−1] into the columns. */
  loadSelected(data: Dataset, order: Int32Array, start: number): void {
    gather(data.inputs.data, data.inputs.cols, order, start, this.batch, this.x);
    if (this.z === undefined) return;
    if ('labels' in data) for (let b = 0; b < this.batch; b++) this.z[b] = data.labels[order[start + b]];
    else gather(data.targets.data, data.targets.cols, order, start, this.batch, this.z);
  }
}

/** out[c, b] ← a[row(start + b), c]: rows of a row-major matrix become columns. Four at a time halves the time. */
function gather(
  a: Vec,
  cols: number,
  order: Int32Array | undefined,
  start: number,
  batch: number,
  out: Vec,
): void {
  const row = (b: number): number => (order === undefined ? start + b : order[start + b]) * cols;
  let b = 0;
  for (; b + 4 <= batch; b += 4) {
    const r0 = row(b);
    const r1 = row(b + 1);
    const r2 = row(b + 2);
    const r3 = row(b + 3);
    for (let c = 0, q = b; c < cols; c++, q += batch) {
      out[q] = a[r0 + c];
      out[q + 1] = a[r1 + c];
      out[q + 2] = a[r2 + c];
      out[q + 3] = a[r3 + c];
    }
  }
  for (; b < batch; b++) {
    const r = row(b);
    for (let c = 0, q = b; c < cols; c++, q += batch) out[q] = a[r + c];
  }
}
