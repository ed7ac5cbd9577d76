/** @file Products of matrices: linear layers by hand, q kᵀ, probabilities times v, and any other. */
import type { Call, Rule } from './conversion.ts';
import { computedAs, told } from './conversion.ts';
import { OPEN } from './masks.ts';
import { addMask, isMask } from './rules-attention.ts';
import { timesParameter } from './rules-layers.ts';
import { attend, scoresView } from './scores.ts';
import type { Scores, Value } from './values.ts';
import { permuted, regrouped, shapeOf, sizeOf, type View } from './view.ts';

/** The names of the two factors of a product. */
function factors(call: Call): readonly [first: string, second: string] {
  const named = (...names: string[]): string =>
    names.find((name) => call.node.arguments.has(name)) ?? names[0];
  return [named('batch1', 'self'), named('batch2', 'mat2', 'other')];
}

/** A linear layer by hand, probabilities times v, or a product that may become q kᵀ. */
export const matmul: Rule = (call: Call) => {
  const [first, second] = factors(call);
  const a = call.value(first);
  const b = call.value(second) ?? call.unsupported('needs two factors.');
  if (a?.kind === 'probabilities') return computedAs(attend(call, a, call.computed(second)));
  const x = call.computed(first);
  if (b.kind === 'parameter') return timesParameter(call, x, b, undefined);
  const y = call.computed(second);
  const axes = y.dims.length;
  return productOf(call, x, permuted(y, [...y.dims.map((_, i) => i).slice(0, -2), axes - 1, axes - 2]));
};

/** x keyᵀ over the last axes, those before the same: not yet computed, since it may be part of attention. */
function productOf(call: Call, query: View, key: View): Scores {
  const [left, right] = [shapeOf(query), shapeOf(key)];
  if (
    left.length < 3 ||
    right.length !== left.length ||
    left.at(-1) !== right.at(-1) ||
    String(left.slice(0, -2)) !== String(right.slice(0, -2))
  )
    call.unsupported(
      'multiplies computed tensors of different axes, which is not supported but for [.., rows, n] and [.., n, cols].',
    );
  const shape = [...left.slice(0, -1), right.at(-2) ?? 1];
  return { kind: 'scores', query, key, scale: 1, mask: OPEN, shape };
}

/** A product with a mask added, as nn.MultiheadAttention writes it. */
export const baddbmm: Rule = (call: Call) => {
  if (call.number('beta', 1) !== 1 || call.number('alpha', 1) !== 1)
    call.unsupported('has beta or alpha, which is not supported.');
  const added = call.value('self');
  const scores = matmul(call) as Value;
  if (scores.kind !== 'scores' || !isMask(call, added))
    return call.unsupported(`adds ${told(added)} to a product, which is not supported.`);
  return addMask(call, scores, added);
};

/** Two tensors by their letters: a product of matrices for each value of the letters that both have and the result too. */
export const einsum: Rule = (call: Call) => {
  const equation = call.argument('equation');
  const operands = call.argument('tensors');
  const match =
    typeof equation === 'string'
      ? /^([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)$/.exec(equation.replaceAll(' ', ''))
      : null;
  if (match === null || !Array.isArray(operands) || operands.length !== 2)
    return call.unsupported(
      'has an equation that is not supported: two operands, and the result written out.',
    );
  const [left, right, result] = match.slice(1).map((letters) => [...letters]);
  const inBoth = left.filter((letter) => right.includes(letter));
  const shared = inBoth.filter((letter) => result.includes(letter));
  const summed = inBoth.filter((letter) => !result.includes(letter));
  const alone = [left, right].map((own) => own.filter((letter) => !inBoth.includes(letter)));
  const used = [...shared, ...alone[0], ...alone[1]];
  const plain = [left, right, result].every((own) => new Set(own).size === own.length);
  if (!plain || summed.length === 0 || String([...used].sort()) !== String([...result].sort()))
    return call.unsupported('has an equation that is no product of matrices, which is not supported.');
  const named = operands.map((_, i) => call.listed('tensors', i));
  const order = (own: readonly string[], last: readonly string[]): number[] =>
    last.map((letter) => own.indexOf(letter));
  const [p] = named;
  const turned = (out: View): Value =>
    computedAs(permuted(split(call, out, alone, sizes), order(used, result)));
  const sizes = new Map<string, number>();
  const view = (i: number, letters: readonly string[]): View => {
    const given = call.computedValue(named[i], 'an operand');
    if (given.dims.length !== letters.length) call.unsupported('has an operand with another number of axes.');
    for (const [axis, letter] of letters.entries()) sizes.set(letter, sizeOf(given.dims[axis]));
    const groups = [alone[i], summed];
    return merged(permuted(given, order(letters, [...shared, ...groups.flat()])), [
      shared.length,
      ...groups.map((g) => g.length),
    ]);
  };
  if (
    p.kind === 'probabilities' &&
    String(left) === String([...shared, ...alone[0], ...summed]) &&
    summed.length === 1 &&
    alone[0].length === 1
  ) {
    for (const [axis, letter] of left.entries()) sizes.set(letter, p.shape[axis]);
    const value = view(1, right);
    const axes = value.dims.length;
    return turned(
      attend(call, p, permuted(value, [...value.dims.map((_, i) => i).slice(0, -2), axes - 1, axes - 2])),
    );
  }
  const product = productOf(call, view(0, left), view(1, right));
  const inOrder = String(used) === String(result) && alone.every((own) => own.length === 1);
  return inOrder ? product : turned(scoresView(call, product));
};

/** The last axes in two groups, each one axis. */
function merged(view: View, [lead, ...lengths]: readonly number[]): View {
  const dims = [...view.dims.slice(0, lead)];
  let at = lead;
  for (const length of lengths) {
    dims.push(view.dims.slice(at, at + length).flat());
    at += length;
  }
  return { ...view, dims };
}

/** The reverse of {@link merged} for the rows and columns of a product. */
function split(
  call: Call,
  view: View,
  groups: readonly (readonly string[])[],
  sizes: ReadonlyMap<string, number>,
): View {
  const lead = view.dims.length - 2;
  const shape = [
    ...shapeOf(view).slice(0, lead),
    ...groups.flatMap((letters) => letters.map((letter) => sizes.get(letter) ?? 1)),
  ];
  return regrouped(view, shape) ?? call.unsupported('takes groups of axes apart, which is not supported.');
}
