/** @file The spectra of the curvatures: what the truncation keeps. */
import type { TopLevelSpec } from 'vega-lite';
import { CURVATURE_KINDS, type CurvatureKind } from '../../../curvature/index.ts';
import { MUTED } from '../../pages/theme.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodScale } from './method-marks.ts';

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
  spectra: Readonly<Record<CurvatureKind, Float64Array>>,
  eps: number | undefined,
): TopLevelSpec | undefined {
  const values = CURVATURE_KINDS.flatMap((kind) => [
    ...curve(kind, POSITIVE, spectra[kind]),
    ...curve(
      kind,
      NEGATIVE,
      spectra[kind].map((value) => -value),
    ),
  ]);
  if (values.length === 0) return undefined;
  const x = {
    field: 'rank',
    type: 'quantitative',
    title: 'rank, from the largest',
    scale: { nice: false },
    axis: { tickCount: 6 },
  } as const;
  const y = {
    field: 'size',
    type: 'quantitative',
    scale: { type: 'log', nice: false },
    title: '|λ| (log scale, units of the mean loss)',
    axis: { format: '.0e', tickCount: 8 },
  } as const;
  return {
    width: 520,
    height: 320,
    data: { values },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x,
          y,
          color: {
            field: 'method',
            type: 'nominal',
            scale: methodScale(CURVATURE_KINDS),
            title: null,
            legend: { orient: 'bottom', symbolOpacity: 1 },
          },
          strokeDash: {
            field: 'sign',
            type: 'nominal',
            title: null,
            legend: { orient: 'bottom' },
            scale: {
              domain: [POSITIVE, NEGATIVE],
              range: [
                [1, 0],
                [3, 3],
              ],
            },
          },
        },
      },
      ...(eps === undefined || eps < FLOOR
        ? []
        : [
            {
              data: { values: [{ eps, label: `ε = ${eps}` }] },
              layer: [
                {
                  mark: { type: 'rule' as const, strokeDash: [6, 4], color: MUTED, strokeWidth: 1.5 },
                  encoding: { y: { field: 'eps', type: 'quantitative' as const } },
                },
                {
                  mark: { type: 'text' as const, align: 'left' as const, x: 526, color: MUTED },
                  encoding: { y: { field: 'eps', type: 'quantitative' as const }, text: { field: 'label' } },
                },
              ],
            },
          ]),
    ],
  };
}

/** The positive entries in descending order with their rank, thinned out evenly in rank; ends are kept. */
function curve(
  kind: CurvatureKind,
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
