/** @file An op among others, as a tape compiles it: its derivatives against differences, in every tier. */
import { NumericalError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { rng } from '../linalg/random/random.ts';
import { AnyTape } from './any-tape.ts';
import { ggnvp, gradient, hvp, jvp, vjp } from './derivatives.ts';
import type { OpDefinition, Shape } from './op.ts';
import type { Tier } from './op-trial.ts';
import { OP_TABLE, type Op, type Ops } from './ops/table.ts';
import type { Program } from './program.ts';
import type { TapeNode } from './tape-node.ts';

const STEP = 1e-5;
const TOLERANCE = 1e-6;
/** Fewer than the directions asked for, so that they come in groups. */
const DIRECTIONS = 2;
const ASKED = 3;
const FEATURES = 3;

/** A recorded network with the op in its middle. */
interface Recorded {
  readonly tape: AnyTape;
  /** The input, a variable. */
  readonly x: TapeNode;
  readonly labels: readonly TapeNode[];
  readonly targets: readonly TapeNode[];
  /** The result of the op. */
  readonly y: TapeNode;
  /** One number; reads y, and the op's first operand by another way. */
  readonly output: TapeNode;
  /** ½‖y‖², one number that depends on y alone; its Hessian in y is the identity. */
  readonly norm: TapeNode;
}

/**
 * Records linear layers, the op, and a readout in which its result and its first operand meet; compares gradient, H v, G v and mixed
 * derivatives along the input with differences of values and gradients.
 *
 * @throws {NumericalError} one of them is wrong, or tiers differ. @throws {UnsupportedError} an absent array is needed.
 */
export function checkComposed(
  op: string,
  definition: OpDefinition<unknown>,
  shape: Shape,
  given: unknown,
  tiers: readonly Tier[],
): void {
  const recorded = record(op, definition, shape, given);
  const results = tiers.map((tier) => derivatives(op, recorded, tier, shape));
  for (const [t, result] of results.entries())
    for (const [name, values] of Object.entries(result))
      if (values.some((value, i) => !Object.is(value, results[0][name][i])))
        fail(op, name, `the tiers ${tiers[0]} and ${tiers[t]} differ`);
}

function record(op: string, definition: OpDefinition<unknown>, shape: Shape, given: unknown): Recorded {
  const { rows, cols } = shape;
  const tape = new AnyTape({ ...OP_TABLE, [op]: definition } as Ops);
  const x = tape.variable(FEATURES, cols);
  const reals = tape.affine(x, rows);
  const first = definition.positive ? tape.apply('exp', [tape.scale(reals, 0.3)]) : reals;
  const labels: TapeNode[] = [];
  const targets: TapeNode[] = [];
  const leaf = (list: TapeNode[], node: TapeNode): TapeNode => {
    list.push(node);
    return node;
  };
  const operands = definition.operands.map((kind, i) => {
    if (kind === 'labels') return leaf(labels, tape.labels(rows, cols));
    if (kind === 'targets') return leaf(targets, tape.input(rows, cols));
    if (kind === 'mask') return leaf(targets, tape.input(1, cols));
    return i === 0 ? first : tape.tanh(tape.affine(x, rows));
  });
  const apply = (nodes: readonly TapeNode[]): TapeNode =>
    (tape.apply as (op: Op, nodes: readonly TapeNode[], ...given: unknown[]) => TapeNode).call(
      tape,
      op as Op,
      nodes,
      ...(given === undefined ? [] : [given]),
    );
  const y = apply(operands);
  const norm = tape.sum(tape.squaredError(y, tape.input(y.rows, y.cols)));
  const read = tape.affine(y, 2);
  const twice = definition.operands[1] === 'reals' ? tape.affine(apply([first, first]), 2) : read;
  const beside = y.cols === cols ? tape.affine(first, 2) : twice;
  const output = tape.sum(tape.affine(tape.multiply(tape.multiply(read, twice), beside), 1));
  return { tape, x, labels, targets, y, output, norm };
}

/** All derivatives at a random point, each compared with differences. */
function derivatives(op: string, recorded: Recorded, tier: Tier, shape: Shape): Record<string, Vec> {
  const { tape, x, y, output, norm } = recorded;
  const random = rng(2, 'check-composed', op, shape.rows, shape.cols);
  const draw = (n: number): Vec => random.fillNormal(new Float64Array(n));
  const theta = draw(tape.parameterCount).map((value) => 0.7 * value);
  const features = draw(x.rows * x.cols);
  const labels = Array.from({ length: shape.cols }, () => random.integer(shape.rows));
  const aims = draw(shape.rows * shape.cols);
  const compile = (node: TapeNode): Program => {
    const program = tape.compile(node, { directions: DIRECTIONS, tier });
    program.set(x, features);
    for (const given of recorded.labels) program.set(given, labels);
    for (const given of recorded.targets) program.set(given, aims.subarray(0, given.rows * given.cols));
    return program;
  };
  const program = compile(output);
  const v = new Matrix(ASKED, theta.length, draw(ASKED * theta.length));
  const moved = <T>(j: number, h: number, f: (at: Vec) => T): T =>
    f(theta.map((value, i) => value + h * v.data[j * theta.length + i]));
  const along = (j: number, f: (at: Vec) => Vec): Vec => {
    const [plus, minus] = [moved(j, STEP, f), moved(j, -STEP, f)];
    return plus.map((value, i) => (value - minus[i]) / (2 * STEP));
  };
  const value = (at: Vec): Vec => {
    gradient(program, at);
    return program.value(output).data.slice();
  };
  const g = gradient(program, theta);
  for (let j = 0; j < ASKED; j++) {
    const slope = g.reduce((sum, part, i) => sum + part * v.row(j)[i], 0);
    compare(op, 'the gradient of a program', Float64Array.of(slope), along(j, value));
  }
  const products = hvp(program, theta, v);
  for (let j = 0; j < ASKED; j++)
    compare(
      op,
      'H v of a program',
      products.row(j),
      along(j, (at) => gradient(program, at)),
    );

  const xDot = draw(features.length);
  const at = (h: number): Vec => {
    program.set(
      x,
      features.map((feature, i) => feature + h * xDot[i]),
    );
    return gradient(program, theta);
  };
  const [plus, minus] = [at(STEP), at(-STEP)];
  at(0);
  const schedule = program.tangentsFrom([x]);
  program.tangent(x, 0).data.set(xDot);
  program.forwardTangent(schedule, 1);
  program.backwardTangent(schedule, 1);
  const mixed = program.gradientTangent(0).slice();
  compare(
    op,
    'the derivative of a gradient along an input',
    mixed,
    plus.map((part, i) => (part - minus[i]) / (2 * STEP)),
  );

  const alone = compile(y);
  const gauss = ggnvp(compile(norm), theta, y, v);
  const expected = vjp(alone, theta, jvp(alone, theta, v)); // Jᵀ J v
  for (let j = 0; j < ASKED; j++) compare(op, 'G v of a program', gauss.row(j), expected.row(j));
  return { gradient: g, hvp: products.data, mixed, ggnvp: gauss.data };
}

function compare(op: string, what: string, actual: Vec, expected: Vec): void {
  let [gap, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    gap += (actual[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  const scale = Math.max(1, Math.sqrt(size));
  if (!(Math.sqrt(gap) <= TOLERANCE * scale))
    fail(
      op,
      what,
      `it differs by ${Math.sqrt(gap).toExponential(2)} from differences, of norm ${scale.toExponential(2)}`,
    );
}

function fail(op: string, what: string, how: string): never {
  throw new NumericalError(`checkRule: ${what} with ${op}: ${how}.`);
}
