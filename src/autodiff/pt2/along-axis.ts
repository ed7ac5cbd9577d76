/** @file A constant sparse matrix along an axis of a tensor: what padding, resampling and averages over windows come to. */
import type { Call } from './conversion.ts';
import { exampleAxes, sizeOf, type View } from './view.ts';

/** Row, column and value of an element that is not 0. */
export type Element = readonly [row: number, col: number, value: number];

/** No matrix has more elements. */
export const MAX_ELEMENTS: number = 2 ** 22;

/** y = M x along an axis of the tensor, which then has `size` entries. @param elements - Sorted by rows and columns. */
export function alongAxis(
  call: Call,
  x: View,
  axis: number,
  size: number,
  elements: readonly Element[],
): View {
  const own = x.dims[axis];
  const have = sizeOf(own);
  if (own.includes(x.batch)) call.unsupported('moves along the batch, which is not supported.');
  if (size === have && elements.length === have && elements.every(([r, c, v]) => r === c && v === 1))
    return x;
  if (elements.length > MAX_ELEMENTS || !Number.isSafeInteger(size) || size < 1)
    call.unsupported(`makes an axis of ${have} one of ${size}, which is not supported.`);
  // an axis of size 1 may be none of the node
  const place = exampleAxes({ ...x, dims: x.dims.slice(0, axis) }).length;
  const kept = exampleAxes(x);
  const axes = own.length > 0 ? kept : [...kept.slice(0, place), [], ...kept.slice(place)];
  const id = call.writer.free(call.id());
  const indices = [0, 1].flatMap((k) => elements.map((element) => element[k]));
  const attributes = {
    axis: place,
    size,
    indices: call.constantTensor(`${id}.indices`, [2, elements.length], indices),
    values: call.constantTensor(
      `${id}.values`,
      [elements.length],
      elements.map(([, , value]) => value),
    ),
  };
  const node = call.writer.add(id, 'sparse-matmul', [call.writer.shaped(x, axes)], attributes);
  const out = [{ size }];
  return {
    ...x,
    node,
    axes: axes.map((one, i) => (i === place ? out : one)),
    dims: x.dims.map((one, i) => (i === axis ? out : one)),
    scale: 1,
  };
}

/** Entry `from(r)` for each row r; undefined: 0. */
export function chosen(size: number, from: (row: number) => number | undefined): readonly Element[] {
  return Array.from({ length: size }, (_, r) => [r, from(r), 1] as const).filter(
    (element): element is readonly [number, number, 1] => element[1] !== undefined,
  );
}
