/** @file Normalisations, as ops and spelled out. */
import type { Call, Rule } from './conversion.ts';
import { computedAs, told } from './conversion.ts';
import { powered } from './scales.ts';
import type { Moment, Value } from './values.ts';
import type { Factor, View } from './view.ts';
import { exampleAxes, isBatch, sizeOf } from './view.ts';

const named = (weight: string | undefined, bias: string | undefined): Record<string, string> => ({
  ...(weight === undefined ? {} : { weight }),
  ...(bias === undefined ? {} : { bias }),
});

/** The view with its last axes as one of the node. */
function lastAxesTogether(
  call: Call,
  x: View,
  count: number,
): { input: string; axes: readonly (readonly Factor[])[] } {
  const last = x.dims.slice(x.dims.length - count).flat();
  if (count < 1 || count >= x.dims.length || last.includes(x.batch))
    call.unsupported('normalises over the batch, which is not supported.');
  const axes = [...exampleAxes({ ...x, dims: x.dims.slice(0, -count) }), last];
  return { input: call.writer.shaped(x, axes), axes };
}

/** What PyTorch takes for an absent eps: the distance from 1 to the next number of the dtype that it computes in. */
function machineEpsilon({ conversion: { stored } }: Call, weight: string | undefined): number | undefined {
  const first =
    weight === undefined ? [...stored.values()].find(({ dtype }) => /^B?F/.test(dtype)) : stored.get(weight);
  const digits = { F64: 52, F32: 23, BF16: 23, F16: 23 }[first?.dtype as string]; // halves are computed in float32
  return digits === undefined ? undefined : 2 ** -digits;
}

const lastAxes =
  (op: 'layer-norm' | 'rms-norm'): Rule =>
  (call: Call) => {
    const x = call.computed('input');
    const shape = call.integers('normalized_shape') ?? [];
    const { input, axes } = lastAxesTogether(call, x, shape.length);
    const size = sizeOf(axes[axes.length - 1]);
    if (size !== shape.reduce((a, b) => a * b, 1))
      call.unsupported(`normalises over [${shape.join(', ')}], the last axes have ${size}.`);
    const weight = call.tensor('weight', [size]);
    const bias = call.tensor('bias', [size]);
    const eps = call.number('eps', op === 'layer-norm' ? 1e-5 : machineEpsilon(call, weight));
    const id = call.writer.add(call.id(weight ?? bias), op, [input], { ...named(weight, bias), eps });
    return computedAs({ ...x, node: id, axes, scale: 1 });
  };

export const layerNorm: Rule = lastAxes('layer-norm');
export const rmsNorm: Rule = lastAxes('rms-norm');

/** [batch, channels, …], with channels in groups; or each channel by itself. */
export const groupNorm: Rule = (call: Call) => {
  const x = call.computed('input');
  if (x.dims.length < 2 || !isBatch(x, 0)) call.unsupported('needs [batch, channels, …].');
  const channels = sizeOf(x.dims[1]);
  const isInstance = call.node.op.startsWith('aten.instance_norm');
  if (isInstance && !call.flag('use_input_stats', true))
    call.unsupported('uses running statistics, which is not supported for InstanceNorm.');
  const groups = isInstance
    ? channels
    : call.integer(call.node.arguments.has('num_groups') ? 'num_groups' : 'group');
  const weight = call.tensor('weight', [channels]);
  const bias = call.tensor('bias', [channels]);
  const eps = call.number('eps', 1e-5);
  const axes = x.dims.slice(1);
  const id = call.writer.add(call.id(weight ?? bias), 'group-norm', [call.writer.shaped(x, axes)], {
    groups,
    ...named(weight, bias),
    eps,
  });
  return computedAs({ ...x, node: id, axes, scale: 1 });
};

/** Evaluation mode only. */
export const batchNorm: Rule = (call: Call) => {
  const x = call.computed('input');
  if (call.flag('training', false))
    call.unsupported(
      'is in training mode: its statistics depend on the batch, so that examples have no gradients of their own. Export it in evaluation mode (model.eval).',
    );
  if (x.dims.length < 2 || !isBatch(x, 0)) call.unsupported('needs [batch, channels, …].');
  const channels = [sizeOf(x.dims[1])];
  const weight = call.tensor('weight', channels);
  const bias = call.tensor('bias', channels);
  const mean =
    call.tensor('running_mean', channels) ??
    call.unsupported('has no running statistics, which is not supported.');
  const variance =
    call.tensor('running_var', channels) ??
    call.unsupported('has no running statistics, which is not supported.');
  const attributes = { mean, variance, ...named(weight, bias), eps: call.number('eps') };
  const axes = x.dims.slice(1);
  const id = call.writer.add(
    call.id(weight ?? mean.replace(/\.running_mean$/, '.weight')),
    'batch-norm',
    [call.writer.shaped(x, axes)],
    attributes,
  );
  return computedAs({ ...x, node: id, axes, scale: 1 });
};

/** x², (x − mean)²: halves of a normalisation, or a product. */
export function squared(call: Call, value: Value | undefined): Value {
  if (value?.kind === 'centred') return { kind: 'square', of: value.of, centred: true };
  if (value?.kind === 'view' && !value.integer) return { kind: 'square', of: value.view, centred: false };
  return call.unsupported(`squares ${told(value)}, which is not supported.`);
}

export const power: Rule = (call: Call) => {
  const exponent = call.number('exponent');
  if (exponent === 2) return squared(call, call.value('self'));
  const value = call.value('self');
  if (value?.kind === 'moment' && value.power === 1 && Math.abs(exponent) === 0.5)
    return { ...value, power: exponent as 0.5 | -0.5 };
  const given = call.computed(call.node.arguments.has('input') ? 'input' : 'self');
  if (!Number.isInteger(exponent) || exponent < 1 || exponent > 8)
    return computedAs(powered(call, given, exponent));
  const x = call.writer.canonical(given);
  let node = x.node;
  for (let n = 1; n < exponent; n++) node = call.writer.add(call.id(), 'multiply', [node, x.node]);
  return computedAs({ ...x, node });
};

/** √ or 1/√ of a moment. */
export const root =
  (exponent: 0.5 | -0.5): Rule =>
  (call: Call) => {
    const value = call.value('self');
    return value?.kind === 'moment' && value.power === 1
      ? { ...value, power: exponent }
      : computedAs(powered(call, call.computed('self'), exponent));
  };

/** x or x − mean, divided by the root of its own moment; undefined: these are no parts of a normalisation. */
export function normalised(call: Call, numerator: Value | undefined, moment: Moment): Value | undefined {
  const centred = numerator?.kind === 'centred';
  const of = numerator?.kind === 'view' ? numerator.view : centred ? numerator.of : undefined;
  if (of === undefined || moment.of !== of || moment.centred !== centred) return undefined;
  const { input, axes } = lastAxesTogether(call, of, 1);
  const id = call.writer.add(call.id(), centred ? 'layer-norm' : 'rms-norm', [input], { eps: moment.eps });
  return computedAs({ ...of, node: id, axes, scale: 1 });
}
