/** @file A tensor times a parameter, and powers of its elements. */
import type { Call } from './conversion.ts';
import { exampleAxes, sizeOf, type View } from './view.ts';

/** x times a parameter: a number for each entry of an axis of the tensor, or, with no factors, one for all. */
export function scaledAlong(call: Call, x: View, name: string, own: View['dims'][number]): View {
  const weight = call.register('the scale', name, [sizeOf(own)]);
  const before = exampleAxes({ ...x, dims: x.dims.map((one) => (one === own ? [] : one)) });
  const axes = [...before, own];
  const id = call.writer.add(call.id(weight), 'layer-scale', [call.writer.shaped(x, axes)], { weight });
  return { ...x, node: id, axes, scale: 1 };
}

/** x^exponent. */
export function powered(call: Call, x: View, exponent: number): View {
  const from = call.writer.canonical(x);
  return { ...from, node: call.writer.add(call.id(), 'power', [from.node], { exponent }) };
}
