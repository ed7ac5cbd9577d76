/** @file A distance between curvatures along the sweeps, one panel per sweep: Figures 5 to 8. */
import type { TopLevelSpec } from 'vega-lite';
import { MUTED } from '../../pages/theme.ts';

/** A curve of a panel: the value of every base network at each setting. */
export interface DiagnosticSeries {
  readonly label: string;
  readonly colour: string;
  readonly shape: string;
  readonly points: readonly { readonly at: number; readonly values: readonly (number | null)[] }[];
}

/** A sweep. */
export interface DiagnosticPanel {
  readonly title: string;
  readonly series: readonly DiagnosticSeries[];
}

const WIDTH = 560;

/** Means joined by lines, single base networks as small points; all panels share the vertical axis. Undefined without values. */
export function diagnosticFigure(
  panels: readonly DiagnosticPanel[],
  title: string,
): TopLevelSpec | undefined {
  const drawn = panels.map((panel) => ({ panel, ...data(panel) })).filter(({ means }) => means.length > 0);
  if (drawn.length === 0) return undefined;
  const all = drawn.flatMap(({ single }) => single.map(({ value }) => value));
  const domain = [Math.min(0, ...all), Math.ceil(10 * Math.max(...all)) / 10];
  const [first] = panels;
  const labels = first.series.map(({ label }) => label);
  const legend = labels.length === 1 ? null : ({ orient: 'bottom', title: null, symbolOpacity: 1 } as const);
  const color = {
    field: 'label',
    type: 'nominal',
    scale: { domain: labels, range: first.series.map(({ colour }) => colour) },
    legend,
  } as const;
  const shape = {
    field: 'label',
    type: 'nominal',
    scale: { domain: labels, range: first.series.map((series) => series.shape) },
    legend,
  } as const;
  return {
    spacing: 18,
    hconcat: drawn.map(({ panel, means, single }, k) => {
      const x = {
        field: 'at',
        type: 'ordinal',
        sort: null,
        title: panel.title,
        scale: { padding: 0.5 },
        axis: { labelAngle: 0, grid: false },
      } as const;
      const y = {
        field: 'value',
        type: 'quantitative',
        title: k === 0 ? title : null,
        scale: { domain, nice: true },
        axis: { tickCount: 5 },
      } as const;
      return {
        width: Math.floor(WIDTH / drawn.length),
        height: 210,
        layer: [
          {
            data: { values: means },
            mark: { type: 'line', strokeWidth: 1.5, opacity: 0.7 },
            encoding: { x, y, color },
          },
          {
            data: { values: single.filter(({ of }) => of > 1) },
            mark: { type: 'point', filled: true, size: 16, opacity: 0.6, color: MUTED },
            encoding: { x, y },
          },
          {
            data: { values: means },
            mark: { type: 'point', filled: true, size: 80, opacity: 1 },
            encoding: { x, y, color, shape },
          },
        ],
      };
    }),
  };
}

interface Row {
  readonly label: string;
  readonly at: string;
  readonly value: number;
  /** How many base networks there are. */
  readonly of: number;
}

function data({ series }: DiagnosticPanel): { means: Row[]; single: Row[] } {
  const single = series.flatMap(({ label, points }) =>
    points.flatMap(({ at, values }) =>
      values.flatMap((value) =>
        value === null ? [] : [{ label, at: String(at), value, of: values.length }],
      ),
    ),
  );
  const means = series.flatMap(({ label, points }) =>
    points.flatMap(({ at, values }) => {
      const numbers = values.filter((value) => value !== null);
      if (numbers.length === 0) return [];
      const value = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
      return [{ label, at: String(at), value, of: values.length }];
    }),
  );
  return { means, single };
}
