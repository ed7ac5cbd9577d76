/** @file How many iterations solvers of (G + λI)x = b take to a relative residual, full batch: SNI over step sizes, ASTRA, CG. */
import { type EigenOperator, ekfac, ggn, ggnMatrix, type Problem } from '../src/curvature/index.ts';
import {
  ASTRA_DECAY,
  ASTRA_ITERATIONS,
  ASTRA_MOMENTUM,
  type AstraOptions,
  astra,
  astraPreconditioner,
  DivergenceError,
  fixedCurvature,
  type StepDecay,
  type StochasticSolution,
  solveRows,
  stochasticNeumann,
} from '../src/influence/index.ts';
import {
  denseOperator,
  functionOperator,
  type LinearOperator,
  type Matrix,
  norm2,
  shiftedOperator,
  symmetricEigen,
  transpose,
} from '../src/linalg/index.ts';

/** One solver as it was told, and how far it came. */
export interface IterationCount {
  readonly solver: 'SNI' | 'ASTRA' | 'CG' | 'CG, EK-FAC';
  readonly momentum?: number;
  readonly alpha?: number;
  /** With `momentum: 'auto'`, Polyak's optimum for what J steps reach of the spectrum: the least J that was enough of 25, 50, 100, …, or the last. */
  readonly horizon?: number;
  /** α(σ_max + λ), of SNI. */
  readonly alphaTimesSteepest?: number;
  readonly decay?: StepDecay | 'none';
  /** Iterations of each query to the tolerance; null: not within the cap, or diverged. */
  readonly perQuery: readonly (number | null)[];
  /** Of the slowest query. */
  readonly iterations: number | null;
  readonly diverged: boolean;
  /** Largest relative residual after the default number of iterations of {@link astra}; of ASTRA. */
  readonly residualAtDefault?: number;
  /** Processor seconds of one iteration for all queries, in θ's own coordinates. */
  readonly secondsPerIteration?: number;
}

/** What is counted. */
export interface CountOptions {
  readonly damping: number;
  readonly rtol: number;
  /** Most iterations of SNI, and of the others, whose products are dear. */
  readonly cap: number;
  readonly dearCap: number;
  /** α of SNI in units of 1/(σ_max + λ). Without momentum it diverges from 2 on, with momentum m from 2(1 + m) on. */
  readonly multiples: readonly number[];
  readonly momenta: readonly number[];
  /** Processor seconds so far; without it nothing is timed. */
  readonly clock?: () => number;
}

/** Every solver, and the spectrum that SNI's counts follow from. */
export interface IterationCounts {
  readonly steepest: number;
  /** (σ_max + λ)/(σ_min + λ). */
  readonly condition: number;
  /** The same of M^½ (G + λI) M^½ with M = (EK-FAC + λI)⁻¹, which ASTRA's counts follow from. */
  readonly preconditionedCondition: number;
  /** One per momentum and step size, then the optimal one. */
  readonly sni: readonly IterationCount[];
  /** ASTRA by the registry's rules for full batches, then with the paper's momentum, its schedule too, and without momentum; CG; EK-FAC-preconditioned CG. */
  readonly others: readonly IterationCount[];
}

/**
 * Counts for every row of `b`, [queries, D]. SNI runs in the eigenbasis of G, where a product is cheap and residuals are as long as
 * anywhere.
 */
export function iterationCounts(problem: Problem, b: Matrix, options: CountOptions): IterationCounts {
  const { damping, rtol, cap, dearCap, multiples, momenta } = options;
  const eigen = ggn(problem);
  const { values } = eigen;
  const steepest = values.reduce((a, sigma) => Math.max(a, sigma), 0);
  const least = values.reduce((a, sigma) => Math.min(a, sigma), steepest);
  const exact = denseOperator(ggnMatrix(problem), 'psd');
  const source = fixedCurvature(remembering(exact));
  const preconditioner = ekfac(problem);
  const inverse = astraPreconditioner(preconditioner, damping);
  const shifted = shiftedOperator(exact, damping);
  const plan = { damping, rtol, checkEvery: 1 };

  const rotated = eigen.basis.rotate(b);
  const diagonal = fixedCurvature(diagonalOperator(values));
  const neumann = timedStep(options, (iterations) =>
    stochasticNeumann(source, b, {
      damping,
      iterations,
      alpha: 1 / (steepest + damping),
      checkEvery: iterations,
    }),
  );
  const sni = momenta.flatMap((momentum) =>
    multiples.map((multiple): IterationCount => {
      const alpha = multiple / (steepest + damping);
      const told = { solver: 'SNI', momentum, alpha, alphaTimesSteepest: multiple } as const;
      const diverged = multiple > 2 * (1 + momentum);
      const steps = (q: number): number | null => neumannSteps(factors, rotated.row(q), told, rtol, cap);
      const factors = values.map((sigma) => alpha * (sigma + damping));
      const perQuery = Array.from({ length: b.rows }, (_, q) => (diverged ? null : steps(q)));
      return { ...told, perQuery, iterations: slowest(perQuery), diverged, ...neumann };
    }),
  );

  const optimal: IterationCount = {
    solver: 'SNI',
    ...onHorizons(cap, rtol, b.rows, (iterations) =>
      stochasticNeumann(diagonal, rotated, { ...plan, iterations, momentum: 'auto' }),
    ),
    ...neumann,
  };

  const solve = (steps: Omit<AstraOptions, 'damping'>): StochasticSolution =>
    astra(source, b, preconditioner, { ...plan, ...steps });
  const tuned = { momentum: 'auto', decay: 'none' } as const;
  const balanced: IterationCount = {
    solver: 'ASTRA',
    decay: 'none',
    ...onHorizons(dearCap, rtol, b.rows, (iterations) => solve({ ...tuned, iterations })),
    residualAtDefault: largest(attempt(() => solve({ ...tuned, iterations: ASTRA_ITERATIONS }))?.residuals),
    ...timedStep(options, (count) => solve({ ...tuned, iterations: count, checkEvery: count })),
  };
  const published = (
    [
      { momentum: ASTRA_MOMENTUM, decay: 'none', iterations: dearCap },
      { momentum: ASTRA_MOMENTUM, decay: ASTRA_DECAY, iterations: ASTRA_ITERATIONS },
      { momentum: 0, decay: 'none', iterations: dearCap },
    ] as const
  ).map(({ iterations, ...told }): IterationCount => {
    const solved = attempt(() => solve({ ...told, iterations }));
    return {
      solver: 'ASTRA',
      ...told,
      ...counted(solved, rtol, b.rows),
      ...(solved === undefined
        ? {}
        : { alpha: solved.alpha, residualAtDefault: residualAt(solved, ASTRA_ITERATIONS) }),
      ...timedStep(options, (count) => solve({ ...told, iterations: count, checkEvery: count })),
    };
  });

  const gradients = (['CG', 'CG, EK-FAC'] as const).map((solver): IterationCount => {
    const { clock = () => 0 } = options;
    const start = clock();
    const { iterations, residuals } = solveRows(shifted, b, {
      rtol,
      maxIterations: dearCap,
      onFailure: 'return',
      ...(solver === 'CG' ? {} : { preconditioner: inverse }),
    });
    const spent = clock() - start;
    const perQuery = Array.from(iterations, (count, q) => (residuals[q] <= rtol ? count : null));
    const each = options.clock === undefined ? {} : { secondsPerIteration: spent / Math.max(...iterations) };
    return { solver, perQuery, iterations: slowest(perQuery), diverged: false, ...each };
  });
  return {
    steepest,
    condition: (steepest + damping) / (least + damping),
    preconditionedCondition: preconditionedCondition(shifted, inverse),
    sni: [...sni, optimal],
    others: [balanced, ...published, ...gradients],
  };
}

/**
 * Steps until ‖r‖ ≤ rtol ‖r₀‖ of r ← (1 + m − ασ)r − m r₋, the residual of the Neumann series in the eigenbasis; null: more than `cap`.
 *
 * @param factors - α(σ + λ), shape [D]. @param start - r₀ = b from zero, shape [D].
 */
export function neumannSteps(
  factors: Float64Array,
  start: Float64Array,
  { momentum }: { readonly momentum: number },
  rtol: number,
  cap: number,
): number | null {
  const now = start.slice();
  const change = new Float64Array(start.length);
  const goal = (rtol * norm2(start)) ** 2;
  for (let step = 1; step <= cap; step++) {
    let squares = 0;
    for (let i = 0; i < now.length; i++) {
      change[i] = momentum * change[i] - factors[i] * now[i];
      now[i] += change[i];
      squares += now[i] * now[i];
    }
    if (squares <= goal) return step;
  }
  return null;
}

function diagonalOperator(values: Float64Array): LinearOperator {
  return functionOperator(
    values.length,
    (rows) => {
      const out = rows.clone();
      for (let q = 0; q < out.rows; q++) {
        const row = out.row(q);
        for (let i = 0; i < row.length; i++) row[i] *= values[i];
      }
      return out;
    },
    'psd',
  );
}

/** The check of a residual and the step after it ask for the same product: it is computed once. */
function remembering(op: LinearOperator): LinearOperator {
  let last: { readonly rows: Matrix; readonly product: Matrix } | undefined;
  return functionOperator(
    op.rows,
    (rows) => {
      const same =
        last?.rows.data.length === rows.data.length && last.rows.data.every((x, i) => x === rows.data[i]);
      if (last === undefined || !same) last = { rows: rows.clone(), product: op.applyRows(rows) };
      return last.product.clone();
    },
    'psd',
  );
}

/** Iterations that a step is timed by, after one that pays for compiling and for the step size. */
const TIMED = 10;

function timedStep(
  { clock }: CountOptions,
  run: (iterations: number) => unknown,
): Pick<IterationCount, 'secondsPerIteration'> {
  if (clock === undefined) return {};
  const spent = (iterations: number): number => {
    const start = clock();
    run(iterations);
    return clock() - start;
  };
  const first = spent(1);
  return { secondsPerIteration: Math.max(spent(1 + TIMED) - Math.min(spent(1), first), 0) / TIMED };
}

function preconditionedCondition(a: LinearOperator, inverse: EigenOperator): number {
  const root = (rows: Matrix): Matrix => inverse.apply(Math.sqrt, rows);
  const both = root(transpose(root(a.toDense())));
  const { values } = symmetricEigen(both, { vectors: false });
  return values[values.length - 1] / values[0];
}

/** The count with the fewest iterations; the first one when none reached the tolerance. */
export function bestOf(counts: readonly IterationCount[]): IterationCount {
  const of = ({ iterations }: IterationCount): number => iterations ?? Number.POSITIVE_INFINITY;
  return counts.reduce((best, count) => (of(count) < of(best) ? count : best));
}

/** Undefined where a solver diverged. */
function attempt(solve: () => StochasticSolution): StochasticSolution | undefined {
  try {
    return solve();
  } catch (error) {
    if (error instanceof DivergenceError) return undefined;
    throw error;
  }
}

/** The first of J = 25, 50, 100, … that a solver who is told J needs no more than. */
function onHorizons(
  cap: number,
  rtol: number,
  queries: number,
  solve: (iterations: number) => StochasticSolution,
): Omit<IterationCount, 'solver'> {
  for (let horizon = 25; ; horizon = Math.min(cap, 2 * horizon)) {
    const solved = attempt(() => solve(horizon));
    const count = counted(solved, rtol, queries);
    if (count.iterations !== null || horizon === cap)
      return {
        horizon,
        ...count,
        ...(solved === undefined ? {} : { alpha: solved.alpha, momentum: solved.momentum }),
      };
  }
}

/** The steps of the rows that met the tolerance. */
function counted(
  solved: StochasticSolution | undefined,
  rtol: number,
  queries: number,
): Pick<IterationCount, 'perQuery' | 'iterations' | 'diverged'> {
  if (solved === undefined)
    return { perQuery: Array.from({ length: queries }, () => null), iterations: null, diverged: true };
  const [{ steps }] = solved.traces;
  const perQuery = Array.from(steps, (count, q) => (solved.residuals[q] <= rtol ? count : null));
  return { perQuery, iterations: slowest(perQuery), diverged: false };
}

function slowest(perQuery: readonly (number | null)[]): number | null {
  return perQuery.reduce<number | null>(
    (most, count) => (most === null || count === null ? null : Math.max(most, count)),
    0,
  );
}

/** Rows that were done keep the residual that they were done with. */
function residualAt({ traces: [{ iterations, residuals }] }: StochasticSolution, step: number): number {
  const check = iterations.filter((iteration) => iteration <= step).length - 1;
  return largest(residuals.row(check));
}

function largest(residuals: Float64Array = Float64Array.of(Number.POSITIVE_INFINITY)): number {
  return residuals.reduce((a, residual) => Math.max(a, residual), 0);
}
