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
}

export function plainMatrix({ rows, cols, data }: Matrix): PlainMatrix {
  return { rows, cols, data };
}

export function plainData(data: Dataset): PlainData {
  const inputs = plainMatrix(data.inputs);
  return 'labels' in data ? { inputs, labels: data.labels } : { inputs, targets: plainMatrix(data.targets) };
}

/** The reverse of {@link plainData}. */
export function dataset({ inputs, labels, targets }: PlainData): Dataset {
  if (labels !== undefined) return { inputs: matrix(inputs), labels };
  return {
    inputs: matrix(inputs),
    targets: matrix(targets ?? { rows: 0, cols: 0, data: new Float64Array(0) }),
  };
}

function matrix({ rows, cols, data }: PlainMatrix): Matrix {
  return new Matrix(rows, cols, data);
}
