/** @file Padding, interpolation, sums along an axis, and entries by constant positions. */
import { alongAxis, chosen, type Element, MAX_ELEMENTS } from './along-axis.ts';
import { withConstant } from './broadcast.ts';
import { asConstant } from './constants.ts';
import { type Call, computedAs, constant, type Rule, told } from './conversion.ts';
import { isReference } from './exported-graph.ts';
import { permuted, regrouped, shapeOf, type View } from './view.ts';

/** Which entry stands at a place outside 0..size − 1. */
const OUTSIDE: Readonly<Record<string, (at: number, size: number) => number | undefined>> = {
  constant: () => undefined,
  reflect: (at, size) => (at < 0 ? -at : 2 * (size - 1) - at),
  replicate: (at, size) => Math.min(size - 1, Math.max(0, at)),
  circular: (at, size) => ((at % size) + size) % size,
};

function padded(call: Call, x: View, mode: string, value: number): View {
  const given = call.integers(call.node.arguments.has('pad') ? 'pad' : 'padding') ?? [];
  const outside = OUTSIDE[mode] ?? call.unsupported(`pads by ${mode}, which is not supported.`);
  let out = x;
  for (let k = 0; 2 * k < given.length; k++) {
    const [before, after] = [given[2 * k], given[2 * k + 1]];
    const axis = call.axis(-1 - k, x.dims.length);
    if (before === 0 && after === 0) continue;
    const size = shapeOf(x)[axis];
    const length = size + before + after;
    const elements = chosen(length, (r) => {
      const at = r - before;
      return at >= 0 && at < size ? at : outside(at, size);
    });
    if (elements.some(([, col]) => col < 0 || col >= size))
      call.unsupported(`pads ${size} entries by ${before} and ${after}, which do not suffice.`);
    out = alongAxis(call, out, axis, length, elements);
    if (mode !== 'constant' || value === 0) continue;
    const rest = new Float64Array(length).fill(value);
    for (const [row] of elements) rest[row] = 0;
    const shape = [length, ...new Array<number>(x.dims.length - 1 - axis).fill(1)];
    out = withConstant(call, out, constant(shape, rest), 'shift');
  }
  return out;
}

export const pad: Rule = (call: Call) => {
  const mode = call.argument('mode') ?? 'constant';
  const value = call.argument('value') === null ? 0 : call.number('value');
  return computedAs(padded(call, call.computed('self'), String(mode), value));
};

export const padAs =
  (mode: string): Rule =>
  (call: Call) =>
    computedAs(padded(call, call.computed('self'), mode, 0));

/** Where the centre of an entry of the result lies among those of the operand, as PyTorch counts. */
function source(corners: boolean, ratio: number, size: number, out: number): (row: number) => number {
  if (corners) return (r) => (out === 1 ? 0 : (r * (size - 1)) / (out - 1));
  return (r) => Math.max(0, (r + 0.5) * ratio - 0.5);
}

/** The axes behind channels to their new sizes. @param ratio - Of entry distances, by axis: undefined where the sizes say. */
function resampled(
  call: Call,
  elements: (size: number, out: number, ratio: number) => readonly Element[],
): View {
  const x = call.computed(call.node.arguments.has('input') ? 'input' : 'self');
  const have = shapeOf(x).slice(2);
  const wanted = call.integers('output_size');
  const factors = factorsOf(call, have.length);
  let out = x;
  for (const [i, size] of have.entries()) {
    const factor = factors?.[i];
    const length = wanted?.[i] ?? Math.floor(size * (factor ?? 1));
    const ratio = factor === undefined ? size / length : 1 / factor;
    out = alongAxis(call, out, i + 2, length, elements(size, length, ratio));
  }
  return out;
}

function factorsOf(call: Call, axes: number): readonly number[] | undefined {
  const list = call.argument('scale_factors');
  if (Array.isArray(list)) return list.map(Number);
  const each = ['scales_h', 'scales_w'].slice(2 - axes).map((name) => call.argument(name));
  if (axes === 1 && call.argument('scales') !== null) return [call.number('scales')];
  return each.every((one) => typeof one === 'number') ? (each as number[]) : undefined;
}

export const nearest: Rule = (call: Call) =>
  computedAs(
    resampled(call, (size, out, ratio) => chosen(out, (r) => Math.min(size - 1, Math.floor(r * ratio)))),
  );

export const linearly: Rule = (call: Call) => {
  const corners = call.flag('align_corners', false);
  return computedAs(
    resampled(call, (size, out, ratio) => {
      const at = source(corners, ratio, size, out);
      return Array.from({ length: out }, (_, r): readonly Element[] => {
        const low = Math.min(size - 1, Math.floor(at(r)));
        const rest = Math.min(1, at(r) - low);
        const high = Math.min(size - 1, low + 1);
        return high === low || rest === 0
          ? [[r, low, 1]]
          : [
              [r, low, 1 - rest],
              [r, high, rest],
            ];
      }).flat();
    }),
  );
};

/** Channels into space, or back. */
export const pixelShuffle =
  (back: boolean): Rule =>
  (call: Call) => {
    const x = call.computed('self');
    const r = call.integer(back ? 'downscale_factor' : 'upscale_factor');
    const shape = shapeOf(x);
    const lead = shape.slice(0, -3);
    const [channels, height, width] = shape.slice(-3);
    const n = lead.length;
    const apart = back ? [channels, height / r, r, width / r, r] : [channels / (r * r), r, r, height, width];
    const order = back ? [0, 2, 4, 1, 3] : [0, 3, 1, 4, 2];
    const whole = back
      ? [channels * r * r, height / r, width / r]
      : [channels / (r * r), height * r, width * r];
    if (![...apart, ...whole].every(Number.isInteger))
      call.unsupported(`has a factor ${r} that does not divide [${shape.slice(1).join(', ')}].`);
    const view = regrouped(x, [...lead, ...apart]);
    const turned = view && permuted(view, [...lead.map((_, i) => i), ...order.map((axis) => axis + n)]);
    const result = turned && regrouped(turned, [...lead, ...whole]);
    return computedAs(result ?? call.unsupported('mixes the batch with other axes, which is not supported.'));
  };

/** Running sums. */
export const cumulativeSum: Rule = (call: Call) => {
  const x = call.computed('self');
  const axis = call.axis(call.integer('dim'), x.dims.length);
  const size = entriesOf(call, x, axis);
  if ((size * (size + 1)) / 2 > MAX_ELEMENTS)
    call.unsupported(`adds up ${size} entries one by one, which is not supported.`);
  const elements = Array.from({ length: size }, (_, r) =>
    Array.from({ length: r + 1 }, (__, c): Element => [r, c, 1]),
  );
  return computedAs(alongAxis(call, x, axis, size, elements.flat()));
};

/** Differences of neighbours along an axis, n times. */
export const differences: Rule = (call: Call) => {
  for (const name of ['prepend', 'append'])
    if (call.argument(name) !== null) call.unsupported(`has ${name}, which is not supported.`);
  let x = call.computed('self');
  const axis = call.axis(call.integer('dim', -1), x.dims.length);
  for (let n = call.integer('n', 1); n > 0; n--) {
    const size = entriesOf(call, x, axis) - 1;
    const elements = Array.from({ length: size }, (_, r): Element[] => [
      [r, r, -1],
      [r, r + 1, 1],
    ]);
    x = alongAxis(call, x, axis, size, elements.flat());
  }
  return computedAs(x);
};

/** How many entries an axis has. @throws {UnsupportedError} it is the batch, whose size nobody knows. */
export function entriesOf(call: Call, x: View, axis: number): number {
  if (x.dims[axis].includes(x.batch)) call.unsupported('moves along the batch, which is not supported.');
  return shapeOf(x)[axis];
}

/** The entries of x along the dims, each in the place that `from` says: result r is entry from(r, size, i) for the i-th of them. */
function rearranged(
  call: Call,
  dims: readonly number[],
  from: (r: number, size: number, i: number) => number,
): ReturnType<Rule> {
  let x = call.computed('self');
  for (const [i, dim] of dims.entries()) {
    const axis = call.axis(dim, x.dims.length);
    const size = entriesOf(call, x, axis);
    const entries = chosen(size, (r) => from(r, size, i));
    x = alongAxis(call, x, axis, size, entries);
  }
  return computedAs(x);
}

/** Entries in reverse. */
export const flip: Rule = (call: Call) =>
  rearranged(call, call.integers('dims') ?? [], (r, size) => size - 1 - r);

/** Entries that wander around the end. */
export const roll: Rule = (call: Call) => {
  const shifts = call.integers('shifts') ?? [];
  const dims = call.integers('dims') ?? [];
  if (shifts.length !== dims.length) call.unsupported('rolls without dims, which is not supported.');
  return rearranged(call, dims, (r, size, i) => (((r - shifts[i]) % size) + size) % size);
};

/** Entries of one axis at constant positions. */
function entries(call: Call, axis: number, positions: ArrayLike<number>): View {
  const x = call.computed('self');
  const size = shapeOf(x)[axis];
  const at = Array.from(positions, (position) => (position < 0 ? position + size : position));
  if (at.some((position) => !(position >= 0 && position < size)))
    call.unsupported(`takes entries outside of 0..${size - 1}.`);
  return alongAxis(
    call,
    x,
    axis,
    at.length,
    chosen(at.length, (r) => at[r]),
  );
}

export const indexSelect: Rule = (call: Call) => {
  const index = asConstant(call, call.value('index'));
  const rank = call.computed('self').dims.length;
  if (index === undefined)
    return call.unsupported(`takes entries by ${told(call.value('index'))}, which is not supported.`);
  return computedAs(entries(call, call.axis(call.integer('dim'), rank), index.data));
};

/** x[:, …, constant positions of one axis]. */
export const index: Rule = (call: Call) => {
  const list = call.argument('indices');
  const given = Array.isArray(list) ? list : [];
  const named = given.flatMap((one, axis) => (isReference(one) ? [axis] : []));
  const positions = named.length === 1 ? asConstant(call, call.listed('indices', named[0])) : undefined;
  if (positions === undefined || positions.shape.length !== 1 || positions.boolean)
    return call.unsupported('takes entries of other axes than one by constant positions: not supported.');
  return computedAs(entries(call, named[0], positions.data));
};
