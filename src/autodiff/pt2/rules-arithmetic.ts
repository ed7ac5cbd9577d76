/** @file Sums, products and elementwise functions. */
import { asConstant } from './constants.ts';
import type { Call, Rule } from './conversion.ts';
import { computedAs, told } from './conversion.ts';
import { addMask } from './rules-attention.ts';
import { normalised, squared } from './rules-norms.ts';
import type { ParameterValue, TableRows, Value } from './values.ts';
import type { View } from './view.ts';
import { exampleAxes, layoutOf, shapeOf, sizeOf } from './view.ts';

/** A function of each element. */
export const elementwise =
  (op: string, attributes: (call: Call) => Record<string, unknown> = () => ({})): Rule =>
  (call: Call) => {
    const x = call.computed(call.node.arguments.has('input') ? 'input' : 'self');
    const node = x.scale === 1 ? x.node : call.writer.canonical(x).node;
    const from = x.scale === 1 ? x : call.writer.canonical(x);
    return computedAs({ ...from, node: call.writer.add(call.id(), op, [node], attributes(call)), scale: 1 });
  };

/** The operands of a sum or product; a number when one of them is that. */
function pair(call: Call): readonly [Value | undefined, Value | number | undefined] {
  const other = call.value('other');
  const number =
    other === undefined || asConstant(call, other)?.data.length === 1 ? call.number('other') : other;
  return [call.value('self'), number];
}

/** Two tensors of the same shape, and the node of both. */
function together(call: Call, op: 'add' | 'multiply', a: View, b: View): Value {
  if (String(shapeOf(a)) !== String(shapeOf(b)))
    call.unsupported(
      `stretches one of its operands ([${shapeOf(a).slice(1).join(', ')}] and [${shapeOf(b).slice(1).join(', ')}]), which is not supported.`,
    );
  const asTheyAre = layoutOf(a) === layoutOf(b) && a.scale === 1 && b.scale === 1;
  const [left, right] = asTheyAre ? [a, b] : [call.writer.canonical(a), call.writer.canonical(b)];
  const place = (x: View): number => sizeOf(x.dims.flat().slice(0, x.dims.flat().indexOf(x.batch)));
  const shape = (x: View): string => String(x.axes.map(sizeOf));
  if (place(left) !== place(right) || shape(left) !== shape(right))
    call.unsupported('has operands with the batch in different places.');
  return computedAs({ ...left, node: call.writer.add(call.id(), op, [left.node, right.node]) });
}

const isPlainView = (value: Value | undefined): value is Value & { kind: 'view' } =>
  value?.kind === 'view' && !value.integer && value.logSoftmax !== true;

export const add: Rule = (call: Call) => {
  if (call.number('alpha', 1) !== 1) call.unsupported('has alpha, which is not supported.');
  const [a, b] = pair(call);
  if (typeof b === 'number') {
    if (a?.kind === 'moment' && a.power === 1) return { ...a, eps: a.eps + b };
    return b === 0 && a !== undefined ? a : call.unsupported(`adds the number ${b}, which is not supported.`);
  }
  if (a?.kind === 'scores' || b?.kind === 'scores') return addMask(call, a, b);
  if (b?.kind === 'rows' || b?.kind === 'parameter') return addParameter(call, 'self', b);
  if (a?.kind === 'rows' || a?.kind === 'parameter') return addParameter(call, 'other', a);
  for (const one of [a, b])
    if (one?.kind === 'constant')
      call.unsupported(`adds ${told(one)}, e.g. positions that are not trained, which is not supported.`);
  return together(call, 'add', call.computed('self'), call.computed('other'));
};

/** A bias that is added by itself, or a table of positions. */
function addParameter(call: Call, argument: string, value: ParameterValue | TableRows): Value {
  const x = call.computed(argument);
  const sizes = value.shape.filter((size) => size !== 1);
  const last = sizeOf(x.dims.at(-1) ?? []);
  const draft = call.soleReaderOf(argument);
  const takesBias =
    draft !== undefined &&
    ['linear', 'layer-norm'].includes(draft.op) &&
    draft.attributes['bias'] === undefined;
  if (
    value.kind === 'parameter' &&
    !value.transposed &&
    sizes.length === 1 &&
    sizes[0] === last &&
    takesBias &&
    value.shape.at(-1) === last
  ) {
    call.writer.amend(draft, 'bias', call.register(argument, value.name, [last]));
    return computedAs(x);
  }
  return addPositions(call, x, value);
}

/** x + rows, row t to position t: the axes that the table stretches over are the batch's alone. */
function addPositions(call: Call, x: View, value: ParameterValue | TableRows): Value {
  const axes = exampleAxes(x);
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
  return computedAs({ ...x, node: id, axes, scale: 1 });
}

export const subtract: Rule = (call: Call) => {
  if (call.number('alpha', 1) !== 1) call.unsupported('has alpha, which is not supported.');
  const [a, b] = pair(call);
  if (typeof b === 'number')
    return b === 0 && a !== undefined
      ? a
      : call.unsupported(`subtracts the number ${b}, which is not supported.`);
  if (b?.kind === 'last-mean' && isPlainView(a) && a.view === b.of)
    return { kind: 'centred', of: b.of, centred: true };
  const other = call.computed('other');
  return together(call, 'add', call.computed('self'), { ...other, scale: -other.scale });
};

/** A tensor or scores, times a number. */
function scaled(call: Call, value: Value | undefined, factor: number): Value {
  if (value?.kind === 'scores') return { ...value, scale: value.scale * factor };
  if (isPlainView(value) && Number.isFinite(factor))
    return computedAs({ ...value.view, scale: value.view.scale * factor });
  return call.unsupported(`multiplies ${told(value)} by ${factor}, which is not supported.`);
}

export const negate: Rule = (call: Call) => scaled(call, call.value('self'), -1);

export const multiply: Rule = (call: Call) => {
  const [a, b] = pair(call);
  if (typeof b === 'number') return scaled(call, a, b);
  if (isPlainView(a) && isPlainView(b) && a.view === b.view) return squared(call, a);
  if (a?.kind === 'centred' && b?.kind === 'centred' && a.of === b.of) return squared(call, a);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    if (other?.kind === 'moment' && other.power === -0.5) {
      const norm = normalised(call, one, other);
      if (norm !== undefined) return norm;
    }
  if (b?.kind === 'parameter') return timesWeight(call, 'self', b);
  if (a?.kind === 'parameter') return timesWeight(call, 'other', a);
  return together(call, 'multiply', call.computed('self'), call.computed('other'));
};

/** The scale of a normalisation that is multiplied by itself. */
function timesWeight(call: Call, argument: string, value: ParameterValue): Value {
  const x = call.computed(argument);
  const last = sizeOf(x.dims.at(-1) ?? []);
  const draft = call.soleReaderOf(argument);
  const isNorm = draft !== undefined && ['layer-norm', 'rms-norm'].includes(draft.op);
  const fits =
    !value.transposed && value.shape.at(-1) === last && value.shape.slice(0, -1).every((size) => size === 1);
  if (!isNorm || !fits || draft.attributes['weight'] !== undefined || draft.attributes['bias'] !== undefined)
    call.unsupported(
      `multiplies by ${told(value)}: only the scale [features] right after a normalisation is supported.`,
    );
  call.writer.amend(draft, 'weight', call.register(argument, value.name, [last]));
  return computedAs(x);
}

export const divide: Rule = (call: Call) => {
  const [a, b] = pair(call);
  if (typeof b === 'number') return scaled(call, a, 1 / b);
  const norm = b?.kind === 'moment' && b.power === 0.5 ? normalised(call, a, b) : undefined;
  return norm ?? call.unsupported(`divides ${told(a)} by ${told(b)}, which is not supported.`);
};
