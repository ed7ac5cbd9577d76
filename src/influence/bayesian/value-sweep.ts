/** @file A function of every example at one θ after another: the network compiled once, nothing allocated per θ. */
import { BatchProgram } from '../../autodiff/batch-program.ts';
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import type { Network } from '../../autodiff/network.ts';
import { SWEEP_BATCH } from '../../autodiff/sweep-examples.ts';
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
 * The data are checked by the caller and kept by reference; model and data must not change.
 */
export class ValueSweep {
  /** Number of examples. */
  readonly size: number;
  private readonly data: Dataset;
  private readonly whole: Chunk | undefined;
  private readonly rest: Chunk | undefined;

  constructor(model: Network, f: ExampleFunction, data: Dataset) {
    this.size = datasetSize(data);
    this.data = data;
    const chunk = (batch: number): Chunk => {
      const { inputs } = data;
      const resident =
        inputs.data.length <= MAX_RESIDENT && batch === SWEEP_BATCH ? { resident: inputs } : {};
      const recorded = new BatchProgram(model, f, batch, { wrt: 'nothing', ...resident });
      return { recorded, values: recorded.program.value(recorded.program.output).data };
    };
    this.whole = this.size >= SWEEP_BATCH ? chunk(SWEEP_BATCH) : undefined;
    this.rest = this.size % SWEEP_BATCH === 0 ? undefined : chunk(this.size % SWEEP_BATCH);
  }

  /** Writes f of example i to out[i], shape [size]. */
  evaluate(theta: Vec, out: Vec): void {
    const { whole, rest, size } = this;
    const end = size - (size % SWEEP_BATCH);
    if (whole !== undefined) {
      whole.recorded.program.parameters.set(theta);
      for (let start = 0; start < end; start += SWEEP_BATCH) this.run(whole, start, out);
    }
    if (rest !== undefined) {
      rest.recorded.program.parameters.set(theta);
      this.run(rest, end, out);
    }
  }

  private run({ recorded, values }: Chunk, start: number, out: Vec): void {
    recorded.load(this.data, start);
    recorded.program.forward();
    out.set(values, start);
  }
}
