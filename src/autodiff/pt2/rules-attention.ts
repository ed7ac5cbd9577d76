/** @file Attention: PyTorch's op, and products, mask and softmax by hand. */
import { asConstant } from './constants.ts';
import type { Call, Rule } from './conversion.ts';
import { computedAs, told } from './conversion.ts';
import { timesParameter } from './rules-layers.ts';
import type { Scores, Value } from './values.ts';
import type { Factor, View } from './view.ts';
import { permuted, shapeOf, sizeOf } from './view.ts';

/** Numbers at most this are −∞ to a softmax in which others are not. */
const MASKED = -1e4;
/** Two scales this close, relatively, are the same but for rounding. */
const ROUNDING = 1e-14;

/** A tensor [.., positions, features]: the axes before are batch and heads. */
interface HeadView {
  readonly heads: readonly Factor[];
  readonly positions: readonly Factor[];
  readonly features: readonly Factor[];
  /** Product of sizes before the batch. */
  readonly place: number;
}

function headView(call: Call, { dims, batch }: View): HeadView {
  const [positions, features] = dims.slice(-2);
  const lead = dims.slice(0, -2).flat();
  const at = lead.indexOf(batch);
  if (dims.length < 3 || at < 0)
    call.unsupported(
      'is attention over other axes than [batch, heads, positions, features], which is not supported.',
    );
  return {
    heads: lead.filter((factor) => factor !== batch),
    positions,
    features,
    place: sizeOf(lead.slice(0, at)),
  };
}

/** softmax(scale · q kᵀ + mask) v as a node; the result has the axes of v, with the positions of q. */
function attend(call: Call, scores: Omit<Scores, 'kind' | 'shape'>, value: View): Value {
  const parts = [scores.query, scores.key, value].map((view) => headView(call, view));
  const [q, k, v] = parts;
  const sizes = parts.map(({ heads, positions, features, place }) =>
    [sizeOf(heads), sizeOf(positions), sizeOf(features), place].join(),
  );
  if (new Set(sizes).size > 1)
    call.unsupported(
      `has queries, keys and values of different shapes (heads, positions, features: ${sizes.map((one) => one.replace(/,\d+$/, '')).join('; ')}), which is not supported.`,
    );
  const views = [scores.query, scores.key, value];
  const inputs = parts.map(({ heads, positions, features }, i) =>
    call.writer.shaped(i < 2 ? { ...views[i], scale: 1 } : views[i], [positions, [...heads, ...features]]),
  );
  const usual = 1 / Math.sqrt(sizeOf(k.features));
  const scale = scores.scale * scores.query.scale * scores.key.scale;
  const own = Math.abs(scale - usual) <= ROUNDING * usual ? {} : { scale };
  const id = call.writer.add(call.id(), 'attention', inputs, {
    heads: sizeOf(q.heads),
    causal: scores.causal,
    ...own,
  });
  const positions = [{ size: sizeOf(q.positions) }];
  const dims = [...value.dims.slice(0, -2), positions, v.features];
  return computedAs({ ...value, node: id, axes: [positions, [...v.heads, ...v.features]], dims, scale: 1 });
}

export const scaledDotProduct: Rule = (call: Call) => {
  if (call.number('dropout_p', 0) !== 0)
    call.unsupported('has dropout: export it in evaluation mode (model.eval).');
  if (call.flag('enable_gqa', false))
    call.unsupported('shares keys among heads (enable_gqa), which is not supported.');
  const [query, key, value] = ['query', 'key', 'value'].map((name) => call.computed(name));
  const features = shapeOf(key).at(-1) ?? 1;
  const scale = call.argument('scale') === null ? 1 / Math.sqrt(features) : call.number('scale');
  const mask = call.value('attn_mask');
  const positions = shapeOf(query).at(-2) ?? 1;
  const shows = asConstant(call, mask)?.boolean === true;
  const added = (x: number): number => (!shows ? x : x === 0 ? Number.NEGATIVE_INFINITY : 0);
  const masked = mask !== undefined && isCausal(call, mask, positions, added);
  return attend(call, { query, key, scale, causal: masked || call.flag('is_causal', false) }, value);
};

/**
 * Whether a constant mask [.., T, T] hides all later positions; false: it hides nothing.
 *
 * @param added - What is added to a score where the mask has this number.
 */
function isCausal(call: Call, mask: Value, positions: number, added: (element: number) => number): boolean {
  const given = asConstant(call, mask);
  if (given === undefined)
    return call.unsupported(`masks by ${told(mask)}: only constant masks are supported.`);
  const { shape, data } = given;
  const rows = shape.at(-2) ?? 1;
  const cols = shape.at(-1) ?? 1;
  const leading = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  const hides = (t: number, s: number, sheet: number): boolean => {
    const sum = added(data[(sheet * rows + (rows === 1 ? 0 : t)) * cols + (cols === 1 ? 0 : s)]);
    if (sum !== 0 && !(sum <= MASKED))
      call.unsupported(`adds ${sum} to scores of attention: only masks of 0 and −∞ are supported.`);
    return sum !== 0;
  };
  const kinds = new Set<string>();
  if ((rows !== 1 && rows !== positions) || (cols !== 1 && cols !== positions))
    call.unsupported(`has a mask [${shape.join(', ')}] for ${positions} positions.`);
  for (let sheet = 0; sheet < leading; sheet++)
    for (let t = 0; t < positions; t++)
      for (let s = 0; s < positions; s++)
        if (t !== s) kinds.add(`${s > t ? 'later' : 'earlier'} ${hides(t, s, sheet) ? 'hidden' : 'seen'}`);
        else if (hides(t, s, sheet)) kinds.add('itself hidden');
  const found = [...kinds].sort().join(', ');
  if (found === '' || found === 'earlier seen, later seen') return false;
  if (found === 'earlier seen, later hidden') return true;
  return call.unsupported('has a mask that is neither causal nor empty, which is not supported.');
}

/** Scores with a mask added. */
export function addMask(call: Call, a: Value | undefined, b: Value | undefined): Value {
  const [scores, mask] = a?.kind === 'scores' ? [a, b] : [b, a];
  if (scores?.kind !== 'scores' || mask === undefined)
    return call.unsupported('adds to scores of attention what is no mask.');
  const causal = isCausal(call, mask, scores.shape.at(-1) ?? 1, (x) => x);
  return { ...scores, causal: scores.causal || causal };
}

/** Scores with −∞ where a mask is true. */
export const maskedFill: Rule = (call: Call) => {
  const scores = call.value('self');
  const mask = call.value('mask');
  if (scores?.kind !== 'scores' || mask === undefined)
    return call.unsupported(`masks ${told(scores)}, which is not supported.`);
  const fill = call.number('value');
  const causal = isCausal(call, mask, scores.shape.at(-1) ?? 1, (x) => (x === 0 ? 0 : fill));
  return { ...scores, causal: scores.causal || causal };
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
  const causal = isCausal(call, mask, scores.shape.at(-1) ?? 1, (x) => ((x !== 0) === first ? 0 : fill[0]));
  return { ...scores, causal: scores.causal || causal };
};

/** Of scores: over the keys. Of the result of the network: left to the loss, if it is its logarithm. */
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
    if (!logarithm)
      return call.unsupported(
        `of ${told(value)} is not supported: it belongs to attention, or to the loss (export the logits).`,
      );
    const x = call.computed('self');
    if (call.axis(axis, x.dims.length) !== x.dims.length - 1)
      call.unsupported('is not over the last axis, which is not supported.');
    return { kind: 'view', view: x, integer: false, logSoftmax: true };
  };

/** A linear layer by hand, q kᵀ, or probabilities times v. */
export const matmul: Rule = (call: Call) => {
  const second = call.node.arguments.has('other')
    ? 'other'
    : call.node.arguments.has('mat2')
      ? 'mat2'
      : 'batch2';
  const a = call.value('self');
  const b = call.value(second) ?? call.unsupported('needs two factors.');
  if (a?.kind === 'probabilities') return attend(call, a, call.computed(second));
  const x = call.computed('self');
  if (b.kind === 'parameter') return timesParameter(call, x, b, undefined);
  const y = call.computed(second);
  const axes = y.dims.length;
  const key = permuted(
    y,
    y.dims.map((_, i) => (i === axes - 1 ? axes - 2 : i === axes - 2 ? axes - 1 : i)),
  );
  const [left, right] = [shapeOf(x), shapeOf(key)];
  if (left.length < 3 || left.at(-1) !== right.at(-1) || axes !== left.length)
    call.unsupported('multiplies two computed tensors, which is supported as q kᵀ of attention only.');
  return {
    kind: 'scores',
    query: x,
    key,
    scale: 1,
    causal: false,
    shape: [...left.slice(0, -1), right.at(-2) ?? 1],
  };
};
