/** @file Pooling and means. */

import { alongAxis, chosen, type Element } from './along-axis.ts';
import type { Call, Rule } from './conversion.ts';
import { computedAs } from './conversion.ts';
import { spatial } from './rules-layers.ts';
import { sumOfKept } from './rules-padding.ts';
import type { Computed } from './values.ts';
import type { View } from './view.ts';
import { exampleAxes, isBatch, shapeOf, sizeOf } from './view.ts';

/** Images [batch, channels, height, width], or sequences [batch, channels, length]. */
function images(call: Call): View {
  const x = call.computed(call.node.arguments.has('self') ? 'self' : 'input');
  const wanted = /1d/.test(call.node.op) ? 3 : /3d/.test(call.node.op) ? 5 : 4;
  return x.dims.length === wanted && isBatch(x, 0)
    ? x
    : call.unsupported(
        wanted === 3
          ? 'needs sequences [batch, channels, length].'
          : 'needs images [batch, channels, height, width].',
      );
}

/** The op of the description for so many axes. */
function opFor(op: 'max-pool' | 'avg-pool', axes: number): string {
  return axes === 1 ? `${op}1d` : op;
}

/** Sizes of the result. */
function pooled(
  call: Call,
  x: View,
  kernel: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
): number[] {
  const up = call.flag('ceil_mode', false);
  return shapeOf(x)
    .slice(2)
    .map((size, axis) => {
      const steps = (size + 2 * padding[axis] - kernel[axis]) / stride[axis];
      const last = up ? Math.ceil(steps) : Math.floor(steps);
      // no window begins beyond the image and the padding before it
      const out = last * stride[axis] >= size + padding[axis] ? last : last + 1;
      return out >= 1
        ? out
        : call.unsupported(`has a kernel larger than [${shapeOf(x).slice(2).join(', ')}].`);
    });
}

const pool =
  (op: 'max-pool' | 'avg-pool'): Rule =>
  (call: Call) => {
    const x = images(call);
    const axes = x.dims.length - 2;
    const kernel = call.perAxis('kernel_size', axes, 1);
    const given = call.integers('stride') ?? [];
    const stride = given.length === 0 ? kernel : call.perAxis('stride', axes, 1);
    const padding = call.perAxis('padding', axes, 0);
    if (call.perAxis('dilation', axes, 1).some((step) => step !== 1))
      call.unsupported('has dilation, which is not supported for pooling.');
    if (call.argument('divisor_override') !== null)
      call.unsupported('has divisor_override, which is not supported.');
    const sizes = pooled(call, x, kernel, stride, padding);
    const rest = shapeOf(x)
      .slice(2)
      .map((size, axis) => (sizes[axis] - 1) * stride[axis] + kernel[axis] - size - 2 * padding[axis]);
    if (op === 'avg-pool' && (axes === 3 || rest.some((more) => more > 0)))
      return computedAs(averaged(call, x, { kernel, stride, padding, sizes }));
    if (axes === 3) call.unsupported('is over three axes, which is not supported.');
    if (rest.some((more) => more > 0)) return overhanging(call, x, rest, { kernel, stride, padding, sizes });
    const countPadding = op === 'avg-pool' ? { countPadding: call.flag('count_include_pad', true) } : {};
    const input = [call.writer.shaped(x, x.dims.slice(1))];
    const attributes = { kernel, stride, padding, ...countPadding };
    const id = call.writer.add(call.id(), opFor(op, axes), input, attributes);
    return computedAs(spatial(x, id, sizeOf(x.dims[1]), sizes));
  };

interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly sizes: readonly number[];
}

/** Means over windows that hang over the end: axis by axis, each with the number of entries that PyTorch counts. */
function averaged(call: Call, x: View, { kernel, stride, padding, sizes }: Windows): View {
  const counts = call.flag('count_include_pad', true);
  return sizes.reduce((view, out, i) => {
    const size = shapeOf(x)[i + 2];
    const elements = Array.from({ length: out }, (_, r): readonly Element[] => {
      const start = r * stride[i] - padding[i];
      const stop = Math.min(start + kernel[i], size + padding[i]);
      return meanOf(r, Math.max(0, start), Math.min(stop, size), counts ? stop - start : undefined);
    });
    return alongAxis(call, view, i + 2, out, elements.flat());
  }, x);
}

/** Entries start..stop − 1 divided by their number, or by another. */
function meanOf(row: number, start: number, stop: number, count = stop - start): readonly Element[] {
  return Array.from({ length: stop - start }, (_, k) => [row, start + k, 1 / count]);
}

/** The greatest of windows that hang over the end: there the last entry stands again, which each of these windows has. */
function overhanging(
  call: Call,
  x: View,
  rest: readonly number[],
  { kernel, stride, padding, sizes }: Windows,
): Computed {
  const wide = rest.reduce((view, more, i) => {
    const size = shapeOf(x)[i + 2];
    const length = size + Math.max(0, more);
    return alongAxis(
      call,
      view,
      i + 2,
      length,
      chosen(length, (r) => Math.min(r, size - 1)),
    );
  }, x);
  const input = [call.writer.shaped(wide, wide.dims.slice(1))];
  const id = call.writer.add(call.id(), opFor('max-pool', kernel.length), input, { kernel, stride, padding });
  return computedAs(spatial(wide, id, sizeOf(x.dims[1]), sizes)) as Computed;
}

export const maxPool: Rule = pool('max-pool');
export const avgPool: Rule = pool('avg-pool');

/** To a size that divides the image's: a pooling with that kernel; to one value: the mean of all. */
const adaptive =
  (op: 'max-pool' | 'avg-pool'): Rule =>
  (call: Call) => {
    const x = images(call);
    const have = shapeOf(x).slice(2);
    const out = call.perAxis('output_size', have.length, 1);
    const spatialAxes = have.map((_, axis) => axis + 2);
    if (op === 'avg-pool' && out.every((size) => size === 1)) return overAxes(call, x, spatialAxes, true);
    const kernel = have.map((size, axis) => size / out[axis]);
    if (op === 'avg-pool' && !kernel.every(Number.isInteger)) return computedAs(adapted(call, x, out));
    if (!kernel.every(Number.isInteger))
      call.unsupported(`pools [${have.join(', ')}] to [${out.join(', ')}], which does not divide.`);
    const attributes = {
      kernel,
      stride: kernel,
      padding: have.map(() => 0),
      ...(op === 'avg-pool' ? { countPadding: true } : {}),
    };
    const input = [call.writer.shaped(x, x.dims.slice(1))];
    const id = call.writer.add(call.id(), opFor(op, have.length), input, attributes);
    return computedAs(spatial(x, id, sizeOf(x.dims[1]), out));
  };

/** Means over windows ⌊r n/out⌋ … ⌈(r + 1) n/out⌉ of each axis. */
function adapted(call: Call, x: View, out: readonly number[]): View {
  return out.reduce((view, length, i) => {
    const size = shapeOf(x)[i + 2];
    const elements = Array.from({ length }, (_, r) =>
      meanOf(r, Math.floor((r * size) / length), Math.ceil(((r + 1) * size) / length)),
    );
    return alongAxis(call, view, i + 2, length, elements.flat());
  }, x);
}

/** The greatest along one axis, which becomes one of size 1. */
export function greatestAlong(call: Call, x: View, axis: number): View {
  const rest = exampleAxes({ ...x, dims: x.dims.filter((_, i) => i !== axis) });
  const length = sizeOf(x.dims[axis]);
  const input = call.writer.shaped(x, [rest.flat(), x.dims[axis]]);
  const window = { kernel: [length], stride: [length], padding: [0] };
  const node = call.writer.add(call.id(), 'max-pool1d', [input], window);
  return {
    ...x,
    node,
    axes: [rest.flat(), []],
    dims: x.dims.map((own, i) => (i === axis ? [] : own)),
    scale: 1,
  };
}

/** Over axes: as many times the mean. */
export const sum: Rule = (call: Call) => {
  const value = call.value('self');
  if (value?.kind === 'kept') return sumOfKept(call, value);
  const x = call.computed('self');
  const dims = axesOf(call, x);
  const count = dims.reduce((product, axis) => product * sizeOf(x.dims[axis]), 1);
  const { view } = overAxes(call, x, dims, call.flag('keepdim', false));
  return computedAs({ ...view, scale: view.scale * count });
};

export const adaptiveMaxPool: Rule = adaptive('max-pool');
export const adaptiveAvgPool: Rule = adaptive('avg-pool');

/** The mean over axes of the tensor. Over the last alone, kept: maybe part of a normalisation. */
export const mean: Rule = (call: Call) => {
  const value = call.value('self');
  const keep = call.flag('keepdim', false);
  if (value?.kind === 'square' && isLast(call, value.of) && keep)
    return { kind: 'moment', of: value.of, centred: value.centred, eps: 0, power: 1 };
  const x = call.computed('self');
  const dims = axesOf(call, x);
  if (keep && isLast(call, x) && x.dims.length !== 4) return { kind: 'last-mean', of: x, centred: false };
  return overAxes(call, x, dims, keep);
};

function axesOf(call: Call, x: View): readonly number[] {
  const all = x.dims.map((_, axis) => axis);
  const given = call.integers('dim') ?? [];
  return given.length === 0 ? all : given.map((axis) => call.axis(axis, x.dims.length));
}

function isLast(call: Call, x: View): boolean {
  const dims = axesOf(call, x);
  return dims.length === 1 && dims[0] === x.dims.length - 1;
}

export function overAxes(call: Call, x: View, dims: readonly number[], keep: boolean): Computed {
  if (dims.some((axis) => x.dims[axis].includes(x.batch)))
    call.unsupported('takes a mean over the batch, which is not supported.');
  const axes = exampleAxes(x);
  const input = call.writer.shaped(x, axes);
  const gone = dims
    .map((axis) => axes.findIndex((own) => own.length > 0 && own[0] === x.dims[axis][0]))
    .filter((axis) => axis >= 0);
  const rest = axes.filter((_, i) => !gone.includes(i));
  const isGlobal = axes.length === 3 && !gone.includes(0) && gone.length === 2;
  const id = isGlobal
    ? call.writer.add(call.id(), 'global-avg-pool', [input])
    : call.writer.add(call.id(), 'mean', [input], { axes: [...gone].sort((a, b) => a - b) });
  const left = keep
    ? x.dims.map((own, axis) => (dims.includes(axis) ? [] : own))
    : x.dims.filter((_, axis) => !dims.includes(axis));
  return computedAs({
    ...x,
    node: gone.length === 0 ? input : id,
    axes: rest.length === 0 ? [[]] : rest,
    dims: left,
    scale: 1,
  });
}
