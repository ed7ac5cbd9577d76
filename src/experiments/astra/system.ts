/** @file The linear systems of a base model: (G + λI)x = ∇m, in coordinates that suit a solver, with their exact solutions. */
import { type CurvatureSource, DivergenceError, solveRows } from '../../influence/index.ts';
import { functionOperator, type Matrix, matmul, norm2, shiftedOperator } from '../../linalg/index.ts';
import { type Frame, type Gradients, rowsOf, type WholeCurvature } from './frame.ts';
import { subsetSums } from './groups.ts';
import { jacobianCurvature } from './jacobian-curvature.ts';

/** What solvers of one model share. */
export interface System {
  readonly source: CurvatureSource;
  /** ∇m(z_q) scaled to length 1.5 where it is not 0: neither ranks nor relative errors depend on it, and solvers then scale no more. */
  readonly b: Matrix;
  /** Σ_{i∈S_j} ∇L(z_i), [K, n]: x times these are the scores of groups. */
  readonly groups: Matrix;
  readonly whole: WholeCurvature | undefined;
}

/** In the eigenbasis of EK-FAC, where it is diagonal; or in the span of all gradients, where Neumann iterations are cheap. */
export type Coordinates = 'rotated' | 'span';

const LENGTH = 1.5;

export function systemOf(
  frame: Frame,
  coordinates: Coordinates,
  options: {
    readonly subsets: readonly Int32Array[];
    readonly batch: number | 'full';
    readonly seed: number;
  },
): System {
  const { subsets, batch, seed } = options;
  const gradients = coordinates === 'span' ? frame.span() : frame;
  return {
    source: curvatureOf(gradients, { batch, seed }),
    b: scaledRows(gradients.queries),
    groups: subsetSums(gradients.losses, gradients.weights, subsets),
    whole: gradients.whole,
  };
}

/** G of these gradients as solvers see it: batches by their rows, the mean by the matrix where there is one. */
export function curvatureOf(
  { jacobian, rowsPerExample, whole }: Gradients,
  options: { readonly batch: number | 'full'; readonly seed: number },
): CurvatureSource {
  const mean = whole === undefined ? {} : { mean: whole.matrix() };
  return jacobianCurvature(jacobian, { ...options, rowsPerExample, ...mean });
}

/** (G + λI)⁻¹ b in the eigenbasis of G, or by conjugate gradients to a relative residual of 1e-8; where it falls short, `residuals` say so. */
export function exactSolutions(
  system: Pick<System, 'source' | 'b' | 'whole'>,
  damping: number,
): { x: Matrix; residuals: Float64Array } {
  const { source, b, whole } = system;
  if (whole === undefined)
    return solveRows(shiftedOperator(source.mean, damping), b, { rtol: 1e-8, onFailure: 'return' });
  const x = whole.spectrum().applyInverse(b, { kind: 'damped', lambda: damping });
  return { x, residuals: lossAndResidual(system, damping, x).residual };
}

/** Scores of groups, [Q, K]. */
export function groupsOf({ groups }: System, x: Matrix): Matrix {
  return matmul(x, groups, { transposeB: true });
}

/** ½xᵀ(G + λI)x − bᵀx (Eq. 8) and ‖b − (G + λI)x‖ / ‖b‖ of every row. */
export function lossAndResidual(
  { source, b }: Pick<System, 'source' | 'b'>,
  damping: number,
  x: Matrix,
): { loss: Float64Array; residual: Float64Array } {
  const product = source.mean.applyRows(x);
  const loss = new Float64Array(x.rows);
  const residual = new Float64Array(x.rows);
  for (let q = 0; q < x.rows; q++) {
    const [v, cv, rhs] = [x.row(q), product.row(q), b.row(q)];
    const r = new Float64Array(v.length);
    let h = 0;
    for (let i = 0; i < v.length; i++) {
      r[i] = rhs[i] - cv[i] - damping * v[i];
      h -= 0.5 * v[i] * (rhs[i] + r[i]);
    }
    loss[q] = h;
    const length = norm2(rhs);
    residual[q] = length === 0 ? 0 : norm2(r) / length;
  }
  return { loss, residual };
}

/** A source that shows the iterate that each of some steps begins from. */
export function observed(
  source: CurvatureSource,
  steps: ReadonlySet<number>,
  see: (step: number, iterate: Matrix) => void,
): CurvatureSource {
  const { size, structure } = source;
  return {
    ...source,
    exact: false,
    at(repeat, step) {
      const operator = source.at(repeat, step);
      if (!steps.has(step)) return operator;
      return functionOperator(
        size,
        (rows) => {
          see(step, rows);
          return operator.applyRows(rows);
        },
        structure,
      );
    },
  };
}

/** The first rows of a system, as a system. */
export function firstQueries(system: System, count: number): System {
  return { ...system, b: rowsOf(system.b, 0, Math.min(count, system.b.rows)) };
}

function scaledRows(a: Matrix): Matrix {
  const out = a.clone();
  for (let q = 0; q < out.rows; q++) {
    const row = out.row(q);
    const length = norm2(row);
    if (length === 0)
      throw new RangeError(
        `query ${q} has a gradient of 0: its solution is 0, and it has no place in a study of solvers`,
      );
    for (let i = 0; i < row.length; i++) row[i] *= LENGTH / length;
  }
  return out;
}

/** What a solver gives; undefined when it diverges. */
export function unlessDiverged<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof DivergenceError) return undefined;
    throw error;
  }
}
