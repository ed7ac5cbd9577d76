/** @file The recorder: a program is written down once, for fixed shapes, and then compiled. */
import { checkFiniteNumber, checkObject, checkOneOf } from '../linalg/border/arguments.ts';
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import { ACTIVATIONS, type Activation, EXAMPLE_FUNCTIONS, type ExampleFunction } from './functions.ts';
import { type CompileOptions, Program } from './program.ts';
import type { ElementwiseOp, Op } from './rule.ts';
import { checkNode, type TapeNode } from './tape-node.ts';

/** A block [outputs, width] of θ: columns 0..inputs−1 are W, column `bias`, if given, is b; others are not read. */
export interface AffineBlock {
  readonly offset: number;
  /** ≥ inputs. */
  readonly width: number;
  /** In inputs..width−1; undefined: no bias. */
  readonly bias: number | undefined;
}

const NO_BLOCK: AffineBlock = { offset: 0, width: 0, bias: undefined };

/** Ops whose second operand, labels or targets, has no derivative. */
const HEADS: readonly Op[] = ['margin', 'squared-error', 'absolute-error'];

/**
 * Records a function of parameters θ and inputs as a list of ops. Nothing is computed while recording; shapes are
 * checked at once. Arrays are [rows, cols], feature-major: one example per column.
 *
 * @example
 * const tape = new Tape();
 * const x = tape.input(64, 32); // 32 examples of 64 features
 * const y = tape.labels(10, 32);
 * const hidden = tape.tanh(tape.affine(x, 16)); // parameters are taken from θ in the order of recording
 * const loss = tape.mean(tape.crossEntropy(tape.affine(hidden, 10), y));
 * const program = tape.compile(loss); // then: set, forward, backward
 */
export class Tape {
  private readonly recorded: TapeNode[] = [];
  private parameters = 0;

  /** Length of θ so far. */
  get parameterCount(): number {
    return this.parameters;
  }

  /** Everything recorded so far, operands before results. */
  get nodes(): readonly TapeNode[] {
    return this.recorded;
  }

  /** Given data, [rows, cols]; no derivative with respect to it. */
  input(rows: number, cols: number): TapeNode {
    return this.leaf('input', rows, cols, 0);
  }

  /** As {@link input}, and derivatives with respect to it are computed. */
  variable(rows: number, cols: number): TapeNode {
    return this.leaf('variable', rows, cols, 0);
  }

  /** One class per example, [1, cols], each in 0..classes−1. */
  labels(classes: number, cols: number): TapeNode {
    checkInteger('Tape.labels', 'classes', classes, 2, Number.POSITIVE_INFINITY);
    return this.leaf('labels', 1, cols, classes);
  }

  /**
   * W x + b with [W b] = θ[offset …] of shape [outputs, inputs + 1], row-major, the bias as last column; or W x with W of
   * shape [outputs, inputs].
   * @param block - Where and how wide its block of θ is, or only where. Default: the end of θ so far, with a bias. Two layers
   * may share a block, or overlap.
   */
  affine(x: TapeNode, outputs: number, block: number | AffineBlock = this.parameters): TapeNode {
    this.check('affine', x);
    checkInteger('Tape.affine', 'outputs', outputs, 1, Number.POSITIVE_INFINITY);
    if (typeof block !== 'number') checkObject('Tape.affine', 'block', block);
    const { offset, width, bias } =
      typeof block === 'number' ? { offset: block, width: x.rows + 1, bias: x.rows } : block;
    checkInteger('Tape.affine', 'offset', offset, 0, Number.POSITIVE_INFINITY);
    checkInteger('Tape.affine', 'width', width, x.rows, Number.POSITIVE_INFINITY);
    if (bias !== undefined) checkInteger('Tape.affine', 'bias', bias, x.rows, width - 1);
    const node = this.record('affine', outputs, x.cols, [x], { offset, width, bias });
    this.parameters = Math.max(this.parameters, offset + outputs * width);
    return node;
  }

  tanh(x: TapeNode): TapeNode {
    return this.elementwise('tanh', x);
  }

  relu(x: TapeNode): TapeNode {
    return this.elementwise('relu', x);
  }

  /** x Φ(x), the exact form. */
  gelu(x: TapeNode): TapeNode {
    return this.elementwise('gelu', x);
  }

  /** 1/(1 + e^−x). */
  sigmoid(x: TapeNode): TapeNode {
    return this.elementwise('sigmoid', x);
  }

  /** −log(1 + e^−x), stable at both ends. */
  logSigmoid(x: TapeNode): TapeNode {
    return this.elementwise('log-sigmoid', x);
  }

  /** Any activation by name; `identity` returns x itself. */
  activation(name: Activation, x: TapeNode): TapeNode {
    checkOneOf('Tape.activation', 'name', name, ACTIVATIONS);
    this.check('activation', x);
    return name === 'identity' ? x : this.elementwise(name, x);
  }

  /** c x for a constant c. */
  scale(x: TapeNode, c: number): TapeNode {
    this.check('scale', x);
    checkFiniteNumber('Tape.scale', 'c', c);
    return this.record('scale', x.rows, x.cols, [x], NO_BLOCK, c);
  }

  /** x + z, equal shapes. */
  add(x: TapeNode, z: TapeNode): TapeNode {
    this.check('add', x);
    return this.record('add', x.rows, x.cols, [x, this.same('add', z, x.rows, x.cols)]);
  }

  /** x ⊙ z, equal shapes. */
  multiply(x: TapeNode, z: TapeNode): TapeNode {
    this.check('multiply', x);
    return this.record('multiply', x.rows, x.cols, [x, this.same('multiply', z, x.rows, x.cols)]);
  }

  /** log p_t − log(1 − p_t) = u_t − log Σ_{c≠t} e^{u_c} per example, [1, cols], p = softmax(u), t the label. */
  margin(u: TapeNode, labels: TapeNode): TapeNode {
    this.check('margin', u);
    this.check('margin', labels);
    if (labels.kind !== 'labels' || labels.factor !== u.rows || labels.cols !== u.cols) {
      const got = `${labels.kind} [${labels.rows}, ${labels.cols}]${labels.kind === 'labels' ? ` of ${labels.factor} classes` : ''}`;
      throw new ShapeError('Tape.margin', 'labels', `labels(${u.rows}, ${u.cols})`, got);
    }
    return this.record('margin', 1, u.cols, [u, labels]);
  }

  /** log p_t per example, [1, cols]: log σ(margin). */
  logProbability(u: TapeNode, labels: TapeNode): TapeNode {
    return this.logSigmoid(this.margin(u, labels));
  }

  /** −log p_t per example, [1, cols]: the softmax cross-entropy. */
  crossEntropy(u: TapeNode, labels: TapeNode): TapeNode {
    return this.scale(this.logProbability(u, labels), -1);
  }

  /** ½‖u − t‖² per example, [1, cols]. `targets` must be an {@link input}. */
  squaredError(u: TapeNode, targets: TapeNode): TapeNode {
    return this.errorOf('squared-error', u, targets);
  }

  /** Σ |u − t| per example, [1, cols]; its derivative is 0 where u = t. `targets` must be an {@link input}. */
  absoluteError(u: TapeNode, targets: TapeNode): TapeNode {
    return this.errorOf('absolute-error', u, targets);
  }

  /** A per-example function by name; `z` are labels, or targets for the errors. */
  example(f: ExampleFunction, u: TapeNode, z: TapeNode): TapeNode {
    checkOneOf('Tape.example', 'f', f, EXAMPLE_FUNCTIONS);
    switch (f) {
      case 'cross-entropy':
        return this.crossEntropy(u, z);
      case 'log-probability':
        return this.logProbability(u, z);
      case 'margin':
        return this.margin(u, z);
      case 'squared-error':
        return this.squaredError(u, z);
      case 'absolute-error':
        return this.absoluteError(u, z);
    }
  }

  /** Σ over the examples: [rows, cols] → [rows, 1], compensated. */
  sum(x: TapeNode): TapeNode {
    this.check('sum', x);
    return this.record('sum', x.rows, 1, [x]);
  }

  /** Mean over the examples: [rows, cols] → [rows, 1]. */
  mean(x: TapeNode): TapeNode {
    const sum = this.sum(x);
    return this.scale(sum, 1 / x.cols);
  }

  /** Plans the memory and returns the program that computes everything recorded and the derivatives of `output`. */
  compile(output: TapeNode, options: CompileOptions = {}): Program {
    this.check('compile', output);
    return new Program([...this.recorded], this.parameters, output, options);
  }

  private errorOf(op: 'squared-error' | 'absolute-error', u: TapeNode, targets: TapeNode): TapeNode {
    const name = op === 'squared-error' ? 'squaredError' : 'absoluteError';
    this.check(name, u);
    this.check(name, targets);
    if (targets.kind !== 'input')
      throw new DomainError(`Tape.${name}`, 'targets', 'an input: they have no derivative', targets.kind);
    return this.record(op, 1, u.cols, [u, this.same(name, targets, u.rows, u.cols)]);
  }

  private elementwise(op: ElementwiseOp, x: TapeNode): TapeNode {
    this.check(op, x);
    return this.record(op, x.rows, x.cols, [x]);
  }

  private leaf(kind: 'input' | 'variable' | 'labels', rows: number, cols: number, factor: number): TapeNode {
    checkInteger(`Tape.${kind}`, 'rows', rows, 1, Number.POSITIVE_INFINITY);
    checkInteger(`Tape.${kind}`, 'cols', cols, 1, Number.POSITIVE_INFINITY);
    return this.push({ id: this.recorded.length, kind, rows, cols, operands: [], ...NO_BLOCK, factor });
  }

  private record(
    op: Op,
    rows: number,
    cols: number,
    operands: readonly TapeNode[],
    block: AffineBlock = NO_BLOCK,
    factor = 0,
  ): TapeNode {
    const { offset, width, bias } = block;
    const differentiable = HEADS.includes(op) ? operands.slice(0, 1) : operands;
    for (const x of differentiable)
      if (x.kind === 'labels') throw new DomainError(`Tape.${op}`, 'operand', 'an array of reals', 'labels');
    return this.push({
      id: this.recorded.length,
      kind: op,
      rows,
      cols,
      operands,
      offset,
      width,
      bias,
      factor,
    });
  }

  private push(node: TapeNode): TapeNode {
    this.recorded.push(node);
    return node;
  }

  private same(op: string, z: TapeNode, rows: number, cols: number): TapeNode {
    this.check(op, z);
    if (z.rows !== rows || z.cols !== cols)
      throw new ShapeError(`Tape.${op}`, 'second operand', `[${rows}, ${cols}]`, `[${z.rows}, ${z.cols}]`);
    return z;
  }

  private check(op: string, x: TapeNode): void {
    checkNode(`Tape.${op}`, 'operand', this.recorded, x, 'tape');
  }
}
