/** @file Weights that some nodes use as [outputs, inputs] and others as the transpose, as a tied autoencoder does: there a tensor, and a product of two tensors. */
import type { Call } from './conversion.ts';
import { type ExportedGraph, isReference } from './exported-graph.ts';
import { OPEN } from './masks.ts';
import { scoresView } from './scores.ts';
import { parameterView } from './tables.ts';
import type { ParameterValue, Value } from './values.ts';
import { regrouped, shapeOf, sizeOf, type View } from './view.ts';

const TURNS = /^aten\.(t|transpose|permute|mT|numpy_T|swapaxes|swapdims)\./;
const PRODUCTS = /^aten\.(matmul|mm|bmm)\./;
const LAYERS = /^aten\.(linear|embedding)\./;

/** Names of the stored tensors that nodes use both ways round. @param values - What the graph's own names stand for. */
export function usedBothWays(
  { nodes }: ExportedGraph,
  values: ReadonlyMap<string, Value>,
): ReadonlySet<string> {
  const known = new Map<string, { readonly name: string; readonly turned: boolean }>();
  for (const [name, value] of values)
    if (value.kind === 'parameter') known.set(name, { name: value.name, turned: false });
  const seen = [new Set<string>(), new Set<string>()];
  for (const node of nodes) {
    const of = (argument: string): ReturnType<typeof known.get> => {
      const given = node.arguments.get(argument);
      return isReference(given) ? known.get(given.name) : undefined;
    };
    const turned = TURNS.test(node.op) ? of('self') : undefined;
    if (turned !== undefined) known.set(node.outputs[0], { ...turned, turned: !turned.turned });
    const layer = LAYERS.test(node.op) ? of('weight') : undefined;
    if (layer !== undefined) seen[Number(layer.turned)].add(layer.name);
    const factor = PRODUCTS.test(node.op) ? (of('other') ?? of('mat2')) : undefined;
    if (factor !== undefined) seen[Number(!factor.turned)].add(factor.name);
  }
  return new Set([...seen[0]].filter((name) => seen[1].has(name)));
}

/** Whether y = W x has a W that is the transpose of a stored tensor which other nodes use as it is. @param weight - [outputs, inputs]. */
export function isOtherWay(call: Call, weight: ParameterValue): boolean {
  return weight.transposed && call.conversion.bothWays.has(weight.name);
}

/** y = W x over the last axis of the tensor. @param weight - [outputs, inputs]. */
export function asTensor(call: Call, x: View, weight: ParameterValue): View {
  const shape = shapeOf(x);
  const [outputs, inputs] = weight.shape;
  const [size] = shape;
  const rows = shape.slice(1, -1).reduce((a, b) => a * b, 1);
  const query = regrouped(x, [size, rows, inputs]);
  if (query === undefined || sizeOf([x.batch]) !== size)
    return call.unsupported(
      `uses the transpose of "${weight.name}", which another node uses as it is, on other than [batch, …, ${inputs}]: not supported.`,
    );
  const key = parameterView(call, query, weight);
  const product = scoresView(call, {
    kind: 'scores',
    query,
    key,
    scale: 1,
    mask: OPEN,
    shape: [size, rows, outputs],
  });
  return (
    regrouped(product, [...shape.slice(0, -1), outputs]) ??
    call.unsupported('takes groups of axes apart, which is not supported.')
  );
}
