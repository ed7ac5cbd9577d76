/** @file Activations with numbers of their own, norms, and choices by constant masks. */
import { SELU } from '../graph/activation-layers.ts';
import { withConstant } from './broadcast.ts';
import { asConstant } from './constants.ts';
import { type Call, computedAs, constant, type Rule } from './conversion.ts';
import { elementwise, sumOfTwo } from './rules-arithmetic.ts';
import * as attention from './rules-attention.ts';
import { part } from './rules-parts.ts';
import { overAxes } from './rules-pooling.ts';
import { powered, scaledAlong } from './scales.ts';
import type { Constant, Moment, NormPart, Value } from './values.ts';
import { exampleAxes, shapeOf, sizeOf, type View } from './view.ts';

export const hardtanh: Rule = elementwise('hardtanh', (call: Call) => ({
  min: call.number('min_val', -1),
  max: call.number('max_val', 1),
}));

export const relu6: Rule = elementwise('hardtanh', () => ({ min: 0, max: 6 }));

export const elu: Rule = elementwise('elu', (call: Call) => ({
  alpha: call.number('alpha', 1),
  scale: call.number('scale', 1),
  rate: call.number('input_scale', 1),
}));

export const selu: Rule = elementwise('elu', () => SELU);

export const celu: Rule = elementwise('elu', (call: Call) => {
  const alpha = call.number('alpha', 1);
  return { alpha, scale: 1, rate: 1 / alpha };
});

export const softshrink: Rule = elementwise('softshrink', (call: Call) => ({
  lambda: call.number('lambd', 0.5),
}));

export const threshold: Rule = elementwise('threshold', (call: Call) => ({
  threshold: call.number('threshold'),
  value: call.number('value'),
}));

/** Between numbers, either of which may be absent. */
export const clamp: Rule = elementwise('clamp', (call: Call) => {
  const bound = (name: string): Record<string, number> =>
    call.argument(name) === null ? {} : { [name]: call.number(name) };
  return { ...bound('min'), ...bound('max') };
});

/** The greater or the less of a tensor and a number, or of two tensors. */
export const extreme =
  (side: 'min' | 'max'): Rule =>
  (call: Call) => {
    const other = call.value('other');
    if (other === undefined || (other.kind === 'constant' && other.data.length === 1))
      return elementwise('clamp', () => ({ [side === 'max' ? 'min' : 'max']: call.number('other') }))(call);
    // max(a, b) = b + relu(a − b); min(a, b) = a − relu(a − b)
    const [a, b] = [call.computed('self'), call.computed('other')];
    const apart = call.writer.canonical(sumOfTwo(call, a, { ...b, scale: -b.scale }).view);
    const rest = { ...apart, node: call.writer.add(call.id(), 'relu', [apart.node]) };
    return side === 'max' ? sumOfTwo(call, b, rest) : sumOfTwo(call, a, { ...rest, scale: -1 });
  };

/** a σ(b) of the halves a and b of an axis. */
export const glu: Rule = (call: Call) => {
  const x = call.computed('self');
  const axis = call.axis(call.integer('dim', -1), x.dims.length);
  const size = shapeOf(x)[axis];
  if (size % 2 !== 0) call.unsupported(`halves an axis of ${size}.`);
  const [a, b] = [0, 1].map(
    (k) => part(call, computedAs(x), axis, (k * size) / 2, ((k + 1) * size) / 2).view,
  );
  const gate = call.writer.canonical(b);
  const open = { ...gate, node: call.writer.add(call.id(), 'sigmoid', [gate.node]) };
  return sumOfTwo(call, a, open, 'multiply');
};

/** max(0, x) + w min(0, x), w for each channel or for all. */
export const prelu: Rule = (call: Call) => {
  const x = call.writer.canonical(call.computed('self'));
  const value = call.value('weight');
  if (value?.kind !== 'parameter') return call.unsupported('needs a weight.');
  const size = value.shape.reduce((a, b) => a * b, 1);
  const channels = x.dims.length < 2 ? [] : x.dims[1];
  if (size !== 1 && size !== sizeOf(channels)) call.unsupported(`has ${size} weights for its channels.`);
  const below = { ...x, node: call.writer.add(`${call.id()}.below`, 'clamp', [x.node], { max: 0 }) };
  const scaled = scaledAlong(call, below, value.name, size === 1 ? [] : channels);
  const above = { ...x, node: call.writer.add(`${call.id()}.above`, 'relu', [x.node]) };
  return sumOfTwo(call, above, scaled);
};

function axesOf(call: Call, x: View): readonly number[] {
  const given = call.integers('dim') ?? [];
  return given.length === 0
    ? x.dims.flatMap((own, axis) => (own.includes(x.batch) ? [] : [axis]))
    : given.map((axis) => call.axis(axis, x.dims.length));
}

/** The Euclidean norm, the sum of sizes, or the greatest, over axes. */
export const vectorNorm: Rule = (call: Call) => {
  const order = call.argument(call.node.arguments.has('ord') ? 'ord' : 'p') ?? 2;
  const x = call.writer.canonical(call.computed(call.node.arguments.has('x') ? 'x' : 'self'));
  const dims = axesOf(call, x);
  const keep = call.flag('keepdim', false);
  if (call.integers('dim') === undefined || dims.some((axis) => x.dims[axis].includes(x.batch)))
    call.unsupported('takes a norm over the batch, which is not supported.');
  if (order === 1) {
    const { view } = overAxes(
      call,
      { ...x, node: call.writer.add(`${call.id()}.abs`, 'abs', [x.node]) },
      dims,
      keep,
    );
    return computedAs({ ...view, scale: dims.reduce((n, axis) => n * sizeOf(x.dims[axis]), 1) });
  }
  if (order !== 2) return call.unsupported(`is a norm of order ${String(order)}: 1 and 2 are supported.`);
  const axes = exampleAxes(x);
  const gone = dims.flatMap((axis) => {
    const at = axes.indexOf(axes.find((own) => own.length > 0 && own[0] === x.dims[axis][0]) ?? []);
    return at < 0 ? [] : [at];
  });
  const node = call.writer.add(call.id(), 'norm', [x.node], { axes: [...gone].sort((a, b) => a - b) });
  return computedAs({
    ...x,
    node,
    axes: gone.length === axes.length ? [[]] : axes.filter((_, i) => !gone.includes(i)),
    dims: keep
      ? x.dims.map((own, axis) => (dims.includes(axis) ? [] : own))
      : x.dims.filter((_, axis) => !dims.includes(axis)),
  });
};

/** The standard deviation or the variance over axes. */
export const spread =
  (root: boolean): Rule =>
  (call: Call) => {
    const x = call.writer.canonical(call.computed('self'));
    const dims = axesOf(call, x);
    const count = dims.reduce((product, axis) => product * sizeOf(x.dims[axis]), 1);
    const unbiased = call.node.arguments.has('unbiased') ? Number(call.flag('unbiased', true)) : 1;
    const correction = call.argument('correction') === null ? unbiased : call.number('correction');
    const mean = overAxes(call, x, dims, true).view;
    const centred = call.writer.canonical(sumOfTwo(call, x, { ...mean, scale: -mean.scale }).view);
    const square = { ...centred, node: call.writer.add(call.id(), 'multiply', [centred.node, centred.node]) };
    const { view } = overAxes(call, square, dims, call.flag('keepdim', false));
    const variance = { ...view, scale: (view.scale * count) / (count - correction) };
    return computedAs(root ? powered(call, variance, 0.5) : variance);
  };

/** A part of a normalisation that came to be something else. */
export function normPart(call: Call, value: NormPart | Moment): View {
  const x = value.of;
  const last = [x.dims.length - 1];
  if (value.kind === 'moment') {
    const square = normPart(call, { kind: 'square', of: x, centred: value.centred });
    const mean = overAxes(call, square, last, true).view;
    const moment = withConstant(call, mean, constant([], [value.eps]), 'shift');
    return value.power === 1 ? moment : powered(call, moment, value.power);
  }
  const isCentred = value.kind === 'centred' || value.centred;
  const mean = isCentred ? overAxes(call, x, last, true).view : undefined;
  const from = call.writer.canonical(
    mean === undefined ? x : sumOfTwo(call, x, { ...mean, scale: -mean.scale }).view,
  );
  if (value.kind === 'centred') return from;
  return { ...from, node: call.writer.add(call.id(), 'multiply', [from.node, from.node]) };
}

/** A tensor, or 0 and others where a constant mask says so: x m + y (1 − m). */
export function chosenBy(
  call: Call,
  mask: Constant,
  first: Value | undefined,
  second: Value | undefined,
): Value {
  const where = (own: Value | undefined, name: string, keep: (m: number) => number): View | Constant => {
    const kept = Float64Array.from(mask.data, keep);
    const fixed = own === undefined ? constant([], [call.number(name)]) : own;
    if (fixed.kind === 'constant') {
      if (fixed.data.length !== 1) call.unsupported('chooses a constant tensor, which is not supported.');
      const [number] = Array.from(fixed.data);
      if (!Number.isFinite(number)) call.unsupported(`fills in ${number}, which is not supported here.`);
      return constant(
        mask.shape,
        kept.map((m) => m * number),
      );
    }
    return withConstant(call, call.computedValue(fixed, name), constant(mask.shape, kept), 'scale');
  };
  const a = where(first, 'self', (m) => Number(m !== 0));
  const b = where(second, 'other', (m) => Number(m === 0));
  if ('kind' in a && 'kind' in b) return call.unsupported('chooses between constants.');
  if ('kind' in a) return computedAs(withConstant(call, b as View, a, 'shift'));
  if ('kind' in b) return computedAs(withConstant(call, a, b, 'shift'));
  return sumOfTwo(call, a, b);
}

/** Where a constant mask is true, one tensor or number, elsewhere another. */
export const where: Rule = (call: Call) => {
  const [condition, first, second] = ['condition', 'self', 'other'].map((name) => call.value(name));
  const isScores = [first, second].some((value) => value?.kind === 'scores');
  const mask = isScores ? undefined : asConstant(call, condition);
  return mask === undefined ? attention.where(call) : chosenBy(call, mask, first, second);
};

/** A number where a constant mask is true. */
export const maskedFill: Rule = (call: Call) => {
  const value = call.value('self');
  const mask = value?.kind === 'scores' ? undefined : asConstant(call, call.value('mask'));
  if (mask === undefined) return attention.maskedFill(call);
  const kept = constant(
    mask.shape,
    Float64Array.from(mask.data, (m) => Number(m === 0)),
  );
  const fill = constant([], [call.number('value')]);
  return chosenBy(call, kept, call.value('self'), fill);
};
