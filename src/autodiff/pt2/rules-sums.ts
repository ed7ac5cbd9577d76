/** @file Sums that need more than one node. */
import { withConstant } from './broadcast.ts';
import { asConstant } from './constants.ts';
import type { Call, Rule } from './conversion.ts';
import { computedAs, constant } from './conversion.ts';
import { add, divide, multiply, subtract, sumOfTwo } from './rules-arithmetic.ts';
import { clamp, extreme as ofTwo, vectorNorm } from './rules-functions.ts';
import { part } from './rules-parts.ts';
import { greatestAlong, overAxes, sum } from './rules-pooling.ts';
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

/** self + value · (first by second), each of them computed, a parameter or a constant. */
const added =
  (combine: Rule): Rule =>
  (call: Call) => {
    const [self, first, second] = ['self', 'tensor1', 'tensor2'].map((name) => tensorOf(call, name));
    const other = combine(call.as({ self: first, other: second })) as Value;
    return add(call.as({ self, other }, { alpha: call.number('value', 1) }));
  };

/** self + value · first · second. */
export const addedProduct: Rule = added(multiply);

/** self + value · first / second. */
export const addedQuotient: Rule = added(divide);

function tensorOf(call: Call, name: string): Value {
  return call.value(name) ?? call.unsupported(`needs ${name} to be a tensor.`);
}

/** self + weight · (end − self). */
export const between: Rule = (call: Call) => {
  const share = call.value('weight');
  if (share !== undefined && asConstant(call, share)?.data.length !== 1) {
    const [self, end] = ['self', 'end'].map((name) => tensorOf(call, name));
    const apart = subtract(call.as({ self: end, other: self })) as Value;
    const other = multiply(call.as({ self: apart, other: share })) as Value;
    return add(call.as({ self, other }));
  }
  const [a, b] = ['self', 'end'].map((name) => call.computed(name));
  const weight = call.number('weight');
  return sumOfTwo(call, { ...a, scale: a.scale * (1 - weight) }, { ...b, scale: b.scale * weight });
};

/** The product along an axis: of its halves, until one entry is left. */
export const product: Rule = (call: Call) => {
  const x = call.computed('self');
  if (call.argument('dim') === null)
    call.unsupported('is over the batch, which is not supported: name an axis.');
  const axis = call.axis(call.integer('dim'), x.dims.length);
  if (x.dims[axis].includes(x.batch)) call.unsupported('is over the batch, which is not supported.');
  const piece = (of: View, start: number, stop: number): View =>
    part(call, computedAs(of), axis, start, stop).view;
  const lonely: View[] = [];
  let view = x;
  for (let size = sizeOf(view.dims[axis]); size > 1; size = sizeOf(view.dims[axis])) {
    const half = Math.floor(size / 2);
    if (size % 2 === 1) lonely.push(piece(view, size - 1, size));
    view = sumOfTwo(call, piece(view, 0, half), piece(view, half, 2 * half), 'multiply').view;
  }
  for (const one of lonely) view = sumOfTwo(call, view, one, 'multiply').view;
  if (call.flag('keepdim', false)) return computedAs(view);
  return computedAs({ ...view, dims: view.dims.filter((_, at) => at !== axis) });
};

/** eˣ − 1 as tanh(x/2) (eˣ + 1), which loses no digits near 0. */
export const expMinusOne: Rule = (call: Call) => {
  const x = call.computed('self');
  const half = of(call, 'tanh', { ...x, scale: x.scale / 2 });
  const above = withConstant(call, of(call, 'exp', x), constant([], [1]), 'shift');
  return sumOfTwo(call, half, above, 'multiply');
};

/** Σ a b / (max(‖a‖, ε) max(‖b‖, ε)) along an axis. */
export const cosine: Rule = (call: Call) => {
  const pair = ['x1', 'x2'].map((name) => call.computed(name));
  const rank = Math.max(...pair.map(({ dims }) => dims.length));
  const axis = call.axis(call.integer('dim', 1), rank);
  if (pair.some(({ dims }) => dims.length !== rank)) call.unsupported('has operands of unlike axes.');
  const eps = call.number('eps', 1e-8);
  const [a, b] = pair.map((x) => {
    const norm = vectorNorm(call.as({ self: computedAs(x) }, { dim: [axis], keepdim: true })) as Value;
    const bounded = clamp(call.as({ self: norm }, { min: eps }));
    return call.computedValue(
      divide(call.as({ self: computedAs(x), other: bounded as Value })) as Value,
      'x',
    );
  });
  const together = sumOfTwo(call, a, b, 'multiply');
  return sum(call.as({ self: together }, { dim: [axis], keepdim: false }));
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
function of(call: Call, op: 'exp' | 'log' | 'tanh', x: View): View {
  const from = call.writer.canonical(x);
  return { ...from, node: call.writer.add(call.id(), op, [from.node]) };
}
