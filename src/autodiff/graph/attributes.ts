/** @file What each op of a description must have: how many operands, and which attributes. */
import type { NodeAttributes, NodeOp } from './description.ts';
import {
  atLeast,
  different,
  type Field,
  finite,
  flag,
  list,
  MAX_SIZE,
  name,
  optional,
  whole,
  word,
} from './fields.ts';

/** How many operands an op takes, and what its attributes must be. */
export interface NodeForm<K extends NodeOp> {
  readonly operands: readonly [least: number, most: number];
  readonly attributes: { readonly [A in keyof NodeAttributes[K]]-?: Field };
}

const size = whole(1);
const axis = whole(0, 7);
const sizes = (n: number): Field => list(size, n, n);
const paddings = (n: number): Field => list(whole(0), n, n);
const affine = { weight: name, bias: optional(name) };
const normalising = { weight: optional(name), bias: optional(name), eps: atLeast(0) };
const pooling = { kernel: sizes(2), stride: sizes(2), padding: paddings(2) };
const sequencePooling = { kernel: sizes(1), stride: sizes(1), padding: paddings(1) };
const table = { weight: name, rows: size };
const padding = optional(whole(0));

const unary = <const A>(attributes: A) => ({ operands: [1, 1], attributes }) as const;

/** Every op. */
export const NODE_FORMS: { readonly [K in NodeOp]: NodeForm<K> } = {
  linear: unary({ ...affine, transposed: optional(flag) }),
  conv2d: unary({ ...affine, ...pooling, dilation: sizes(2), groups: size }),
  conv1d: unary({
    ...affine,
    kernel: sizes(1),
    stride: sizes(1),
    padding: paddings(1),
    dilation: sizes(1),
    groups: size,
  }),
  'conv-transpose2d': unary({
    ...affine,
    ...pooling,
    outputPadding: paddings(2),
    dilation: sizes(2),
    groups: size,
  }),
  'conv-transpose1d': unary({
    ...affine,
    ...sequencePooling,
    outputPadding: paddings(1),
    dilation: sizes(1),
    groups: size,
  }),
  embedding: unary({ ...table, paddingToken: padding }),
  'position-embedding': unary(table),
  'layer-norm': unary(normalising),
  'group-norm': unary({ ...normalising, groups: size }),
  'rms-norm': unary({ weight: optional(name), eps: atLeast(0) }),
  'batch-norm': unary({ ...normalising, mean: name, variance: name }),
  identity: unary({}),
  tanh: unary({}),
  relu: unary({}),
  silu: unary({}),
  sigmoid: unary({}),
  gelu: unary({ approximate: word('none', 'tanh') }),
  'leaky-relu': unary({ slope: finite }),
  softplus: unary({ beta: atLeast(Number.MIN_VALUE), threshold: optional(finite) }),
  'log-sigmoid': unary({}),
  hardtanh: unary({ min: finite, max: finite }),
  clamp: unary({ min: optional(finite), max: optional(finite) }),
  elu: unary({ alpha: finite, scale: finite, rate: finite }),
  hardsigmoid: unary({}),
  hardswish: unary({}),
  mish: unary({}),
  softshrink: unary({ lambda: atLeast(0) }),
  threshold: unary({ threshold: finite, value: finite }),
  abs: unary({}),
  sin: unary({}),
  cos: unary({}),
  erf: unary({}),
  exp: unary({}),
  log: unary({}),
  log1p: unary({}),
  power: unary({ exponent: finite }),
  norm: unary({ axes: different(list(axis, 1)) }),
  dropout: unary({ rate: atLeast(0) }),
  add: { operands: [2, 2], attributes: {} },
  multiply: { operands: [2, 2], attributes: {} },
  scale: unary({ factor: finite }),
  'layer-scale': unary(affine),
  'constant-affine': unary({ scale: optional(name), shift: optional(name) }),
  'sparse-matmul': unary({ axis, size, indices: name, values: name }),
  'max-pool': unary(pooling),
  'avg-pool': unary({ ...pooling, countPadding: flag }),
  'max-pool1d': unary(sequencePooling),
  'avg-pool1d': unary({ ...sequencePooling, countPadding: flag }),
  'global-avg-pool': unary({}),
  mean: unary({ axes: different(list(axis, 1)), paddingToken: padding }),
  last: unary({ paddingToken: whole(0) }),
  flatten: unary({}),
  reshape: unary({ shape: list(size, 1) }),
  transpose: unary({ axes: different(list(axis, 1)) }),
  split: unary({ start: whole(0), stop: size, axis: optional(axis) }),
  select: unary({ axis, index: whole(0) }),
  concat: { operands: [2, MAX_SIZE], attributes: { axis: optional(axis) } },
  repeat: unary({ axis, times: size }),
  matmul: { operands: [2, 2], attributes: { transpose: optional(flag) } },
  mask: unary({ causal: optional(flag), paddingToken: padding, keep: optional(name) }),
  softmax: unary({}),
  attention: {
    operands: [3, 3],
    attributes: { heads: size, causal: flag, scale: optional(finite), paddingToken: padding },
  },
};

/** Every op by name, for messages. */
export const NODE_OPS: readonly NodeOp[] = Object.keys(NODE_FORMS) as NodeOp[];
