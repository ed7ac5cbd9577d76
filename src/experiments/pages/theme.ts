/** @file How every figure looks: fonts, colours of the methods, sizes. */
import type { Config } from 'vega-lite';

export const INK = '#222222';
export const MUTED = '#6B6B6B';
export const FONT = 'Helvetica, Arial, sans-serif';

/** Okabe and Ito's palette, which colour-blind readers can tell apart, and a grey for what only serves as a measure. */
export const PALETTE = {
  blue: '#0072B2',
  sky: '#56B4E9',
  green: '#009E73',
  orange: '#E69F00',
  vermilion: '#D55E00',
  purple: '#CC79A7',
  black: '#000000',
  grey: '#8C8C8C',
} as const;

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
