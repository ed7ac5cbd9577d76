/** @file What is audited, whatever file it came from: a table, or images as one. */
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
