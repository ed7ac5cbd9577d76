/** @file A chart by uPlot, in the colours of the page and as wide as there is room. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type UPlot from 'uplot';
import { downloadCanvas } from '../download.ts';

/** Evaluated in a task of its own. */
const charts = import('uplot');

/** A line or points. */
export interface Series {
  readonly label: string;
  /** Name of a colour of the style sheet: "--blue". */
  readonly colour: string;
  readonly kind: 'line' | 'points';
  readonly dashed?: boolean;
}

export interface PlotProps {
  /** What is seen, for those who do not see it. */
  readonly description: string;
  readonly file: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** x ascending, then the values of each series. */
  readonly data: readonly (readonly (number | null)[] | Float64Array)[];
  readonly logarithmic?: boolean;
  readonly height?: number;
}

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function Plot(props: PlotProps): JSX.Element {
  const { description, file, data } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const shape = JSON.stringify([props.series, props.x, props.y, props.logarithmic]);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let ended = false;
    const make = async (): Promise<void> => {
      const { default: Chart } = await charts;
      if (ended) return;
      plot.current?.destroy();
      const values = latest.current as unknown as UPlot.AlignedData;
      plot.current = new Chart(optionsOf(props, element.clientWidth), values, element);
    };
    void make();
    const resize = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: props.height ?? 220 }),
    );
    resize.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const anew = (): void => void make();
    dark.addEventListener('change', anew);
    return () => {
      ended = true;
      resize.disconnect();
      dark.removeEventListener('change', anew);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data as unknown as UPlot.AlignedData), [data]);
  return (
    <figure class="plot">
      <div ref={place} role="img" aria-label={description} />
      <figcaption>
        <span>{description}</span>
        <button
          type="button"
          class="small"
          onClick={() => plot.current !== undefined && downloadCanvas(`${file}.png`, plot.current.ctx.canvas)}
        >
          PNG<span class="unseen"> of: {description}</span>
        </button>
      </figcaption>
    </figure>
  );
}

/** A mark of an axis; some of a logarithmic one have no text. */
function tickText(tick: number | null): string {
  if (tick === null) return '';
  return tick !== 0 && (Math.abs(tick) < 1e-3 || Math.abs(tick) >= 1e5)
    ? tick.toExponential(Number.isInteger(Math.log10(Math.abs(tick))) ? 0 : 1).replaceAll('-', '−')
    : String(Number(tick.toPrecision(6))).replace('-', '−');
}

function optionsOf({ series, x, y, logarithmic, height = 220 }: PlotProps, width: number): UPlot.Options {
  const [ink, rule, font] = [colour('--muted'), colour('--rule'), '12px system-ui, sans-serif'];
  const axis = {
    stroke: ink,
    font,
    labelFont: font,
    grid: { stroke: rule, width: 1 },
    ticks: { stroke: rule, width: 1 },
  };
  return {
    width,
    height,
    cursor: { drag: { x: false, y: false } },
    legend: { show: series.length > 1, live: false },
    scales: { x: { time: false }, ...(logarithmic === true ? { y: { distr: 3 as const } } : {}) },
    axes: [
      { ...axis, label: x, labelSize: 18, size: 30, values: (_, ticks) => ticks.map(tickText) },
      { ...axis, label: y, labelSize: 18, size: 56, values: (_, ticks) => ticks.map(tickText) },
    ],
    series: [
      { label: x },
      ...series.map(({ label, colour: name, kind, dashed }) => ({
        label,
        stroke: colour(name),
        width: 1.5,
        ...(dashed === true ? { dash: [6, 4] } : {}),
        ...(kind === 'points'
          ? { paths: () => null, points: { show: true, size: 7, fill: colour(name), width: 0 } }
          : { points: { show: false } }),
      })),
    ],
  };
}
