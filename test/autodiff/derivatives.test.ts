import { describe, expect, test } from 'vitest';
import {
  denseHessian,
  exampleGradients,
  ggnvp,
  gradient,
  hvp,
  jacobian,
  jvp,
  type Program,
  Tape,
  type TapeNode,
  vjp,
} from '../../src/autodiff/index.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { dot, matmul, transpose } from '../../src/linalg/products.ts';
import { expectClose, expectMatrixClose, relativeError } from '../helpers/close.ts';
import { centralDifferences, randomMatrix } from './naive.ts';

const EPS = Number.EPSILON;
const BATCH = 5;

interface Recorded {
  readonly program: Program;
  readonly theta: Vec;
  readonly output: TapeNode;
  readonly logits: TapeNode;
}

/**
 * A program that uses everything awkward at once: a residual connection, a gate (product), a layer used twice, two layers
 * whose blocks of θ overlap by half, an operand used twice by one op.
 */
function tangled(reduce: boolean): Recorded {
  const tape = new Tape();
  const x = tape.input(3, BATCH);
  const y = tape.labels(3, BATCH);
  const first = tape.tanh(tape.affine(x, 3)); // θ[0..11]
  const again = tape.gelu(tape.affine(first, 3, 0)); // the same block
  const gate = tape.sigmoid(tape.affine(first, 3, 6)); // θ[6..17]: overlaps
  const mixed = tape.multiply(tape.add(again, first), gate);
  const squared = tape.multiply(mixed, mixed);
  const logits = tape.affine(tape.add(squared, tape.scale(x, 0.5)), 3); // θ[18..29]
  const losses = tape.crossEntropy(logits, y);
  const output = reduce ? tape.mean(losses) : losses;
  const program = tape.compile(output, { directions: 4 });
  program.set(x, randomMatrix(3, BATCH, 1));
  program.set(y, [0, 1, 2, 2, 1]);
  return { program, output, logits, theta: randomMatrix(1, 30, 2).data };
}

/** Σ output at θ, as an array of its elements. */
function values({ program, output }: Recorded): (theta: Vec) => Vec {
  return (theta) => {
    program.parameters.set(theta);
    program.forward();
    return program.value(output).data.slice();
  };
}

/** Jacobian [m, D] by central differences. */
function differenceJacobian(f: (theta: Vec) => ArrayLike<number>, theta: Vec): Matrix {
  return transpose(Matrix.of(centralDifferences(f, theta)));
}

describe('a program with shared blocks, residuals and products', () => {
  const recorded = tangled(true);
  const { program, theta } = recorded;

  test('gradient = central difference of the value', () => {
    const [expected] = differenceJacobian(values(recorded), theta).toArray();
    expect(relativeError(gradient(program, theta), expected)).toBeLessThan(1e-9);
  });

  test('Hessian = central difference of the gradient, and symmetric', () => {
    const h = denseHessian(program, theta);
    const expected = differenceJacobian((t) => gradient(program, t), theta);
    expect(relativeError(h.data, expected.data)).toBeLessThan(1e-9);
    expectMatrixClose(h, transpose(h), { atol: 100 * EPS });
  });

  test('Hessian-vector products are rows of V H, for more directions than the program has room for', () => {
    const v = randomMatrix(7, 30, 3);
    const expected = matmul(v, denseHessian(program, theta), { transposeB: true });
    expectMatrixClose(hvp(program, theta, v), expected, { atol: 300 * EPS });
  });

  test('products along a linear combination combine linearly', () => {
    const v = randomMatrix(3, 30, 4);
    for (let i = 0; i < 30; i++) v.set(2, i, 2 * v.at(0, i) - 3 * v.at(1, i));
    const hv = hvp(program, theta, v);
    const combined = hv.row(0).map((value, i) => 2 * value - 3 * hv.at(1, i));
    expectClose(hv.row(2), combined, { atol: 200 * EPS });
  });

  test('the same call gives the same bits', () => {
    const v = randomMatrix(6, 30, 5);
    const once = hvp(program, theta, v);
    gradient(
      program,
      theta.map((t) => t + 1),
    );
    expect(hvp(program, theta, v).data).toEqual(once.data);
  });
});

describe('per-example outputs', () => {
  const recorded = tangled(false);
  const { program, theta, logits } = recorded;

  test('Jacobian = central differences, by reverse and by forward mode', () => {
    const expected = differenceJacobian(values(recorded), theta);
    const j = jacobian(program, theta);
    expect(relativeError(j.data, expected.data)).toBeLessThan(1e-9);
    const forward = jvp(program, theta, Matrix.identity(30));
    expectMatrixClose(transpose(forward), j, { atol: 100 * EPS });
  });

  test('adjoint identity ⟨J v, w⟩ = ⟨v, Jᵀ w⟩', () => {
    const v = randomMatrix(6, 30, 6);
    const w = randomMatrix(6, BATCH, 7);
    const jv = jvp(program, theta, v);
    const jw = vjp(program, theta, w);
    for (let i = 0; i < 6; i++)
      expectClose([dot(jv.row(i), w.row(i))], [dot(v.row(i), jw.row(i))], { atol: 200 * EPS });
  });

  test('example gradients are the rows of the Jacobian', () => {
    expectMatrixClose(exampleGradients(program, theta), jacobian(program, theta), { atol: 100 * EPS });
  });

  test('example gradients are refused after a sum over the batch', () => {
    const reduced = tangled(true);
    expect(() => exampleGradients(reduced.program, reduced.theta)).toThrow('[1, batch]');
  });

  test('Gauss–Newton products = Jᵀ (∂²ℓ/∂u²) J v with the factors formed one by one', () => {
    const v = randomMatrix(6, 30, 8);
    const u = logitsAsOutput();
    const j = jacobian(u.program, theta); // [3·BATCH, 30], element c·BATCH + b
    u.program.parameters.set(theta);
    u.program.forward();
    const h = softmaxHessian(u.program.value(u.output));
    const expected = matmul(v, matmul(transpose(j), matmul(h, j)));
    expectMatrixClose(ggnvp(program, theta, logits, v), expected, { atol: 500 * EPS });
  });

  test('the Gauss–Newton split must lie on every path', () => {
    const tape = new Tape();
    const x = tape.input(2, 3);
    const s = tape.affine(x, 2);
    const a = tape.tanh(s);
    const output = tape.sum(tape.multiply(a, s)); // s goes around a
    const around = tape.compile(output, { directions: 1 });
    expect(() => ggnvp(around, new Float64Array(6), a, Matrix.zeros(1, 6))).toThrow('every path');
  });
});

/** The tangled program with its logits as output. */
function logitsAsOutput(): Recorded {
  const { program, theta, logits } = tangled(false);
  const tape = new Tape();
  const nodes: TapeNode[] = [];
  for (const { kind, rows, cols, operands, block, constants, classes } of program.nodes) {
    const [x, z] = operands.map((node) => nodes[node.id]);
    if (kind === 'input') nodes.push(tape.input(rows, cols));
    else if (kind === 'labels') nodes.push(tape.labels(classes, cols));
    else if (kind === 'affine') nodes.push(tape.affine(x, rows, block));
    else if (kind === 'scale') nodes.push(tape.scale(x, constants[0]));
    else if (kind === 'add') nodes.push(tape.add(x, z));
    else if (kind === 'multiply') nodes.push(tape.multiply(x, z));
    else if (kind === 'tanh' || kind === 'gelu' || kind === 'sigmoid') nodes.push(tape.activation(kind, x));
    else break; // the head
  }
  const output = nodes[logits.id];
  const copy = tape.compile(output, { directions: 1 });
  copy.set(nodes[0], program.value(program.nodes[0]));
  return { program: copy, theta, output, logits: output };
}

/** Block matrix of diag(p) − p pᵀ per example, rows and columns in the order c·batch + b. */
function softmaxHessian(u: Matrix): Matrix {
  const n = u.rows * u.cols;
  const out = Matrix.zeros(n, n);
  for (let b = 0; b < u.cols; b++) {
    const total = u.column(b).reduce((sum, v) => sum + Math.exp(v), 0);
    const p = Array.from(u.column(b), (v) => Math.exp(v) / total);
    for (let c = 0; c < u.rows; c++)
      for (let d = 0; d < u.rows; d++)
        out.set(c * u.cols + b, d * u.cols + b, (c === d ? p[c] : 0) - p[c] * p[d]);
  }
  return out;
}
