/** @file Estimates as the page on the audit writes them. */
import type { Estimate } from '../src/experiments/judging/estimate.ts';
import { fixed } from '../src/experiments/judging/table.ts';

/** No zero has a sign. */
const plain = (value: number | null, digits: number): string =>
  fixed(value, digits).replace(/^−(?=0(\.0*)?$)/, '');

export const shown = ({ value, lo, hi }: Estimate, digits: number): string =>
  `${plain(value, digits)} [${plain(lo, digits)}, ${plain(hi, digits)}]`;
