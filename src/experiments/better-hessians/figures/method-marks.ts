/** @file The colours and shapes of the methods. */
import { METHODS, type Method } from '../../protocol/tasks.ts';
import { methodLabel } from '../results/setting-table.ts';

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
