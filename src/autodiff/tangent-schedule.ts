/** @file Which calls carry tangents from given sources through a program, forward and in reverse. */

import { checkObject, checkOptions } from '../linalg/border/arguments.ts';
import { describe, isArray } from '../linalg/border/describe.ts';
import { asList } from '../linalg/border/instances.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import type { Arena } from '../linalg/kernels/arena.ts';
import { ABSENT } from './op.ts';
import type { Plan } from './plan.ts';
import { reverseTangentStep, type Step, type TangentMask, tangentStep } from './steps.ts';
import { checkNode, isOp, type TapeNode } from './tape-node.ts';

/** Where tangents begin: θ, or any node that depends on θ or a variable. */
export type TangentSource = 'parameters' | TapeNode;

/** Variants of the reverse sweep. */
export interface TangentOptions {
  /**
   * Stop at the earliest source: cotangents of nodes recorded before it, and θ̄, are then not differentiated.
   * Halves the work when only later layers are wanted.
   */
  readonly stopAtSources?: boolean;
  /**
   * Gauss–Newton: up to and including this node the network counts as linear, so (θ̄)˙ = Jᵀ H J θ̇ with J its
   * Jacobian and H the Hessian of the output with respect to it. Every path to the output must pass through it.
   */
  readonly gaussNewton?: TapeNode;
}

/** What a schedule needs to know of its program. */
export interface TangentTarget {
  readonly nodes: readonly TapeNode[];
  readonly plan: Plan;
  readonly arena: Arena;
  readonly directions: number;
  readonly output: TapeNode;
}

/** Made by `Program.tangentsFrom`; belongs to that program. */
export class TangentSchedule {
  readonly target: TangentTarget;
  /** Per op in order of recording, per direction. */
  readonly forward: readonly (readonly Step[])[];
  /** Per op in reverse, per direction. */
  readonly reverse: readonly (readonly Step[])[];
  private readonly mask: TangentMask;

  constructor(target: TangentTarget, sources: readonly TangentSource[], options: TangentOptions) {
    checkRequest(target, sources, options);
    const { nodes, plan, arena, directions: k } = target;
    this.target = target;
    if (k === 0) throw new UnsupportedError('Program.tangentsFrom: compile with directions ≥ 1.');
    const given = new Set<TangentSource>(sources);
    for (const source of sources)
      if (source !== 'parameters' && plan.nodes[source.id].dot === ABSENT)
        throw new DomainError(
          'Program.tangentsFrom',
          'source',
          'dependent on θ or on a variable',
          source.kind,
        );
    const mask = movingNodes(nodes, given);
    this.mask = mask;
    const split = options.gaussNewton;
    if (split !== undefined) checkSplit(nodes, split, target.output, mask);

    const each = <T>(make: (j: number) => T): T[] => Array.from({ length: k }, (_, j) => make(j));
    this.forward = nodes
      .filter(isOp)
      .filter((node) => mask.nodes[node.id] && !given.has(node))
      .map((node) => each((j) => tangentStep(node, plan, arena, j, mask)));
    const first = given.has('parameters') ? -1 : Math.min(...sources.map((s) => (s as TapeNode).id));
    const stop = options.stopAtSources === true ? first : -1;
    this.reverse = [...nodes]
      .reverse()
      .filter(isOp)
      .filter((node) => node.id > stop)
      .map((node) => {
        const linear = split !== undefined && node.id <= split.id;
        return each((j) => reverseTangentStep(node, plan, arena, j, mask, linear));
      })
      .filter((steps): steps is Step[] => steps[0] !== undefined);
  }

  /** Whether a node of the program moves with the sources; the tangent of one that does not is 0, and is not computed. */
  moves(node: TapeNode): boolean {
    checkNode('TangentSchedule.moves', 'node', this.target.nodes, node, 'program');
    return this.mask.nodes[node.id];
  }
}

/** Which arrays have a tangent that need not be zero. */
function movingNodes(nodes: readonly TapeNode[], given: ReadonlySet<TangentSource>): TangentMask {
  const theta = given.has('parameters');
  const moving: boolean[] = [];
  for (const node of nodes)
    moving[node.id] =
      given.has(node) || (theta && node.block !== undefined) || node.operands.some((x) => moving[x.id]);
  return { theta, nodes: moving };
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
}
