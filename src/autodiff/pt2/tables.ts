/** @file Tables whose rows belong to positions. */
import { type Call, told } from './conversion.ts';
import type { ParameterValue, TableRows } from './values.ts';
import { exampleAxes, sizeOf, type View } from './view.ts';

/** x + rows, row t to position t: the axes that the table stretches over are the batch's alone. */
export function addRows(call: Call, x: View, value: ParameterValue | TableRows): View {
  const apart = x.dims.filter((own) => !own.includes(x.batch));
  const axes = apart.length === 2 ? apart : exampleAxes(x);
  const lead = x.dims.length - value.shape.length;
  const fits = x.dims.every((own, axis) => {
    const size = axis < lead ? 1 : value.shape[axis - lead];
    return own.length === 1 && own[0] === x.batch ? size === 1 : size === sizeOf(own);
  });
  if (!fits || axes.length !== 2 || (value.kind === 'parameter' && value.transposed))
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
