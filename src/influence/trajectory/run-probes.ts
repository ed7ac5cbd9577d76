/** @file Short trainings that show how a run on some data behaves: what it learns, and how its exact derivative grows. */
import { type Dataset, datasetSize, selectExamples } from '../../autodiff/dataset.ts';
import type { Loss } from '../../autodiff/functions.ts';
import type { Initialisation } from '../../autodiff/initialise.ts';
import type { Network } from '../../autodiff/network.ts';
import { exampleValues } from '../../autodiff/per-example.ts';
import { Trainer } from '../../autodiff/train.ts';
import type { AnyTrainingConfig } from '../../autodiff/training-config.ts';
import { NumericalError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import { rng } from '../../linalg/random/random.ts';
import { trainingDerivative } from './training-derivative.ts';

/** What the probes of one configuration showed. */
export interface RunProbe {
  readonly epochs: number;
  readonly lr: number;
  readonly start: Initialisation;
  /** Mean loss of the held-out examples after the run; Infinity where one diverged. */
  readonly heldOut: number;
  /** How far the adjoint of the Hessian grows: the median over the queries, the geometric mean over the runs. */
  readonly growth: number;
}

/** Share of the examples that is held out, at most so many; so many of them are queries, of so many runs each. */
const HELD = { share: 1 / 8, most: 256, queries: 8, runs: 3 } as const;

/** Probes of one network on one data set; equal configurations are asked once. */
export class RunProbes {
  readonly model: Network;
  readonly data: Dataset;
  /** Mean loss of the held-out examples before any step. */
  readonly atStart: number;
  private readonly loss: Loss;
  private readonly seed: number;
  private readonly subset: Int32Array;
  private readonly heldOut: Dataset;
  private readonly queries: Dataset;
  private readonly known = new Map<string, RunProbe>();

  /** @param seed - Names who is held out, and the runs: the streams ['trajectory', 'held out'] and ['trajectory', 'probe', p]. */
  constructor(model: Network, loss: Loss, data: Dataset, seed: number) {
    const n = datasetSize(data);
    const order = rng(seed, 'trajectory', 'held out').permutation(n);
    const held = Math.max(1, Math.min(HELD.most, Math.floor(HELD.share * n)));
    this.model = model;
    this.loss = loss;
    this.data = data;
    this.seed = seed;
    this.subset = n > held ? order.slice(held).sort() : order;
    this.heldOut = selectExamples(data, order.slice(0, held).sort());
    this.queries = selectExamples(data, order.slice(0, Math.min(held, HELD.queries)).sort());
    this.atStart = this.measured(new Float64Array(model.parameterCount));
  }

  /** In the order in which they were asked. */
  get all(): readonly RunProbe[] {
    return [...this.known.values()];
  }

  at(config: AnyTrainingConfig): RunProbe {
    const { epochs, learningRate: lr, initialisation: start } = config;
    const name = `${epochs} ${lr} ${start}`;
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const trainer = new Trainer(this.model, this.loss, this.data, config);
    const runs = Array.from({ length: HELD.runs }, (_, p) => this.one(trainer, p));
    const heldOut = average(runs.map((run) => run.heldOut));
    const growth = Math.exp(average(runs.map((run) => Math.log(run.growth))));
    const probe = { epochs, lr, start, heldOut, growth };
    this.known.set(name, probe);
    return probe;
  }

  private one(trainer: Trainer, p: number): { readonly heldOut: number; readonly growth: number } {
    const { queries, seed, subset } = this;
    try {
      const run = { seed, path: ['trajectory', 'probe', p], subset };
      const { theta, amplifications } = trainingDerivative(trainer, { queries, ...run });
      return { heldOut: this.measured(theta), growth: median(amplifications) };
    } catch (error) {
      if (!(error instanceof NumericalError)) throw error;
      return { heldOut: Number.POSITIVE_INFINITY, growth: Number.POSITIVE_INFINITY };
    }
  }

  private measured(theta: Vec): number {
    return average(exampleValues(this.model, this.loss, theta, this.heldOut));
  }
}

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function median(values: Vec): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
