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
  /^aten\.(view|_unsafe_view|reshape|flatten|unflatten|unsqueeze|squeeze|expand|permute|transpose|t|mT|numpy_T|swapaxes|swapdims|movedim|moveaxis|slice|narrow|select|unbind|split|split_with_sizes|chunk|alias|detach|contiguous|unfold)\./;

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
    const isWanted =
      node.outputs.some((name) => wanted.has(name)) || (changed !== undefined && wanted.has(changed));
    if (!isWanted) continue;
    for (const name of namesIn(node)) wanted.add(name);
    kept.push(node);
  }
  return kept.reverse();
}

function checkChanges(nodes: readonly ExportedNode[], output: string): void {
  const lastRead = new Map<string, number>();
  for (const [at, node] of nodes.entries()) for (const name of namesIn(node)) lastRead.set(name, at);
  lastRead.set(output, nodes.length);
  /** Names that share memory, and may still be read. */
  const sharing = new Map<string, Set<string>>();
  const groupOf = (name: string): Set<string> => {
    const group = sharing.get(name) ?? new Set([name]);
    sharing.set(name, group);
    return group;
  };
  const join = (names: readonly string[], group: Set<string>): void => {
    for (const name of names) {
      group.add(name);
      sharing.set(name, group);
    }
  };
  for (const [at, node] of nodes.entries()) {
    const changed = changedBy(node);
    const first = namesIn(node)[0];
    if (VIEWS.test(node.op) && first !== undefined) join(node.outputs, groupOf(first));
    if (changed === undefined) continue;
    const group = groupOf(changed);
    for (const name of group) {
      if (name === changed) continue;
      if ((lastRead.get(name) ?? 0) > at)
        throw new UnsupportedError(
          `pt2: node ${quoted(node.name)} (${node.op.slice(0, 80)}) changes memory in place that ${quoted(name)} shares, which is read afterwards: not supported.`,
        );
      group.delete(name);
    }
    join(node.outputs, group);
  }
}
