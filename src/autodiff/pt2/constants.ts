/** @file Masks and positions: the part of a graph that does not depend on the input, computed as it is read. */

import { INPUT_ID } from '../graph/description.ts';
import { CONSTANT_RULES } from './constant-rules.ts';
import { type Call, constant } from './conversion.ts';
import { Evaluation } from './evaluation.ts';
import { isReference } from './exported-graph.ts';
import type { Constant, Padding, Value } from './values.ts';

/** No mask or list of positions that is read has more elements, those of all patterns of padding together. */
const MAX_ELEMENTS = 2 ** 24;
/** Positions whose padding is followed. */
export const MAX_POSITIONS: number = 2 ** 16;

/** A constant, also that of a buffer; undefined: the value depends on the input or on parameters. */
export function asConstant(call: Call, value: Value | undefined): Constant | undefined {
  if (value?.kind === 'constant') return value;
  if (value?.kind !== 'parameter' || value.transposed) return undefined;
  const tensor = call.conversion.stored.get(value.name);
  return tensor === undefined || tensor.parameter
    ? undefined
    : constant(value.shape, tensor.data, tensor.dtype === 'BOOL');
}

/** What a node of constants, or of what says where padding is, comes to; undefined when an operand is neither, or the op is not known here. */
export function evaluateConstant(call: Call): Constant | Padding | undefined {
  const [library, name] = call.node.op.split('.');
  const rule = library === 'aten' ? CONSTANT_RULES.get(name) : undefined;
  if (rule === undefined) return undefined;
  const operands = constantOperands(call);
  if (operands === undefined) return undefined;
  const evaluate = (own: ReadonlyMap<string, Constant>, most = MAX_ELEMENTS): Constant => {
    const evaluation = new Evaluation(call, own, most);
    return { ...rule(evaluation), boolean: evaluation.isBoolean(name) };
  };
  const paddings = [...operands.values()].filter((value): value is Padding => value.kind === 'padding');
  if (paddings.length === 0) return evaluate(operands as ReadonlyMap<string, Constant>);
  const [{ token, patterns }] = paddings;
  if (paddings.some((other) => other.token !== token))
    call.unsupported('combines masks of different padding tokens, which is not supported.');
  return {
    kind: 'padding',
    token,
    patterns: patterns.map((_, p) =>
      evaluate(
        new Map(
          [...operands].map(([key, value]) => [key, value.kind === 'padding' ? value.patterns[p] : value]),
        ),
      ),
    ),
  };
}

/** The operands by name, those of lists by name and number; undefined: one of them is computed or a parameter. */
function constantOperands(call: Call): ReadonlyMap<string, Constant | Padding> | undefined {
  const operands = new Map<string, Constant | Padding>();
  for (const [parameter, argument] of call.node.arguments)
    for (const [i, one] of (Array.isArray(argument) ? argument : [argument]).entries()) {
      if (!isReference(one)) continue;
      const value = call.named(one.name);
      if (value.kind === 'size') continue;
      const operand = value.kind === 'padding' ? value : asConstant(call, value);
      if (operand === undefined) return undefined;
      operands.set(Array.isArray(argument) ? `${parameter}.${i}` : parameter, operand);
    }
  return operands;
}

/** Whether ids of tokens are a padding token, or are not. */
export function comparedTokens(call: Call): Padding | undefined {
  const op = call.node.op.split('.')[1];
  const value = call.value('self');
  if (value?.kind !== 'view' || !value.integer || !/^(eq|ne|gt)$/.test(op)) return undefined;
  const { dims, node, axes } = value.view;
  const token = call.number('other');
  const isWhole = node === INPUT_ID && axes.length === 1 && dims.length === 2 && dims[1] === axes[0];
  if (!isWhole || !Number.isInteger(token) || token < 0 || (op === 'gt' && token !== 0))
    return call.unsupported(
      'compares ids of tokens, which is supported as equal or unequal to a padding token.',
    );
  const { size } = axes[0][0];
  if (size > MAX_POSITIONS)
    call.unsupported(`compares ids at ${size} positions, more than ${MAX_POSITIONS}.`);
  return paddingMask(token, size, op === 'eq', true);
}

/** [1, T]: 1 where a token is padding, or where it is not. */
export function paddingMask(token: number, size: number, atPadding: boolean, boolean: boolean): Padding {
  const bits = Math.ceil(Math.log2(Math.max(2, size)));
  return {
    kind: 'padding',
    token,
    patterns: Array.from({ length: 2 + bits }, (_, pattern) =>
      constant(
        [1, size],
        Float64Array.from({ length: size }, (_, s) => Number(isPaddingAt(pattern, s) === atPadding)),
        boolean,
      ),
    ),
  };
}

/** Whether position s is padding in a pattern. */
export function isPaddingAt(pattern: number, s: number): boolean {
  return pattern === 1 || (pattern > 1 && ((s >> (pattern - 2)) & 1) === 1);
}
