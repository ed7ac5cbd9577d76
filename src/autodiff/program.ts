/** @file A compiled tape: one arena, a list of calls, replayed for every batch without allocation. */
import { checkOneOf, checkOptions } from '../linalg/border/arguments.ts';
import { asList, isInstance } from '../linalg/border/instances.ts';
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import type { VectorInput } from '../linalg/border/vector.ts';
import { checkInteger, checkLength, checkShape } from '../linalg/checks.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import type { Arena } from '../linalg/kernels/arena.ts';
import { createArena } from '../linalg/kernels/create-arena.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { ABSENT } from './op.ts';
import { type Buffers, type Plan, type PlanOptions, planBuffers } from './plan.ts';
import { reverseStep, type Step, valueStep } from './steps.ts';
import { type TangentOptions, TangentSchedule, type TangentSource } from './tangent-schedule.ts';
import { checkNode, isOp, type TapeNode } from './tape-node.ts';

/** What the program is to compute beside values. Defaults: `wrt` 'parameters', no directions, no state, no room, the tier in use. */
export interface CompileOptions extends Partial<PlanOptions> {
  /** The kernels it runs on. Results do not depend on it. */
  readonly tier?: 'scalar' | 'simd';
}

/**
 * A program with its memory. The order of use is: set the leaves and `parameters`, `forward`, `backward`; for second
 * derivatives then write tangents, `forwardTangent`, `backwardTangent`. What is called too early works on stale numbers:
 * this is not checked. All arrays it hands out are views of one arena and change with the next call.
 *
 * Cost: no call allocates. The same calls on the same data give the same bits.
 * @example
 * program.set(x, features);
 * program.set(y, labels);
 * program.parameters.set(theta);
 * program.forward();
 * program.backward(); // now program.gradient is ∂loss/∂θ
 */
export class Program {
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
  private readonly tapeNodes: readonly TapeNode[];
  private readonly forwardSteps: readonly Step[];
  private readonly reverseSteps: readonly Step[];
  private readonly roomLength: number;

  /** Use `Tape.compile`. @throws {DomainError} derivatives asked of an output that depends on nothing. */
  constructor(nodes: readonly TapeNode[], parameterCount: number, output: TapeNode, options: CompileOptions) {
    checkCompile(nodes, parameterCount, output, options);
    const { wrt = 'parameters', directions = 0, state = 0, room = 0 } = options;
    const plan = planBuffers(nodes, output, parameterCount, { wrt, directions, state, room });
    if (wrt !== 'nothing' && plan.nodes[output.id].bar === ABSENT)
      throw new DomainError('Tape.compile', 'output', 'a function of θ or of a variable', output.kind);
    this.arena = createArena(plan.length, options.tier);
    for (const { id, constants } of nodes)
      if (constants.length > 0) this.arena.memory.set(constants, plan.nodes[id].aux);
    this.plan = plan;
    this.tapeNodes = nodes;
    this.roomLength = room;
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

  /** Everything recorded, operands before results. */
  get nodes(): readonly TapeNode[] {
    return this.tapeNodes;
  }

  /**
   * Fills a leaf. `values` are [rows, cols] row-major (a matrix, or flat); labels are integers.
   * @throws {ShapeError} another shape. @throws {DomainError} not a leaf, or a label outside its classes.
   */
  set(leaf: TapeNode, values: MatrixInput | VectorInput): void {
    this.own('Program.set', leaf);
    if (isOp(leaf)) throw new DomainError('Program.set', 'leaf', 'an input, a variable or labels', leaf.kind);
    const given = asVectorOrMatrix('Program.set', 'values', values);
    if (given instanceof Matrix) checkShape('Program.set', 'values', given, leaf.rows, leaf.cols);
    const flat = given instanceof Matrix ? given.data : given;
    checkLength('Program.set', 'values', flat, leaf.rows * leaf.cols);
    if (leaf.kind === 'labels')
      for (let i = 0; i < flat.length; i++)
        checkInteger('Program.set', `labels[${i}]`, flat[i], 0, leaf.classes - 1);
    this.value(leaf).data.set(flat);
  }

  /** The value of a node, [rows, cols]: a view. Labels may be written only through {@link set}. */
  value(node: TapeNode): Matrix {
    return this.view('Program.value', node, (b) => b.value);
  }

  /** ∂output/∂node after `backward`, [rows, cols]: a view. @throws {UnsupportedError} it is not computed. */
  cotangent(node: TapeNode): Matrix {
    return this.view('Program.cotangent', node, (b) => b.bar);
  }

  /** Whether `backward` computes the cotangent of a node. */
  computesCotangent(node: TapeNode): boolean {
    this.own('Program.computesCotangent', node);
    return this.plan.nodes[node.id].bar !== ABSENT;
  }

  /** The tangent of a node along direction j, [rows, cols]: a view. @throws {UnsupportedError} it has none. */
  tangent(node: TapeNode, j: number): Matrix {
    this.checkDirection('Program.tangent', j);
    return this.view('Program.tangent', node, (b) => (b.dot === ABSENT ? ABSENT : b.dot + j * b.stride));
  }

  /** The derivative of the cotangent of a node along direction j: a view. @throws {UnsupportedError} not computed. */
  cotangentTangent(node: TapeNode, j: number): Matrix {
    this.checkDirection('Program.cotangentTangent', j);
    return this.view('Program.cotangentTangent', node, (b) =>
      b.barDot === ABSENT ? ABSENT : b.barDot + j * b.stride,
    );
  }

  /** θ̇ of direction j: a view to write to. */
  parameterTangent(j: number): Vec {
    this.checkDirection('Program.parameterTangent', j);
    return this.slice(this.plan.theta.dot + j * this.plan.theta.stride, this.parameterCount);
  }

  /** (θ̄)˙ of direction j after `backwardTangent`: a view. @throws {UnsupportedError} θ̄ is not computed. */
  gradientTangent(j: number): Vec {
    this.checkDirection('Program.gradientTangent', j);
    const { barDot, stride } = this.plan.theta;
    if (barDot === ABSENT)
      throw new UnsupportedError("Program.gradientTangent: compile with wrt: 'parameters'.");
    return this.slice(barDot + j * stride, this.parameterCount);
  }

  /** The i-th further array of the length of θ (compile option `state`): a view. */
  state(i: number): Vec {
    checkInteger('Program.state', 'i', i, 0, this.plan.state.length - 1);
    return this.slice(this.plan.state[i], this.parameterCount);
  }

  /** `length` doubles of the further room (compile option `room`) from `first` on: a view. @throws {DomainError} there are fewer. */
  room(first: number, length: number): Vec {
    checkInteger('Program.room', 'first', first, 0, this.roomLength);
    checkInteger('Program.room', 'length', length, 0, this.roomLength - first);
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
  backward(seed?: MatrixInput): void {
    const { rows, cols, bar } = this.plan.nodes[this.output.id];
    if (bar === ABSENT) throw new UnsupportedError("Program.backward: compiled with wrt: 'nothing'.");
    const { kernels, memory } = this.arena;
    if (seed === undefined) kernels.fill(rows * cols, 1, bar);
    else {
      const cotangent = asMatrix('Program.backward', 'seed', seed);
      checkShape('Program.backward', 'seed', cotangent, rows, cols);
      memory.set(cotangent.data, bar);
    }
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
  tangentsFrom(sources: readonly TangentSource[], options: TangentOptions = {}): TangentSchedule {
    return new TangentSchedule(this, sources, options);
  }

  /** Tangents of every node in directions 0..count−1. Needs `forward` before. */
  forwardTangent(schedule: TangentSchedule, count: number = this.directions): void {
    this.checkSchedule('Program.forwardTangent', schedule, count);
    for (const directions of schedule.forward)
      for (let j = 0; j < count; j++) {
        const { rule, frame } = directions[j];
        rule.jvp(frame);
      }
  }

  /** Derivatives of every cotangent and of θ̄ in directions 0..count−1. Needs `backward` and `forwardTangent` before. */
  backwardTangent(schedule: TangentSchedule, count: number = this.directions): void {
    this.checkSchedule('Program.backwardTangent', schedule, count);
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

  private view(where: string, node: TapeNode, offset: (b: Buffers) => number): Matrix {
    this.own(where, node);
    const start = offset(this.plan.nodes[node.id]);
    if (start === ABSENT)
      throw new UnsupportedError(
        `${where}: not computed for this node (${node.kind}): see the options of compile.`,
      );
    return new Matrix(node.rows, node.cols, this.slice(start, node.rows * node.cols));
  }

  private own(where: string, node: TapeNode): void {
    checkNode(where, 'node', this.tapeNodes, node, 'program');
  }

  private checkSchedule(where: string, schedule: TangentSchedule, count: number): void {
    if (!isInstance(schedule, TangentSchedule) || schedule.target !== this)
      throw new DomainError(where, 'schedule', 'made by tangentsFrom of this program', schedule);
    checkInteger(where, 'count', count, 0, this.directions);
  }

  private checkDirection(where: string, j: number): void {
    if (this.directions === 0) throw new UnsupportedError(`${where}: compile with directions ≥ 1.`);
    checkInteger(where, 'j', j, 0, this.directions - 1);
  }
}

/** More are refused: no memory would do. */
const MOST_DIRECTIONS = 2 ** 20;
const MOST_STATES = 2 ** 10;
const COMPILE_OPTIONS = ['wrt', 'directions', 'state', 'room', 'tier', 'resident'];

function checkCompile(
  nodes: readonly TapeNode[],
  parameterCount: number,
  output: TapeNode,
  options: CompileOptions,
): void {
  const where = 'Tape.compile';
  asList(where, 'nodes', nodes, 'nodes of a tape');
  checkNode(where, 'output', nodes, output, 'tape');
  checkInteger(where, 'parameterCount', parameterCount, 0, Number.MAX_SAFE_INTEGER);
  checkOptions(where, options, COMPILE_OPTIONS);
  const { wrt = 'parameters', tier = 'simd', directions = 0, state = 0, room = 0 } = options;
  checkOneOf(where, 'wrt', wrt, ['parameters', 'activations', 'nothing']);
  checkOneOf(where, 'tier', tier, ['scalar', 'simd']);
  checkInteger(where, 'directions', directions, 0, MOST_DIRECTIONS);
  checkInteger(where, 'state', state, 0, MOST_STATES);
  checkInteger(where, 'room', room, 0, Number.MAX_SAFE_INTEGER);
}
