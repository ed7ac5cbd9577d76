/** @file What the three studies of the solver look at: plain values, part of the keys of their results. */
import type { StepDecay } from '../../influence/index.ts';
import type { AstraSetting } from './setting.ts';

/** One solver, along its iterations, without momentum. */
export interface ConvergencePlan {
  readonly solver: 'astra' | 'sni';
  readonly damping: number;
  /** Learning rates to choose from; the best has the least mean distance to the minimum at the end. */
  readonly rates: readonly number[];
  /** Queries that the choice is made on. */
  readonly sweepQueries: number;
  readonly batch: number;
  /** Iterations looked at, ascending; the last one ends the run. */
  readonly checks: readonly number[];
  /** Masks that group sums are kept for. */
  readonly subsets: number;
}

/** A solver whose solutions are cut. */
export interface AblationSolver {
  readonly name: string;
  readonly label: string;
  readonly kind: 'ekfac' | 'exact' | 'astra' | 'sni';
  readonly alpha: number;
  readonly iterations: number;
  readonly momentum: number;
}

/** Components along eigenvectors of EK-FAC with eigenvalues above each threshold. */
export interface AblationPlan {
  readonly damping: number;
  readonly thresholds: readonly number[];
  readonly solver: AblationSolver;
  readonly batch: number;
  readonly decay: StepDecay | null;
  readonly subsets: number;
}

/** J steps of Neumann with step size α. */
export interface DampingPlan {
  readonly damping: number;
  readonly steps: readonly number[];
  readonly alphas: readonly number[];
  readonly batch: number;
  readonly subsets: number;
}

/** Figure 3: learning rates 10⁰ to 10⁻⁵, no momentum. */
const RATES = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
const ASTRA_CHECKS = [0, 1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300];
const SNI_CHECKS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000, 2000];
const SWEEP_QUERIES = 10;

export function convergencePlans(setting: AstraSetting, subsets: number): ConvergencePlan[] {
  const { solver, dampings, draw, resnet } = setting;
  const common = { damping: dampings[0], rates: RATES, batch: solver.batch, subsets };
  return [
    { ...common, solver: 'astra', sweepQueries: SWEEP_QUERIES, checks: ASTRA_CHECKS },
    {
      ...common,
      solver: 'sni',
      sweepQueries: resnet === undefined ? draw.queries : SWEEP_QUERIES, // no span to be cheap in
      checks: SNI_CHECKS,
    },
  ];
}

/** Figure 4 has λ = 1e-4, and learning rates 1e-4 for ASTRA, 0.1 and 0.01 for SNI. */
const ABLATION_DAMPING = 1e-4;
const THRESHOLDS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, -1];

export function ablationPlans({ solver }: AstraSetting, subsets: number): AblationPlan[] {
  const run = { iterations: solver.iterations, momentum: 0 };
  const solvers: AblationSolver[] = [
    { ...run, name: 'ekfac', label: 'EKFAC-IF', kind: 'ekfac', alpha: 1, iterations: 0 },
    { ...run, name: 'astra-paper', label: 'ASTRA, α = 1e-4', kind: 'astra', alpha: 1e-4 },
    { ...run, name: 'astra-fast', label: 'ASTRA, α = 1e-2', kind: 'astra', alpha: 1e-2 },
    { ...run, name: 'sni', label: 'SNI, α = 0.01', kind: 'sni', alpha: 1e-2 },
    { ...run, name: 'exact', label: 'Exact', kind: 'exact', alpha: 1, iterations: 0 },
  ];
  const { batch } = solver;
  return solvers.map((one) => ({
    damping: ABLATION_DAMPING,
    thresholds: THRESHOLDS,
    solver: one,
    batch,
    decay: null,
    subsets,
  }));
}

export function dampingPlan({ solver, dampings }: AstraSetting, subsets: number): DampingPlan {
  return { damping: dampings[0], steps: [10, 100, 1000], alphas: [1e-2, 1e-3], batch: solver.batch, subsets };
}
