/** @file A distance between curvatures along the sweeps, one panel per sweep: Figures 5 to 8. */
import { type Look, lines, looks, names, on, panel, points, quantity, type Spec } from '../../pages/chart.ts';
import { MUTED } from '../../pages/theme.ts';

/** A curve of a panel: the value of every base model at each setting. */
export interface DiagnosticSeries extends Look {
  readonly points: readonly { readonly at: number; readonly values: readonly (number | null)[] }[];
}

/** A sweep. */
export interface DiagnosticPanel {
  readonly title: string;
  readonly series: readonly DiagnosticSeries[];
}

const WIDTH = 560;

/** Means joined by lines, single base models as small points; all panels share the vertical axis. Undefined without values. */
export function diagnosticFigure(panels: readonly DiagnosticPanel[], title: string): Spec | undefined {
  const drawn = panels.map((panel) => ({ panel, ...data(panel) })).filter(({ means }) => means.length > 0);
  if (drawn.length === 0) return undefined;
  const all = drawn.flatMap(({ single }) => single.map(({ value }) => value));
  const domain = [Math.min(0, ...all), Math.ceil(10 * Math.max(...all)) / 10];
  const [{ series }] = panels;
  const legend = series.length === 1 ? null : { orient: 'bottom', title: null, symbolOpacity: 1 };
  const { color, shape } = looks('label', series, { legend });
  return {
    spacing: 18,
    hconcat: drawn.map(({ panel: { title: axis }, means, single }, k) => {
      const x = names('at', {
        type: 'ordinal',
        title: axis,
        scale: { padding: 0.5 },
        axis: { labelAngle: 0, grid: false },
      });
      const y = quantity('value', k === 0 ? title : null, {
        scale: { domain, nice: true },
        axis: { tickCount: 5 },
      });
      return panel([Math.floor(WIDTH / drawn.length), 210], means, [
        lines({ x, y, color }, 1.5, { opacity: 0.7 }),
        on(
          single.filter(({ of }) => of > 1),
          points({ x, y }, 16, { opacity: 0.6, color: MUTED }),
        ),
        points({ x, y, color, shape }, 80),
      ]);
    }),
  };
}

type Point = { readonly label: string; readonly at: string; readonly value: number; readonly of: number };

/** The mean at each setting, and every base model; `of`: how many base models there are. */
function data({ series }: DiagnosticPanel): { means: Point[]; single: Point[] } {
  const at = (average: boolean): Point[] =>
    series.flatMap(({ label, points }) =>
      points.flatMap(({ at, values }) => {
        const numbers = values.filter((value) => value !== null);
        const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
        const shown = average && numbers.length > 0 ? [mean] : numbers;
        return shown.map((value) => ({ label, at: String(at), value, of: values.length }));
      }),
    );
  return { means: at(true), single: at(false) };
}
