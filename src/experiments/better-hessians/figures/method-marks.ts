/** @file The colours and shapes of the methods. */
import { type Channel, looks, type Properties } from '../../pages/chart.ts';
import { PALETTE } from '../../pages/theme.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import { methodLabel } from '../results/setting-table.ts';

export const METHOD_LOOKS: Readonly<Record<Method, { readonly colour: string; readonly shape: string }>> = {
  hessian: { colour: PALETTE.blue, shape: 'circle' },
  ggn: { colour: PALETTE.sky, shape: 'square' },
  'block-ggn': { colour: PALETTE.green, shape: 'diamond' },
  ekfac: { colour: PALETTE.orange, shape: 'triangle-up' },
  kfac: { colour: PALETTE.vermilion, shape: 'triangle-down' },
  'grad-dot': { colour: PALETTE.grey, shape: 'cross' },
};

/** Colour and shape by the field `method`, which holds labels, in the order of the ladder. `more`: the legend. */
export function methodLooks(
  methods: readonly Method[] = METHODS,
  more: Properties = {},
  field = 'method',
): { color: Channel; shape: Channel } {
  return looks(
    field,
    methods.map((method) => ({ label: methodLabel(method), ...METHOD_LOOKS[method] })),
    more,
  );
}
