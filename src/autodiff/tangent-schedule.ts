/** @file The tangents of a program as its users ask for them: every argument is checked. */
import { checkObject, checkOptions } from '../linalg/border/arguments.ts';
import { describe, isArray } from '../linalg/border/describe.ts';
import { asList } from '../linalg/border/instances.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import { ABSENT } from './op.ts';
import type { TangentMask } from './steps.ts';
import { type TangentOptions, type TangentSource, Tangents, type TangentTarget } from './tangents.ts';
import { checkNode, type TapeNode } from './tape-node.ts';

export type { TangentOptions, TangentSource };

/** Made by `Program.tangentsFrom`; belongs to that program. */
export class TangentSchedule extends Tangents {
  constructor(target: TangentTarget, sources: readonly TangentSource[], options: TangentOptions) {
    checkRequest(target, sources, options);
    super(target, sources, options);
    const { gaussNewton } = options;
    if (gaussNewton !== undefined) checkSplit(target.nodes, gaussNewton, target.output, this.mask);
  }

  override moves(node: TapeNode): boolean {
    checkNode('TangentSchedule.moves', 'node', this.target.nodes, node, 'program');
    return super.moves(node);
  }
}

/** Gauss–Newton is defined only if the output is a function of the split node alone. */
function checkSplit(nodes: readonly TapeNode[], split: TapeNode, output: TapeNode, mask: TangentMask): void {
  for (const node of nodes)
    if (node.id > split.id && node.id <= output.id) {
      const around = node.operands.some((x) => x.id < split.id && mask.nodes[x.id]);
      if (around || (node.block !== undefined && mask.theta))
        throw new DomainError(
          'Program.tangentsFrom',
          'gaussNewton',
          'a node on every path to the output',
          split.kind,
        );
    }
}

function checkRequest(
  target: TangentTarget,
  sources: readonly TangentSource[],
  options: TangentOptions,
): void {
  const where = 'Program.tangentsFrom';
  checkObject(where, 'target', target);
  const { nodes, plan, arena, output } = target as Partial<TangentTarget>;
  if (!isArray(nodes) || plan === undefined || arena === undefined || output === undefined)
    throw new DomainError(where, 'target', 'a Program', target, describe(target));
  asList(where, 'sources', sources, "nodes, or 'parameters'");
  for (const [i, source] of sources.entries())
    if (source !== 'parameters') checkNode(where, `sources[${i}]`, nodes, source, 'program');
  checkOptions(where, options, ['stopAtSources', 'gaussNewton']);
  if (options.gaussNewton !== undefined)
    checkNode(where, 'gaussNewton', nodes, options.gaussNewton, 'program');
  if (target.directions === 0) throw new UnsupportedError(`${where}: compile with directions ≥ 1.`);
  for (const source of sources)
    if (source !== 'parameters' && plan.nodes[source.id].dot === ABSENT)
      throw new DomainError(where, 'source', 'dependent on θ or on a variable', source.kind);
}
