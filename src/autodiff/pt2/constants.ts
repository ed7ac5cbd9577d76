/** @file Masks and positions: the part of a graph that does not depend on the input, computed as it is read. */

import { type Call, constant } from './conversion.ts';
import type { Argument } from './exported-graph.ts';
import { isReference } from './exported-graph.ts';
import type { Constant, Value } from './values.ts';

/** No mask or list of positions that is read has more elements. */
const MAX_ELEMENTS = 2 ** 24;
/** ScalarType of the schema. */
const BOOLEAN_TYPE = 12;

/** A constant, also that of a buffer; undefined: the value depends on the input or on parameters. */
export function asConstant(call: Call, value: Value | undefined): Constant | undefined {
  if (value?.kind === 'constant') return value;
  if (value?.kind !== 'parameter' || value.transposed) return undefined;
  const tensor = call.conversion.stored.get(value.name);
  return tensor === undefined || tensor.parameter
    ? undefined
    : constant(value.shape, tensor.data, tensor.dtype === 'BOOL');
}

/** What a node of constants is; undefined when an operand is none, or the op is not known here. */
export function evaluateConstant(call: Call): Constant | undefined {
  const [library, name] = call.node.op.split('.');
  const rule = library === 'aten' ? RULES.get(name) : undefined;
  if (rule === undefined) return undefined;
  const operands = new Map<string, Constant>();
  for (const [parameter, argument] of call.node.arguments) {
    if (!isReference(argument)) continue;
    const value = call.named(argument.name);
    if (value.kind === 'size') continue;
    const operand = asConstant(call, value);
    if (operand === undefined) return undefined;
    operands.set(parameter, operand);
  }
  const evaluation = new Evaluation(call, operands);
  return { ...rule(evaluation), boolean: evaluation.isBoolean(name) };
}

/** One node of constants. */
class Evaluation {
  readonly call: Call;
  private readonly operands: ReadonlyMap<string, Constant>;

  constructor(call: Call, operands: ReadonlyMap<string, Constant>) {
    this.call = call;
    this.operands = operands;
  }

  /** The operand of that name: a constant, or a number as one. */
  get(name: string): Constant {
    return this.operands.get(name) ?? constant([], [this.call.number(name)]);
  }

  /** Whether the result is of Booleans. */
  isBoolean(op: string): boolean {
    const dtype = this.call.argument('dtype');
    if (typeof dtype === 'number') return dtype === BOOLEAN_TYPE;
    if (/^(eq|ne|lt|le|gt|ge|(logical|bitwise)_.*)$/.test(op)) return true;
    const of = this.operands.get('self') ?? this.operands.get('input');
    return of?.boolean ?? typeof this.call.argument('fill_value') === 'boolean';
  }

  /** The shape that an argument asks for, the batch as 1. */
  shape(name: string): number[] {
    const { batch } = this.call.conversion;
    return (this.call.integers(name) ?? []).map((size) => (size === batch.size && size > 1e6 ? 1 : size));
  }

  filled(shape: readonly number[], value: (index: number) => number): Constant {
    const count = shape.reduce((a, b) => a * b, 1);
    if (!(count >= 0 && count <= MAX_ELEMENTS))
      this.call.unsupported(`is a constant of ${count} elements, more than ${MAX_ELEMENTS}.`);
    return constant(
      shape,
      Float64Array.from({ length: count }, (_, i) => value(i)),
    );
  }

  /** Operands stretched to one shape, element by element. */
  each(names: readonly string[], value: (...elements: number[]) => number): Constant {
    const operands = names.map((name) => this.get(name));
    const rank = Math.max(...operands.map(({ shape }) => shape.length));
    const padded = operands.map(({ shape }) => [...new Array<number>(rank - shape.length).fill(1), ...shape]);
    const shape = Array.from({ length: rank }, (_, axis) => Math.max(...padded.map((sizes) => sizes[axis])));
    for (const sizes of padded)
      if (sizes.some((size, axis) => size !== 1 && size !== shape[axis]))
        this.call.unsupported('has constants whose shapes do not match.');
    const strides = padded.map((sizes) =>
      stridesOf(sizes).map((stride, axis) => (sizes[axis] === 1 ? 0 : stride)),
    );
    return this.filled(shape, (i) =>
      value(...operands.map(({ data }, k) => data[offsetOf(i, shape, strides[k])])),
    );
  }

  /** Elements of the first operand at other places. */
  moved(shape: readonly number[], strides: readonly number[], start = 0): Constant {
    const { data } = this.get('self');
    return this.filled(shape, (i) => data[start + offsetOf(i, shape, strides)]);
  }

  /** Strides and shape of the operand. */
  laid(): { shape: number[]; strides: number[] } {
    const { shape } = this.get('self');
    return { shape: [...shape], strides: stridesOf(shape) };
  }
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, run = 1; axis >= 0; run *= shape[axis], axis--) strides[axis] = run;
  return strides;
}

function offsetOf(index: number, shape: readonly number[], strides: readonly number[]): number {
  let offset = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    offset += (index % shape[axis]) * strides[axis];
    index = Math.floor(index / shape[axis]);
  }
  return offset;
}

type Evaluate = (e: Evaluation) => Constant;

const same: Evaluate = (e) => e.get(e.call.node.arguments.has('input') ? 'input' : 'self');
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

const RULES: ReadonlyMap<string, Evaluate> = new Map<string, Evaluate>([
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
  ...['clone', 'alias', 'detach', 'detach_', 'to', '_to_copy', 'contiguous', 'lift_fresh', 'lift_fresh_copy', 'type_as'].map((op): [string, Evaluate] => [op, same]),
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
  ['bitwise_not', (e) => e.each(['self'], (a) => Number(a === 0))],
  ['neg', (e) => e.each(['self'], (a) => -a)],
  ['eq', binary((a, b) => Number(a === b))],
  ['ne', binary((a, b) => Number(a !== b))],
  ['lt', binary((a, b) => Number(a < b))],
  ['le', binary((a, b) => Number(a <= b))],
  ['gt', binary((a, b) => Number(a > b))],
  ['ge', binary((a, b) => Number(a >= b))],
  ['logical_and', binary((a, b) => Number(a !== 0 && b !== 0))],
  ['logical_or', binary((a, b) => Number(a !== 0 || b !== 0))],
  ['bitwise_and', binary((a, b) => Number(a !== 0 && b !== 0))],
  ['bitwise_or', binary((a, b) => Number(a !== 0 || b !== 0))],
  ['add', binary((a, b) => a + b)],
  ['add_', binary((a, b) => a + b)],
  ['sub', binary((a, b) => a - b)],
  ['rsub', binary((a, b) => b - a)],
  ['mul', binary((a, b) => a * b)],
  ['div', binary((a, b) => a / b)],
  ['where', (e) => e.each(['condition', 'self', 'other'], (c, a, b) => (c !== 0 ? a : b))],
  ['masked_fill', (e) => e.each(['self', 'mask', 'value'], (a, m, v) => (m !== 0 ? v : a))],
]); // biome-ignore format: a table

/** [start, stop) of a slice of an axis, as Python counts. */
export function sliceOf(call: Call, size: number): readonly [start: number, stop: number] {
  const clamp = (value: number): number => Math.min(size, Math.max(0, value < 0 ? value + size : value));
  const end: Argument = call.argument('end');
  return [clamp(call.number('start', 0)), end === null ? size : clamp(call.number('end'))];
}
