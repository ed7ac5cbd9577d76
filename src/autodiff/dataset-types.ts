/** @file What a data set is. */
import type { IntegersInput } from '../linalg/border/integers.ts';
import type { MatrixInput } from '../linalg/border/matrix.ts';
import type { VectorInput } from '../linalg/border/vector.ts';
import type { Matrix } from '../linalg/matrix.ts';

/**
 * Inputs [n, features] with one class per example, 0 ≤ label < outputs of the model; features are tokens where the model reads these. A model
 * with P output positions needs one class for each, [n · P], the positions of an example side by side.
 */
export interface ClassificationData {
  readonly inputs: Matrix;
  readonly labels: Int32Array;
  /**
   * What each output position counts in its example's loss, [n, P]; default 1/P. See `positionWeights`. With one output position
   * the weights of the examples, [n, 1] or n numbers: w_n multiplies whatever is computed of example n, its loss and what is measured. Means over
   * examples stay divided by their number n, not by Σ w. A label of weight 0 counts for nothing and may be no class.
   */
  readonly weights?: Matrix;
}

/** Inputs [n, features] with one target vector per example, [n, outputs]; of a model with P output positions one for each, [n, P · outputs]. */
export interface RegressionData {
  readonly inputs: Matrix;
  readonly targets: Matrix;
  /** As for classes. */
  readonly weights?: Matrix;
}

export type Dataset = ClassificationData | RegressionData;

/** What stands for a data set: a {@link Dataset}, which is used as it is, or the like with arrays of rows and plain lists of labels. */
export type DatasetInput =
  | { readonly inputs: MatrixInput; readonly labels: IntegersInput; readonly weights?: WeightsInput }
  | { readonly inputs: MatrixInput; readonly targets: MatrixInput; readonly weights?: WeightsInput };

/** Weights of output positions, [n, P], or of examples, [n, 1] or n numbers. */
export type WeightsInput = MatrixInput | VectorInput;
