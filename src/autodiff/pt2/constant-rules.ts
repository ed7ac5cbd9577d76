/** @file Ops of PyTorch on constants. */
import { exp } from '../../linalg/elementary/exp.ts';
import { log } from '../../linalg/elementary/log.ts';
import { constant } from './conversion.ts';
import { type Evaluation, offsetOf, sliceOf, stridesOf } from './evaluation.ts';
import { BOOLEAN, INTEGERS } from './exported-graph.ts';
import type { Constant } from './values.ts';

/** No product of constants has more terms. */
const MAX_PRODUCTS = 2 ** 28;

type Evaluate = (e: Evaluation) => Constant;

const same: Evaluate = (e) => e.get(e.call.node.arguments.has('input') ? 'input' : 'self');
/** The same numbers as another type: integers lose what is behind the point. */
const cast: Evaluate = (e) => {
  const dtype = e.call.argument('dtype');
  const given = same(e);
  const as = (value: (x: number) => number): Constant =>
    constant(given.shape, Float64Array.from(given.data, value), dtype === BOOLEAN);
  if (INTEGERS.includes(dtype)) return as(Math.trunc);
  return dtype === BOOLEAN ? as((x) => Number(x !== 0)) : given;
};

/** The first with `alpha` times the second. */
const withMultiple =
  (value: (a: number, b: number, alpha: number) => number): Evaluate =>
  (e) => {
    const alpha = e.call.number('alpha', 1);
    return e.each(['self', 'other'], (a, b) => value(a, b, alpha));
  };

const ROUNDINGS: { readonly [mode: string]: (x: number) => number } = {
  floor: Math.floor,
  trunc: Math.trunc,
};

/** Quotients, maybe cut to integers. */
const quotient: Evaluate = (e) => {
  const mode = e.call.argument('rounding_mode');
  const rounded = typeof mode === 'string' ? ROUNDINGS[mode] : (x: number): number => x;
  if (rounded === undefined) return e.call.unsupported('rounds in an unknown way.');
  return e.each(['self', 'other'], (a, b) => rounded(a / b));
};

/** An operation on bits, which of Booleans is one of logic. */
const bits =
  (logic: (a: boolean, b: boolean) => boolean): Evaluate =>
  (e) => {
    for (const name of ['self', 'other'])
      if (e.call.node.arguments.has(name) && !e.get(name).boolean)
        e.call.unsupported('works on the bits of integers, which is not supported.');
    const names = e.call.node.arguments.has('other') ? ['self', 'other'] : ['self'];
    return e.each(names, (a, b = 0) => Number(logic(a !== 0, b !== 0)));
  };

const binary =
  (value: (a: number, b: number) => number): Evaluate =>
  (e) =>
    e.each(['self', 'other'], value);
const filled =
  (value: (e: Evaluation) => number, size: (e: Evaluation) => readonly number[]): Evaluate =>
  (e) => {
    const fill = value(e);
    return e.filled(size(e), () => fill);
  };
const ofSize = (e: Evaluation): readonly number[] => e.shape('size');
const likeSelf = (e: Evaluation): readonly number[] => e.get('self').shape;
const fillValue = (e: Evaluation): number => e.call.number('fill_value');
const zero = (): number => 0;
const one = (): number => 1;

const reshaped: Evaluate = (e) => {
  const { shape, data } = e.get('self');
  const wanted = e.shape(e.call.node.arguments.has('size') ? 'size' : 'shape');
  const count = shape.reduce((a, b) => a * b, 1);
  const known = wanted.reduce((a, b) => (b === -1 ? a : a * b), 1);
  const sizes = wanted.map((size) => (size === -1 ? count / known : size));
  if (sizes.reduce((a, b) => a * b, 1) !== count)
    e.call.unsupported(`cannot make [${wanted.join(', ')}] of [${shape.join(', ')}].`);
  return constant(sizes, data);
};

/** Between two numbers, either of which may be absent. */
const clamped: Evaluate = (e) => {
  const { call } = e;
  const bound = (name: string, none: number): number =>
    call.argument(name) === null ? none : call.number(name);
  const [low, high] = [bound('min', Number.NEGATIVE_INFINITY), bound('max', Number.POSITIVE_INFINITY)];
  return e.each(['self'], (a) => Math.min(high, Math.max(low, a)));
};

/** Side by side along an axis that is there, or a new one. */
const joined: Evaluate = (e) => {
  const isNew = e.call.node.op.startsWith('aten.stack');
  const parts = e.list('tensors');
  const rank = parts[0]?.shape.length ?? 0;
  const axis = e.call.axis(e.call.integer('dim', 0), rank + (isNew ? 1 : 0));
  const shapes = parts.map(({ shape }) =>
    isNew ? [...shape.slice(0, axis), 1, ...shape.slice(axis)] : shape,
  );
  const shape = (shapes[0] ?? []).map((size, i) =>
    i === axis ? shapes.reduce((sum, one) => sum + one[i], 0) : size,
  );
  if (
    shapes.some(
      (one) => one.length !== shape.length || one.some((size, i) => i !== axis && size !== shape[i]),
    )
  )
    e.call.unsupported('has constants whose shapes do not match.');
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const owners = shapes.flatMap((one, p) =>
    Array.from({ length: one[axis] }, (_, k) => [p, k, one[axis]] as const),
  );
  return e.filled(shape, (i) => {
    const [p, k, size] = owners[Math.floor(i / inner) % shape[axis]];
    const before = Math.floor(i / (inner * shape[axis]));
    return parts[p].data[(before * size + k) * inner + (i % inner)];
  });
};

/** Over axes, or over all. */
const summed: Evaluate = (e) => {
  const { shape, data } = e.get('self');
  const given = e.call.integers('dim') ?? [];
  const axes =
    given.length === 0 ? shape.map((_, i) => i) : given.map((axis) => e.call.axis(axis, shape.length));
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const sums = new Float64Array(kept.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) sums[offsetOf(i, shape, strides)] += data[i];
  return constant(
    e.call.flag('keepdim', false) ? kept : shape.filter((_, axis) => !axes.includes(axis)),
    sums,
  );
};

/** Whole copies along axes. */
const repeated: Evaluate = (e) => {
  const { shape } = e.get('self');
  const times = e.shape('repeats');
  const own = [...new Array<number>(Math.max(0, times.length - shape.length)).fill(1), ...shape];
  const strides = stridesOf(own);
  const sizes = own.map((size, axis) => size * times[axis]);
  const { data } = e.get('self');
  return e.filled(sizes, (i) => {
    let [rest, at] = [i, 0];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at += ((rest % sizes[axis]) % own[axis]) * strides[axis];
      rest = Math.floor(rest / sizes[axis]);
    }
    return data[at];
  });
};

/** Products of matrices, the axes before stretched to one another. */
const product: Evaluate = (e) => {
  const [a, b] = [e.get('self'), e.get('other')];
  const [rows, depth] = a.shape.slice(-2);
  const [deep, cols] = b.shape.slice(-2);
  if (a.shape.length < 2 || b.shape.length < 2 || depth !== deep)
    e.call.unsupported('multiplies constants that are no such matrices.');
  const rank = Math.max(a.shape.length, b.shape.length) - 2;
  const lead = [a, b].map(({ shape }) => [
    ...new Array<number>(rank + 2 - shape.length).fill(1),
    ...shape.slice(0, -2),
  ]);
  const before = Array.from({ length: rank }, (_, axis) => Math.max(lead[0][axis], lead[1][axis]));
  const terms = before.reduce((x, y) => x * y, rows * cols * depth);
  if (terms > MAX_PRODUCTS)
    e.call.unsupported(`multiplies constants with ${terms} products, more than ${MAX_PRODUCTS}.`);
  const places = lead.map((sizes) =>
    stridesOf(sizes).map((stride, axis) => (sizes[axis] === 1 ? 0 : stride)),
  );
  return e.filled([...before, rows, cols], (i) => {
    const [j, r] = [i % cols, Math.floor(i / cols) % rows];
    const sheet = Math.floor(i / (rows * cols));
    const [p, q] = places.map((strides) => offsetOf(sheet, before, strides));
    let sum = 0;
    for (let k = 0; k < depth; k++)
      sum += a.data[(p * rows + r) * depth + k] * b.data[(q * depth + k) * cols + j];
    return sum;
  });
};

function outer(e: Evaluation, left: string, right: string): Constant {
  const [a, b] = [e.get(left), e.get(right)];
  const cols = b.data.length;
  return e.filled([a.data.length, cols], (i) => a.data[Math.floor(i / cols)] * b.data[i % cols]);
}

/** Keeps the elements at or below (sign 1), or at or above (−1), a diagonal of the last two axes. */
const triangle =
  (sign: number): Evaluate =>
  (e) => {
    const { shape, data } = e.get('self');
    const diagonal = e.call.integer('diagonal', 0);
    const [rows, cols] = shape.slice(-2);
    return e.filled(shape, (i) =>
      sign * ((i % cols) - (Math.floor(i / cols) % rows) - diagonal) <= 0 ? data[i] : 0,
    );
  };

const swapped: Evaluate = (e) => {
  const { shape, strides } = e.laid();
  const given = e.call.node.arguments.has('dim0')
    ? [e.call.integer('dim0'), e.call.integer('dim1')]
    : [-1, -2];
  const [a, b] = given.map((axis) => e.call.axis(axis, shape.length));
  [shape[a], shape[b]] = [shape[b], shape[a]];
  [strides[a], strides[b]] = [strides[b], strides[a]];
  return e.moved(shape, strides);
};

/** By the name of the op without library and overload. */
export const CONSTANT_RULES: ReadonlyMap<string, Evaluate> = new Map<string, Evaluate>([
  ['arange', (e) => {
    const start = e.call.number('start', 0);
    const step = e.call.number('step', 1);
    return e.filled([Math.max(0, Math.ceil((e.call.number('end') - start) / step))], (i) => start + i * step);
  }],
  ['full', filled(fillValue, ofSize)],
  ['ones', filled(one, ofSize)],
  ['zeros', filled(zero, ofSize)],
  ['new_full', filled(fillValue, ofSize)],
  ['new_ones', filled(one, ofSize)],
  ['new_zeros', filled(zero, ofSize)],
  ['full_like', filled(fillValue, likeSelf)],
  ['ones_like', filled(one, likeSelf)],
  ['zeros_like', filled(zero, likeSelf)],
  ['scalar_tensor', (e) => constant([], [e.call.number('s')])],
  ...['clone', 'alias', 'detach', 'detach_', 'contiguous', 'lift_fresh', 'lift_fresh_copy', 'type_as'].map((op): [string, Evaluate] => [op, same]),
  ['to', cast],
  ['_to_copy', cast],
  ['view', reshaped],
  ['reshape', reshaped],
  ['_unsafe_view', reshaped],
  ['unsqueeze', (e) => {
    const { shape, data } = e.get('self');
    const at = e.call.axis(e.call.integer('dim'), shape.length + 1);
    return constant([...shape.slice(0, at), 1, ...shape.slice(at)], data);
  }],
  ['squeeze', (e) => {
    const { shape, data } = e.get('self');
    const dims = e.call.integers('dim')?.map((axis) => e.call.axis(axis, shape.length));
    return constant(shape.filter((size, axis) => size !== 1 || (dims !== undefined && !dims.includes(axis))), data);
  }],
  ['expand', (e) => {
    const { shape, strides } = e.laid();
    const wanted = e.shape('size');
    const lead = wanted.length - shape.length;
    const sizes = wanted.map((size, axis) => (size === -1 ? shape[axis - lead] : size));
    return e.moved(sizes, sizes.map((size, axis) => (axis < lead || shape[axis - lead] !== size ? 0 : strides[axis - lead])));
  }],
  ['permute', (e) => {
    const { shape, strides } = e.laid();
    const order = (e.call.integers('dims') ?? []).map((axis) => e.call.axis(axis, shape.length));
    return e.moved(order.map((axis) => shape[axis]), order.map((axis) => strides[axis]));
  }],
  ['transpose', swapped],
  ['t', swapped],
  ['slice', (e) => {
    const { shape, strides } = e.laid();
    const axis = e.call.axis(e.call.integer('dim', 0), shape.length);
    const step = e.call.integer('step', 1);
    const [start, stop] = sliceOf(e.call, shape[axis]);
    shape[axis] = Math.max(0, Math.ceil((stop - start) / step));
    const from = start * strides[axis];
    strides[axis] *= step;
    return e.moved(shape, strides, from);
  }],
  ['select', (e) => {
    const { shape, strides } = e.laid();
    const axis = e.call.axis(e.call.integer('dim'), shape.length);
    const from = e.call.axis(e.call.integer('index'), shape[axis]) * strides[axis];
    shape.splice(axis, 1);
    strides.splice(axis, 1);
    return e.moved(shape, strides, from);
  }],
  ['tril', triangle(1)],
  ['triu', triangle(-1)],
  ['logical_not', (e) => e.each(['self'], (a) => Number(a === 0))],
  ['bitwise_not', bits((a) => !a)],
  ['neg', (e) => e.each(['self'], (a) => -a)],
  ['eq', binary((a, b) => Number(a === b))],
  ['ne', binary((a, b) => Number(a !== b))],
  ['lt', binary((a, b) => Number(a < b))],
  ['le', binary((a, b) => Number(a <= b))],
  ['gt', binary((a, b) => Number(a > b))],
  ['ge', binary((a, b) => Number(a >= b))],
  ['logical_and', binary((a, b) => Number(a !== 0 && b !== 0))],
  ['logical_or', binary((a, b) => Number(a !== 0 || b !== 0))],
  ['__and__', bits((a, b) => a && b)],
  ['__or__', bits((a, b) => a || b)],
  ['bitwise_and', bits((a, b) => a && b)],
  ['bitwise_or', bits((a, b) => a || b)],
  ['add', withMultiple((a, b, alpha) => a + alpha * b)],
  ['add_', withMultiple((a, b, alpha) => a + alpha * b)],
  ['sub', withMultiple((a, b, alpha) => a - alpha * b)],
  ['rsub', withMultiple((a, b, alpha) => b - alpha * a)],
  ['mul', binary((a, b) => a * b)],
  ['div', quotient],
  ['floor_divide', binary((a, b) => Math.floor(a / b))],
  ['abs', (e) => e.each(['self'], Math.abs)],
  ['cos', (e) => e.each(['self'], Math.cos)],
  ['sin', (e) => e.each(['self'], Math.sin)],
  ['exp', (e) => e.each(['self'], exp)],
  ['log', (e) => e.each(['self'], log)],
  ['sqrt', (e) => e.each(['self'], Math.sqrt)],
  ['reciprocal', (e) => e.each(['self'], (a) => 1 / a)],
  ['pow', (e) => e.each([e.call.node.arguments.has('input') ? 'input' : 'self', 'exponent'], (a, b) => a ** b)],
  ['clamp', clamped],
  ['clamp_min', (e) => e.each(['self', 'min'], Math.max)],
  ['minimum', binary(Math.min)],
  ['maximum', binary(Math.max)],
  ['matmul', product],
  ['outer', (e) => outer(e, 'self', 'vec2')],
  ['cat', joined],
  ['stack', joined],
  ['sum', summed],
  ['repeat', repeated],
  ['bool', (e) => e.each(['self'], (a) => Number(a !== 0))],
  ['masked_fill_', (e) => e.each(['self', 'mask', 'value'], (a, m, v) => (m !== 0 ? v : a))],
  ['mul_', binary((a, b) => a * b)],
  ['where', (e) => e.each(['condition', 'self', 'other'], (c, a, b) => (c !== 0 ? a : b))],
  ['masked_fill', (e) => e.each(['self', 'mask', 'value'], (a, m, v) => (m !== 0 ? v : a))],
]); // biome-ignore format: a table
