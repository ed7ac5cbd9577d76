/** @file Sums that need more than one node. */
import type { Call, Rule } from './conversion.ts';
import { computedAs } from './conversion.ts';
import { sumOfTwo } from './rules-arithmetic.ts';
import { greatestAlong, overAxes } from './rules-pooling.ts';
import { sizeOf, type View } from './view.ts';

/** log Σ e^x over axes, as m + log Σ e^(x − m) with m the greatest. */
export const logSumExp: Rule = (call: Call) => {
  const x = call.computed('self');
  const axes = (call.integers('dim') ?? []).map((axis) => call.axis(axis, x.dims.length));
  if (axes.length === 0 || axes.some((axis) => x.dims[axis].includes(x.batch)))
    call.unsupported('is over the batch, which is not supported.');
  const view = axes.reduce((partial, axis) => along(call, partial, axis), x);
  if (call.flag('keepdim', false)) return computedAs(view);
  return computedAs({ ...view, dims: view.dims.filter((_, axis) => !axes.includes(axis)) });
};

function along(call: Call, x: View, axis: number): View {
  const greatest = greatestAlong(call, x, axis);
  const { view: centred } = sumOfTwo(call, x, { ...greatest, scale: -1 });
  const terms = of(call, 'exp', centred);
  const { view: mean } = overAxes(call, terms, [axis], true);
  const total = { ...mean, scale: mean.scale * sizeOf(x.dims[axis]) };
  return sumOfTwo(call, of(call, 'log', total), greatest).view;
}

/** A function of each element. */
function of(call: Call, op: 'exp' | 'log', x: View): View {
  const from = call.writer.canonical(x);
  return { ...from, node: call.writer.add(call.id(), op, [from.node]) };
}
