/** @file What a loss is: its value, its derivatives in the outputs, the labels its model would draw, and what is measured beside it. */
import { UnsupportedError } from '../../linalg/errors.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import type { Rng } from '../../linalg/random/random.ts';
import type { ExampleFunctionDefinition } from './example-function.ts';
import type { MeasuredFunction } from './measured.ts';

/**
 * ∇_u ℓ at `samples` answers drawn from the model p(y | u), each over √samples: the mean of Σ s sᵀ over draws is ∇²_u ℓ.
 * `stream` gives random numbers of a column; all draws of an example come from its own.
 */
export type DrawnGradients = (
  u: Matrix,
  samples: number,
  stream: (column: number) => Rng,
) => readonly Matrix[];

/**
 * Everything about a loss ℓ(u, y) = −log p(y | u), convex in the outputs u. Training, Gauss–Newton kinds, measurements and TRAK know losses
 * by this alone. Outputs u are [C, count], one example per column; the answers of these examples begin at `start` in A.
 *
 * @typeParam A - The answers of a data set: class labels [n], or real targets [n, C].
 */
interface LossOf<A> extends ExampleFunctionDefinition {
  /** ∇_u ℓ at the answers of the data, [C, count]. */
  gradient(u: Matrix, answers: A, start: number): Matrix;
  /** Matrices s, each [C, count], with Σ s[:, n] s[:, n]ᵀ = ∇²_u ℓ of example n. Their number does not depend on the data. */
  hessianRoot(u: Matrix, answers: A, start: number): readonly Matrix[];
  /** Undefined, and said so, where ∇²_u ℓ depends on the answer: no draws have this mean. */
  readonly drawnGradients: DrawnGradients | undefined;
  /** The outputs of a network that knows the answers but no inputs, [C]: training that ends far above its loss has diverged. */
  constantOutputs(outputs: number, answers: A): Vec;
  /** What is measured on queries beside the loss. */
  readonly measured: MeasuredFunction;
  /** How that is computed of these answers. Default: as `MEASURED_TABLE` says. */
  readonly measure?: ExampleFunctionDefinition;
}

/** A loss of class labels. */
export interface LabelLoss extends LossOf<Int32Array> {
  readonly answers: 'labels';
  /** The function f that TRAK linearises, and ∂ℓ/∂f as a function of its value; ℓ depends on u through f alone. */
  readonly linearised: { readonly of: MeasuredFunction; readonly slope: (f: number) => number };
}

/** A loss of real targets. TRAK linearises every output. */
export interface TargetLoss extends LossOf<Matrix> {
  readonly answers: 'targets';
  readonly linearised: 'outputs';
  /** Targets that the checker takes. Default: any numbers. */
  trialTargets?(outputs: number, count: number, random: Rng): Matrix;
}

/** A loss. One that is passed as a value has a `name`. */
export type LossDefinition = LabelLoss | TargetLoss;

/** The answers of a data set. */
export type Answers = { readonly labels: Int32Array } | { readonly targets: Matrix };

/**
 * What `labels` or `targets` makes of a loss and a data set, which go together.
 *
 * @throws {UnsupportedError} the data have answers of the other kind: they were not checked before.
 */
export function withAnswers<T>(
  loss: LossDefinition,
  data: Answers,
  labels: (loss: LabelLoss, answers: Int32Array) => T,
  targets: (loss: TargetLoss, answers: Matrix) => T,
): T {
  if (loss.answers === 'labels' && 'labels' in data) return labels(loss, data.labels);
  if (loss.answers === 'targets' && 'targets' in data) return targets(loss, data.targets);
  throw new UnsupportedError(`the loss needs ${loss.answers}.`);
}
