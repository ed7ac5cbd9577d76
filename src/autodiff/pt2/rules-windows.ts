/** @file Windows of axes and of images, as tensors of their own. */
import { alongAxis, chosen, MAX_ELEMENTS } from './along-axis.ts';
import { type Call, computedAs, type Rule } from './conversion.ts';
import { entriesOf } from './rules-resampling.ts';
import { isBatch, permuted, regrouped, shapeOf, type View } from './view.ts';

/** Windows of an axis, or of one of several. */
interface Windows {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly count: number;
}

/** Windows of an axis, every `step` entries one: which window in the place of the axis, and the entry within it as a new last axis. */
export const unfold: Rule = (call: Call) => {
  const x = call.computed('self');
  const axis = call.axis(call.integer('dimension'), x.dims.length);
  const [size, step] = [call.integer('size'), call.integer('step')];
  const count = Math.floor((entriesOf(call, x, axis) - size) / step) + 1;
  const wide = windows(call, x, axis, { kernel: size, stride: step, padding: 0, dilation: 1, count });
  const order = wide.dims.map((_, i) => i).filter((i) => i !== axis + 1);
  return computedAs(permuted(wide, [...order, axis + 1]));
};

/** Windows of images: [batch, channels · kernel, windows]. */
export const imageWindows: Rule = (call: Call) => {
  const x = call.computed('self');
  if (x.dims.length !== 4 || !isBatch(x, 0)) call.unsupported('needs [batch, channels, height, width].');
  const [kernel, stride, padding, dilation] = (
    [['kernel_size', 1], ['stride', 1], ['padding', 0], ['dilation', 1]] as const
  ).map(([name, fallback]) => call.perAxis(name, 2, fallback)); // biome-ignore format: one line
  const counts = [2, 3].map(
    (axis, i) =>
      Math.floor((shapeOf(x)[axis] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i]) + 1,
  );
  const options = counts.map((count, i) => ({
    kernel: kernel[i],
    stride: stride[i],
    padding: padding[i],
    dilation: dilation[i],
    count,
  }));
  const wide = windows(call, windows(call, x, 3, options[1]), 2, options[0]); // [batch, channels, rows, kernel, cols, kernel]
  const turned = permuted(wide, [0, 1, 3, 5, 2, 4]);
  const shape = shapeOf(turned);
  const whole = regrouped(turned, [shape[0], shape[1] * shape[2] * shape[3], shape[4] * shape[5]]);
  return computedAs(whole ?? call.unsupported('makes windows of mixed axes, which is not supported.'));
};

/** An axis as two: which window, and the entry within it; 0 outside. */
function windows(
  call: Call,
  x: View,
  axis: number,
  { kernel, stride, padding, dilation, count }: Windows,
): View {
  const have = entriesOf(call, x, axis);
  if (!(count >= 1 && kernel >= 1)) call.unsupported(`makes windows of ${kernel} of an axis of ${have}.`);
  if (count * kernel > MAX_ELEMENTS)
    call.unsupported(`makes ${count} windows of ${kernel}, which is not supported.`);
  const from = (row: number): number | undefined => {
    const at = Math.floor(row / kernel) * stride - padding + (row % kernel) * dilation;
    return at >= 0 && at < have ? at : undefined;
  };
  const all = alongAxis(call, x, axis, count * kernel, chosen(count * kernel, from));
  const shape = shapeOf(all);
  const apart = regrouped(all, [...shape.slice(0, axis), count, kernel, ...shape.slice(axis + 1)]);
  return apart ?? call.unsupported('makes windows of mixed axes, which is not supported.');
}
