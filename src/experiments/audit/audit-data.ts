/** @file What is audited, whatever file it came from: a table, or images as one. */
import { Matrix } from '../../linalg/index.ts';
import type { TableData } from '../tables/table-data.ts';

export interface AuditData extends TableData {
  /** Where rows are images: their pixels, 0..255, row-major, channels last. */
  readonly images?: {
    readonly width: number;
    readonly height: number;
    readonly channels: 1 | 3;
    readonly pixels: (position: number) => Uint8Array;
  };
}

/** Some rows of what is audited, at these positions and in this order. */
export function rowsOf(data: AuditData, positions: Int32Array): AuditData {
  const { images } = data;
  const inputs = new Matrix(positions.length, data.inputs.cols);
  for (const [at, i] of positions.entries()) inputs.row(at).set(data.inputs.row(i));
  return {
    ...data,
    inputs,
    answers: Float64Array.from(positions, (i) => data.answers[i]),
    used: Int32Array.from(positions, (i) => data.used[i]),
    shown: data.shown.map(({ name, cell }) => ({ name, cell: (at: number) => cell(positions[at]) })),
    ...(images && { images: { ...images, pixels: (at: number) => images.pixels(positions[at]) } }),
  };
}
