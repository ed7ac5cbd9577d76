/** @file Matrices and examples as plain data that threads can send each other. */
import type { Dataset } from '../../autodiff/index.ts';
import { Matrix } from '../../linalg/index.ts';

export interface PlainMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

export interface PlainData {
  readonly inputs: PlainMatrix;
  readonly labels?: Int32Array;
  readonly targets?: PlainMatrix;
  /** Of positions, or of examples. */
  readonly weights?: PlainMatrix;
}

export function plainMatrix({ rows, cols, data }: Matrix): PlainMatrix {
  return { rows, cols, data };
}

export function plainData(data: Dataset): PlainData {
  const { inputs, weights } = data;
  return {
    inputs: plainMatrix(inputs),
    ...('labels' in data ? { labels: data.labels } : { targets: plainMatrix(data.targets) }),
    ...(weights === undefined ? {} : { weights: plainMatrix(weights) }),
  };
}

/** The reverse of {@link plainData}. */
export function dataset({ inputs, labels, targets, weights }: PlainData): Dataset {
  const none = { rows: 0, cols: 0, data: new Float64Array(0) };
  return {
    inputs: matrix(inputs),
    ...(labels === undefined ? { targets: matrix(targets ?? none) } : { labels }),
    ...(weights === undefined ? {} : { weights: matrix(weights) }),
  };
}

function matrix({ rows, cols, data }: PlainMatrix): Matrix {
  return new Matrix(rows, cols, data);
}
