/** @file Which calls carry tangents from given sources through a program, forward and in reverse. */
import type { Arena } from '../linalg/kernels/arena.ts';
import type { Plan } from './plan.ts';
import { reverseTangentStep, type Step, type TangentMask, tangentStep } from './steps.ts';
import { isOp, type TapeNode } from './tape-node.ts';

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

/** What a `TangentSchedule` checks and then makes; see there. */
export class Tangents {
  readonly target: TangentTarget;
  /** Per op in order of recording, per direction. */
  readonly forward: readonly (readonly Step[])[];
  /** Per op in reverse, per direction. */
  readonly reverse: readonly (readonly Step[])[];
  protected readonly mask: TangentMask;

  constructor(target: TangentTarget, sources: readonly TangentSource[], options: TangentOptions) {
    const { nodes, plan, arena, directions: k } = target;
    this.target = target;
    const given = new Set<TangentSource>(sources);
    const mask = movingNodes(nodes, given);
    this.mask = mask;
    const split = options.gaussNewton;
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
