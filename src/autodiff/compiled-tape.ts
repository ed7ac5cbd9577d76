/** @file A compiled tape as the library itself runs it: one arena, a list of calls, replayed for every batch without allocation or checks. */
import type { Arena } from '../linalg/kernels/arena.ts';
import { createArena } from '../linalg/kernels/create-arena.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { ABSENT } from './op.ts';
import { type Plan, type PlanOptions, planBuffers } from './plan.ts';
import { reverseStep, type Step, valueStep } from './steps.ts';
import { type TangentOptions, type TangentSource, Tangents } from './tangents.ts';
import { isOp, type TapeNode } from './tape-node.ts';

/** What the program is to compute beside values. Defaults: `wrt` 'parameters', no directions, no state, no room, the tier in use. */
export interface CompileOptions extends Partial<PlanOptions> {
  /** The kernels it runs on. Results do not depend on it. */
  readonly tier?: 'scalar' | 'simd';
}

/** What a {@link Program} checks and then computes; see there. */
export class CompiledTape {
  readonly output: TapeNode;
  readonly parameterCount: number;
  /** k: how many directions tangents have room for. */
  readonly directions: number;
  /** θ; write to it. */
  readonly parameters: Vec;
  /** θ̄ after `backward`; of length 0 unless compiled with respect to 'parameters'. */
  readonly gradient: Vec;
  /** The memory and its kernels, for an optimiser that works inside it. */
  readonly arena: Arena;
  /** Offsets of every array in the arena. */
  readonly plan: Plan;
  /** Everything recorded, operands before results. */
  readonly nodes: readonly TapeNode[];
  private readonly forwardSteps: readonly Step[];
  private readonly reverseSteps: readonly Step[];

  constructor(nodes: readonly TapeNode[], parameterCount: number, output: TapeNode, options: CompileOptions) {
    const { wrt = 'parameters', directions = 0, state = 0, room = 0 } = options;
    const plan = planBuffers(nodes, output, parameterCount, { wrt, directions, state, room });
    this.arena = createArena(plan.length, options.tier);
    for (const { id, constants } of nodes)
      if (constants.length > 0) this.arena.memory.set(constants, plan.nodes[id].aux);
    this.plan = plan;
    this.nodes = nodes;
    this.output = output;
    this.parameterCount = parameterCount;
    this.directions = directions;
    this.parameters = this.slice(plan.theta.value, this.parameterCount);
    this.gradient =
      wrt === 'parameters' ? this.slice(plan.theta.bar, this.parameterCount) : new Float64Array(0);
    const ops = nodes.filter(isOp);
    this.forwardSteps = ops.map((node) => valueStep(node, plan, this.arena));
    this.reverseSteps = [...ops]
      .reverse()
      .map((node) => reverseStep(node, plan, this.arena))
      .filter((step) => step !== undefined);
  }

  /** The value of a node, [rows, cols]: a view. */
  value(node: TapeNode): Matrix {
    return this.view(node, this.plan.nodes[node.id].value);
  }

  /** ∂output/∂node after `backward`, [rows, cols]: a view. */
  cotangent(node: TapeNode): Matrix {
    return this.view(node, this.plan.nodes[node.id].bar);
  }

  /** The tangent of a node along direction j, [rows, cols]: a view. */
  tangent(node: TapeNode, j: number): Matrix {
    const { dot, stride } = this.plan.nodes[node.id];
    return this.view(node, dot + j * stride);
  }

  /** The derivative of the cotangent of a node along direction j: a view. */
  cotangentTangent(node: TapeNode, j: number): Matrix {
    const { barDot, stride } = this.plan.nodes[node.id];
    return this.view(node, barDot + j * stride);
  }

  /** θ̇ of direction j: a view to write to. */
  parameterTangent(j: number): Vec {
    const { dot, stride } = this.plan.theta;
    return this.slice(dot + j * stride, this.parameterCount);
  }

  /** (θ̄)˙ of direction j after `backwardTangent`: a view. */
  gradientTangent(j: number): Vec {
    const { barDot, stride } = this.plan.theta;
    return this.slice(barDot + j * stride, this.parameterCount);
  }

  /** The i-th further array of the length of θ (compile option `state`): a view. */
  state(i: number): Vec {
    return this.slice(this.plan.state[i], this.parameterCount);
  }

  /** `length` doubles of the further room (compile option `room`) from `first` on: a view. */
  room(first: number, length: number): Vec {
    return this.slice(this.plan.room + first, length);
  }

  /** Computes every node from the leaves and θ. */
  forward(): void {
    for (const { rule, frame } of this.forwardSteps) rule.value(frame);
  }

  /**
   * Computes θ̄ and the cotangents of all nodes between θ (or a variable) and the output.
   * @param seed - Cotangent of the output, of its shape; ones when absent, so that the gradient is that of the sum.
   */
  backward(seed?: Matrix): void {
    const { rows, cols, bar } = this.plan.nodes[this.output.id];
    const { kernels, memory } = this.arena;
    if (seed === undefined) kernels.fill(rows * cols, 1, bar);
    else memory.set(seed.data, bar);
    const theta = this.plan.theta;
    if (this.plan.sharedParameters && theta.bar !== ABSENT) kernels.fill(this.parameterCount, 0, theta.bar);
    for (const { rule, frame, contributions } of this.reverseSteps) {
      rule.vjp(frame);
      for (const { n, from, to } of contributions) kernels.add(n, from, to);
    }
  }

  /**
   * Prepares tangents that begin at the given sources. Call once, keep the result.
   *
   * @param sources - 'parameters', variables, or any node that depends on them. The tangents of the sources are what you
   * write into `parameterTangent(j)` and `tangent(node, j)`; a source that is an op is moved by that alone: what it would
   * inherit from its operands is not added.
   */
  tangentsFrom(sources: readonly TangentSource[], options: TangentOptions = {}): Tangents {
    return new Tangents(this, sources, options);
  }

  /** Tangents of every node in directions 0..count−1. Needs `forward` before. */
  forwardTangent(schedule: Tangents, count: number = this.directions): void {
    for (const directions of schedule.forward)
      for (let j = 0; j < count; j++) {
        const { rule, frame } = directions[j];
        rule.jvp(frame);
      }
  }

  /** Derivatives of every cotangent and of θ̄ in directions 0..count−1. Needs `backward` and `forwardTangent` before. */
  backwardTangent(schedule: Tangents, count: number = this.directions): void {
    const { kernels } = this.arena;
    const { theta } = this.plan;
    const output = this.plan.nodes[this.output.id];
    for (let j = 0; j < count; j++) {
      kernels.fill(output.rows * output.cols, 0, output.barDot + j * output.stride);
      if (this.plan.sharedParameters && theta.barDot !== ABSENT)
        kernels.fill(this.parameterCount, 0, theta.barDot + j * theta.stride);
    }
    for (const directions of schedule.reverse)
      for (let j = 0; j < count; j++) {
        const { rule, frame, linear, contributions } = directions[j];
        if (linear) rule.vjp(frame);
        else rule.vjpDot(frame);
        for (const { n, from, to } of contributions) kernels.add(n, from, to);
      }
  }

  private slice(start: number, length: number): Vec {
    return this.arena.memory.subarray(start, start + length);
  }

  private view({ rows, cols }: TapeNode, start: number): Matrix {
    return new Matrix(rows, cols, this.slice(start, rows * cols));
  }
}
