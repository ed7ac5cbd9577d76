/** @file Linear layers and convolutions, and layers behind one another. */
import { checkBoolean, checkFunction, checkObject, checkOptions } from '../../linalg/border/arguments.ts';
import { isArray } from '../../linalg/border/describe.ts';
import { checkNoMore } from '../../linalg/border/no-more.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import { type Layer, node, pair, type Size, under } from './layer.ts';

/** What convolutions have beside width and kernel. Defaults: stride 1, no padding, dilation 1, one group, a bias. */
export interface ConvolutionOptions<S> {
  readonly stride?: S;
  readonly padding?: S;
  readonly dilation?: S;
  readonly groups?: number;
  readonly bias?: boolean;
}

/** What a linear layer has beside its width. */
export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** The name of the weight of another layer, which is shared with it: of [outputs, inputs]. Default: its own. */
  readonly weight?: string;
}

/** y = W x + b over the last axis. @param outputs - Its size. */
export function linear(outputs: number, options: LinearOptions = {}): Layer {
  checkInteger('linear', 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
  checkOptions('linear', options, ['bias', 'weight']);
  checkBias('linear', options);
  if (options.weight !== undefined && typeof options.weight !== 'string')
    throw new DomainError('linear', 'weight', 'a name', options.weight);
  return (builder, name, input) => {
    const weight = options.weight ?? under(name, 'weight');
    const known = builder.shapes.has(weight) ? {} : { [weight]: [outputs, -1] };
    const id = builder.add({ ...node('linear', name, input), weight, ...biasOf(name, options) }, known);
    const rows = builder.shape(id).at(-1);
    if (rows !== outputs)
      throw new ShapeError(`linear '${name}'`, 'outputs', `the ${rows} rows of ${weight}`, `${outputs}`);
    if (options.weight !== undefined) builder.shared.set(weight, `linear '${name}'`);
    return id;
  };
}

/** [C, H, W] → [outputs, H′, W′]. @param kernel - Rows and columns of the window. */
export function conv2d(outputs: number, kernel: Size, options: ConvolutionOptions<Size> = {}): Layer {
  checkInteger('conv2d', 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
  checkOptions('conv2d', options, CONVOLUTION);
  checkBias('conv2d', options);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  checkInteger('conv2d', 'groups', groups, 1, Number.MAX_SAFE_INTEGER);
  const sizes = {
    kernel: pair('conv2d', 'kernel', kernel, 1),
    stride: pair('conv2d', 'stride', stride, 1),
    padding: pair('conv2d', 'padding', padding, 0),
    dilation: pair('conv2d', 'dilation', dilation, 1),
    groups,
  };
  return (builder, name, input) =>
    builder.add(
      { ...node('conv2d', name, input), ...sizes, weight: under(name, 'weight'), ...biasOf(name, options) },
      {
        [under(name, 'weight')]: [outputs, -1, ...sizes.kernel],
      },
    );
}

/** [C, L] → [outputs, L′]. */
export function conv1d(outputs: number, kernel: number, options: ConvolutionOptions<number> = {}): Layer {
  checkInteger('conv1d', 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
  checkOptions('conv1d', options, CONVOLUTION);
  checkBias('conv1d', options);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  for (const [key, value] of Object.entries({ kernel, stride, dilation, groups }))
    checkInteger('conv1d', key, value, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('conv1d', 'padding', padding, 0, Number.MAX_SAFE_INTEGER);
  const sizes = {
    kernel: [kernel],
    stride: [stride],
    padding: [padding],
    dilation: [dilation],
    groups,
  } as const;
  return (builder, name, input) =>
    builder.add(
      { ...node('conv1d', name, input), ...sizes, weight: under(name, 'weight'), ...biasOf(name, options) },
      {
        [under(name, 'weight')]: [outputs, -1, kernel],
      },
    );
}

/** What a transposed convolution has beside width and kernel. Defaults: as a convolution's, and no `outputPadding`. */
export interface TransposedOptions<S> extends ConvolutionOptions<S> {
  /** Rows and columns more at the end. */
  readonly outputPadding?: S;
}

/**
 * The adjoint of a convolution: [C, H, W] → [outputs, H′, W′], H′ = (H − 1) stride − 2 padding + dilation (kernel − 1) + 1 + outputPadding. Computed as a
 * convolution over zeros between and around the entries, and K-FAC's factors are those of that. Its start has the bound 1/√(inputs · kernel) of it; PyTorch's
 * has the outputs in place of the inputs.
 *
 * @param kernel - Rows and columns of the window.
 */
export function convTranspose2d(outputs: number, kernel: Size, options: TransposedOptions<Size> = {}): Layer {
  const where = 'convTranspose2d';
  checkTransposed(where, outputs, options);
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  const sizes = {
    kernel: pair(where, 'kernel', kernel, 1),
    stride: pair(where, 'stride', stride, 1),
    padding: pair(where, 'padding', padding, 0),
    outputPadding: pair(where, 'outputPadding', outputPadding, 0),
    dilation: pair(where, 'dilation', dilation, 1),
    groups,
  };
  return (builder, name, input) =>
    builder.add(
      {
        ...node('conv-transpose2d', name, input),
        ...sizes,
        weight: under(name, 'weight'),
        ...biasOf(name, options),
      },
      { [under(name, 'weight')]: [-1, outputs / groups, ...sizes.kernel] },
    );
}

/** [C, L] → [outputs, L′], as {@link convTranspose2d}. */
export function convTranspose1d(
  outputs: number,
  kernel: number,
  options: TransposedOptions<number> = {},
): Layer {
  const where = 'convTranspose1d';
  checkTransposed(where, outputs, options);
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  for (const [key, value] of Object.entries({ kernel, stride, dilation }))
    checkInteger(where, key, value, 1, Number.MAX_SAFE_INTEGER);
  for (const [key, value] of Object.entries({ padding, outputPadding }))
    checkInteger(where, key, value, 0, Number.MAX_SAFE_INTEGER);
  const sizes = {
    kernel: [kernel],
    stride: [stride],
    padding: [padding],
    outputPadding: [outputPadding],
    dilation: [dilation],
    groups,
  } as const;
  return (builder, name, input) =>
    builder.add(
      {
        ...node('conv-transpose1d', name, input),
        ...sizes,
        weight: under(name, 'weight'),
        ...biasOf(name, options),
      },
      { [under(name, 'weight')]: [-1, outputs / groups, kernel] },
    );
}

function checkTransposed<S>(where: string, outputs: number, options: TransposedOptions<S>): void {
  checkOptions(where, options, [...CONVOLUTION, 'outputPadding']);
  checkBias(where, options);
  const { groups = 1 } = options;
  checkInteger(where, 'groups', groups, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
  if (outputs % groups !== 0)
    throw new DomainError(where, 'groups', `a divisor of outputs ${outputs}`, groups);
}

/** One layer behind the other, named 0, 1, 2, … as in nn.Sequential, or by the keys of a record, in their order: no whole numbers, which JavaScript puts first. */
export function sequential(layers: readonly Layer[] | Readonly<Record<string, Layer>>): Layer;
export function sequential(
  layers: readonly Layer[] | Readonly<Record<string, Layer>>,
  more?: unknown,
): Layer {
  checkNoMore('sequential', 'one list of all layers', undefined, more);
  if (!isArray(layers)) checkObject('sequential', 'layers', layers);
  const entries: (readonly [string, Layer])[] = isArray(layers)
    ? Array.from(layers as readonly Layer[], (layer, at) => [`${at}`, layer] as const) // holes too
    : Object.entries(layers);
  if (!isArray(layers))
    for (const [key] of entries)
      if (/^\d+$/.test(key))
        throw new DomainError('sequential', 'layers', 'named otherwise than by whole numbers', key);
  if (entries.length === 0) throw new DomainError('sequential', 'layers', 'at least one', layers);
  for (const [key, layer] of entries) checkFunction('sequential', `layers.${key}`, layer);
  return (builder, name, input) =>
    entries.reduce((reads, [key, layer]) => layer(builder, under(name, key), reads), input);
}

/** x + layer(x), or shortcut(x) + layer(x) where shapes change. */
export function residual(layer: Layer, shortcut?: Layer): Layer {
  checkFunction('residual', 'layer', layer);
  if (shortcut !== undefined) checkFunction('residual', 'shortcut', shortcut);
  return (builder, name, input) => {
    const beside = shortcut === undefined ? input : shortcut(builder, under(name, 'shortcut'), input);
    const result = layer(builder, name, input);
    return builder.add({ id: under(name, 'sum'), op: 'add', inputs: [beside, result] });
  };
}

const CONVOLUTION = ['stride', 'padding', 'dilation', 'groups', 'bias'];

function biasOf(name: string, { bias = true }: { readonly bias?: boolean }): { readonly bias?: string } {
  return bias ? { bias: under(name, 'bias') } : {};
}

function checkBias(where: string, { bias = true }: { readonly bias?: boolean }): void {
  checkBoolean(where, 'bias', bias);
}
