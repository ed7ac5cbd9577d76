/** @file From the plan to frames: the calls that a program makes, listed once so that replay only walks a list. */
import type { Arena } from '../linalg/kernels/arena.ts';
import { ABSENT, type Frame, type Rule, type Slot, UNDECLARED, type Uses } from './op.ts';
import { blockOf, NO_SLOT, type Plan, slotOf } from './plan.ts';
import { rehearse } from './rehearsal.ts';
import type { OpNode, TapeNode } from './tape-node.ts';

/** A cotangent of `n` elements at `from` that is added to the one at `to` after its op has run. */
export interface Contribution {
  readonly n: number;
  readonly from: number;
  readonly to: number;
}

/** One call of one rule. */
export interface Step {
  readonly rule: Rule;
  readonly frame: Frame;
  /** 'vjp' or 'vjpDot' in reverse; forward steps ignore it. */
  readonly linear: boolean;
  readonly contributions: readonly Contribution[];
}

/** What is zero in a direction: arrays without a tangent there. */
export interface TangentMask {
  readonly theta: boolean;
  readonly nodes: readonly boolean[];
}

/** The step that computes the value of an op. */
export function valueStep(node: OpNode, plan: Plan, arena: Arena): Step {
  return stepOf(node, 'value', frameOf(node, plan, arena, -1));
}

/** The step that computes the tangent of an op in direction j. */
export function tangentStep(node: OpNode, plan: Plan, arena: Arena, j: number, mask: TangentMask): Step {
  return stepOf(node, 'jvp', frameOf(node, plan, arena, j, mask));
}

/** The reverse step without tangents (vjp), or undefined when the op has no cotangent to pass on. */
export function reverseStep(node: OpNode, plan: Plan, arena: Arena): Step | undefined {
  const frame = frameOf(node, plan, arena, -1);
  if (frame.y.bar === ABSENT) return undefined;
  if (frame.x.bar === ABSENT && frame.z.bar === ABSENT && frame.theta.bar === ABSENT) return undefined;
  return detoured(node, plan, frame, 'bar', 'vjp');
}

/**
 * The reverse step in direction j: vjpDot where an operand moves along the direction. Where none does, or when `linear`
 * asks for it, vjp acting on the derivatives of the cotangents: the same without its zero second-order terms.
 */
export function reverseTangentStep(
  node: OpNode,
  plan: Plan,
  arena: Arena,
  j: number,
  mask: TangentMask,
  linear: boolean,
): Step | undefined {
  const frame = frameOf(node, plan, arena, j, mask);
  if (frame.y.barDot === ABSENT) return undefined;
  if (frame.x.barDot === ABSENT && frame.z.barDot === ABSENT && frame.theta.barDot === ABSENT)
    return undefined;
  const still = frame.x.dot === ABSENT && frame.z.dot === ABSENT && frame.theta.dot === ABSENT;
  if (!still && !linear) return detoured(node, plan, frame, 'barDot', 'vjpDot');
  const shifted: Frame = {
    ...frame,
    x: { ...frame.x, bar: frame.x.barDot },
    z: { ...frame.z, bar: frame.z.barDot },
    theta: { ...frame.theta, bar: frame.theta.barDot },
    y: { ...frame.y, bar: frame.y.barDot },
  };
  return detoured(node, plan, shifted, 'bar', 'vjp');
}

function frameOf(node: OpNode, plan: Plan, arena: Arena, j: number, mask?: TangentMask): Frame {
  const masked = (slot: Slot, moves: boolean): Slot => (moves ? slot : { ...slot, dot: ABSENT });
  const operand = (x: TapeNode | undefined): Slot =>
    x === undefined ? NO_SLOT : masked(slotOf(plan.nodes[x.id], j), mask?.nodes[x.id] ?? false);
  const { aux, curvature } = plan.nodes[node.id];
  const x = operand(node.operands[0]);
  const theta = masked(slotOf(plan.theta, j), mask?.theta ?? false);
  return {
    kernels: node.op.kernels?.(arena) ?? arena.kernels,
    x,
    z: operand(node.operands[1]),
    theta: node.block === undefined ? NO_SLOT : blockOf(theta, node.block),
    bias: node.block?.bias ?? ABSENT,
    groups: node.block?.groups ?? 1,
    y: slotOf(plan.nodes[node.id], j),
    constants: node.constants,
    aux,
    curvature,
  };
}

/** Redirects the cotangents that the plan gave a buffer of their own, and lists what is to be added afterwards. */
function detoured(
  node: OpNode,
  plan: Plan,
  frame: Frame,
  which: 'bar' | 'barDot',
  part: 'vjp' | 'vjpDot',
): Step {
  const contributions: Contribution[] = [];
  const detour = (slot: Slot, from: number): Slot => {
    if (from === ABSENT || slot[which] === ABSENT) return slot;
    contributions.push({ n: slot.size, from, to: slot[which] });
    return { ...slot, [which]: from };
  };
  const to = plan.detours[node.id];
  const redirected: Frame = {
    ...frame,
    x: detour(frame.x, to.x),
    z: detour(frame.z, to.z),
    theta: detour(frame.theta, to.theta),
  };
  return stepOf(node, part, redirected, contributions);
}

/** The call of one rule, rehearsed. */
function stepOf(
  node: OpNode,
  part: keyof Rule,
  frame: Frame,
  contributions: readonly Contribution[] = [],
): Step {
  const { rule, uses } = node.op;
  const given = declared(frame, uses[part]);
  rehearse(node.kind, rule, part, given);
  return { rule, frame: given, linear: part === 'vjp', contributions };
}

/** The arrays that an op says its rule touches; in place of the others {@link UNDECLARED}. */
export function declared(frame: Frame, { reads, writes }: Uses): Frame {
  const touched = new Set<string>([...reads, ...writes]);
  const only = (name: string, offset: number): number => (touched.has(name) ? offset : UNDECLARED);
  const slot = (name: string, { rows, cols, size, value, dot, bar, barDot }: Slot): Slot => ({
    rows,
    cols,
    size,
    value: only(`${name}.value`, value),
    dot: only(`${name}.dot`, dot),
    bar: only(`${name}.bar`, bar),
    barDot: only(`${name}.barDot`, barDot),
  });
  return {
    ...frame,
    x: slot('x', frame.x),
    z: slot('z', frame.z),
    theta: slot('theta', frame.theta),
    y: slot('y', frame.y),
    aux: only('aux', frame.aux),
    curvature: only('curvature', frame.curvature),
  };
}
