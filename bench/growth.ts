/** @file How time grows with size: exponents fitted to what `bench:peers` stored, and docs/growth.svg. */

import { readJson } from '../src/experiments/files/json.ts';
import { lines, logarithmic, looks, panel, points, type Spec } from '../src/experiments/pages/chart.ts';
import { accessible, type Drawing, rendered } from '../src/experiments/pages/render.ts';
import { PALETTE } from '../src/experiments/pages/theme.ts';
import { type Row, SpeedSchema } from './result-schemas.ts';

/** seconds ≈ factor · n^exponent. */
export interface PowerLaw {
  readonly factor: number;
  readonly exponent: number;
  /** Standard error of the exponent, √(Σ r² / (k − 2) / Σ (log n − mean)²) of the k residuals r in log seconds; 0 for two sizes. */
  readonly standardError: number;
}

/** Least squares of log seconds on log n. @throws {RangeError} fewer than two sizes. */
export function fitPowerLaw(measured: readonly { readonly n: number; readonly seconds: number }[]): PowerLaw {
  const k = measured.length;
  if (k < 2) throw new RangeError(`a power law needs two sizes at least, not ${k}`);
  const mean = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0) / k;
  const x = measured.map(({ n }) => Math.log(n));
  const y = measured.map(({ seconds }) => Math.log(seconds));
  const [middle, height] = [mean(x), mean(y)];
  const spread = x.reduce((sum, at) => sum + (at - middle) ** 2, 0);
  const exponent = x.reduce((sum, at, i) => sum + (at - middle) * (y[i] - height), 0) / spread;
  const residual = x.reduce((sum, at, i) => sum + (y[i] - height - exponent * (at - middle)) ** 2, 0);
  return {
    factor: Math.exp(height - exponent * middle),
    exponent,
    standardError: k > 2 ? Math.sqrt(residual / (k - 2) / spread) : 0,
  };
}

/** Below this size, what a call costs before it computes shows in the time; the fits leave it out. */
export const FITTED_FROM = 250;

/** The works with sizes enough, and who is shown, by the names that the contenders give. */
const WORKS = {
  matmul: 'matrix product',
  cholesky: 'Cholesky',
  eigen: 'symmetric eigendecomposition',
} as const;
const SHOWN = [
  { peer: /^ml-matrix/, label: 'ml-matrix', colour: PALETTE.green, shape: 'triangle-up' },
  { peer: /^@jax-js/, label: 'jax-js', colour: PALETTE.purple, shape: 'triangle-down' },
  { peer: /\(scalar\)/, label: 'ours, no WebAssembly', colour: PALETTE.sky, shape: 'cross' },
  { peer: /\(simd\)/, label: 'ours', colour: PALETTE.vermilion, shape: 'diamond' },
  { peer: /\(wide,/, label: 'ours, wide kernels', colour: PALETTE.orange, shape: 'diamond' },
  { peer: /^(?:NumPy|SciPy)/, label: 'NumPy, SciPy', colour: PALETTE.blue, shape: 'circle' },
] as const;

/** One contender at one work: what was measured, by size, and the law through it. */
export interface Growth {
  readonly work: keyof typeof WORKS;
  readonly label: string;
  readonly measured: readonly { readonly n: number; readonly seconds: number }[];
  readonly law: PowerLaw;
}

/** Every contender with three fitted sizes or more. */
export function growths(rows: readonly Row[]): Growth[] {
  return (Object.keys(WORKS) as (keyof typeof WORKS)[]).flatMap((work) =>
    SHOWN.flatMap(({ peer, label }) => {
      const measured = rows
        .filter((row) => row.work === work && peer.test(row.peer))
        .sort((a, b) => a.n - b.n)
        .map(({ n, seconds }) => ({ n, seconds }));
      const fitted = measured.filter(({ n }) => n >= FITTED_FROM);
      return fitted.length < 3 ? [] : [{ work, label, measured, law: fitPowerLaw(fitted) }];
    }),
  );
}

/** Exponents as a table, a line each contender. */
export function growthTable(all: readonly Growth[]): string[] {
  const works = (Object.keys(WORKS) as (keyof typeof WORKS)[]).filter((work) =>
    all.some((one) => one.work === work),
  );
  const cell = (label: string, work: string): string => {
    const law = all.find((one) => one.label === label && one.work === work)?.law;
    return law === undefined ? '–' : `${law.exponent.toFixed(2)} ± ${law.standardError.toFixed(2)}`;
  };
  return [
    `| | ${works.map((work) => WORKS[work]).join(' | ')} |`,
    `|---|${works.map(() => '---|').join('')}`,
    ...SHOWN.filter(({ label }) => all.some((one) => one.label === label)).map(
      ({ label }) => `| ${label} | ${works.map((work) => cell(label, work)).join(' | ')} |`,
    ),
  ];
}

const PANEL = { width: 300, height: 250 } as const;

/** Seconds over size, a panel each work; the lines are the fitted laws. */
export function growthDrawing(all: readonly Growth[]): Drawing {
  const look = looks('label', SHOWN, { legend: { orient: 'bottom', columns: 3, labelFontSize: 12 } });
  const panels = (Object.keys(WORKS) as (keyof typeof WORKS)[])
    .filter((work) => all.some((one) => one.work === work))
    .map((work) => {
      const own = all.filter((one) => one.work === work);
      const measured = own.flatMap(({ label, measured: at }) => at.map((one) => ({ label, ...one })));
      const sizes = [...new Set(measured.map(({ n }) => n))].sort((a, b) => a - b);
      const rows = own.flatMap(({ label, law, measured: at }) =>
        at.map(({ n, seconds }) => ({ label, n, seconds, law: law.factor * n ** law.exponent })),
      );
      const x = logarithmic(
        'n',
        'n',
        { axis: { values: sizes, grid: false, labelOverlap: false } },
        { nice: false },
      );
      const y = (field: string) => logarithmic(field, 'seconds', { axis: { format: '~g' } });
      return panel(
        [PANEL.width, PANEL.height],
        rows,
        [lines({ x, y: y('law'), color: look.color }, 1.5), points({ x, y: y('seconds'), ...look }, 70)],
        { title: { text: WORKS[work], anchor: 'start', fontSize: 13 } },
      );
    });
  return {
    name: 'growth',
    caption: `Seconds per call against size, both on log scales; lines are the powers of n fitted from n = ${FITTED_FROM} on.`,
    alt: 'Points and fitted lines of seconds over matrix size for each contender; the table has the exponents.',
    spec: { vconcat: panels, resolve: { scale: { color: 'shared', shape: 'shared' } } } as Spec,
  };
}

/** docs/growth.svg, from the stored results. */
export async function growthSvg(): Promise<string> {
  const { rows } = readJson('bench/results/peers.json', SpeedSchema);
  const [{ svg, alt }] = await rendered([growthDrawing(growths(rows))]);
  return accessible(svg, alt);
}
