/** @file Derivatives of a compiled program with respect to θ, at the data its leaves hold. */
import { checkInstance } from '../linalg/border/instances.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkLength, checkShape } from '../linalg/checks.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { Program } from './program.ts';
import { inputOf } from './shared/lookups.ts';
import { addSiteGradients } from './shared/site-gradients.ts';
import { checkNode, isOp, type TapeNode } from './tape-node.ts';

// All functions here run the program: its arrays, θ included, are overwritten. D is the length of θ, m = rows · cols the
// size of the output, read row by row. Directions are the rows of a [k, D] matrix, k any number.

/**
 * ∂(Σ output)/∂θ: the gradient, when the output is one number.
 *
 * @param theta - [D]. @returns [D], a copy.
 * @throws {ShapeError} wrong length. @throws {UnsupportedError} not compiled with respect to 'parameters'.
 * @example gradient(program, theta);
 */
export function gradient(program: Program, theta: VectorInput): Vec {
  run('gradient', program, theta);
  program.backward();
  return program.gradient.slice();
}

/**
 * J v for each direction v, J = ∂output/∂θ of shape [m, D]; forward mode.
 *
 * @param v - [k, D]. @returns [k, m].
 * @throws {ShapeError} wrong shape. @throws {UnsupportedError} compiled without directions.
 * Cost: about 1 + 2k forward sweeps.
 * @example jvp(program, theta, Matrix.of([direction])).row(0);
 */
export function jvp(program: Program, theta: VectorInput, v: MatrixInput): Matrix {
  run('jvp', program, theta);
  const directions = asDirections('jvp', 'v', v, program.parameterCount);
  const schedule = program.tangentsFrom(['parameters']);
  const out = Matrix.zeros(directions.rows, program.output.rows * program.output.cols);
  eachGroup(program, directions, (first, count) => {
    program.forwardTangent(schedule, count);
    for (let j = 0; j < count; j++) out.row(first + j).set(program.tangent(program.output, j).data);
  });
  return out;
}

/**
 * Jᵀ w for each cotangent w of the output; reverse mode.
 *
 * @param w - [k, m]. @returns [k, D].
 * @throws {ShapeError} wrong shape. @throws {UnsupportedError} not compiled with respect to 'parameters'.
 * Cost: about 1 + 2k forward sweeps.
 * @example vjp(program, theta, Matrix.of([cotangent])).row(0);
 */
export function vjp(program: Program, theta: VectorInput, w: MatrixInput): Matrix {
  run('vjp', program, theta);
  const { rows, cols } = program.output;
  const seeds = asDirections('vjp', 'w', w, rows * cols);
  const out = Matrix.zeros(seeds.rows, program.parameterCount);
  for (let i = 0; i < seeds.rows; i++) {
    program.backward(new Matrix(rows, cols, seeds.row(i)));
    out.row(i).set(program.gradient);
  }
  return out;
}

/**
 * The Jacobian ∂output/∂θ, one reverse sweep per output element.
 *
 * @returns [m, D].
 * @throws {ShapeError} | {UnsupportedError} as {@link vjp}.
 * @example jacobian(program, theta).row(0); // gradient of the first output
 */
export function jacobian(program: Program, theta: VectorInput): Matrix {
  checkProgram('jacobian', program);
  return vjp(program, theta, Matrix.identity(program.output.rows * program.output.cols));
}

/**
 * H v for each direction v, H the Hessian of Σ output with respect to θ; forward over reverse.
 *
 * @param v - [k, D]. @returns [k, D].
 * @throws {ShapeError} wrong shape. @throws {UnsupportedError} compiled without directions or not for 'parameters'.
 * Cost: about 2 + 4k forward sweeps. Reference: Pearlmutter, Fast exact multiplication by the Hessian (1994).
 * @example hvp(program, theta, Matrix.of([direction])).row(0);
 */
export function hvp(program: Program, theta: VectorInput, v: MatrixInput): Matrix {
  return secondOrder('hvp', program, theta, v);
}

/**
 * The Hessian of Σ output, column by column. Not symmetrised: ‖H − Hᵀ‖ is a test that the rules agree.
 *
 * @returns [D, D]. @throws {ShapeError} | {UnsupportedError} as {@link hvp}.
 * @example denseHessian(program, theta).at(0, 1); // ∂²/∂θ₀∂θ₁
 */
export function denseHessian(program: Program, theta: VectorInput): Matrix {
  checkProgram('denseHessian', program);
  const rows = secondOrder('denseHessian', program, theta, Matrix.identity(program.parameterCount));
  const out = Matrix.zeros(rows.rows, rows.cols);
  for (let j = 0; j < rows.rows; j++)
    for (let i = 0; i < rows.cols; i++) out.data[i * rows.cols + j] = rows.data[j * rows.cols + i];
  return out;
}

/**
 * G v for each direction v, G = Jᵀ H_u J with J the Jacobian of the node u and H_u the Hessian of Σ output in u: the
 * generalised Gauss–Newton matrix.
 *
 * @param u - A node through which every path from θ to the output leads, e.g. the logits.
 * @param v - [k, D]. @returns [k, D].
 * @throws {ShapeError} wrong shape. @throws {DomainError} u can be passed by. @throws {UnsupportedError} as {@link hvp}.
 * Reference: Schraudolph, Fast curvature matrix-vector products (2002), §3.
 * @example ggnvp(program, theta, logits, Matrix.of([direction])).row(0);
 */
export function ggnvp(program: Program, theta: VectorInput, u: TapeNode, v: MatrixInput): Matrix {
  checkProgram('ggnvp', program);
  checkNode('ggnvp', 'u', program.nodes, u, 'program');
  return secondOrder('ggnvp', program, theta, v, u);
}

/**
 * The gradient of each column of an output [1, batch], for programs whose examples do not mix: every array on the way has the columns of
 * the batch, or those of several positions after each other.
 *
 * @returns [batch, D], one example per row.
 * @throws {UnsupportedError} the output is not [1, batch], or a sum over the batch lies before it.
 * Cost: one forward and reverse sweep, one product per element of the result.
 * @example exampleGradients(program, theta).row(3); // gradient of the fourth example
 */
export function exampleGradients(program: Program, theta: VectorInput): Matrix {
  checkProgram('exampleGradients', program);
  const { output, nodes } = program;
  const batch = output.cols;
  const reaching = nodes.filter(isOp).filter((node) => program.computesCotangent(node));
  if (output.rows !== 1 || reaching.some(({ cols, op }) => cols % batch > 0 || op.acrossExamples === true))
    throw new UnsupportedError(
      'exampleGradients: the output must be [1, batch] and no sum over the batch may lie before it.',
    );
  run('exampleGradients', program, theta);
  program.backward();
  const out = Matrix.zeros(batch, program.parameterCount);
  for (const { id, op, rows, cols, operands, block } of reaching) {
    if (block === undefined) continue;
    const { offset, rows: own, width, bias, groups = 1 } = block;
    const positions = cols / batch;
    const { lookup } = op;
    const seen = inputOf({ lookup, positions }, program.value(operands[0]), batch);
    const form = { offset, width, bias, groups, positions, lookup, outputs: rows, size: own * width };
    addSiteGradients(seen, program.cotangent(program.nodes[id]), form, 0, out, batch);
  }
  return out;
}

function run(where: string, program: Program, theta: VectorInput): void {
  checkProgram(where, program);
  const values = asVector(where, 'theta', theta);
  checkLength(where, 'theta', values, program.parameterCount);
  if (program.parameterCount === 0) throw new DomainError(where, 'program', 'one with parameters', 'none');
  program.parameters.set(values);
  program.forward();
}

function checkProgram(where: string, program: unknown): asserts program is Program {
  checkInstance(where, 'program', program, Program, 'a Program, made by Tape.compile');
}

/** One per row. */
function asDirections(where: string, argument: string, v: MatrixInput, length: number): Matrix {
  const rows = asMatrix(where, argument, v);
  checkShape(where, argument, rows, rows.rows, length);
  return rows;
}

/** Calls `body` for groups of directions, θ̇ loaded. */
function eachGroup(program: Program, v: Matrix, body: (first: number, count: number) => void): void {
  for (let first = 0; first < v.rows; first += program.directions) {
    const count = Math.min(program.directions, v.rows - first);
    for (let j = 0; j < count; j++) program.parameterTangent(j).set(v.row(first + j));
    body(first, count);
  }
}

function secondOrder(
  where: string,
  program: Program,
  theta: VectorInput,
  v: MatrixInput,
  gaussNewton?: TapeNode,
): Matrix {
  run(where, program, theta);
  const directions = asDirections(where, 'v', v, program.parameterCount);
  const schedule = program.tangentsFrom(['parameters'], gaussNewton === undefined ? {} : { gaussNewton });
  const out = Matrix.zeros(directions.rows, directions.cols);
  program.backward();
  eachGroup(program, directions, (first, count) => {
    program.forwardTangent(schedule, count);
    program.backwardTangent(schedule, count);
    for (let j = 0; j < count; j++) out.row(first + j).set(program.gradientTangent(j));
  });
  return out;
}
