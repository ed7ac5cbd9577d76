/** @file Sums, products and elementwise functions. */

import { alongAxis, chosen } from './along-axis.ts';
import { repeated, stretchedTo, withConstant } from './broadcast.ts';
import { asConstant } from './constants.ts';
import type { Call, Rule } from './conversion.ts';
import { computedAs, constant, told } from './conversion.ts';
import { OPEN } from './masks.ts';
import { addMask, isMask } from './rules-attention.ts';
import { normalised, squared } from './rules-norms.ts';
import { isCount, keeps } from './rules-padding.ts';
import { part } from './rules-parts.ts';
import { powered, scaledAlong } from './scales.ts';
import { addRows, fitsTable, parameterView } from './tables.ts';
import type { Computed, Constant, ParameterValue, TableRows, Value } from './values.ts';
import type { View } from './view.ts';
import { isBatch, layoutOf, shapeOf, sizeOf } from './view.ts';

/** A function of each element. */
export const elementwise =
  (op: string, attributes: (call: Call) => Record<string, unknown> = () => ({})): Rule =>
  (call: Call) => {
    const x = call.computed(call.node.arguments.has('input') ? 'input' : 'self');
    const node = x.scale === 1 ? x.node : call.writer.canonical(x).node;
    const from = x.scale === 1 ? x : call.writer.canonical(x);
    return computedAs({ ...from, node: call.writer.add(call.id(), op, [node], attributes(call)), scale: 1 });
  };

/** The operands of a sum or product; a number when one of them is that. */
function pair(call: Call): readonly [Value | undefined, Value | number | undefined] {
  const other = call.value('other');
  const number =
    other === undefined || asConstant(call, other)?.data.length === 1 ? call.number('other') : other;
  return [call.value('self'), number];
}

/** Two tensors, axes of size 1 stretched, and the node of both. */
function together(call: Call, op: 'add' | 'multiply', first: View, second: View): Value {
  const sizes = [first, second].map(shapeOf);
  const rank = Math.max(...sizes.map(({ length }) => length));
  const padded = sizes.map((own) => [...new Array<number>(rank - own.length).fill(1), ...own]);
  const target = padded[0].map((size, axis) => Math.max(size, padded[1][axis]));
  const [a, b] = [first, second].map((view) => stretchedTo(call, view, target));
  const asTheyAre = layoutOf(a) === layoutOf(b) && a.scale === 1 && b.scale === 1;
  const [left, right] = asTheyAre ? [a, b] : [call.writer.canonical(a), call.writer.canonical(b)];
  const place = (x: View): number => sizeOf(x.dims.flat().slice(0, x.dims.flat().indexOf(x.batch)));
  const shape = (x: View): string => String(x.axes.map(sizeOf));
  if (place(left) !== place(right) || shape(left) !== shape(right))
    call.unsupported('has operands with the batch in different places.');
  return computedAs({ ...left, node: call.writer.add(call.id(), op, [left.node, right.node]) });
}

/** Two computed tensors, axes of size 1 stretched. */
export function sumOfTwo(call: Call, a: View, b: View, op: 'add' | 'multiply' = 'add'): Computed {
  return together(call, op, a, b) as Computed;
}

const isPlainView = (value: Value | undefined): value is Value & { kind: 'view' } =>
  value?.kind === 'view' && !value.integer && value.logSoftmax !== true;

/** x as it is, or its double. */
function times(x: View, factor: number): View {
  return factor === 1 ? x : { ...x, scale: x.scale * factor };
}

export const add: Rule = (call: Call) => {
  const alpha = call.number('alpha', 1);
  const [a, b] = pair(call);
  if (typeof b === 'number') {
    if (a?.kind === 'moment' && a.power === 1) return { ...a, eps: a.eps + alpha * b };
    if (b === 0 && a !== undefined) return a;
    return computedAs(withConstant(call, call.computed('self'), constant([], [alpha * b]), 'shift'));
  }
  if (alpha === 1) {
    if (a?.kind === 'scores' && isMask(call, b)) return addMask(call, a, b);
    if (b?.kind === 'scores' && isMask(call, a)) return addMask(call, b, a);
    if (b?.kind === 'rows' || isParameter(call, b)) return addParameter(call, 'self', b);
    if (a?.kind === 'rows' || isParameter(call, a)) return addParameter(call, 'other', a);
  }
  const [c, d] = [asConstant(call, a), asConstant(call, b)];
  if (d !== undefined)
    return computedAs(withConstant(call, call.computed('self'), scaledConstant(d, alpha), 'shift'));
  if (c !== undefined)
    return computedAs(withConstant(call, times(call.computed('other'), alpha), c, 'shift'));
  return together(call, 'add', call.computed('self'), times(call.computed('other'), alpha));
};

/** A parameter, which a buffer is not. */
function isParameter(call: Call, value: Value | undefined): value is ParameterValue {
  return value?.kind === 'parameter' && asConstant(call, value) === undefined;
}

function scaledConstant(given: Constant, factor: number): Constant {
  return factor === 1 ? given : { ...given, data: Float64Array.from(given.data, (x) => factor * x) };
}

/** A bias that is added by itself, or a table of positions. */
function addParameter(call: Call, argument: string, value: ParameterValue | TableRows): Value {
  const x = call.computed(argument);
  const sizes = value.shape.filter((size) => size !== 1);
  const last = sizeOf(x.dims.at(-1) ?? []);
  const draft = call.soleReaderOf(argument);
  const takesBias =
    draft !== undefined &&
    ['linear', 'layer-norm'].includes(draft.op) &&
    draft.attributes['bias'] === undefined;
  if (
    value.kind === 'parameter' &&
    !value.transposed &&
    sizes.length === 1 &&
    sizes[0] === last &&
    takesBias &&
    value.shape.at(-1) === last
  ) {
    call.writer.amend(draft, 'bias', call.register(argument, value.name, [last]));
    return computedAs(x);
  }
  if (value.kind === 'rows' && value.at !== undefined)
    return together(call, 'add', x, looseRows(call, x, value, value.at));
  return value.kind === 'rows' || fitsTable(x, value)
    ? computedAs(addRows(call, x, value))
    : together(call, 'add', x, parameterView(call, x, value));
}

/** Rows of a table in any order beside [batch, T, features]: all of its rows, of which entries are chosen. */
function looseRows(call: Call, x: View, value: TableRows, at: readonly number[]): View {
  if (x.dims.length !== 3 || !isBatch(x, 0) || String(value.shape) !== String([1, ...shapeOf(x).slice(1)]))
    call.unsupported(`adds ${told(value)} to other than [batch, T, features], which is not supported.`);
  const count = call.conversion.stored.get(value.weight)?.shape[0] ?? 1;
  const one = part(call, computedAs(x), 1, 0, 1).view;
  const zero = repeated(call, { ...one, scale: 0 }, 1, count);
  const { weight, shape } = value;
  const table = addRows(call, zero, { kind: 'rows', weight, shape: [1, count, shape[2]] });
  return alongAxis(
    call,
    table,
    1,
    at.length,
    chosen(at.length, (row) => at[row]),
  );
}

export const subtract: Rule = (call: Call) => {
  const alpha = call.number('alpha', 1);
  const [a, b] = pair(call);
  if (typeof b === 'number') {
    if (b === 0 && a !== undefined) return a;
    return computedAs(withConstant(call, call.computed('self'), constant([], [-alpha * b]), 'shift'));
  }
  if (b?.kind === 'last-mean' && isPlainView(a) && a.view === b.of && alpha === 1)
    return { kind: 'centred', of: b.of, centred: true };
  const [c, d] = [asConstant(call, a), asConstant(call, b)];
  if (d !== undefined)
    return computedAs(withConstant(call, call.computed('self'), scaledConstant(d, -alpha), 'shift'));
  if (b?.kind === 'rows' || isParameter(call, b)) return minusParameter(call, a, b, alpha);
  const other = times(call.computed('other'), -alpha);
  if (isParameter(call, a)) return together(call, 'add', parameterView(call, other, a), other);
  if (c !== undefined) return computedAs(withConstant(call, other, c, 'shift'));
  return together(call, 'add', call.computed('self'), other);
};

/** x − α p = −(α p − x), for parameters are added as they are. */
function minusParameter(
  call: Call,
  a: Value | undefined,
  b: ParameterValue | TableRows,
  alpha: number,
): Value {
  const x = call.computedValue(a, 'self');
  if (b.kind === 'rows') return call.unsupported(`subtracts ${told(b)}, which is not supported.`);
  return together(call, 'add', x, times(parameterView(call, x, b), -alpha));
}

/** other − self. */
export const subtractFrom: Rule = (call: Call) => {
  const self = times(call.computed('self'), -call.number('alpha', 1));
  const given = asConstant(call, call.value('other')) ?? constant([], [call.number('other')]);
  return computedAs(withConstant(call, self, given, 'shift'));
};

/** A tensor or scores, times a number. */
function scaled(call: Call, value: Value | undefined, factor: number): Value {
  if (value?.kind === 'scores' && value.mask === OPEN) return { ...value, scale: value.scale * factor };
  if (!Number.isFinite(factor)) call.unsupported(`multiplies by ${factor}, which is not supported.`);
  return computedAs(times(call.computedValue(value, 'the tensor'), factor));
}

export const negate: Rule = (call: Call) => scaled(call, call.value('self'), -1);

export const multiply: Rule = (call: Call) => {
  const [a, b] = pair(call);
  if (typeof b === 'number') return scaled(call, a, b);
  if (isPlainView(a) && isPlainView(b) && a.view === b.view) return squared(call, a);
  if (a?.kind === 'centred' && b?.kind === 'centred' && a.of === b.of) return squared(call, a);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    if (other?.kind === 'moment' && other.power === -0.5) {
      const norm = normalised(call, one, other);
      if (norm !== undefined) return norm;
    }
  if (isParameter(call, b)) return timesWeight(call, 'self', b);
  if (isParameter(call, a)) return timesWeight(call, 'other', a);
  for (const [one, other, name] of [
    [a, b, 'self'],
    [b, a, 'other'],
  ] as const) {
    if (other?.kind === 'padding') return keeps(call, call.computedValue(one, name), other);
    const given = asConstant(call, other);
    if (given !== undefined)
      return computedAs(withConstant(call, call.computedValue(one, name), given, 'scale'));
  }
  return together(call, 'multiply', call.computed('self'), call.computed('other'));
};

/** The scale of a normalisation that is multiplied by itself, or one of its own for each feature. */
function timesWeight(call: Call, argument: string, value: ParameterValue): Value {
  const x = call.computed(argument);
  const last = sizeOf(x.dims.at(-1) ?? []);
  const draft = call.soleReaderOf(argument);
  const isNorm = draft !== undefined && ['layer-norm', 'rms-norm'].includes(draft.op);
  const fits =
    !value.transposed && value.shape.at(-1) === last && value.shape.slice(0, -1).every((size) => size === 1);
  if (isNorm && fits && draft.attributes['weight'] === undefined && draft.attributes['bias'] === undefined) {
    call.writer.amend(draft, 'weight', call.register(argument, value.name, [last]));
    return computedAs(x);
  }
  return layerScale(call, x, value);
}

/** A scale for each entry of one axis, which becomes the node's last. */
function layerScale(call: Call, x: View, value: ParameterValue): Value {
  const lead = x.dims.length - value.shape.length;
  const wide = value.shape.map((size, i) => [size, i + lead] as const).filter(([size]) => size !== 1);
  const [size, axis] = wide[0] ?? [1, x.dims.length];
  const own = x.dims[axis] ?? [];
  const isScale = lead >= 0 && wide.length <= 1 && !own.includes(x.batch) && sizeOf(own) === size;
  if (!isScale) return together(call, 'multiply', x, parameterView(call, x, value));
  return computedAs(scaledAlong(call, x, value.name, wide.length === 0 ? [] : own));
}

/** a/b, b computed. */
function divideBy(call: Call, a: Value | undefined, b: Value | undefined): Value {
  if (b?.kind === 'parameter' || b?.kind === 'rows')
    return call.unsupported(`divides ${told(a)} by ${told(b)}, which is not supported.`);
  const inverse =
    b?.kind === 'moment' && b.power === 0.5
      ? call.computedValue({ ...b, power: -0.5 }, 'other')
      : powered(call, call.computedValue(b, 'other'), -1);
  const above = asConstant(call, a);
  if (above !== undefined) return computedAs(withConstant(call, inverse, above, 'scale'));
  return together(call, 'multiply', call.computedValue(a, 'self'), inverse);
}

/** 1/x. */
export const reciprocal: Rule = (call: Call) => computedAs(powered(call, call.computed('self'), -1));

export const divide: Rule = (call: Call) => {
  if (call.argument('rounding_mode') !== null) call.unsupported('rounds quotients, which is not supported.');
  const [a, b] = pair(call);
  if (typeof b === 'number') return scaled(call, a, 1 / b);
  if (a?.kind === 'kept-sum' && b !== undefined) return isCount(call, a, b);
  const norm = b?.kind === 'moment' && b.power === 0.5 ? normalised(call, a, b) : undefined;
  if (norm !== undefined) return norm;
  const given = asConstant(call, b);
  if (given === undefined) return divideBy(call, a, b);
  const inverse = { ...given, data: Float64Array.from(given.data, (x) => 1 / x) };
  return computedAs(withConstant(call, call.computed('self'), inverse, 'scale'));
};
