/** @file Sums that need more than one node. */
import type { Call, Rule } from './conversion.ts';
import { computedAs } from './conversion.ts';
import { sumOfTwo } from './rules-arithmetic.ts';
import { extreme as ofTwo } from './rules-functions.ts';
import { greatestAlong, overAxes } from './rules-pooling.ts';
import type { Value } from './values.ts';
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

/** The greatest or least over some axes; where axes are asked for, one at least. */
function extreme(call: Call, x: View, axes: readonly number[], side: 'max' | 'min'): Value {
  if (axes.length === 0 || axes.some((axis) => x.dims[axis].includes(x.batch)))
    call.unsupported(
      `takes the ${side === 'max' ? 'greatest' : 'least'} of the batch, which is not supported.`,
    );
  const sign = side === 'max' ? 1 : -1;
  const turned = { ...x, scale: x.scale * sign };
  const found = axes.reduce((view, axis) => greatestAlong(call, view, axis), turned);
  const view = { ...found, scale: found.scale * sign };
  if (call.flag('keepdim', false)) return computedAs(view);
  return computedAs({ ...view, dims: view.dims.filter((_, axis) => !axes.includes(axis)) });
}

/** The greatest or the least over axes. */
export const extremeOver =
  (side: 'max' | 'min'): Rule =>
  (call: Call) => {
    if (call.node.arguments.has('other')) return ofTwo(side)(call);
    const x = call.computed('self');
    const given = (call.integers('dim') ?? []).map((axis) => call.axis(axis, x.dims.length));
    return extreme(call, x, given, side);
  };

/** The least and the greatest over an axis. */
export const bothExtremes: Rule = (call: Call) => {
  const x = call.computed('self');
  const axes = (call.integers('dim') ?? []).map((axis) => call.axis(axis, x.dims.length));
  return [extreme(call, x, axes, 'min'), extreme(call, x, axes, 'max')];
};

/** self + value · first · second. */
export const addedProduct: Rule = (call: Call) => {
  const [a, b, c] = ['self', 'tensor1', 'tensor2'].map((name) => call.computed(name));
  const { view } = sumOfTwo(call, b, c, 'multiply');
  return sumOfTwo(call, a, { ...view, scale: view.scale * call.number('value', 1) });
};

/** self + weight · (end − self), for a number as weight. */
export const between: Rule = (call: Call) => {
  const [a, b] = ['self', 'end'].map((name) => call.computed(name));
  const weight = call.number('weight');
  return sumOfTwo(call, { ...a, scale: a.scale * (1 - weight) }, { ...b, scale: b.scale * weight });
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
