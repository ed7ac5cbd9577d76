/** @file A network from layers. */
import { checkFunction, checkOptions } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import { ARCHITECTURE_FORMAT, type DescribedInput, INPUT_ID } from './description.ts';
import { GraphBuilder } from './graph-builder.ts';
import { GraphNetwork } from './graph-network.ts';
import type { Layer } from './layer.ts';

/** Real numbers of a shape, or so many tokens of a vocabulary. */
export type NetworkInput =
  | { readonly shape: readonly number[] }
  | { readonly tokens: number; readonly vocabulary: number };

/**
 * The network of a layer, which will mostly be `sequential([…])`. Sizes are inferred from the input; parameters have PyTorch's names.
 *
 * @param input - What an example is: `{ shape: [channels, height, width] }`, `{ shape: [features] }`, or `{ tokens, vocabulary }`.
 * @throws {ShapeError} | {DomainError} naming the layer and the shapes.
 * @example
 * const model = network(
 *   { shape: [1, 8, 8] },
 *   sequential([conv2d(8, 3, { padding: 1 }), relu(), maxPool(2), flatten(), linear(10)]),
 * );
 * model.parameterCount; // 8·10 + 10·129 = 1370
 */
export function network(input: NetworkInput, layer: Layer): GraphNetwork {
  const where = 'network';
  checkOptions(where, input, ['shape', 'tokens', 'vocabulary'], 'input');
  checkFunction(where, 'layer', layer);
  const builder = new GraphBuilder(describedInput(where, input));
  const output = layer(builder, '', INPUT_ID);
  builder.shape(output); // refuses what is no id
  const { nodes, shapes, buffers, shared } = builder;
  for (const [weight, by] of shared) {
    const users = nodes.filter((one) => 'weight' in one && one.weight === weight);
    if (users.length < 2)
      throw new DomainError(by, 'weight', 'the name of the weight of another layer', weight, `'${weight}'`);
  }
  return new GraphNetwork(
    { format: ARCHITECTURE_FORMAT, version: 1, input: builder.input, nodes, output },
    shapes,
    buffers,
  );
}

/** Either kind, whose parts a caller without types may mix. */
interface Parts {
  readonly shape: readonly number[];
  readonly tokens: number | undefined;
  readonly vocabulary: number | undefined;
}

function describedInput(where: string, input: NetworkInput): DescribedInput {
  const { shape: sizes, tokens: length, vocabulary } = input as unknown as Parts;
  if (length !== undefined || vocabulary !== undefined) {
    if (sizes !== undefined)
      throw new DomainError(where, 'input', 'of a shape, or of tokens of a vocabulary', input, 'both');
    checkInteger(where, 'input.tokens', length as number, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, 'input.vocabulary', vocabulary as number, 1, Number.MAX_SAFE_INTEGER);
    return { kind: 'token', length: length as number, vocabulary: vocabulary as number };
  }
  const shape = asList<number>(where, 'input.shape', sizes, 'integers');
  for (const [i, size] of shape.entries())
    checkInteger(where, `input.shape[${i}]`, size, 1, Number.MAX_SAFE_INTEGER);
  return { kind: 'real', shape: [...shape] };
}
