/** @file The curvature that `curvature` is asked for, some modules of it and damped if so asked: as products, or as a matrix. */
import {
  CURVATURES,
  type CurvatureKind,
  type CurvatureOptions,
  dampFactors,
  dampModules,
  EigenOperator,
  extractBlock,
  ggnOperator,
  hessianOperator,
  type ModuleSelection,
  moduleDampings,
  type Problem,
} from '../../curvature/index.ts';
import { factorDampings } from '../../curvature/module-damping.ts';
import { restrictToModules, selectModules } from '../../curvature/module-subset.ts';
import type { PartitionKind } from '../../curvature/partition.ts';
import { type LinearOperator, Matrix } from '../../linalg/index.ts';
import { shiftedOperator, submatrixOperator } from '../../linalg/operators/operator-algebra.ts';

/** Which matrix. */
export interface AskedCurvature {
  readonly kind: CurvatureKind;
  readonly options: CurvatureOptions;
  readonly partition: PartitionKind;
  readonly modules: ModuleSelection;
  /** λ added to every eigenvalue; with 'pi' the one that is split; undefined: none, or 0.1 times the mean eigenvalue of each module. */
  readonly damping: number | undefined;
  readonly dampingPer: 'network' | 'module' | 'pi';
}

/** Places in θ of the parameters that are meant, ascending. */
export function chosenParameters({ model }: Problem, modules: ModuleSelection): Int32Array {
  return Int32Array.from(
    selectModules('curvature', model, modules).flatMap(({ offset, size }) =>
      Array.from({ length: size }, (_, k) => offset + k),
    ),
  );
}

/** Whether it is never decomposed: products with it are gradients. */
export function hasProductsOnly(kind: CurvatureKind): kind is 'hessian' | 'ggn' {
  return kind === 'hessian' || kind === 'ggn';
}

/** C without a matrix of size D: products of gradients, or the blocks of a block-diagonal kind. */
export function askedOperator(problem: Problem, asked: AskedCurvature): LinearOperator | EigenOperator {
  const { kind, modules, damping = 0, dampingPer } = asked;
  if (hasProductsOnly(kind)) {
    const whole = kind === 'hessian' ? hessianOperator(problem) : ggnOperator(problem);
    const part = modules === 'all' ? whole : submatrixOperator(whole, chosenParameters(problem, modules));
    return damping === 0 ? part : shiftedOperator(part, damping);
  }
  const whole = dampedBlocks(problem, asked);
  const part = modules === 'all' ? whole : restrictToModules(kind, whole, problem.model, modules).operator;
  if (dampingPer !== 'network' || damping === 0) return part;
  const { basis, values, structure } = part;
  return new EigenOperator(basis, values.map((sigma) => sigma + damping), { structure }); // biome-ignore format: one line
}

/** A block-diagonal kind with what each module is damped by; undamped by itself where one λ is for all. */
function dampedBlocks(
  problem: Problem,
  { kind, options, partition, damping, dampingPer }: AskedCurvature,
): EigenOperator {
  const operator = CURVATURES[kind].build(problem, options);
  if (dampingPer === 'network') return operator;
  const own = moduleDampings(operator, problem.model, partition);
  if (dampingPer === 'module') return dampModules(operator, own);
  return dampFactors(operator, damping ?? factorDampings(operator, own));
}

/** C as a matrix in the order of θ. Undamped and of all modules it has the bits of `CURVATURES[kind].matrix`. */
export function askedMatrix(problem: Problem, asked: AskedCurvature): Matrix {
  const { kind, options, modules, damping = 0, dampingPer } = asked;
  if (dampingPer !== 'network') return (askedOperator(problem, asked) as EigenOperator).toDense();
  const typed = options.fisher !== undefined && options.fisher.kind !== 'type-2';
  if (modules !== 'all' && hasProductsOnly(kind) && !typed) return denseOf(askedOperator(problem, asked));
  const whole = CURVATURES[kind].matrix(problem, options);
  const matrix = modules === 'all' ? whole : extractBlock(whole, chosenParameters(problem, modules));
  for (let i = 0; damping > 0 && i < matrix.rows; i++) matrix.set(i, i, matrix.at(i, i) + damping);
  return matrix;
}

/** Unit vectors that are multiplied at once. */
const DIRECTIONS = 16;

/** An operator multiplied by every unit vector, made exactly symmetric. */
function denseOf(op: LinearOperator): Matrix {
  const out = new Matrix(op.rows, op.cols);
  for (let first = 0; first < op.rows; first += DIRECTIONS) {
    const units = new Matrix(Math.min(DIRECTIONS, op.rows - first), op.cols);
    for (let i = 0; i < units.rows; i++) units.set(i, first + i, 1);
    out.data.set(op.applyRows(units).data, first * op.cols);
  }
  for (let i = 0; i < out.rows; i++)
    for (let j = 0; j < i; j++) {
      const mean = (out.at(i, j) + out.at(j, i)) / 2;
      out.set(i, j, mean);
      out.set(j, i, mean);
    }
  return out;
}
