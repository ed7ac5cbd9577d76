/** @file The spectra of the curvatures: what the truncation keeps. */
import { LADDER, type LadderKind } from '../../../curvature/index.ts';
import { lines, namedLine, oneOf, panel, quantity, type Spec } from '../../pages/chart.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodLooks } from './method-marks.ts';

/** Points drawn per curve at most. */
const POINTS = 240;
const POSITIVE = 'positive λ';
const NEGATIVE = 'negative λ';
/** Smaller magnitudes are rounding errors and are not drawn. */
const FLOOR = 1e-12;

/**
 * |λ| of each curvature in descending order, on a log axis; the Hessian's negative eigenvalues as a curve of their own. Undefined
 * when all are zero.
 *
 * @param spectra - Eigenvalues of each curvature, in any order. @param eps - Cut-off of the inverse rule, or none.
 */
export function spectraFigure(
  spectra: Readonly<Record<LadderKind, Float64Array>>,
  eps: number | undefined,
): Spec | undefined {
  const rows = LADDER.flatMap((kind) => [
    ...curve(kind, POSITIVE, spectra[kind]),
    ...curve(
      kind,
      NEGATIVE,
      spectra[kind].map((value) => -value),
    ),
  ]);
  if (rows.length === 0) return undefined;
  const x = quantity('rank', 'rank, from the largest', { scale: { nice: false }, axis: { tickCount: 6 } });
  const y = quantity('size', '|λ| (log scale, units of the mean loss)', {
    scale: { type: 'log', nice: false },
    axis: { format: '.0e', tickCount: 8 },
  });
  const { color } = methodLooks(LADDER, { legend: { orient: 'bottom', symbolOpacity: 1 } });
  const dashes = [
    [1, 0],
    [3, 3],
  ];
  const strokeDash = oneOf('sign', [POSITIVE, NEGATIVE], dashes, { legend: { orient: 'bottom' } });
  const drawn = eps !== undefined && eps >= FLOOR;
  return panel([520, 320], rows, [
    lines({ x, y, color, strokeDash }, 2),
    ...namedLine('y', drawn ? eps : null, `ε = ${eps}`, { align: 'left', x: 526 }),
  ]);
}

/** The positive entries in descending order with their rank, thinned out evenly in rank; ends are kept. */
function curve(
  kind: LadderKind,
  sign: string,
  values: Float64Array,
): { method: string; sign: string; rank: number; size: number }[] {
  const sorted = values
    .filter((value) => value > FLOOR)
    .sort()
    .reverse();
  const n = sorted.length;
  const count = Math.min(n, POINTS);
  return Array.from({ length: count }, (_, k) => {
    const i = count === 1 ? 0 : Math.round((k * (n - 1)) / (count - 1));
    return { method: methodLabel(kind), sign, rank: i + 1, size: sorted[i] };
  });
}
