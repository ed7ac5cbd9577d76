/** @file Scores that are sums over segments of stochastic solves, with residuals, bounds and error bars. */
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { type BoundedScores, joined } from '../attributors/stochastic-influence.ts';
import type { SolveTrace, StochasticSolution } from '../solvers/stochastic-descent.ts';

/** How the solves of one segment went, for all queries. */
export interface SegmentSolves {
  /** ‖b_ℓ − (Ḡ_ℓ + λ_ℓ I)x‖ / ‖b_ℓ‖ per query, shape [nQuery]. */
  readonly residuals: Vec;
  /** Steps taken per query, the most of any repetition, shape [nQuery]. */
  readonly steps: Int32Array;
  /** The checks of the first repetition: step numbers, shape [checks], and relative residuals, shape [checks, nQuery]. */
  readonly history: BoundedScores['history'];
}

/** Scores with what is known of the errors of the solves, beside SOURCE's own assumptions. */
export interface SolvedScores extends BoundedScores {
  /** Per query, the largest of its segments' relative residuals. `steps` and `history` are the largest in the same way. */
  readonly residuals: Vec;
  /**
   * Σ_ℓ ‖b_ℓ − (Ḡ_ℓ + λ_ℓ I)x‖ · (mean over the checkpoints of ‖∇L(z_i)‖) / λ_ℓ ≥ |score[q, i] − that of exact solves|; rounding is
   * not counted.
   */
  readonly bounds: Matrix;
  /** First in training first. */
  readonly segments: readonly SegmentSolves[];
}

/** Adds up scores, bounds and variances block by block. Repetitions of different segments are independent. */
export class SolvedScoreSums {
  private readonly scores: Matrix;
  private readonly bounds: Matrix;
  private readonly variances: Matrix;
  private repeated = false;
  private readonly residuals: Vec[];
  private readonly steps: Int32Array[];
  private readonly histories: BoundedScores['history'][][];

  constructor(queries: number, examples: number, segments: number) {
    this.scores = new Matrix(queries, examples);
    this.bounds = new Matrix(queries, examples);
    this.variances = new Matrix(queries, examples);
    this.residuals = Array.from({ length: segments }, () => new Float64Array(queries));
    this.steps = Array.from({ length: segments }, () => new Int32Array(queries));
    this.histories = Array.from({ length: segments }, () => []);
  }

  /** Takes note of the solves of the queries from q0 on, one solution per segment. Once per chunk of queries, in their order. */
  solved(solutions: readonly StochasticSolution[], q0: number): void {
    for (const [l, { residuals, traces }] of solutions.entries()) {
      this.residuals[l].set(residuals, q0);
      this.steps[l].set(mostSteps(traces), q0);
      const [{ iterations, residuals: checked }] = traces;
      this.histories[l].push({ iterations, residuals: checked });
    }
  }

  /**
   * Adds one segment's share of the scores of the queries from q0 on.
   *
   * @param share - x·ḡ, [k, N]. @param runs - The same for every repetition, when there are several.
   * @param lengths - At least ‖ḡ(z_i)‖, [N].
   */
  add(
    { residualNorms }: StochasticSolution,
    lambda: number,
    share: Matrix,
    runs: readonly Matrix[],
    lengths: Vec,
    q0: number,
  ): void {
    const { scores, bounds, variances } = this;
    this.repeated = runs.length > 1;
    for (let q = 0, k = 0; q < share.rows; q++)
      for (let i = 0; i < share.cols; i++, k++) {
        const at = q0 * scores.cols + k;
        const value = share.data[k];
        scores.data[at] += value;
        bounds.data[at] += (residualNorms[q] * lengths[i]) / lambda;
        let squares = 0;
        for (const run of runs) squares += (run.data[k] - value) ** 2;
        if (this.repeated) variances.data[at] += squares / (runs.length * (runs.length - 1));
      }
  }

  finish(): SolvedScores {
    const { scores, bounds, variances } = this;
    const segments = this.residuals.map((residuals, l) => ({
      residuals,
      steps: this.steps[l],
      history: joined(this.histories[l]),
    }));
    const standardErrors = new Matrix(variances.rows, variances.cols, variances.data.map(Math.sqrt));
    return {
      scores,
      bounds,
      standardErrors: this.repeated ? standardErrors : undefined,
      segments,
      residuals: largest(segments.map(({ residuals }) => residuals)),
      steps: Int32Array.from(largest(segments.map(({ steps }) => Float64Array.from(steps)))),
      history: worst(segments.map(({ history }) => history)),
    };
  }
}

function mostSteps(traces: readonly SolveTrace[]): Int32Array {
  return traces[0].steps.map((_, q) => Math.max(...traces.map(({ steps }) => steps[q])));
}

/** The largest in each place. */
function largest(vectors: readonly Vec[]): Vec {
  return vectors[0].map((_, i) => Math.max(...vectors.map((vector) => vector[i])));
}

/** The largest residual at each check; a segment that was done early keeps its last. */
function worst(histories: readonly BoundedScores['history'][]): BoundedScores['history'] {
  let longest = histories[0];
  for (const history of histories)
    if (history.iterations.length > longest.iterations.length) longest = history;
  const { rows, cols } = longest.residuals;
  const residuals = new Matrix(rows, cols);
  for (let check = 0; check < rows; check++) {
    const at = histories.map((history) => history.residuals.row(Math.min(check, history.residuals.rows - 1)));
    residuals.row(check).set(largest(at));
  }
  return { iterations: longest.iterations, residuals };
}
