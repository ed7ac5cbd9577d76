/** @file Operands of different shapes: axes of size 1 that are stretched, and constants beside tensors. */
import type { Call } from './conversion.ts';
import type { Constant } from './values.ts';
import { type Factor, shapeOf, sizeOf, type View } from './view.ts';

/** Where the batch is, counted from the back; every axis of the tensor is the batch alone or has none of it. */
function batchAxis(call: Call, { dims, batch }: View): number {
  const at = dims.findIndex((own) => own.includes(batch));
  if (at < 0 || dims[at].length !== 1)
    call.unsupported('stretches an operand whose batch is mixed with other axes, which is not supported.');
  return at - dims.length;
}

/** The node of a view with all axes of the tensor but the batch, those of size 1 too. */
function apart(call: Call, view: View): { readonly node: string; readonly sizes: readonly number[] } {
  batchAxis(call, view);
  const axes = view.dims.filter((own) => !own.includes(view.batch));
  return { node: call.writer.shaped(view, axes), sizes: axes.map(sizeOf) };
}

/** A view of a node whose axes are those of the tensor, the batch at an axis counted from the back. */
function viewOf(node: string, sizes: readonly number[], at: number, batch: Factor): View {
  const axes = sizes.map((size) => (size === 1 ? [] : [{ size }]));
  const place = sizes.length + 1 + at;
  const dims = [...axes.slice(0, place), [batch], ...axes.slice(place)];
  return { node, axes: sizes.map((size, i) => (size === 1 ? [{ size }] : axes[i])), dims, batch, scale: 1 };
}

/** Entries of an axis of the tensor, each `times` times. */
export function repeated(call: Call, view: View, axis: number, times: number): View {
  if (times === 1) return view;
  const at = batchAxis(call, view);
  const place = view.dims.length + at;
  if (axis === place) call.unsupported('repeats the batch, which is not supported.');
  const { node, sizes } = apart(call, view);
  const own = axis < place ? axis : axis - 1;
  const id = call.writer.add(`${view.node}.repeat`, 'repeat', [node], { axis: own, times });
  return viewOf(
    id,
    sizes.map((size, i) => (i === own ? size * times : size)),
    at,
    view.batch,
  );
}

/** The tensor with axes of size 1 as long as the others' are. @param sizes - Batch included; 1 where it does not matter. */
export function stretchedTo(call: Call, view: View, sizes: readonly number[]): View {
  const lead = sizes.length - view.dims.length;
  const have = shapeOf(view);
  if (lead <= 0 && sizes.every((size, axis) => size === 1 || size === have[axis - lead])) return view;
  const at = batchAxis(call, view);
  if (lead > 0 && -at > view.dims.length - 0)
    call.unsupported('stretches an operand before its batch, which is not supported.');
  let out = view;
  for (let axis = Math.max(0, lead); axis < sizes.length; axis++) {
    const size = have[axis - lead];
    if (sizes[axis] === 1 || sizes[axis] === size) continue;
    if (size !== 1)
      call.unsupported(
        `has operands of different shapes ([${have.slice(1).join(', ')}] and [${sizes.slice(1).join(', ')}]).`,
      );
    out = repeated(call, out, axis - lead, sizes[axis]);
  }
  if (lead <= 0) return out;
  call.unsupported('stretches one of its operands to more axes, which is not supported.');
}

/** x ⊙ c or x + c. */
export function withConstant(call: Call, x: View, constant: Constant, as: 'scale' | 'shift'): View {
  const given = [...constant.shape];
  while (given.length > 1 && given[0] === 1 && given.length > x.dims.length) given.shift();
  if (given.every((size) => size === 1)) return withNumber(call, x, constant.data[0], as);
  const place = x.dims.length + batchAxis(call, x);
  const own = [...new Array<number>(Math.max(0, x.dims.length - given.length)).fill(1), ...given];
  if (own.length > x.dims.length || own[place] !== 1)
    call.unsupported(
      `has a constant [${constant.shape.join(', ')}] beside [${shapeOf(x).slice(1).join(', ')}] that differs between examples or has more axes.`,
    );
  const stretched = stretchedTo(call, x, own);
  const { node, sizes } = apart(call, stretched);
  const shape = own.filter((_, axis) => axis !== place);
  const id = call.writer.free(call.id());
  const name = call.constantTensor(`${id}.${as}`, shape, constant.data);
  return viewOf(
    call.writer.add(id, 'constant-affine', [node], { [as]: name }),
    sizes,
    batchAxis(call, x),
    x.batch,
  );
}

function withNumber(call: Call, x: View, value: number, as: 'scale' | 'shift'): View {
  if (!Number.isFinite(value)) call.unsupported(`has the number ${value}, which is not supported.`);
  if (as === 'scale') return { ...x, scale: x.scale * value };
  if (value === 0) return x;
  const from = call.writer.canonical(x);
  const id = call.writer.free(call.id());
  const name = call.constantTensor(`${id}.shift`, [1], [value]);
  return { ...from, node: call.writer.add(id, 'constant-affine', [from.node], { shift: name }) };
}
