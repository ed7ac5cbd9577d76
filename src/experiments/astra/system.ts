/** @file The linear systems of a base model: (G + λI)x = ∇m, in coordinates that suit a solver, with their exact solutions. */
import { type CurvatureSource, DivergenceError, solveRows } from '../../influence/index.ts';
import { functionOperator, type Matrix, matmul, norm2, shiftedOperator } from '../../linalg/index.ts';
import { type Frame, rowsOf } from './frame.ts';
import { subsetSums } from './groups.ts';
import { jacobianCurvature } from './jacobian-curvature.ts';

/** What solvers of one model share. */
export interface System {
  readonly source: CurvatureSource;
  /** ∇m(z_q) scaled to length 1.5 where it is not 0: neither ranks nor relative errors depend on it, and solvers then scale no more. */
  readonly b: Matrix;
  /** Σ_{i∈S_j} ∇L(z_i), [K, n]: x times these are the scores of groups. */
  readonly groups: Matrix;
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
  const n = frame.jacobian.rows;
  const inSpan = coordinates === 'span' ? frame.span().coordinates : undefined;
  const jacobian = inSpan === undefined ? frame.jacobian : rowsOf(inSpan, 0, n);
  const queries = inSpan === undefined ? frame.queries : rowsOf(inSpan, n, inSpan.rows);
  return {
    source: jacobianCurvature(jacobian, { batch, seed }),
    b: scaledRows(queries),
    groups: subsetSums(jacobian, frame.residuals, subsets),
  };
}

/** (G + λI)⁻¹ b by conjugate gradients to a relative residual of 1e-8; where it falls short, `residuals` say so. */
export function exactSolutions(
  { source, b }: System,
  damping: number,
): { x: Matrix; residuals: Float64Array } {
  return solveRows(shiftedOperator(source.mean, damping), b, { rtol: 1e-8, onFailure: 'return' });
}

/** Scores of groups, [Q, K]. */
export function groupsOf({ groups }: System, x: Matrix): Matrix {
  return matmul(x, groups, { transposeB: true });
}

/** ½xᵀ(G + λI)x − bᵀx (Eq. 8) and ‖b − (G + λI)x‖ / ‖b‖ of every row. */
export function lossAndResidual(
  { source, b }: System,
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
