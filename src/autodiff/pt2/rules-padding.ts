/** @file Means over the positions of a sequence that are no padding, as they are written by hand. */
import { asConstant, isPaddingAt } from './constants.ts';
import { type Call, computedAs, told } from './conversion.ts';
import type { Kept, Padding, Value } from './values.ts';
import { sizeOf, type View } from './view.ts';

/** A tensor [batch, T, ..] times a mask [.., T, 1] that is 1 but for padding, where it is 0. */
export function keeps(call: Call, of: View, { token, patterns }: Padding): Value {
  const rank = of.dims.length;
  const positions = sizeOf(of.dims[1] ?? []);
  for (const [p, { shape, data }] of patterns.entries()) {
    const own = [...new Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
    const fits = own.length === rank && own.every((size, axis) => size === (axis === 1 ? positions : 1));
    if (!fits || Array.from(data).some((x, s) => x !== (isPaddingAt(p, s) ? 0 : 1)))
      call.unsupported(
        'multiplies by a mask of padding that is not [batch, T, 1] of 0 and 1, which is not supported.',
      );
  }
  return { kind: 'kept', of, token, keepdim: false };
}

/** The sum over the positions. */
export function sumOfKept(call: Call, kept: Kept): Value {
  const axes = (call.integers('dim') ?? []).map((axis) => call.axis(axis, kept.of.dims.length));
  if (String(axes) !== '1')
    call.unsupported('sums what is no padding over other axes than the positions, which is not supported.');
  return { ...kept, kind: 'kept-sum', keepdim: call.flag('keepdim', false) };
}

/** A sum over positions divided by their number: the mean. */
export function isCount(call: Call, { of, token, keepdim }: Kept, count: Value): Value {
  const positions = sizeOf(of.dims[1]);
  const patterns = count.kind === 'padding' && count.token === token ? count.patterns : [];
  if (patterns.length === 0 || asConstant(call, count) !== undefined)
    call.unsupported(
      `divides the sum of what is no padding by ${told(count)}, not by how much that is: not supported.`,
    );
  for (const [p, { data }] of patterns.entries()) {
    const present = Array.from({ length: positions }, (_, s) => s).filter((s) => !isPaddingAt(p, s)).length;
    if (data.length !== 1 || (present > 0 && data[0] !== present))
      call.unsupported(
        'divides the sum of what is no padding by another number than how much that is: not supported.',
      );
  }
  const features = of.dims.slice(2);
  const axes = [of.dims[1], ...features].filter((own) => own.length > 0);
  const node = call.writer.add(call.id(), 'mean', [call.writer.shaped(of, axes)], {
    axes: [0],
    paddingToken: token,
  });
  const dims = [of.dims[0], ...(keepdim ? [[]] : []), ...features];
  return computedAs({ ...of, node, axes: axes.slice(1), dims, scale: 1 });
}
