/** @file A compiled tape as its users run it: every call is checked. */
import { checkOneOf, checkOptions } from '../linalg/border/arguments.ts';
import { asList, isInstance } from '../linalg/border/instances.ts';
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import type { VectorInput } from '../linalg/border/vector.ts';
import { checkInteger, checkLength, checkShape } from '../linalg/checks.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { CompiledTape, type CompileOptions } from './compiled-tape.ts';
import { ABSENT } from './op.ts';
import { type TangentOptions, TangentSchedule, type TangentSource } from './tangent-schedule.ts';
import { checkNode, isOp, type TapeNode } from './tape-node.ts';

export type { CompileOptions };

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
export class Program extends CompiledTape {
  private readonly roomLength: number;

  /** Use `Tape.compile`. @throws {DomainError} derivatives asked of an output that depends on nothing. */
  constructor(nodes: readonly TapeNode[], parameterCount: number, output: TapeNode, options: CompileOptions) {
    checkCompile(nodes, parameterCount, output, options);
    super(nodes, parameterCount, output, options);
    if (options.wrt !== 'nothing' && this.plan.nodes[output.id].bar === ABSENT)
      throw new DomainError('Tape.compile', 'output', 'a function of θ or of a variable', output.kind);
    this.roomLength = options.room ?? 0;
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
  override value(node: TapeNode): Matrix {
    this.own('Program.value', node);
    return super.value(node);
  }

  /** ∂output/∂node after `backward`, [rows, cols]: a view. @throws {UnsupportedError} it is not computed. */
  override cotangent(node: TapeNode): Matrix {
    this.computed('Program.cotangent', node, 'bar');
    return super.cotangent(node);
  }

  /** Whether `backward` computes the cotangent of a node. */
  computesCotangent(node: TapeNode): boolean {
    this.own('Program.computesCotangent', node);
    return this.plan.nodes[node.id].bar !== ABSENT;
  }

  /** The tangent of a node along direction j, [rows, cols]: a view. @throws {UnsupportedError} it has none. */
  override tangent(node: TapeNode, j: number): Matrix {
    this.checkDirection('Program.tangent', j);
    this.computed('Program.tangent', node, 'dot');
    return super.tangent(node, j);
  }

  /** The derivative of the cotangent of a node along direction j: a view. @throws {UnsupportedError} not computed. */
  override cotangentTangent(node: TapeNode, j: number): Matrix {
    this.checkDirection('Program.cotangentTangent', j);
    this.computed('Program.cotangentTangent', node, 'barDot');
    return super.cotangentTangent(node, j);
  }

  /** θ̇ of direction j: a view to write to. */
  override parameterTangent(j: number): Vec {
    this.checkDirection('Program.parameterTangent', j);
    return super.parameterTangent(j);
  }

  /** (θ̄)˙ of direction j after `backwardTangent`: a view. @throws {UnsupportedError} θ̄ is not computed. */
  override gradientTangent(j: number): Vec {
    this.checkDirection('Program.gradientTangent', j);
    if (this.plan.theta.barDot === ABSENT)
      throw new UnsupportedError("Program.gradientTangent: compile with wrt: 'parameters'.");
    return super.gradientTangent(j);
  }

  /** The i-th further array of the length of θ (compile option `state`): a view. */
  override state(i: number): Vec {
    checkInteger('Program.state', 'i', i, 0, this.plan.state.length - 1);
    return super.state(i);
  }

  /** `length` doubles of the further room (compile option `room`) from `first` on: a view. @throws {DomainError} there are fewer. */
  override room(first: number, length: number): Vec {
    checkInteger('Program.room', 'first', first, 0, this.roomLength);
    checkInteger('Program.room', 'length', length, 0, this.roomLength - first);
    return super.room(first, length);
  }

  /**
   * Computes θ̄ and the cotangents of all nodes between θ (or a variable) and the output.
   * @param seed - Cotangent of the output, of its shape; ones when absent, so that the gradient is that of the sum.
   */
  override backward(seed?: MatrixInput): void {
    const { rows, cols, bar } = this.plan.nodes[this.output.id];
    if (bar === ABSENT) throw new UnsupportedError("Program.backward: compiled with wrt: 'nothing'.");
    if (seed === undefined) super.backward();
    else {
      const cotangent = asMatrix('Program.backward', 'seed', seed);
      checkShape('Program.backward', 'seed', cotangent, rows, cols);
      super.backward(cotangent);
    }
  }

  override tangentsFrom(sources: readonly TangentSource[], options: TangentOptions = {}): TangentSchedule {
    return new TangentSchedule(this, sources, options);
  }

  /** Tangents of every node in directions 0..count−1. Needs `forward` before. */
  override forwardTangent(schedule: TangentSchedule, count: number = this.directions): void {
    this.checkSchedule('Program.forwardTangent', schedule, count);
    super.forwardTangent(schedule, count);
  }

  /** Derivatives of every cotangent and of θ̄ in directions 0..count−1. Needs `backward` and `forwardTangent` before. */
  override backwardTangent(schedule: TangentSchedule, count: number = this.directions): void {
    this.checkSchedule('Program.backwardTangent', schedule, count);
    super.backwardTangent(schedule, count);
  }

  private computed(where: string, node: TapeNode, array: 'bar' | 'dot' | 'barDot'): void {
    this.own(where, node);
    if (this.plan.nodes[node.id][array] === ABSENT)
      throw new UnsupportedError(
        `${where}: not computed for this node (${node.kind}): see the options of compile.`,
      );
  }

  private own(where: string, node: TapeNode): void {
    checkNode(where, 'node', this.nodes, node, 'program');
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
