/** @file The recorder: a program is written down once, for fixed shapes, and then compiled. */
import { checkObject, checkOneOf } from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import { CompiledTape, type CompileOptions } from './compiled-tape.ts';
import { ACTIVATIONS, type Activation, asExampleFunction, type ExampleFunction } from './functions.ts';
import type { Recorder } from './losses/example-function.ts';
import type { AffineBlock } from './ops/affine.ts';
import { CORE_OPS } from './ops/core-table.ts';
import type { GivenOf, Op, Ops } from './ops/table.ts';

import { checkNode, type TapeNode } from './tape-node.ts';

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
export class Tape implements Recorder {
  private readonly ops: Partial<Ops>;
  private readonly recorded: TapeNode[] = [];
  private parameters = 0;

  /** @param ops - The table of ops. Default: those that an Mlp and the losses consist of. */
  constructor(ops: Partial<Ops> = CORE_OPS) {
    checkObject('Tape', 'ops', ops);
    this.ops = ops;
  }

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
    return this.apply('affine', [x], { outputs, block });
  }

  /**
   * Any op of the table by name.
   *
   * @param operands - As many as the op has. @param given - What the op is told beside them, if anything.
   * @throws {ShapeError} | {DomainError} operands or what is given do not fit the op.
   * @example tape.apply('multiply', [x, z]); // as tape.multiply(x, z)
   */
  apply<K extends Op>(
    op: K,
    operands: readonly TapeNode[],
    ...given: GivenOf<K> extends undefined ? [] : [given: GivenOf<K>]
  ): TapeNode {
    checkOneOf('Tape.apply', 'op', op, Object.keys(this.ops) as Op[]);
    const definition = this.ops[op] as Ops[K];
    const where = methodOf(op);
    asList(where, 'operands', operands, 'nodes');
    if (operands.length !== definition.operands.length)
      throw new ShapeError(where, 'operands', `${definition.operands.length} nodes`, `${operands.length}`);
    for (const x of operands) this.check(where, x);
    const at = { where, parameterCount: this.parameters };
    const result = definition.result(operands, given[0] as GivenOf<K>, at);
    for (const [i, kind] of definition.operands.entries())
      if (kind === 'reals' && operands[i].kind === 'labels')
        throw new DomainError(where, 'operand', 'an array of reals', 'labels');
    const { rows, cols, block, constants = [] } = result;
    if (block !== undefined)
      this.parameters = Math.max(this.parameters, block.offset + block.rows * block.width);
    return this.push({
      id: this.recorded.length,
      kind: op,
      rows,
      cols,
      operands: [...operands],
      op: definition,
      block,
      constants,
      classes: 0,
    });
  }

  tanh(x: TapeNode): TapeNode {
    return this.apply('tanh', [x]);
  }

  relu(x: TapeNode): TapeNode {
    return this.apply('relu', [x]);
  }

  /** x Φ(x), the exact form. */
  gelu(x: TapeNode): TapeNode {
    return this.apply('gelu', [x]);
  }

  /** 1/(1 + e^−x). */
  sigmoid(x: TapeNode): TapeNode {
    return this.apply('sigmoid', [x]);
  }

  /** −log(1 + e^−x), stable at both ends. */
  logSigmoid(x: TapeNode): TapeNode {
    return this.apply('log-sigmoid', [x]);
  }

  /** Any activation by name; `identity` returns x itself. */
  activation(name: Activation, x: TapeNode): TapeNode {
    checkOneOf('Tape.activation', 'name', name, ACTIVATIONS);
    this.check('Tape.activation', x);
    return name === 'identity' ? x : this.apply(name, [x]);
  }

  /** c x for a constant c. */
  scale(x: TapeNode, c: number): TapeNode {
    return this.apply('scale', [x], c);
  }

  /** x + z, equal shapes. */
  add(x: TapeNode, z: TapeNode): TapeNode {
    return this.apply('add', [x, z]);
  }

  /** x ⊙ z, equal shapes. */
  multiply(x: TapeNode, z: TapeNode): TapeNode {
    return this.apply('multiply', [x, z]);
  }

  /** log p_t − log(1 − p_t) = u_t − log Σ_{c≠t} e^{u_c} per example, [1, cols], p = softmax(u), t the label. */
  margin(u: TapeNode, labels: TapeNode): TapeNode {
    return this.apply('margin', [u, labels]);
  }

  /** log p_t per example, [1, cols]: log σ(margin). */
  logProbability(u: TapeNode, labels: TapeNode): TapeNode {
    return this.example('log-probability', u, labels);
  }

  /** −log p_t per example, [1, cols]: the softmax cross-entropy. */
  crossEntropy(u: TapeNode, labels: TapeNode): TapeNode {
    return this.example('cross-entropy', u, labels);
  }

  /** ½‖u − t‖² per example, [1, cols]. `targets` must be an {@link input}. */
  squaredError(u: TapeNode, targets: TapeNode): TapeNode {
    return this.apply('squared-error', [u, targets]);
  }

  /** Σ |u − t| per example, [1, cols]; its derivative is 0 where u = t. `targets` must be an {@link input}. */
  absoluteError(u: TapeNode, targets: TapeNode): TapeNode {
    return this.apply('absolute-error', [u, targets]);
  }

  /** A per-example function by name or as a value, whose ops the tape must have; `z` are labels, or targets for the errors. */
  example(f: ExampleFunction, u: TapeNode, z: TapeNode): TapeNode {
    return asExampleFunction('Tape.example', 'f', f).record(this, u, z);
  }

  /** Σ over the examples: [rows, cols] → [rows, 1], compensated. */
  sum(x: TapeNode): TapeNode {
    return this.apply('sum', [x]);
  }

  /** Mean over the examples: [rows, cols] → [rows, 1]. */
  mean(x: TapeNode): TapeNode {
    const sum = this.sum(x);
    return this.scale(sum, 1 / x.cols);
  }

  /** Plans the memory and returns the program that computes everything recorded and the derivatives of `output`. */
  compile(output: TapeNode, options: CompileOptions = {}): CompiledTape {
    return new CompiledTape([...this.recorded], this.parameters, output, options);
  }

  private leaf(kind: 'input' | 'variable' | 'labels', rows: number, cols: number, classes: number): TapeNode {
    checkInteger(`Tape.${kind}`, 'rows', rows, 1, Number.POSITIVE_INFINITY);
    checkInteger(`Tape.${kind}`, 'cols', cols, 1, Number.POSITIVE_INFINITY);
    const nothing = { operands: [], op: undefined, block: undefined, constants: [] };
    return this.push({ id: this.recorded.length, kind, rows, cols, classes, ...nothing });
  }

  private push(node: TapeNode): TapeNode {
    this.recorded.push(node);
    return node;
  }

  private check(where: string, x: TapeNode): void {
    checkNode(where, 'operand', this.recorded, x, 'tape');
  }
}

/** log-sigmoid → Tape.logSigmoid. */
function methodOf(op: string): string {
  return `Tape.${op.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}`;
}
