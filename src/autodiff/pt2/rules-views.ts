/** @file Ops that show the same numbers under another shape, or a part of them. */

import { repeated, stretchedTo } from './broadcast.ts';
import { asConstant } from './constants.ts';
import type { Call, Rule } from './conversion.ts';
import { computedAs, constant, told } from './conversion.ts';
import { BOOLEAN, INTEGERS } from './exported-graph.ts';
import type { Computed, ParameterValue, Scores, Value } from './values.ts';
import type { View } from './view.ts';
import { isBatch, permuted, regrouped, shapeOf, sizeOf, viewOf } from './view.ts';

/** A computed tensor, ids of tokens included. */
export function operand(call: Call): Computed {
  const value = call.value('self');
  if (value?.kind === 'view') return value;
  return value?.kind === 'parameter' || value?.kind === 'rows' || value?.kind === 'size'
    ? call.unsupported(`is not supported for ${told(value)}.`)
    : computedAs(call.computed('self'));
}

/** The same value: copies, casts between floats, memory formats. */
export const same: Rule = (call: Call) => {
  const name = call.node.arguments.has('input') ? 'input' : 'self';
  const value = call.value(name);
  if (value === undefined) call.unsupported(`needs ${name}.`);
  return value;
};

/** Kinds of values that are no number computed from the input and no parameter. */
const FIXED = /^(constant|size|padding|rows)$/;

/** Whether gradients flow through a value to a parameter. */
function isFollowed(call: Call, value: Value): boolean {
  if (value.kind === 'view') return !value.integer;
  return value.kind === 'parameter' ? asConstant(call, value) === undefined : !FIXED.test(value.kind);
}

/** The same numbers as another type; integers and Booleans would be others. */
export const cast: Rule = (call: Call) => {
  const value = same(call) as Value;
  const dtype = call.argument('dtype');
  if ((INTEGERS.includes(dtype) || dtype === BOOLEAN) && isFollowed(call, value))
    call.unsupported(`makes integers or Booleans of ${told(value)}, which is not supported.`);
  return value;
};

/** The same numbers without a gradient: of constants. */
export const detached: Rule = (call: Call) => {
  const value = same(call) as Value;
  if (isFollowed(call, value))
    call.unsupported(`keeps gradients from ${told(value)}, which is not supported.`);
  return value;
};

/** Any change of shape: `shape` says which, −1 for what is left. */
function reshapeTo(call: Call, shape: (have: readonly number[]) => readonly number[]): Value {
  const value = call.value('self');
  if (value?.kind === 'parameter') return reshapedParameter(call, value, shape(value.shape));
  if (value?.kind === 'rows') return { ...value, shape: complete(call, value.shape, shape(value.shape)) };
  if (value?.kind === 'scores' || value?.kind === 'probabilities') {
    const sizes = complete(call, value.shape, shape(value.shape));
    if (String(sizes.slice(-2)) === String(value.shape.slice(-2))) return reshapedScores(call, value, sizes);
  }
  const given = operand(call);
  return { ...given, view: reshapedView(call, given.view, shape(shapeOf(given.view))) };
}

/** Scores whose axes before the last two are grouped otherwise: so are those of queries and keys. */
function reshapedScores(call: Call, scores: Scores, shape: readonly number[]): Scores {
  const lead = shape.slice(0, -2);
  const of = (view: View): View => reshapedView(call, view, [...lead, ...shapeOf(view).slice(-2)]);
  return { ...scores, query: of(scores.query), key: of(scores.key), shape };
}

function reshapedView(call: Call, view: View, wanted: readonly number[]): View {
  const shape = complete(call, shapeOf(view), wanted);
  const regrouping = regrouped(view, shape);
  if (regrouping !== undefined) return regrouping;
  if (!isBatch(view, 0) || shape[0] !== view.batch.size)
    call.unsupported(
      `mixes the batch with other axes ([${shape.slice(1).join(', ')}]), which is not supported.`,
    );
  const flat = call.writer.add(call.id(), 'reshape', [call.writer.shaped(view)], { shape: shape.slice(1) });
  return viewOf(flat, shape.slice(1), view.batch);
}

function complete(call: Call, have: readonly number[], wanted: readonly number[]): readonly number[] {
  const count = have.reduce((a, b) => a * b, 1);
  const known = wanted.reduce((a, b) => (b === -1 ? a : a * b), 1);
  const shape = wanted.map((size) => (size === -1 ? count / known : size));
  if (
    shape.some((size) => !Number.isSafeInteger(size) || size < 1) ||
    shape.reduce((a, b) => a * b, 1) !== count
  )
    call.unsupported(`cannot make [${wanted.join(', ')}] of [${have.join(', ')}].`);
  return shape;
}

function reshapedParameter(call: Call, value: ParameterValue, wanted: readonly number[]): ParameterValue {
  const shape = complete(call, value.shape, wanted);
  const isSame =
    String(shape.filter((size) => size !== 1)) === String(value.shape.filter((size) => size !== 1));
  if (value.transposed && !isSame) call.unsupported(`reshapes ${told(value)}, which is not supported.`);
  return { ...value, shape };
}

export const view: Rule = (call: Call) =>
  reshapeTo(call, () => call.integers(call.node.arguments.has('size') ? 'size' : 'shape') ?? []);

export const flatten: Rule = (call: Call) =>
  reshapeTo(call, (shape) => {
    const first = call.axis(call.integer('start_dim', 0), shape.length);
    const last = call.axis(call.integer('end_dim', -1), shape.length);
    const run = shape.slice(first, last + 1).reduce((a, b) => a * b, 1);
    return [...shape.slice(0, first), run, ...shape.slice(last + 1)];
  });

export const unflatten: Rule = (call: Call) =>
  reshapeTo(call, (shape) => {
    const axis = call.axis(call.integer('dim'), shape.length);
    const sizes = call.integers('sizes') ?? [];
    const known = sizes.reduce((a, b) => (b === -1 ? a : a * b), 1);
    return shape.flatMap((size, i) =>
      i === axis ? sizes.map((part) => (part === -1 ? size / known : part)) : [size],
    );
  });

export const unsqueeze: Rule = (call: Call) =>
  reshapeTo(call, (shape) => {
    const at = call.axis(call.integer('dim'), shape.length + 1);
    return [...shape.slice(0, at), 1, ...shape.slice(at)];
  });

export const squeeze: Rule = (call: Call) =>
  reshapeTo(call, (shape) => {
    const axes = call.integers('dim')?.map((axis) => call.axis(axis, shape.length));
    return shape.filter((size, axis) => size !== 1 || (axes !== undefined && !axes.includes(axis)));
  });

/** Stretches axes of size 1: of the batch, as all examples have them; of tensors, by repeating. */
export const expand: Rule = (call: Call) => {
  const value = call.value('self');
  const wanted = call.integers('size') ?? [];
  const { batch } = call.conversion;
  const shape =
    value?.kind === 'view' ? shapeOf(value.view) : value !== undefined && 'shape' in value ? value.shape : [];
  const lead = wanted.length - shape.length;
  const fits = wanted.every((size, axis) => size === -1 || size === shape[axis - lead]);
  if (value !== undefined && fits && lead === 0) return value;
  if (value?.kind === 'view' && lead === 0)
    return {
      ...value,
      view: stretchedTo(
        call,
        value.view,
        wanted.map((size, axis) => (size === -1 ? shape[axis] : size)),
      ),
    };
  const stretchesBatch = wanted.every(
    (size, axis) =>
      size === -1 ||
      size === (shape[axis - lead] ?? 1) ||
      (size === batch.size && (shape[axis - lead] ?? 1) === 1),
  );
  if ((value?.kind === 'rows' || value?.kind === 'parameter') && stretchesBatch)
    return { ...value, shape: [...new Array<number>(lead).fill(1), ...shape] };
  call.unsupported(`stretches ${told(value)}, which is not supported.`);
};

/** Whole copies along axes; more copies than axes: new axes in front. */
export const repeat: Rule = (call: Call) => {
  const times = [...(call.integers(call.node.arguments.has('repeats') ? 'repeats' : 'dims') ?? [])];
  const given = call.computed('self');
  while (times.length < given.dims.length && call.node.op.startsWith('aten.tile')) times.unshift(1);
  const lead = times.length - given.dims.length;
  if (lead < 0 || times.some((count) => count < 1))
    call.unsupported(`repeats [${shapeOf(given).join(', ')}] [${times.join(', ')}] times.`);
  const start: View = { ...given, dims: [...new Array<[]>(lead).fill([]), ...given.dims] };
  return computedAs(times.reduce<View>((view, count, axis) => copied(call, view, axis, count), start));
};

/** Whole copies along one axis: entries of a new axis before it. */
function copied(call: Call, view: View, axis: number, count: number): View {
  if (count === 1) return view;
  if (view.dims[axis].includes(view.batch)) call.unsupported('repeats the batch, which is not supported.');
  const apart = { ...view, dims: [...view.dims.slice(0, axis), [], ...view.dims.slice(axis)] };
  const { dims, ...rest } = repeated(call, apart, axis, count);
  return {
    ...rest,
    dims: [...dims.slice(0, axis), dims.slice(axis, axis + 2).flat(), ...dims.slice(axis + 2)],
  };
}

/** Each entry of an axis several times. */
export const repeatInterleave: Rule = (call: Call) => {
  const x = call.computed('self');
  if (call.argument('dim') === null) call.unsupported('repeats entries of all axes, which is not supported.');
  const count = call.integer('repeats');
  if (count < 1) call.unsupported(`repeats entries ${count} times.`);
  return computedAs(repeated(call, x, call.axis(call.integer('dim'), x.dims.length), count));
};

/** The shape of what is computed, the batch as 1. */
function shapeLike(call: Call, name: string): readonly number[] {
  const value = call.value(name);
  if (value?.kind !== 'view') return call.unsupported(`is not supported for ${told(value)}.`);
  const { dims, batch } = value.view;
  return dims.map((own) => sizeOf(own.filter((one) => one !== batch)));
}

/** One number in the shape of what is computed: a constant. @param fill - Default: the op's `fill_value`. */
export const filledLike =
  (fill?: number): Rule =>
  (call: Call) =>
    filled(shapeLike(call, 'self'), fill ?? call.number('fill_value'));

/** One number in a given shape, the same for all examples: a first axis as long as the batch counts as 1. @param fill - Default: the op's `fill_value`. */
export const filledNew =
  (fill?: number): Rule =>
  (call: Call) => {
    const { size } = call.conversion.batch;
    const shape = (call.integers('size') ?? []).map((own, axis) => (axis === 0 && own === size ? 1 : own));
    return filled(shape, fill ?? call.number('fill_value'));
  };

function filled(shape: readonly number[], fill: number): Value {
  return constant(shape, new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(fill));
}

/** As long as another along its axes: constants, for all examples. */
export const expandAs: Rule = (call: Call) => {
  const value = call.value('self');
  const other = call.value('other');
  if (value?.kind === 'view' && other?.kind === 'view')
    return { ...value, view: stretchedTo(call, value.view, shapeOf(other.view)) };
  const wanted = shapeLike(call, 'other');
  if (value?.kind !== 'constant')
    return call.unsupported(`stretches ${told(value)}, which is not supported.`);
  const own = [...new Array<number>(Math.max(0, wanted.length - value.shape.length)).fill(1), ...value.shape];
  if (String(own) !== String(wanted))
    call.unsupported(`stretches ${told(value)} to [${wanted.join(', ')}], which is not supported.`);
  return { ...value, shape: own };
};

function reorder(call: Call, order: (axes: number) => readonly number[]): Value {
  const value = call.value('self');
  if (value?.kind === 'parameter') {
    const axes = order(value.shape.length);
    const shape = axes.map((axis) => value.shape[axis]);
    const moved = axes.filter((axis) => value.shape[axis] !== 1);
    const inOrder = moved.every((axis, i) => i === 0 || axis > moved[i - 1]);
    if (!inOrder && moved.length !== 2)
      call.unsupported(`reorders axes of ${told(value)}, which is not supported.`);
    return { ...value, shape, transposed: inOrder ? value.transposed : !value.transposed };
  }
  if (value?.kind === 'rows') {
    const axes = order(value.shape.length);
    const moved = axes.filter((axis) => value.shape[axis] !== 1);
    if (moved.some((axis, i) => i > 0 && axis < moved[i - 1]))
      call.unsupported(`reorders axes of ${told(value)}, which is not supported.`);
    return { ...value, shape: axes.map((axis) => value.shape[axis]) };
  }
  const given = operand(call);
  return { ...given, view: permuted(given.view, order(given.view.dims.length)) };
}

export const permute: Rule = (call: Call) =>
  reorder(call, (axes) => {
    const order = (call.integers('dims') ?? []).map((axis) => call.axis(axis, axes));
    return new Set(order).size === axes ? order : call.unsupported('has dims that are no permutation.');
  });

export const transpose: Rule = (call: Call) =>
  reorder(call, (axes) => {
    const names = call.node.arguments.has('axis0') ? ['axis0', 'axis1'] : ['dim0', 'dim1'];
    const named = call.node.arguments.has(names[0]);
    if (axes !== 2 && call.node.op.startsWith('aten.numpy_T'))
      return Array.from({ length: axes }, (_, i) => axes - 1 - i);
    const [a, b] = (named ? names.map((name) => call.integer(name)) : [-1, -2]).map((axis) =>
      call.axis(axis, axes),
    );
    return Array.from({ length: axes }, (_, i) => (i === a ? b : i === b ? a : i));
  });

/** Axes to other places; the rest keep their order. */
export const moved: Rule = (call: Call) =>
  reorder(call, (axes) => {
    const [from, to] = ['source', 'destination'].map((name) =>
      (call.integers(name) ?? []).map((axis) => call.axis(axis, axes)),
    );
    const rest = Array.from({ length: axes }, (_, i) => i).filter((axis) => !from.includes(axis));
    return Array.from({ length: axes }, (_, i) =>
      to.includes(i) ? from[to.indexOf(i)] : (rest.shift() ?? 0),
    );
  });
