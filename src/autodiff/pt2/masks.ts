/** @file What a mask of attention says: causal, padding, or any constant. */
import { asConstant, isPaddingAt } from './constants.ts';
import { type Call, constant, told } from './conversion.ts';
import type { Constant, Mask, Value } from './values.ts';

/** Numbers at most this are −∞ to a softmax in which others are not. */
const MASKED = -1e4;

/** No key is hidden. */
export const OPEN: Mask = { causal: false };

/**
 * Reads a mask [.., T, S] of constants, or of these and of where a sequence is padding.
 *
 * @param added - What is added to a score where the mask has this number.
 */
export function readMask(
  call: Call,
  mask: Value,
  [queries, keys]: readonly [number, number],
  added: (element: number) => number,
): Mask {
  const base = mask.kind === 'padding' ? mask.patterns[0] : asConstant(call, mask);
  if (base === undefined)
    return call.unsupported(
      `masks by ${told(mask)}: only constant masks and comparisons of the input with a padding token are supported.`,
    );
  const rows = base.shape.at(-2) ?? 1;
  const cols = base.shape.at(-1) ?? 1;
  if ((rows !== 1 && rows !== queries) || (cols !== 1 && cols !== keys))
    call.unsupported(`has a mask [${base.shape.join(', ')}] for ${queries} queries and ${keys} keys.`);
  const sums = Float64Array.from(base.data, added);
  const isHidden = (sum: number): boolean => sum <= MASKED;
  if (sums.some((sum) => !isHidden(sum) && !Number.isFinite(sum)))
    call.unsupported('adds to scores of attention what is no number.');
  const constantPart = ofConstant(base, sums, isHidden, [queries, keys]);
  if (mask.kind !== 'padding') return constantPart;
  for (const [p, { data }] of mask.patterns.entries())
    for (let i = 0; i < sums.length; i++) {
      const own = added(data[i]);
      const hides = isHidden(sums[i]) || isPaddingAt(p, i % cols);
      if (cols !== keys || isHidden(own) !== hides || (!hides && own !== sums[i]))
        call.unsupported('has a mask of padding that does more than hide its keys, which is not supported.');
    }
  return { ...constantPart, paddingToken: mask.token };
}

function ofConstant(
  { shape }: Constant,
  sums: Float64Array,
  isHidden: (sum: number) => boolean,
  [queries, keys]: readonly [number, number],
): Mask {
  const rows = shape.at(-2) ?? 1;
  const cols = shape.at(-1) ?? 1;
  const shift = sums.some((sum) => !isHidden(sum) && sum !== 0)
    ? {
        shift: constant(
          shape,
          sums.map((sum) => (isHidden(sum) ? 0 : sum)),
        ),
      }
    : {};
  const places = Array.from(
    sums,
    (sum, i) => [Math.floor(i / cols) % rows, i % cols, isHidden(sum)] as const,
  );
  if (places.every(([, , hidden]) => !hidden)) return { ...OPEN, ...shift };
  if (rows === queries && cols === keys && places.every(([t, s, hidden]) => hidden === s > t))
    return { causal: true, ...shift };
  return {
    ...OPEN,
    ...shift,
    keep: constant(
      shape,
      sums.map((sum) => (isHidden(sum) ? 0 : 1)),
    ),
  };
}

/** Both. */
export function together(call: Call, a: Mask, b: Mask): Mask {
  const tokens = [a.paddingToken, b.paddingToken].filter((token) => token !== undefined);
  if (new Set(tokens).size > 1 || (a.keep && b.keep) || (a.shift && b.shift))
    call.unsupported('has two masks of one kind, which is not supported.');
  return { ...a, ...b, causal: a.causal || b.causal };
}

/** A constant [.., T, S] for scores [heads, T, S]: without axes of size 1 before. */
export function forHeads(call: Call, { shape, data }: Constant, heads: number): Constant {
  const lead = shape.slice(0, -2).filter((size) => size !== 1);
  const last = [...new Array<number>(Math.max(0, 2 - shape.length)).fill(1), ...shape.slice(-2)];
  if (lead.length > 1 || (lead.length === 1 && lead[0] !== heads))
    call.unsupported(
      `has a mask [${shape.join(', ')}] that is not one for all examples and heads, or one for each head.`,
    );
  return constant([...lead, ...last], data);
}
