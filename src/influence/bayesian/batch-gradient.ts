/** @file The gradient of the mean loss of listed examples: the network compiled once, nothing allocated per call. */
import { BatchProgram } from '../../autodiff/batch-program.ts';
import { type Dataset, isWeighted } from '../../autodiff/dataset.ts';
import type { Loss } from '../../autodiff/functions.ts';
import type { Network } from '../../autodiff/network.ts';
import type { Vec } from '../../linalg/matrix.ts';

/** Examples that one program takes. */
const CHUNK = 256;
/** Larger inputs (128 MB) are not copied into the memory of the programs. */
const MAX_RESIDENT = 2 ** 24;

/** (1/b) Σ ∇L(z_i) over b listed examples. Sums run over chunks of 256 in the order listed. */
export class BatchGradient {
  /** The result of the last call, shape [D]. */
  readonly gradient: Vec;
  private readonly data: Dataset;
  private readonly batch: number;
  private readonly whole: BatchProgram | undefined;
  private readonly rest: BatchProgram | undefined;

  /** The data are checked by the caller and kept by reference. */
  constructor(model: Network, loss: Loss, data: Dataset, batch: number) {
    this.data = data;
    this.batch = batch;
    this.gradient = new Float64Array(model.parameterCount);
    const { inputs } = data;
    const weighted = isWeighted(data);
    const options = inputs.data.length <= MAX_RESIDENT ? { resident: inputs, weighted } : { weighted };
    this.whole = batch >= CHUNK ? new BatchProgram(model, loss, CHUNK, options) : undefined;
    this.rest = batch % CHUNK === 0 ? undefined : new BatchProgram(model, loss, batch % CHUNK, options);
  }

  /** Computes `gradient` at θ for `examples`, shape [b]. */
  evaluate(theta: Vec, examples: Int32Array): void {
    const { whole, rest, batch, gradient } = this;
    const end = batch - (batch % CHUNK);
    gradient.fill(0);
    if (whole !== undefined) {
      whole.program.parameters.set(theta);
      for (let start = 0; start < end; start += CHUNK) this.add(whole, examples, start);
    }
    if (rest !== undefined) {
      rest.program.parameters.set(theta);
      this.add(rest, examples, end);
    }
    const scale = 1 / batch;
    for (let i = 0; i < gradient.length; i++) gradient[i] *= scale;
  }

  private add(recorded: BatchProgram, examples: Int32Array, start: number): void {
    const { gradient } = this;
    const { program } = recorded;
    recorded.loadSelected(this.data, examples, start);
    program.forward();
    program.backward();
    const part = program.gradient;
    for (let i = 0; i < gradient.length; i++) gradient[i] += part[i];
  }
}
