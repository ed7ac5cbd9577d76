/** @file How every figure looks: fonts, colours of the methods, sizes. */
import type { Config } from 'vega-lite';
import { methodLabel } from '../judging/table.ts';
import { METHODS, type Method } from '../protocol/tasks.ts';

/** Okabe and Ito's palette, which colour-blind readers can tell apart; grey for the baseline. */
const COLOURS: Readonly<Record<Method, string>> = {
  hessian: '#0072B2',
  ggn: '#56B4E9',
  'block-ggn': '#009E73',
  ekfac: '#E69F00',
  kfac: '#D55E00',
  'grad-dot': '#8C8C8C',
};

/** The methods' labels and colours as a Vega-Lite scale, in the order of the ladder. */
export function methodScale(methods: readonly Method[] = METHODS): { domain: string[]; range: string[] } {
  return { domain: methods.map(methodLabel), range: methods.map((method) => COLOURS[method]) };
}

/** A shape for each method, so that a figure can be read without its colours. */
const SHAPES: Readonly<Record<Method, string>> = {
  hessian: 'circle',
  ggn: 'square',
  'block-ggn': 'diamond',
  ekfac: 'triangle-up',
  kfac: 'triangle-down',
  'grad-dot': 'cross',
};

/** The methods' labels and shapes, in the order of the ladder. */
export function methodShapes(methods: readonly Method[] = METHODS): { domain: string[]; range: string[] } {
  return { domain: methods.map(methodLabel), range: methods.map((method) => SHAPES[method]) };
}

export const INK = '#222222';
export const MUTED = '#6B6B6B';
export const FONT = 'Helvetica, Arial, sans-serif';

/** Below the figure, all methods in one row. */
export const LEGEND = { orient: 'bottom', columns: 6, columnPadding: 14 } as const;

export const CONFIG: Config = {
  aria: false, // a figure is one picture with one label; see `accessible`
  background: '#FFFFFF',
  font: FONT,
  axis: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 10,
    gridColor: '#E8E8E8',
    domainColor: '#9A9A9A',
    tickColor: '#9A9A9A',
    labelLimit: 600,
  },
  header: { labelFontSize: 12, labelColor: INK, titleFontSize: 12, titleFontWeight: 'normal' },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    symbolSize: 90,
    symbolOpacity: 1,
    labelLimit: 300,
  },
  view: { stroke: null },
  text: { font: FONT, fontSize: 11, color: INK },
};
