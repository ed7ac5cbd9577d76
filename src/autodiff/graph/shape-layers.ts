/** @file Layers that move numbers about: other shapes, parts, several results side by side or multiplied. */
import { checkFunction } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkNoMore } from '../../linalg/border/no-more.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import { type Layer, unary, under } from './layer.ts';

/** All axes become one. */
export function flatten(): Layer;
export function flatten(more?: unknown): Layer {
  checkNoMore('flatten', 'it joins all axes', undefined, more);
  return unary('flatten', {});
}

/** The same numbers in C order. @param shape - Without the batch. */
export function reshape(shape: readonly number[]): Layer {
  return unary('reshape', { shape: integers('reshape', 'shape', shape, 1) });
}

/** Axis i of the result is axis axes[i] of the operand; [1, 0] makes a sequence [T, d] of channels [d, T]. */
export function transpose(axes: readonly number[]): Layer {
  return unary('transpose', { axes: integers('transpose', 'axes', axes, 0) });
}

/** Entries start..stop − 1 of an axis, by default the last. */
export function slice(start: number, stop: number, axis?: number): Layer {
  checkInteger('slice', 'start', start, 0, Number.MAX_SAFE_INTEGER);
  checkInteger('slice', 'stop', stop, start + 1, Number.MAX_SAFE_INTEGER);
  return unary('split', { start, stop, ...axisOf('slice', axis) });
}

/** One entry of an axis, which vanishes: select(0, 0) is the first position of a sequence. */
export function select(axis: number, index: number): Layer {
  checkInteger('select', 'axis', axis, 0, 7);
  checkInteger('select', 'index', index, 0, Number.MAX_SAFE_INTEGER);
  return unary('select', { axis, index });
}

/** Results of layers on the same input side by side along an axis, by default the last; named 0, 1, …. */
export function concatenate(layers: readonly Layer[], axis?: number): Layer {
  const list = asList<Layer>('concatenate', 'layers', layers, 'layers');
  if (list.length < 2) throw new DomainError('concatenate', 'layers', 'at least two', list.length);
  for (const [i, layer] of list.entries()) checkFunction('concatenate', `layers[${i}]`, layer);
  const where = axisOf('concatenate', axis);
  return (builder, name, input) => {
    const inputs = list.map((layer, i) => layer(builder, under(name, `${i}`), input));
    return builder.add({ id: under(name, 'concat'), op: 'concat', inputs, ...where });
  };
}

/** The product of two layers on the same input, element by element: a gate. SwiGLU is gated(sequential([linear(h), silu()]), linear(h)). */
export function gated(gate: Layer, layer: Layer): Layer {
  checkFunction('gated', 'gate', gate);
  checkFunction('gated', 'layer', layer);
  return (builder, name, input) => {
    const inputs = [gate(builder, under(name, 'gate'), input), layer(builder, under(name, 'layer'), input)];
    return builder.add({ id: under(name, 'product'), op: 'multiply', inputs });
  };
}

function axisOf(where: string, axis: number | undefined): { readonly axis?: number } {
  if (axis === undefined) return {};
  checkInteger(where, 'axis', axis, 0, 7);
  return { axis };
}

function integers(where: string, name: string, given: readonly number[], least: number): number[] {
  const list = asList<number>(where, name, given, 'integers');
  for (const [i, value] of list.entries())
    checkInteger(where, `${name}[${i}]`, value, least, Number.MAX_SAFE_INTEGER);
  return [...list];
}
