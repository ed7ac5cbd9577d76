/** @file Attention: PyTorch's op, and mask and softmax by hand. */
import { repeated } from './broadcast.ts';
import { asConstant } from './constants.ts';
import type { Call, Rule } from './conversion.ts';
import { computedAs, told } from './conversion.ts';
import { OPEN, readMask, together } from './masks.ts';
import { attend } from './scores.ts';
import type { Mask, Scores, Value } from './values.ts';
import { exampleAxes, shapeOf, sizeOf, type View } from './view.ts';

/** Heads of keys or values, each for several of the queries. */
function sharedHeads(call: Call, view: View, heads: number): View {
  const axis = view.dims.length - 3;
  const own = sizeOf(view.dims[axis] ?? []);
  if (axis < 1 || heads % own !== 0)
    call.unsupported(`shares ${own} heads among ${heads}, which do not divide.`);
  return repeated(call, view, axis, heads / own);
}

export const scaledDotProduct: Rule = (call: Call) => {
  if (call.number('dropout_p', 0) !== 0)
    call.unsupported('has dropout: export it in evaluation mode (model.eval).');
  const [query, ...others] = ['query', 'key', 'value'].map((name) => call.computed(name));
  const heads = sizeOf(query.dims.at(-3) ?? []);
  const shares = call.flag('enable_gqa', false);
  const [key, value] = others.map((view) => (shares ? sharedHeads(call, view, heads) : view));
  const features = shapeOf(key).at(-1) ?? 1;
  const scale = call.argument('scale') === null ? 1 / Math.sqrt(features) : call.number('scale');
  const given = call.value('attn_mask');
  const base = given?.kind === 'padding' ? given.patterns[0] : asConstant(call, given);
  const shows = base?.boolean === true;
  const added = (x: number): number => (!shows ? x : x === 0 ? Number.NEGATIVE_INFINITY : 0);
  const sizes = [shapeOf(query).at(-2) ?? 1, shapeOf(key).at(-2) ?? 1] as const;
  const mask = given === undefined ? OPEN : readMask(call, given, sizes, added);
  const causal = call.flag('is_causal', false);
  return computedAs(
    attend(call, { query, key, scale, mask: { ...mask, causal: mask.causal || causal } }, value),
  );
};

/** Queries and keys of scores. */
function sizesOf({ shape }: Scores): readonly [number, number] {
  return [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
}

function masked(call: Call, scores: Scores, mask: Mask): Scores {
  return { ...scores, mask: together(call, scores.mask, mask) };
}

/** Whether a value is added to scores as a mask. */
export function isMask(call: Call, value: Value | undefined): value is Value {
  return value?.kind === 'padding' || asConstant(call, value) !== undefined;
}

/** Scores with a mask added. */
export function addMask(call: Call, scores: Scores, mask: Value): Value {
  return masked(
    call,
    scores,
    readMask(call, mask, sizesOf(scores), (x) => x),
  );
}

/** Scores with −∞ where a mask is true. */
export const maskedFill: Rule = (call: Call) => {
  const scores = call.value('self');
  const mask = call.value('mask');
  if (scores?.kind !== 'scores' || mask === undefined)
    return call.unsupported(`masks ${told(scores)}, which is not supported.`);
  const fill = call.number('value');
  return masked(
    call,
    scores,
    readMask(call, mask, sizesOf(scores), (x) => (x === 0 ? 0 : fill)),
  );
};

/** Scores where a mask is true, −∞ elsewhere; or the reverse. */
export const where: Rule = (call: Call) => {
  const [mask, a, b] = ['condition', 'self', 'other'].map((name) => call.value(name));
  const first = a?.kind === 'scores';
  const scores = first ? a : b;
  const other = first ? 'other' : 'self';
  const fill =
    call.value(other) === undefined
      ? [call.number(other)]
      : Array.from(asConstant(call, call.value(other))?.data ?? []);
  if (scores?.kind !== 'scores' || mask === undefined || new Set(fill).size !== 1)
    return call.unsupported('chooses between tensors, which is not supported but for masks of attention.');
  const added = (x: number): number => ((x !== 0) === first ? 0 : fill[0]);
  return masked(call, scores, readMask(call, mask, sizesOf(scores), added));
};

/** Of scores: over the keys. Of other tensors: over one axis. Its logarithm at the end is left to the loss. */
export const softmax =
  (logarithm: boolean): Rule =>
  (call: Call) => {
    const value = call.value('self');
    const axis = call.integer('dim');
    if (!logarithm && value?.kind === 'scores') {
      if (call.axis(axis, value.shape.length) !== value.shape.length - 1)
        call.unsupported('is over queries, not keys, which is not supported.');
      return { ...value, kind: 'probabilities' };
    }
    const x = call.computed('self');
    const at = call.axis(axis, x.dims.length);
    const isLast = at === x.dims.length - 1;
    if (logarithm) {
      if (!isLast) call.unsupported('is not over the last axis, which is not supported.');
      return { kind: 'view', view: x, integer: false, logSoftmax: true };
    }
    if (x.dims[at].includes(x.batch)) call.unsupported('is over the batch, which is not supported.');
    const axes = [...exampleAxes({ ...x, dims: x.dims.filter((_, i) => i !== at) }), x.dims[at]];
    const id = call.writer.add(call.id(), 'softmax', [call.writer.shaped(x, axes)]);
    return computedAs({ ...x, node: id, axes, scale: 1 });
  };
