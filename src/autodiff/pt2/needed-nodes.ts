/** @file The operations that the output needs, and changes in place. */
import { UnsupportedError } from '../../linalg/errors.ts';
import {
  type Argument,
  type ExportedGraph,
  type ExportedNode,
  isReference,
  quoted,
} from './exported-graph.ts';

/** Ops whose result shares memory with their first operand. */
const VIEWS =
  /^aten\.(view|_unsafe_view|reshape|flatten|unflatten|unsqueeze|squeeze|expand|permute|transpose|t|mT|numpy_T|slice|select|unbind|split|split_with_sizes|chunk|alias|detach|contiguous)\./;

/** Names of tensors and sizes among arguments. */
export function namesIn(node: ExportedNode): readonly string[] {
  const names = (argument: Argument): readonly string[] =>
    Array.isArray(argument)
      ? (argument as readonly Argument[]).flatMap(names)
      : isReference(argument)
        ? [argument.name]
        : [];
  return [...node.arguments.values()].flatMap(names);
}

/** The tensor that an op changes in place, e.g. that of aten.add_. */
export function changedBy({ op, arguments: given }: ExportedNode): string | undefined {
  if (!/^aten\.[a-z0-9_]*[a-z0-9]_\./.test(op)) return undefined;
  const self = given.get('self') ?? given.get('input');
  return isReference(self) ? self.name : undefined;
}

/**
 * Those on which the output depends, in order. A change in place makes a new value of the name that it changes.
 *
 * @throws {UnsupportedError} a tensor that shares memory with a changed one is read afterwards.
 */
export function neededNodes({ nodes, output }: ExportedGraph): readonly ExportedNode[] {
  checkChanges(nodes, output);
  const wanted = new Set([output]);
  const kept: ExportedNode[] = [];
  for (const node of [...nodes].reverse()) {
    const changed = changedBy(node);
    if (!node.outputs.some((name) => wanted.has(name)) && !(changed !== undefined && wanted.has(changed)))
      continue;
    for (const name of namesIn(node)) wanted.add(name);
    kept.unshift(node);
  }
  return kept;
}

function checkChanges(nodes: readonly ExportedNode[], output: string): void {
  const base = new Map<string, string>();
  const root = (name: string): string => base.get(name) ?? name;
  for (const [at, node] of nodes.entries()) {
    const changed = changedBy(node);
    const first = namesIn(node)[0];
    if (VIEWS.test(node.op) && first !== undefined)
      for (const name of node.outputs) base.set(name, root(first));
    if (changed === undefined) continue;
    for (const name of node.outputs) base.set(name, root(changed));
    const later = nodes.slice(at + 1).flatMap(namesIn);
    const stale = [...base.keys(), ...base.values()].find(
      (name) =>
        root(name) === root(changed) &&
        name !== changed &&
        !node.outputs.includes(name) &&
        (later.includes(name) || name === output),
    );
    if (stale !== undefined)
      throw new UnsupportedError(
        `pt2: node ${quoted(node.name)} (${node.op.slice(0, 80)}) changes memory in place that ${quoted(stale)} shares, which is read afterwards: not supported.`,
      );
  }
}
