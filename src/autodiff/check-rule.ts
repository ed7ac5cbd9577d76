/** @file Checks the four rules of an op against each other and against differences, to second order. */
import { checkFunction, checkObject, checkOneOf } from '../linalg/border/arguments.ts';
import { NumericalError } from '../linalg/errors.ts';
import type { Arena } from '../linalg/kernels/arena.ts';
import { createArena } from '../linalg/kernels/create-arena.ts';
import type { Vec } from '../linalg/matrix.ts';
import { type Rng, rng } from '../linalg/random.ts';
import { NO_SLOT } from './plan.ts';
import { ABSENT, type Frame, type Op, type Rule, SIGN_BUFFERS, type Slot } from './rule.ts';
import { OPS, RULES } from './rules/table.ts';

/** Arrays of one op: its operands, which of them have derivatives, and its result. */
interface Case {
  readonly z?: 'same' | 'labels' | 'targets';
  readonly theta?: true;
  /** [rows, cols] of the result for x of [rows, cols]. */
  readonly result: (rows: number, cols: number) => readonly [number, number];
  /** Distance that operands keep from 0, or from their targets, where φ has a kink. */
  readonly kink?: number;
}

const same = (rows: number, cols: number): readonly [number, number] => [rows, cols];
const perExample = (_rows: number, cols: number): readonly [number, number] => [1, cols];

/** Exhaustive by type, as the table of rules is. */
const CASES: { readonly [K in Op]: Case } = {
  affine: { theta: true, result: (_rows, cols) => [5, cols] },
  tanh: { result: same },
  relu: { result: same, kink: 0.1 },
  gelu: { result: same },
  sigmoid: { result: same },
  'log-sigmoid': { result: same },
  scale: { result: same },
  add: { z: 'same', result: same },
  multiply: { z: 'same', result: same },
  margin: { z: 'labels', result: perExample },
  'squared-error': { z: 'targets', result: perExample },
  'absolute-error': { z: 'targets', result: perExample, kink: 0.1 },
  sum: { result: (rows) => [rows, 1] },
};

/** Shapes [rows, cols] of x: odd, even, one example. */
const SHAPES: readonly (readonly [number, number])[] = [
  [3, 7],
  [4, 4],
  [6, 1],
];

/** Half the step of central differences: truncation h² ≈ 1e-10 and rounding ε/h ≈ 1e-11 are both far below the tolerance. */
const STEP = 1e-5;
/** Allowed relative to the size of what is compared; a rule that is 0.1 % off is 1,000 times outside. */
const DIFFERENCE_TOLERANCE = 1e-6;
const ADJOINT_TOLERANCE = 1e-12;

/**
 * Verifies the rules of an op at random points along random directions, on several shapes, with and without a bias, and with each
 * operand moving alone and together:
 *
 * 1. jvp(v) = (value(p + h v) − value(p − h v)) / 2h
 * 2. ⟨jvp(v), w⟩ = ⟨v, vjp(w)⟩
 * 3. vjpDot(v, w, ẇ) = (vjp at p + h v of w + h ẇ − vjp at p − h v of w − h ẇ) / 2h
 *
 * Outputs are filled with NaN before every call, so a rule that adds instead of writing, or reads what it should not, fails.
 *
 * @param op - Names the op: its shapes and the message. @param given - The rule; default that of the table.
 * @throws {NumericalError} `checkRule: <rule> of <op>: …`, with both numbers.
 * @example checkRule('tanh'); // passes silently
 */
export function checkRule(op: Op, given?: Rule): void {
  checkOneOf('checkRule', 'op', op, OPS);
  const rule = given === undefined ? RULES[op] : given;
  checkObject('checkRule', 'rule', rule);
  for (const part of ['value', 'jvp', 'vjp', 'vjpDot'] as const)
    checkFunction('checkRule', `rule.${part}`, rule[part]);
  for (const [rows, cols] of SHAPES)
    for (const bias of CASES[op].theta === undefined ? [false] : [true, false]) {
      const trial = new Trial(op, rule, rows, cols, bias);
      for (const moving of subsets(trial.variables)) trial.check(moving);
    }
}

/** A slot with its name; `value` et cetera are views of the arena. */
interface Variable {
  readonly name: 'x' | 'z' | 'theta' | 'y';
  readonly slot: Slot;
  /** The point p, while `value` is moved. */
  readonly origin: Vec;
  readonly value: Vec;
  readonly dot: Vec;
  readonly bar: Vec;
  readonly barDot: Vec;
}

/** One op with its arrays, at a random point. */
class Trial {
  readonly variables: readonly Variable[];
  private readonly op: Op;
  private readonly rule: Rule;
  private readonly random: Rng;
  private readonly arena: Arena;
  private readonly frame: Frame;
  private readonly y: Variable;
  private next = 0;

  constructor(op: Op, rule: Rule, rows: number, cols: number, bias: boolean) {
    const { z, theta, result, kink = 0 } = CASES[op];
    const [yRows, yCols] = result(rows, cols);
    this.op = op;
    this.rule = rule;
    this.random = rng(1, 'check-rule', op, rows, cols);
    this.arena = createArena(8 * (2 * rows * cols + yRows * yCols + yRows * (rows + 1)) + 256);
    const x = this.slot(rows, cols);
    const second = z === undefined ? NO_SLOT : z === 'labels' ? this.slot(1, cols) : this.slot(rows, cols);
    const block = theta === undefined ? NO_SLOT : this.slot(yRows, bias ? rows + 1 : rows);
    const y = this.slot(yRows, yCols);
    const aux = this.take(SIGN_BUFFERS * Math.max(x.size, y.size));
    const curvature = this.take(y.size);
    const column = bias ? rows : ABSENT;
    this.frame = {
      kernels: this.arena.kernels,
      x,
      z: second,
      theta: block,
      bias: column,
      y,
      aux,
      curvature,
    };
    if (op === 'scale') this.arena.memory[aux] = -1.5;
    this.y = this.variable('y', y);
    this.variables = [
      this.variable('x', x),
      ...(z === 'same' ? [this.variable('z', second)] : []),
      ...(theta === undefined ? [] : [this.variable('theta', block)]),
    ];
    for (const { origin, value } of this.variables) {
      for (let i = 0; i < origin.length; i++) {
        const draw = this.random.normal();
        origin[i] = apart(draw, kink);
      }
      value.set(origin);
    }
    if (z === 'targets') {
      const targets = this.random.fillNormal(this.view(second.value, second.size));
      if (kink > 0)
        for (let i = 0; i < targets.length; i++)
          targets[i] = apart(targets[i], kink) + this.variables[0].origin[i];
    }
    if (z === 'labels')
      for (let b = 0; b < cols; b++) this.arena.memory[second.value + b] = this.random.integer(rows);
  }

  /** All three statements for directions in which only `moving` moves. */
  check(moving: readonly Variable[]): void {
    const v = moving.map(({ value }) => this.random.fillNormal(new Float64Array(value.length)));
    const w = this.random.fillNormal(new Float64Array(this.y.value.length));
    const wDot = this.random.fillNormal(new Float64Array(this.y.value.length));
    const label = `${this.op}${moving.length === this.variables.length ? '' : ` (only ${moving[0].name} moves)`}`;

    this.at(moving, v, 0);
    const frame = this.movingFrame(moving);
    for (const [i, { dot }] of moving.entries()) dot.set(v[i]);
    const yDot = this.write([this.y.dot], () => this.rule.jvp(frame))[0];
    const difference = centralDifference((h) => {
      this.at(moving, v, h);
      return this.y.value.slice();
    });
    this.compare(`jvp of ${label}`, yDot, difference, 'the central difference of value');

    this.at(moving, v, 0);
    const bars = this.vjp(w);
    const left = dot(yDot, w);
    const pairs = moving.map((variable, i) => [v[i], bars[this.variables.indexOf(variable)]] as const);
    const right = pairs.reduce((sum, [a, b]) => sum + dot(a, b), 0);
    const scale = norm(yDot) * norm(w) + pairs.reduce((sum, [a, b]) => sum + norm(a) * norm(b), 0);
    if (!(Math.abs(left - right) <= ADJOINT_TOLERANCE * scale))
      this.fail(`vjp of ${label}`, `⟨jvp v, w⟩ = ${left} but ⟨v, vjp w⟩ = ${right}`);

    this.y.bar.set(w);
    this.y.barDot.set(wDot);
    const barDots = this.write(
      this.variables.map(({ barDot }) => barDot),
      () => this.rule.vjpDot(frame),
    );
    for (const [i, { name }] of this.variables.entries()) {
      const expected = centralDifference((h) => {
        this.at(moving, v, h);
        return this.vjp(w.map((value, b) => value + h * wDot[b]))[i];
      });
      this.compare(`vjpDot of ${label}, ${name}`, barDots[i], expected, 'the central difference of vjp');
    }
    this.at(moving, v, 0);
    this.checkAbsence(frame, w, wDot);
  }

  /** An output that is wanted alone has the same bits as when all are wanted, and the others are left alone. */
  private checkAbsence(frame: Frame, w: Vec, wDot: Vec): void {
    if (this.variables.length === 1) return;
    const outputs = this.variables.flatMap(({ bar, barDot }) => [bar, barDot]);
    const run = (at: Frame): Vec[] => {
      this.y.bar.set(w);
      this.y.barDot.set(wDot);
      return this.write(outputs, () => {
        this.rule.vjp(at);
        this.rule.vjpDot(at);
      });
    };
    const all = run(frame);
    for (const [i, wanted] of this.variables.entries()) {
      const only = (slot: Slot): Slot =>
        slot.value === wanted.slot.value ? slot : { ...slot, bar: ABSENT, barDot: ABSENT };
      const alone = run({ ...frame, x: only(frame.x), z: only(frame.z), theta: only(frame.theta) });
      for (const [t, output] of alone.entries()) {
        const expected = t >> 1 === i ? all[t] : new Float64Array(output.length).fill(Number.NaN);
        if (output.some((value, e) => !Object.is(value, expected[e])))
          this.fail(
            `${t % 2 === 0 ? 'vjp' : 'vjpDot'} of ${this.op}`,
            `it changes when only ${wanted.name} is wanted`,
          );
      }
    }
  }

  /** The frame in which what does not move has no tangent. */
  private movingFrame(moving: readonly Variable[]): Frame {
    const still = (slot: Slot): Slot =>
      moving.some((variable) => variable.slot === slot) ? slot : { ...slot, dot: ABSENT };
    const { x, z, theta } = this.frame;
    return { ...this.frame, x: still(x), z: still(z), theta: still(theta) };
  }

  /** Moves to p + h v and evaluates; h = 0 returns to p exactly. */
  private at(moving: readonly Variable[], v: readonly Vec[], h: number): void {
    for (const [i, { value, origin }] of moving.entries())
      for (let t = 0; t < value.length; t++) value[t] = origin[t] + h * v[i][t];
    this.write([this.y.value], () => this.rule.value(this.frame));
  }

  private vjp(w: Vec): Vec[] {
    this.y.bar.set(w);
    return this.write(
      this.variables.map(({ bar }) => bar),
      () => this.rule.vjp(this.frame),
    );
  }

  /** Runs a rule with its outputs poisoned; returns copies of what it wrote. */
  private write(outputs: readonly Vec[], run: () => void): Vec[] {
    for (const out of outputs) out.fill(Number.NaN);
    run();
    return outputs.map((out) => out.slice());
  }

  private compare(what: string, actual: Vec, expected: Vec, source: string): void {
    const gap = norm(actual.map((value, i) => value - expected[i]));
    const scale = Math.max(1, norm(expected));
    if (!(gap <= DIFFERENCE_TOLERANCE * scale))
      this.fail(
        what,
        `it differs by ${gap.toExponential(2)} from ${source}, whose norm is ${scale.toExponential(2)}`,
      );
  }

  private fail(what: string, how: string): never {
    throw new NumericalError(`checkRule: ${what}: ${how}.`);
  }

  private variable(name: Variable['name'], slot: Slot): Variable {
    const view = (start: number): Vec => this.view(start, slot.size);
    return {
      name,
      slot,
      origin: new Float64Array(slot.size),
      value: view(slot.value),
      dot: view(slot.dot),
      bar: view(slot.bar),
      barDot: view(slot.barDot),
    };
  }

  private slot(rows: number, cols: number): Slot {
    const size = rows * cols;
    const [value, dot, bar, barDot] = [this.take(size), this.take(size), this.take(size), this.take(size)];
    return { rows, cols, size, value, dot, bar, barDot };
  }

  private take(n: number): number {
    this.next += n;
    return this.next - n;
  }

  private view(start: number, length: number): Vec {
    return this.arena.memory.subarray(start, start + length);
  }
}

/** A draw moved away from 0. */
function apart(draw: number, distance: number): number {
  return draw + (draw < 0 ? -distance : distance);
}

/** Everything together, and each alone. */
function subsets(variables: readonly Variable[]): (readonly Variable[])[] {
  return variables.length === 1 ? [variables] : [variables, ...variables.map((variable) => [variable])];
}

function centralDifference(f: (h: number) => Vec): Vec {
  const plus = f(STEP);
  const minus = f(-STEP);
  return plus.map((value, i) => (value - minus[i]) / (2 * STEP));
}

function dot(x: Vec, y: Vec): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

function norm(x: Vec): number {
  return Math.sqrt(dot(x, x));
}
