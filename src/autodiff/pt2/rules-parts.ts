/** @file Ops that take a tensor apart, or put tensors side by side. */

import { repeated } from './broadcast.ts';
import { asConstant } from './constants.ts';
import type { Call, Rule } from './conversion.ts';
import { computedAs, told } from './conversion.ts';
import { sliceOf } from './evaluation.ts';
import type { Argument } from './exported-graph.ts';
import { operand } from './rules-views.ts';
import { addRows } from './tables.ts';
import type { Computed, ParameterValue, TableRows, Value } from './values.ts';
import type { Factor, View } from './view.ts';
import { isBatch, regrouped, shapeOf, sizeOf, viewOf } from './view.ts';

/** A view in which the factors of an axis of the tensor stand together at the front of an axis of the node. */
function atFront(
  call: Call,
  view: View,
  axis: number,
): { view: View; home: number; rest: readonly Factor[] } {
  const factors = view.dims[axis];
  if (factors.includes(view.batch)) call.unsupported('takes a part of the batch, which is not supported.');
  const home = view.axes.findIndex((own) => own.includes(factors[0]));
  const own = view.axes[home] ?? [];
  const at = own.indexOf(factors[0]);
  const rest = own.slice(at + factors.length);
  if (!factors.every((factor, i) => own[at + i] === factor))
    return atFront(call, call.writer.canonical(view), axis);
  if (at === 0) return { view, home, rest };
  const axes = view.axes.flatMap((one, i) => (i === home ? [own.slice(0, at), own.slice(at)] : [one]));
  return { view: { ...view, node: call.writer.shaped(view, axes), axes, scale: 1 }, home: home + 1, rest };
}

/** Part start..stop − 1 of an axis: a node of its own. */
export function part(call: Call, given: Computed, axis: number, start: number, stop: number): Computed {
  if (start === 0 && stop === sizeOf(given.view.dims[axis])) return given;
  if (stop <= start) call.unsupported('takes an empty part, which is not supported.');
  const { view, home, rest } = atFront(call, given.view, axis);
  const place = { start: start * sizeOf(rest), stop: stop * sizeOf(rest) };
  const last = home === view.axes.length - 1;
  const id = call.writer.add(
    `${view.node}.part`,
    'split',
    [view.node],
    last ? place : { ...place, axis: home },
  );
  const kept = stop - start === 1 ? [] : [{ size: stop - start }];
  const axes = view.axes.map((own, i) => (i === home ? [...kept, ...rest] : own));
  return {
    ...given,
    view: { ...view, node: id, axes, dims: view.dims.map((one, i) => (i === axis ? kept : one)) },
  };
}

/** One entry of an axis, which vanishes. */
function entry(call: Call, given: Computed, axis: number, index: number): Computed {
  const without = (dims: View['dims']): View['dims'] => dims.filter((_, i) => i !== axis);
  if (given.view.dims[axis].length === 0)
    return { ...given, view: { ...given.view, dims: without(given.view.dims) } };
  const { view, home, rest } = atFront(call, given.view, axis);
  if (rest.length === 0 && view.axes.length > 1) {
    const id = call.writer.add(`${view.node}.entry`, 'select', [view.node], { axis: home, index });
    return {
      ...given,
      view: { ...view, node: id, axes: view.axes.filter((_, i) => i !== home), dims: without(view.dims) },
    };
  }
  const one = part(call, { ...given, view }, axis, index, index + 1).view;
  return { ...given, view: { ...one, dims: without(one.dims) } };
}

export const slice: Rule = (call: Call) => {
  const value = call.value('self');
  const step = call.integer('step', 1);
  if (value?.kind === 'parameter' || value?.kind === 'rows') {
    if (step !== 1) call.unsupported('takes every n-th row, which is not supported.');
    const axis = call.axis(call.integer('dim', 0), value.shape.length);
    const [start, stop] = sliceOf(call, value.shape[axis]);
    const leading = value.shape.slice(0, axis).every((size) => size === 1);
    if (stop - start === value.shape[axis]) return value;
    if (value.kind === 'parameter' && axis === 0 && start > 0) return rows(call, value, start, stop);
    if (start !== 0 || !leading || stop <= start || (value.kind === 'parameter' && value.transposed))
      call.unsupported(`takes a part of ${told(value)}, which is not supported but for its first rows.`);
    return { ...value, shape: value.shape.map((size, i) => (i === axis ? stop : size)) };
  }
  const given = operand(call);
  const axis = call.axis(call.integer('dim', 0), given.view.dims.length);
  const size = sizeOf(given.view.dims[axis]);
  const [start, stop] = sliceOf(call, size);
  return step === 1 ? part(call, given, axis, start, stop) : everyNth(call, given, axis, start, stop, step);
};

/** `length` entries of an axis from `start` on. */
export const narrow: Rule = (call: Call) => {
  const given = operand(call);
  const axis = call.axis(call.integer('dim'), given.view.dims.length);
  const size = sizeOf(given.view.dims[axis]);
  const first = call.integer('start');
  const start = first < 0 ? first + size : first;
  return part(call, given, axis, start, start + call.integer('length'));
};

/** Entries start, start + step, … of an axis whose size the step divides: one entry of the inner part of the axis. */
function everyNth(
  call: Call,
  given: Computed,
  axis: number,
  start: number,
  stop: number,
  step: number,
): Computed {
  const { view } = given;
  const shape = shapeOf(view);
  const size = shape[axis];
  if (step < 1 || size % step !== 0 || start >= step || Math.ceil((stop - start) / step) !== size / step)
    call.unsupported('takes every n-th entry but not of the whole axis, which is not supported.');
  const apart = [...shape.slice(0, axis), size / step, step, ...shape.slice(axis + 1)];
  const regrouping = regrouped(view, apart);
  if (regrouping === undefined)
    return call.unsupported('takes every n-th entry of mixed axes, which is not supported.');
  return entry(call, { ...given, view: regrouping }, axis + 1, start);
}

export const select: Rule = (call: Call) => {
  const given = operand(call);
  const axis = call.axis(call.integer('dim'), given.view.dims.length);
  return entry(call, given, axis, call.axis(call.integer('index'), sizeOf(given.view.dims[axis])));
};

export const unbind: Rule = (call: Call) => {
  const given = operand(call);
  const axis = call.axis(call.integer('dim', 0), given.view.dims.length);
  return call.node.outputs.map((_, i) =>
    entry(call, given, axis, call.axis(i, sizeOf(given.view.dims[axis]))),
  );
};

/** Rows start..stop − 1 of a parameter. */
function rows(call: Call, value: ParameterValue, start: number, stop: number): ParameterValue {
  if (value.transposed || stop <= start)
    call.unsupported(`takes a part of ${told(value)}, which is not supported but for its rows.`);
  const first = (value.first ?? 0) + start;
  return { ...value, shape: [stop - start, ...value.shape.slice(1)], ...(first === 0 ? {} : { first }) };
}

/** Parts of the given sizes along an axis. */
function cut(call: Call, sizes: (size: number) => readonly number[]): Value[] {
  const value = call.value('self');
  if (value?.kind === 'parameter' && call.axis(call.integer('dim', 0), value.shape.length) === 0) {
    let first = 0;
    return sizes(value.shape[0]).map((length) => {
      first += length;
      return rows(call, value, first - length, first);
    });
  }
  const given = operand(call);
  const axis = call.axis(call.integer('dim', 0), given.view.dims.length);
  const size = sizeOf(given.view.dims[axis]);
  const parts = sizes(size);
  if (parts.reduce((a, b) => a + b, 0) !== size) call.unsupported(`has parts that are not ${size} together.`);
  let start = 0;
  return parts.map((length) => {
    start += length;
    return part(call, given, axis, start - length, start);
  });
}

const pieces = (size: number, each: number): number[] =>
  Array.from({ length: Math.ceil(size / each) }, (_, i) => Math.min(each, size - i * each));

export const split: Rule = (call: Call) => {
  const listed = call.node.arguments.get('split_sizes') ?? call.node.arguments.get('split_size');
  const name = call.node.arguments.has('split_sizes') ? 'split_sizes' : 'split_size';
  return cut(call, (size) =>
    Array.isArray(listed) ? (call.integers(name) ?? []) : pieces(size, call.integer(name)),
  );
};

export const chunk: Rule = (call: Call) =>
  cut(call, (size) => pieces(size, Math.ceil(size / call.integer('chunks'))));

/** A parameter or rows of one, which no input moves: a class token. */
function isTable(call: Call, value: Value): value is ParameterValue | TableRows {
  return value.kind === 'rows' || (value.kind === 'parameter' && asConstant(call, value) === undefined);
}

/** A table [1, n, d] beside sequences [batch, T, d]: rows that are added to 0 times a position of one of these. */
function tableView(call: Call, value: ParameterValue | TableRows, others: readonly Value[]): View {
  const beside = others.find((one) => one.kind === 'view' && !one.integer);
  const [lead, count, features, ...more] = value.shape;
  const view = beside?.kind === 'view' ? beside.view : undefined;
  const isSequence =
    view !== undefined && view.dims.length === 3 && isBatch(view, 0) && sizeOf(view.dims[2]) === features;
  if (!isSequence || more.length > 0 || lead !== 1)
    return call.unsupported(
      `cannot put ${told(value)} beside others: a table [1, n, features] beside sequences [batch, T, features] is supported.`,
    );
  const one = part(call, computedAs(view), 1, 0, 1).view;
  const zero = repeated(call, { ...one, scale: 0 }, 1, count);
  return addRows(call, zero, value);
}

export const concat: Rule = (call: Call) => {
  const names = call.argument('tensors');
  if (!Array.isArray(names)) call.unsupported('needs a list of tensors.');
  const isNew = call.node.op.startsWith('aten.stack');
  const values = (names as readonly Argument[]).map((_, i) => call.listed('tensors', i));
  const views = values.map((value): View => {
    const given = isTable(call, value)
      ? tableView(call, value, values)
      : call.computedValue(value, 'a tensor of the list');
    if (!isNew) return given;
    const at = call.axis(call.integer('dim', 0), given.dims.length + 1);
    return { ...given, dims: [...given.dims.slice(0, at), [], ...given.dims.slice(at)] };
  });
  const [first] = views;
  const beside = call.node.op.startsWith('aten.hstack') ? Number(first.dims.length > 1) : 0;
  const axis = call.axis(call.integer('dim', beside), first.dims.length);
  if (!views.every((one) => isBatch(one, 0)) || axis === 0)
    call.unsupported('needs the batch first, and another axis to join.');
  if (views.length === 1) return computedAs(first);
  const shapes = views.map((one) => shapeOf(one).slice(1));
  const ids = views.map((one) => call.writer.shaped(one, one.dims.slice(1)));
  const sizes = shapes[0].map((size, i) =>
    i === axis - 1 ? shapes.reduce((sum, shape) => sum + shape[i], 0) : size,
  );
  if (
    shapes.some(
      (shape) =>
        shape.length !== sizes.length || shape.some((size, i) => i !== axis - 1 && size !== sizes[i]),
    )
  )
    call.unsupported('has tensors whose shapes do not match.');
  const attributes = axis === sizes.length ? {} : { axis: axis - 1 };
  return computedAs(viewOf(call.writer.add(call.id(), 'concat', ids, attributes), sizes, first.batch));
};
