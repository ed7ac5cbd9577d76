/** @file What a curvature says of itself: everything that is listed, built, inverted, averaged or asked for by name follows from it. */
import type { Matrix } from '../linalg/matrix.ts';
import type { EigenOperator } from './eigen-operator.ts';
import type { CurvatureOptions, ProblemInput } from './problem.ts';

/** Orders of growth. N examples, Q queries, D parameters; other letters are hyper-parameters, named where they are used. */
export interface CostModel {
  /** Once per model and training set. */
  readonly fit: string;
  /** For Q queries against N examples. */
  readonly score: string;
  /** Numbers held at a time, beside the scores. */
  readonly memory: string;
}

/** Influence with a curvature, for those who choose between methods. */
export interface CurvatureText {
  /** What the scores stand for, and by what approximation. */
  readonly approximates: string;
  /** Fit and memory, and flops per column to rotate into the basis. */
  readonly cost: { readonly fit: string; readonly memory: string; readonly basis: string };
  /** Authors, title, year, section. */
  readonly reference: string;
}

/** A curvature of the mean loss: one file that declares it, and one line in the table. */
export interface Curvature {
  /** For tables and figures. */
  readonly label: string;
  /** Known by construction. */
  readonly structure: 'symmetric' | 'psd';
  /** The options that it depends on; others are refused where a person gives them. */
  readonly reads: readonly ('fisher' | 'partition' | 'kfac')[];
  /** Whether its operator keeps the spectra of Kronecker factors, so that a rule may say `factors: 'separate'`. */
  readonly factored?: boolean;
  /** What listings say of its method. That of the ladder's five lies with the methods, so that the main entry does not carry it. */
  readonly about?: CurvatureText;
  /** The curvature of a problem, ready to be applied and inverted. */
  readonly build: (problem: ProblemInput, options?: CurvatureOptions) => EigenOperator;
  /** The same as a matrix [D, D] in θ's order; without an eigendecomposition of size D where there is a way. */
  readonly matrix: (problem: ProblemInput, options?: CurvatureOptions) => Matrix;
}
