/** @file A function of every example at one θ after another: the network compiled once, nothing allocated per θ. */
import { BatchProgram } from '../../autodiff/batch-program.ts';
import { type Dataset, datasetSize, isWeighted } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import type { Network } from '../../autodiff/network.ts';
import { SWEEP_BATCH } from '../../autodiff/sweep.ts';
import type { Vec } from '../../linalg/matrix.ts';

/** Larger inputs (128 MB) are not copied into the memory of the programs. */
const MAX_RESIDENT = 2 ** 24;

interface Chunk {
  readonly recorded: BatchProgram;
  readonly values: Vec;
}

/**
 * f(z_i, θ) of every example of one data set. Its bits are those of `exampleValues`.
 *
 * With `apart` it also tells the parts of f at the output positions: of a network with P of them f(z_i) = Σ_t w_it f_t(z_i).
 *
 * The data are checked by the caller and kept by reference; model and data must not change.
 */
export class ValueSweep {
  /** Number of examples. */
  readonly size: number;
  /** P. */
  readonly positions: number;
  private readonly data: Dataset;
  private readonly apart: boolean;
  private readonly whole: Chunk | undefined;
  private readonly rest: Chunk | undefined;

  constructor(model: Network, f: ExampleFunction, data: Dataset, apart = false) {
    this.size = datasetSize(data);
    this.positions = model.outputPositions;
    this.data = data;
    this.apart = apart;
    const chunk = (batch: number): Chunk => {
      const { inputs } = data;
      const resident =
        inputs.data.length <= MAX_RESIDENT && batch === SWEEP_BATCH ? { resident: inputs } : {};
      const recorded = new BatchProgram(model, f, batch, {
        wrt: 'nothing',
        apart,
        weighted: isWeighted(data),
        ...resident,
      });
      return { recorded, values: recorded.program.value(recorded.program.output).data };
    };
    this.whole = this.size >= SWEEP_BATCH ? chunk(SWEEP_BATCH) : undefined;
    this.rest = this.size % SWEEP_BATCH === 0 ? undefined : chunk(this.size % SWEEP_BATCH);
  }

  /** Writes f of example i to out[i], shape [size], and with `apart` w_it f_t of position t to parts[i·P + t]. */
  evaluate(theta: Vec, out: Vec, parts?: Vec): void {
    const { whole, rest, size } = this;
    const end = size - (size % SWEEP_BATCH);
    if (whole !== undefined) {
      whole.recorded.program.parameters.set(theta);
      for (let start = 0; start < end; start += SWEEP_BATCH) this.run(whole, start, out, parts);
    }
    if (rest !== undefined) {
      rest.recorded.program.parameters.set(theta);
      this.run(rest, end, out, parts);
    }
  }

  private run({ recorded, values }: Chunk, start: number, out: Vec, parts: Vec | undefined): void {
    recorded.load(this.data, start);
    recorded.program.forward();
    const { weights, batch } = recorded;
    if (!this.apart || weights === undefined) {
      out.set(values, start);
      parts?.set(values, start);
      return;
    }
    // in the order of the op weighted-sum
    const { positions } = this;
    for (let b = 0; b < batch; b++) {
      let sum = 0;
      for (let t = 0, k = b; t < positions; t++, k += batch) {
        const part = weights[k] * values[k];
        if (parts !== undefined) parts[(start + b) * positions + t] = part;
        sum += part;
      }
      out[start + b] = sum;
    }
  }
}
