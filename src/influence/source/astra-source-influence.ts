/** @file ASTRA-SOURCE: SOURCE with the pull of every segment solved for with its exact Gauss–Newton matrix. */
import { asDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import type { Checks } from '../../linalg/border/fields.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import type { Attributor, LayeredAttributor } from '../attributor.ts';
import { asFittedModel, chunks } from '../attributors/bilinear-scores.ts';
import { INFLUENCE_BATCH } from '../attributors/stochastic-influence.ts';
import { measurementFunction } from '../measurement.ts';
import { batchSize, checkRepeats } from '../option-checks.ts';
import { ASTRA, type AstraOptions, astra, astraHeavyBall, astraPreconditioner } from '../solvers/astra.ts';
import { minibatchCurvature } from '../solvers/curvature-source.ts';
import { gradientNorms } from '../solvers/gradient-products.ts';
import type { HeavyBall } from '../solvers/heavy-ball.ts';
import type { StochasticSolution } from '../solvers/stochastic-descent.ts';
import { preconditionedNorms, preconditionedSolution, preconditionedSource } from './preconditioned-solve.ts';
import { scaledColumns } from './preconditioner.ts';
import { SolvedScoreSums, type SolvedScores } from './solved-scores.ts';
import { meanProducts, trajectoryAttributor, trajectoryChunk } from './trajectory-scores.ts';
import {
  backwardWalk,
  checkUnrolledOptions,
  meanVector,
  type UnrolledRunOptions,
  type UnrolledSegment,
  unrolledRun,
} from './unrolled-run.ts';

/** Options of the run, and those of the solver; `damping` is added to the λ that each segment has by itself. */
export interface AstraSourceOptions
  extends Omit<UnrolledRunOptions, 'negative'>,
    Omit<AstraOptions, 'damping' | 'preconditionerDamping'> {
  /** B. Default 256, or 'full' when there are no more examples than that. */
  readonly batch?: number | 'full';
}

const { damping: _, preconditionerDamping: __, ...SOLVER }: Checks = { ...ASTRA, batch: batchSize };

/** What a segment is solved with: α_ℓ at the first step, and m_ℓ. */
export interface SolvedSegment extends UnrolledSegment, HeavyBall {
  /** Mean parameters of the segment's checkpoints, where the Gauss–Newton matrix of the solve is taken. Shape [D]. */
  readonly theta: Vec;
  /** λ_ℓ = 1/t_ℓ + weight decay + damping, also λ̃ of the preconditioner; of AdamW 1/t_ℓ + weight decay. */
  readonly lambda: number;
}

export interface FittedAstraSource extends LayeredAttributor {
  /** First in training first. */
  readonly segments: readonly SolvedSegment[];
  /**
   * x_ℓ ≈ (Ḡ_ℓ + λ_ℓ I)⁻¹ S̄_{ℓ+1} ⋯ S̄_L ∇m(z_q) per segment, with residual history and error bars; all queries together. Of AdamW P̄^½ times the
   * solution with P̄^½ (Ḡ_ℓ + damping) P̄^½, whose residuals they are.
   */
  solve(queries: Dataset): readonly StochasticSolution[];
  /** `score` with residuals, bounds and error bars; the same solves. */
  scoreWithBounds(queries: Dataset): SolvedScores;
}

export interface AstraSourceInfluence extends Attributor {
  fit(...args: Parameters<Attributor['fit']>): FittedAstraSource;
}

/**
 * ASTRA-SOURCE: the scores of `sourceInfluence` with the pull of each segment r̄_ℓ = (I − e^(−t_ℓC_ℓ)) C_ℓ⁻¹ ḡ_ℓ replaced by
 * r̃_ℓ = (Ḡ_ℓ + λ_ℓ I)⁻¹ ḡ_ℓ, λ_ℓ = 1/t_ℓ + weight decay + damping, where Ḡ_ℓ is the exact Gauss–Newton matrix at the mean parameters of
 * the segment, and the inverse is applied by {@link astra} on the query side. What is carried back through a segment stays
 * as it was, e^(−t_ℓC_ℓ) by EK-FAC, and that averaged EK-FAC is also the preconditioner, damped by λ_ℓ. With `iterations: 0` it is
 * SOURCE with 1/(s + 1/t) for its filter. Sign, orientation and scale as there.
 *
 * The paper has λ_ℓ = 1/(η_ℓK_ℓ) with the momentum in η; weightDecay: 0 and damping: 0 give that. `alpha: { timesDamping: 0.1 }` makes
 * α_ℓ that multiple of each λ_ℓ. The batches of segment ℓ are `rng(seed, 'segment', ℓ, 'curvature-batch', repeat, step)`.
 *
 * Of a run of **AdamW** as `sourceInfluence` has it, r̃_ℓ = P̄^½ (P̄^½ (Ḡ_ℓ + damping) P̄^½ + λ_ℓ)⁻¹ P̄^½ ḡ_ℓ = (Ḡ_ℓ + damping + λ_ℓ P̄⁻¹)⁻¹ ḡ_ℓ with
 * λ_ℓ = 1/t_ℓ + weight decay: the equation is solved in the coordinates P̄^(−½)θ, where residuals and bounds are taken, preconditioned by P̄^½ C_ℓ P̄^½.
 *
 * @returns An attributor; `fit` builds an EK-FAC per segment and decides the α_ℓ and m_ℓ.
 * @throws {DomainError} options; from `fit` also a segment with step sizes of zero. From `score`: {@link DivergenceError}.
 * Not checked: that the `curvature` chosen is psd, as EK-FAC is: it is the preconditioner.
 * Cost: `fit` as `sourceInfluence`. Per query L solves, each of J·R steps of {@link astra}.
 * Reference: Wang, Nguyen, Yang, Bae, McIlraith & Grosse 2025, Better training data attribution via better inverse Hessian-vector
 * products, App. B.4 and C (option 3) and Table 3; Bae et al. 2024.
 * @example astraSourceInfluence({ trajectory, alpha: { timesDamping: 0.1 } }).fit(fitted, train).scoreWithBounds(queries);
 */
export function astraSourceInfluence(options: AstraSourceOptions): AstraSourceInfluence {
  const where = 'astraSourceInfluence';
  checkUnrolledOptions(where, options, SOLVER);
  const { measurement = 'loss', id = 'astra-source', chunk, batch } = options;
  const { seed = 0 } = options;
  return {
    id,
    measurement,
    fit(fitted, train) {
      ({ fitted, train } = asFittedModel(`${where}.fit`, fitted, train));
      const { model, loss, theta } = fitted;
      const solver = solverOptions(options);
      const f = measurementFunction(measurement, loss);
      const n = datasetSize(train);
      const size = batch ?? (n <= INFLUENCE_BATCH ? 'full' : INFLUENCE_BATCH);
      checkRepeats('astra-source', size, options.repeats ?? 1, n);
      const prepared = unrolledRun(`${where}.fit`, fitted, train, options).map((segment) => {
        if (segment.time === 0)
          throw new DomainError(where, `time of segment ${segment.index}`, '> 0', segment.time);
        const lambda = 1 / segment.time + segment.shift;
        const mean = meanVector(segment.checkpoints.map((checkpoint) => checkpoint.theta));
        const { rootPreconditioner: root } = segment;
        const problem = { model, loss, theta: mean, data: train };
        const plain = minibatchCurvature(problem, {
          batch: size,
          seed,
          path: ['segment', segment.index],
        });
        const source =
          root === undefined ? plain : preconditionedSource(plain, problem, root, options.damping ?? 0);
        const inverse = astraPreconditioner(segment.curvature, lambda);
        const ball = astraHeavyBall(where, source, inverse, { ...solver, damping: lambda });
        const solved: SolvedSegment = { ...segment, ...ball, theta: mean, lambda };
        const solve = (b: Matrix): StochasticSolution =>
          astra(source, b, segment.curvature, { ...solver, ...ball, damping: lambda });
        if (root === undefined) return { solved, solve };
        return {
          solved,
          solve: (b: Matrix) => preconditionedSolution(solve(scaledColumns(b, root, 1)), root),
        };
      });
      const segments = prepared.map(({ solved }) => solved);
      const solve = (queries: Dataset, start?: number, end?: number): StochasticSolution[] => {
        const carried = backwardWalk(segments, perExampleGradients(model, f, theta, queries, start, end));
        return prepared.map((segment, l) => segment.solve(carried[l]));
      };
      const points = segments.map((segment) => segment.points);
      const scores = trajectoryAttributor({
        fitted,
        train,
        measurement,
        points,
        queryVectors: (...range) => solve(...range).map(({ x }) => x),
        ...(chunk === undefined ? {} : { chunk }),
      });
      return {
        ...scores,
        segments,
        solve: (queries) => solve(queries),
        scoreWithBounds(queries) {
          queries = asDataset(`${where}.scoreWithBounds`, model, f, queries);
          const size = trajectoryChunk(model.parameterCount, segments.length, chunk);
          const sums = new SolvedScoreSums(datasetSize(queries), n, segments.length);
          const lengths = segments.map(({ points: own, rootPreconditioner: root }) =>
            meanVector(
              own.map((point) =>
                root === undefined
                  ? gradientNorms(model, loss, point, train)
                  : preconditionedNorms(model, loss, point, train, root),
              ),
            ),
          );
          for (const [start, end] of chunks(datasetSize(queries), size)) {
            const solutions = solve(queries, start, end);
            sums.solved(solutions, start);
            for (const [l, solution] of solutions.entries()) {
              const products = (x: Matrix): Matrix => meanProducts(fitted, train, points[l], x);
              const runs = solution.repeats.length > 1 ? solution.repeats.map(products) : [];
              sums.add(solution, segments[l].lambda, products(solution.x), runs, lengths[l], start);
            }
          }
          return sums.finish();
        },
      };
    },
  };
}

/** What of the options is for {@link astra}: neither the run's, nor what each segment has of its own. */
function solverOptions(options: AstraSourceOptions): Omit<AstraOptions, 'damping'> {
  const { iterations, alpha, momentum, decay, start, seed, repeats } = options;
  const { checkEvery, rtol, divergenceLimit } = options;
  const steps = { iterations, alpha, momentum, decay, start, seed, repeats };
  const given = { ...steps, checkEvery, rtol, divergenceLimit };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
