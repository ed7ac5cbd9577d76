/** @file The exact derivative of training: what each example's weight in the loss does to each query, through every step. */
import { type AdjointCurvature, AdjointSweep } from '../../autodiff/adjoint-sweep.ts';
import { asDataset, type Dataset, type DatasetInput, datasetSize } from '../../autodiff/dataset.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { Trainer, type TrainOptions } from '../../autodiff/train.ts';
import { TrainingReplay } from '../../autodiff/training-replay.ts';
import { type Checks, checkFields, checkPath, checkSeed, oneOf } from '../../linalg/border/fields.ts';
import { checkInstance } from '../../linalg/border/instances.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { norm2 } from '../../linalg/sum.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { count, measurementName } from '../option-checks.ts';
import { RunDivergenceError } from './run-divergence-error.ts';

export interface TrainingDerivativeOptions extends Omit<TrainOptions, 'onEpoch'> {
  /** As in {@link TrainOptions}; here it is asked for. */
  readonly seed: number;
  /** What is measured, one row of scores each. */
  readonly queries: DatasetInput;
  /**
   * K: m is the mean of the measurements after the steps ⌈Tk/K⌉, k = 1..K, of the run, the last of them at its end; default 1, the end alone.
   * More cost a gradient of every query each, and nothing more.
   */
  readonly times?: number;
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** The curvature of the batches in the adjoint: 'hessian' (default), which makes it the derivative, 'ggn', or the 'mean' of both. */
  readonly adjoint?: AdjointCurvature;
  /** SGD steps between the checkpoints that θ is recomputed from; default ⌈√(2T)⌉. Results do not depend on it. */
  readonly spacing?: number;
  /** Queries carried through one walk back; default as many as fit into 256 MB. Results do not depend on it. */
  readonly chunk?: number;
}

/** What a run of training does with the weights of its examples. */
export interface TrainingDerivative {
  /** score[q, i] = −N ∂m_q/∂w_i, [nQuery, N], N the examples of the trainer's data; 0 for those outside the subset. */
  readonly scores: Matrix;
  /**
   * ‖∂m_q/∂θ_t‖ with the velocity (of AdamW m and v) held, [nQuery, T + 1], for t = 0..T; the last is ‖∇m_q(θ_T)‖/K. Bounded where training forgets; a
   * run that amplifies perturbations shows it here by powers of ten.
   */
  readonly growth: Matrix;
  /**
   * How far the adjoints grow on their way back: the greatest, over t, of their Frobenius norm by that of the gradients which entered from t on
   * (of several times their sum). ≥ 1, and 1 where every gradient is 0. From 10 on a run is chaotic: leaving an example out of it is no longer predicted.
   */
  readonly amplification: number;
  /** The same of each query alone, [nQuery]. */
  readonly amplifications: Vec;
  /** θ_T, [D], with the bits of `Trainer.train`. */
  readonly theta: Vec;
}

const OPTIONS: Checks = {
  queries: () => {},
  measurement: measurementName,
  adjoint: oneOf('hessian', 'ggn', 'mean'),
  seed: checkSeed,
  path: checkPath,
  subset: () => {},
  spacing: count,
  chunk: count,
  times: count,
};

/** Doubles of two adjoints per query, in the program of each of two batch sizes: 256 MB. */
const ROOM = 2 ** 25;

/**
 * The derivative of each query's measurement after training with respect to each example's weight in the loss, through every step of
 *
 *   v_{t+1} = μ v_t + g_t(θ_t) + λ θ_t,   θ_{t+1} = θ_t − η_t v_{t+1},   g_t = (1/B) Σ_{i ∈ batch t} w_i ∇ℓ_i(θ_t),   w = 1,
 *
 * by reverse mode. From p = ∇m(θ_T), u = −η_{T−1} p and for t = T−1, …, 0, with C_t the Hessian of the batch's mean loss at θ_t,
 *
 *   ∂m/∂w_i += ⟨u, ∇ℓ_i(θ_t)⟩ / B for i in batch t;   p ← p + C_t u + λ u;   u ← μ u − η_{t−1} p.
 *
 * Through the steps of AdamW (`optimiser: adamW()`) with what is owed to m and v beside p, the same way; u is what is owed to the gradient of a step.
 *
 * Sign and scale as everywhere: score > 0 where leaving the example out raises the measurement, and (1/N) Σ score is the first-order change
 * when a set is left out of every batch, the batches and their denominators staying as they are. The start and the order of examples are
 * those of (seed, path): it is the derivative of one run. With `adjoint: 'ggn'` C_t is the generalised Gauss–Newton matrix: no longer the
 * derivative, but the adjoint of a step cannot grow along directions of negative curvature; 'mean' lies between. With `times` K > 1 m is the mean over K moments of the run, and p and u
 * take each one's share where they pass it.
 *
 * @returns scores, the growth of the adjoint from step to step, and θ_T.
 * @throws {RunDivergenceError} a loss, θ, an adjoint or a score that is not finite; names the step. @throws {NumericalError} a run that ends far
 * above its start, as `Trainer.train`. @throws {DomainError} | {ShapeError} | {NonFiniteError} options or queries. @throws {UnsupportedError}
 * a measurement that the loss does not have, or an optimiser without `backward`.
 * Cost: three runs of training, and per step and query 6 products [outputs, inputs, B] per layer (2 in the first; 4 with 'ggn', 6 with 'mean'). Per chunk of
 * queries one run more. Memory: 2 √(2T) D doubles of checkpoints (AdamW: 5), 2 D per query (4), T + 1 + N per query for the results.
 * Accuracy: differences of whole trainings agree to their own error, about 1e-7 relative, while the amplification is moderate; rounding
 * grows with it, as the run itself does.
 * Reference: Ilyas & Engstrom 2025, MAGIC: near-optimal data attribution for deep learning; Maclaurin, Duvenaud & Adams 2015, Gradient-based
 * hyperparameter optimization through reversible learning (the adjoint of SGD with momentum).
 * @example trainingDerivative(new Trainer(model, 'cross-entropy', train, config), { queries, seed: 0 }).scores.row(0);
 */
export function trainingDerivative(trainer: Trainer, options: TrainingDerivativeOptions): TrainingDerivative {
  const where = 'trainingDerivative';
  checkInstance(where, 'trainer', trainer, Trainer, 'a Trainer');
  checkFields(where, options, OPTIONS, 'options', ['queries', 'seed']);
  const { measurement = 'loss', adjoint = 'hessian', times = 1, seed, path, subset } = options;
  const { model, loss, data } = trainer;
  const f = measurementFunction(measurement, loss);
  const queries = asDataset(where, model, f, options.queries);
  const run = { seed, ...(path === undefined ? {} : { path }), ...(subset === undefined ? {} : { subset }) };
  const replay = new TrainingReplay(where, trainer, run, options.spacing);
  const theta = finiteRun(where, replay);
  trainer.train(run); // refuses an end far above the start, as it always does

  const { parameterCount } = model;
  const each = 2 + (trainer.config.optimiser?.states ?? 0);
  const { chunk = Math.max(1, Math.floor(ROOM / (2 * each * parameterCount))) } = options;
  const n = datasetSize(data);
  const nQuery = datasetSize(queries);
  const scores = new Matrix(nQuery, n);
  const growth = new Matrix(nQuery, replay.steps + 1);
  const entered = new Matrix(nQuery, replay.steps + 1);
  const way = new WayBack(
    trainer,
    replay,
    adjoint,
    Math.min(chunk, nQuery),
    measuredSteps(replay.steps, times),
  );
  for (let first = 0; first < nQuery; first += chunk) {
    const end = Math.min(first + chunk, nQuery);
    const gradients = (at: Vec): Matrix => perExampleGradients(model, f, at, queries, first, end);
    way.walk(where, theta, gradients, { first, scores, growth, entered });
  }
  const amplifications = Float64Array.from({ length: nQuery }, (_, q) =>
    amplification(new Matrix(1, growth.cols, growth.row(q)), new Matrix(1, growth.cols, entered.row(q))),
  );
  return { scores, growth, amplification: amplification(growth, entered), amplifications, theta };
}

/** ⌈Tk/K⌉, k = 1..K. */
function measuredSteps(steps: number, times: number): ReadonlySet<number> {
  return new Set(Array.from({ length: times }, (_, k) => Math.ceil((steps * (k + 1)) / times)));
}

/** θ_T of a run that stays finite. */
function finiteRun(where: string, replay: TrainingReplay): Vec {
  const refuse = (step: number, quantity: 'loss' | 'parameters'): never => {
    throw new RunDivergenceError(where, { step, quantity, query: undefined });
  };
  const theta = replay.forward((step, meanLoss) => {
    if (!Number.isFinite(meanLoss)) refuse(step, 'loss');
  });
  if (!theta.every(Number.isFinite)) refuse(replay.steps - 1, 'parameters');
  return theta;
}

/** Where the rows of some queries go, from the first of them on. */
interface WalkRows {
  readonly first: number;
  readonly scores: Matrix;
  readonly growth: Matrix;
  /** ‖∇m‖/K of each moment at which m is measured, 0 elsewhere; like `growth`. */
  readonly entered: Matrix;
}

/** A run and the programs that take adjoints back through it, one per size of batch. */
class WayBack {
  private readonly replay: TrainingReplay;
  private readonly data: Dataset;
  private readonly sweeps: ReadonlyMap<number, AdjointSweep>;
  /** ∂m/∂w, [N, capacity]: a column per query. */
  private readonly sums: Matrix;
  private readonly measured: ReadonlySet<number>;

  constructor(
    trainer: Trainer,
    replay: TrainingReplay,
    adjoint: AdjointCurvature,
    capacity: number,
    measured: ReadonlySet<number>,
  ) {
    const { model, loss, data } = trainer;
    const { config } = trainer;
    const make = (size: number): AdjointSweep =>
      new AdjointSweep(model, loss, size, data, config, adjoint, capacity);
    this.replay = replay;
    this.data = data;
    this.sweeps = new Map(replay.batchSizes.map((size) => [size, make(size)]));
    this.sums = new Matrix(datasetSize(data), capacity);
    this.measured = measured;
  }

  /**
   * Carries the adjoints of some queries, whose ∇m at θ are the rows of `gradients(θ)`, from θ_T to θ_0, and writes −N ∂m/∂w, ‖∂m/∂θ_t‖ and
   * what entered to their rows.
   */
  walk(
    where: string,
    end: Vec,
    gradients: (theta: Vec) => Matrix,
    { first, scores, growth, entered }: WalkRows,
  ): void {
    const { replay, data, sweeps, sums, measured } = this;
    const { order, steps } = replay;
    const share = (theta: Vec, t: number): Matrix => {
      const own = gradients(theta);
      if (measured.size > 1) for (let k = 0; k < own.data.length; k++) own.data[k] /= measured.size;
      for (let q = 0; q < own.rows; q++) entered.row(first + q)[t] = norm2(own.row(q));
      return own;
    };
    const last = share(end, steps);
    const { rows } = last;
    for (let q = 0; q < rows; q++) growth.row(first + q)[steps] = entered.row(first + q)[steps];
    sums.data.fill(0);
    let sweep: AdjointSweep | undefined;
    replay.backward((t, theta, taken) => {
      const { start, size } = replay.batch(t);
      const here = sweeps.get(size) as AdjointSweep;
      if (sweep === undefined) here.begin(last, replay.rateAt(t));
      else if (sweep !== here) here.takeOver(sweep);
      sweep = here;
      const previousRate = t === 0 ? 0 : replay.rateAt(t - 1);
      here.load(theta, data, order, start, previousRate, taken);
      for (let q = 0; q < rows; q++) {
        const squares = here.step(q, sums.data, order, start);
        const inRange = squares > LEAST_SQUARES && squares < Number.POSITIVE_INFINITY;
        growth.row(first + q)[t] = inRange ? Math.sqrt(squares) : norm2(here.adjoint(q));
      }
      if (t > 0 && measured.has(t)) {
        here.add(share(theta, t), previousRate);
        for (let q = 0; q < rows; q++) growth.row(first + q)[t] = norm2(here.adjoint(q));
      }
      for (let q = 0; q < rows; q++)
        if (!Number.isFinite(growth.at(first + q, t)))
          throw new RunDivergenceError(where, { step: t, quantity: 'adjoint', query: first + q });
    });
    for (let q = 0; q < rows; q++) {
      const row = scores.row(first + q);
      for (let i = 0; i < row.length; i++) row[i] = 0 - row.length * sums.data[i * sums.cols + q]; // 0 − 0 is 0, −0 is not
      if (!row.every(Number.isFinite))
        throw new RunDivergenceError(where, { step: 0, quantity: 'scores', query: first + q });
    }
  }
}

/** Sums of squares above this have lost nothing to underflow. */
const LEAST_SQUARES = 1e-280;

/** max_t ‖P_t‖_F / Σ_{s ≥ t} ‖G_s‖_F, P the adjoints and G what entered; one column per step. */
function amplification(growth: Matrix, entered: Matrix): number {
  let [greatest, behind] = [1, 0];
  for (let t = growth.cols - 1; t >= 0; t--) {
    behind += norm2(entered.column(t));
    if (behind > 0) greatest = Math.max(greatest, norm2(growth.column(t)) / behind);
  }
  return greatest;
}
