/** @file Tables whose rows belong to positions. */
import { type Call, told } from './conversion.ts';
import type { ParameterValue, TableRows } from './values.ts';
import { exampleAxes, isBatch, permuted, regrouped, sizeOf, type View, viewOf } from './view.ts';

/** Whether x has [positions, features], or other axes that come to these, as the table has. */
export function fitsTable(x: View, value: ParameterValue | TableRows): boolean {
  const apart = x.dims.filter((own) => !own.includes(x.batch));
  const axes = apart.length === 2 ? apart : exampleAxes(x);
  const lead = x.dims.length - value.shape.length;
  const fits = x.dims.every((own, axis) => {
    const size = axis < lead ? 1 : value.shape[axis - lead];
    return own.length === 1 && own[0] === x.batch ? size === 1 : size === sizeOf(own);
  });
  return (
    fits && axes.length === 2 && (value.kind === 'parameter' ? !value.transposed : value.at === undefined)
  );
}

/**
 * A parameter as a tensor that is the same for every example: the rows of a table beside zeros.
 *
 * @param beside - A computed tensor with the batch first, whose shape the parameter's is stretched to.
 */
export function parameterView(call: Call, beside: View, value: ParameterValue): View {
  const { shape, transposed, first } = value;
  const rank = beside.dims.length;
  const own = [...new Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
  if (!isBatch(beside, 0) || own.length !== rank || own[0] !== 1 || first !== undefined)
    call.unsupported(`needs ${told(value)} to be computed from the input, or of a shape that fits.`);
  const stored = [...shape];
  if (transposed) stored.push(...stored.splice(-2).reverse());
  const features = stored.at(-1) ?? 1;
  const rows = stored.slice(0, -1).reduce((a, b) => a * b, 1);
  const weight = call.register('the table', value.name, [rows, features]);
  const flat = call.writer.shaped(beside, [exampleAxes(beside).flat()]);
  const one = call.writer.add(`${beside.node}.part`, 'split', [flat], { start: 0, stop: 1 });
  const zero = call.writer.add(`${one}.scale`, 'scale', [one], { factor: 0 });
  const along = (id: string, axis: number, times: number): string =>
    times === 1 ? id : call.writer.add(`${id}.repeat`, 'repeat', [id], { axis, times });
  const square = call.writer.add(`${zero}.reshape`, 'reshape', [zero], { shape: [1, 1] });
  const zeros = along(along(square, 0, rows), 1, features);
  const id = call.writer.add(call.id(weight), 'position-embedding', [zeros], { weight, rows });
  const laid = transposed ? [...own.slice(0, -2), own[rank - 1], own[rank - 2]] : own;
  const view = regrouped(viewOf(id, [rows, features], beside.batch), [beside.batch.size, ...laid.slice(1)]);
  if (view === undefined) return call.unsupported(`stretches ${told(value)}, which is not supported.`);
  const order = view.dims.map((_, axis) => axis);
  return transposed ? permuted(view, [...order.slice(0, -2), rank - 1, rank - 2]) : view;
}

/** x + rows, row t to position t: the axes that the table stretches over are the batch's alone. */
export function addRows(call: Call, x: View, value: ParameterValue | TableRows): View {
  const apart = x.dims.filter((own) => !own.includes(x.batch));
  const axes = apart.length === 2 ? apart : exampleAxes(x);
  if (!fitsTable(x, value))
    call.unsupported(
      `adds ${told(value)} to [${axes.map(sizeOf).join(', ')}]: only a bias [features] right after a linear layer, or rows [positions, features] are supported.`,
    );
  const features = sizeOf(axes[1]);
  const name = value.kind === 'rows' ? value.weight : value.name;
  const stored = call.conversion.stored.get(name);
  const rows =
    value.kind === 'rows'
      ? (stored?.shape[0] ?? 0)
      : (stored?.shape.reduce((a, b) => a * b, 1) ?? 0) / features;
  const weight = call.register('the table', name, [rows, features]);
  const id = call.writer.add(call.id(weight), 'position-embedding', [call.writer.shaped(x, axes)], {
    weight,
    rows,
  });
  return { ...x, node: id, axes, scale: 1 };
}
