/** @file Checks an op: its four rules against each other and against differences, alone and in compiled programs, in both tiers. */
import { checkFunction, checkObject, checkOneOf } from '../linalg/border/arguments.ts';
import { UnsupportedError } from '../linalg/errors.ts';
import { createArena } from '../linalg/kernels/create-arena.ts';
import type { Vec } from '../linalg/matrix.ts';
import { rng } from '../linalg/random/random.ts';
import { checkComposed } from './check-composed.ts';
import { ABSENT, type Buffer, type Frame, type OpDefinition, type Rule, type Slot } from './op.ts';
import { OpTrial, type Tier, type Touched, type Variable } from './op-trial.ts';
import { OP_TABLE, OPS, type Op } from './ops/table.ts';

/** Shapes [rows, cols] of x: odd, even, one example. */
const SHAPES: readonly { readonly rows: number; readonly cols: number }[] = [
  { rows: 3, cols: 7 },
  { rows: 4, cols: 4 },
  { rows: 6, cols: 1 },
];

/** Half the step of central differences: truncation h² ≈ 1e-10 and rounding ε/h ≈ 1e-11 are both far below the tolerance. */
const STEP = 1e-5;
/** Allowed relative to the size of what is compared; a rule that is 0.1 % off is 1,000 times outside. */
const DIFFERENCE_TOLERANCE = 1e-6;
const ADJOINT_TOLERANCE = 1e-12;
const PARTS = ['value', 'jvp', 'vjp', 'vjpDot'] as const;

/**
 * Verifies an op of the table; see `checkOp`.
 *
 * @param op - Names the op. @param given - Rules in place of those of the table.
 * @throws {NumericalError} `checkRule: <rule> of <op>: …`, with both numbers.
 * @example checkRule('tanh'); // passes silently
 */
export function checkRule(op: Op, given?: Rule): void {
  checkOneOf('checkRule', 'op', op, OPS);
  const definition = OP_TABLE[op] as OpDefinition<unknown>;
  const rule = given === undefined ? definition.rule : given;
  checkObject('checkRule', 'rule', rule);
  for (const part of PARTS) checkFunction('checkRule', `rule.${part}`, rule[part]);
  checkOp(op, { ...definition, rule });
}

/**
 * Verifies a definition, whether it is in the table or not, in every tier that can run here. At random points along random directions, on
 * several shapes, with all that `trials` names, and with each operand moving alone and together:
 *
 * 1. jvp(v) = (value(p + h v) − value(p − h v)) / 2h
 * 2. ⟨jvp(v), w⟩ = ⟨v, vjp(w)⟩
 * 3. vjpDot(v, w, ẇ) = (vjp at p + h v of w + h ẇ − vjp at p − h v of w − h ẇ) / 2h
 * 4. rules touch the arrays that `uses` declares, all of them and no others, and within their lengths
 * 5. columns of the result depend on the columns of their own example alone, unless the op says otherwise
 *
 * Outputs are filled with NaN before every call, so a rule that adds instead of writing, or reads what it should not, fails. Then the op
 * is recorded in programs with others before and after it, and what `Tape.compile` makes of them is compared with differences: gradient,
 * H v, G v, and derivatives along an input. Tiers must agree to the last bit.
 *
 * @throws {NumericalError} `checkRule: <rule> of <op>: …`. @throws {UnsupportedError} a rule reaches for an array that is not there.
 */
export function checkOp<P>(op: string, definition: OpDefinition<P>): void {
  const any = definition as OpDefinition<unknown>;
  const shapes = definition.trialShapes ?? SHAPES;
  const set = (): { reads: Set<Buffer>; writes: Set<Buffer> } => ({ reads: new Set(), writes: new Set() });
  for (const tier of tiers()) {
    const touched: Touched = { value: set(), jvp: set(), vjp: set(), vjpDot: set() };
    for (const shape of shapes)
      for (const given of definition.trials?.(shape) ?? [undefined]) {
        const random = rng(1, 'check-rule', op, shape.rows, shape.cols);
        const trial = new OpTrial(op, any, shape, given, tier, random, touched);
        for (const moving of subsets(trial.variables)) checkMoving(op, trial, moving);
        if (any.acrossExamples !== true && any.operands[0] === 'reals')
          checkColumns(op, trial, any.examples?.(shape, given) ?? shape.cols);
        trial.checkGuards();
      }
    checkDeclared(op, any, touched);
  }
  for (const shape of shapes)
    for (const given of definition.trials?.(shape) ?? [undefined])
      checkComposed(op, any, shape, given, tiers());
}

/** The tiers that can run here. */
function tiers(): readonly Tier[] {
  try {
    createArena(1, 'simd');
    return ['scalar', 'simd'];
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return ['scalar'];
  }
}

/** The three statements for directions in which only `moving` moves. */
function checkMoving(op: string, trial: OpTrial, moving: readonly Variable[]): void {
  const { random, y, variables } = trial;
  const draw = (n: number): Vec => random.fillNormal(new Float64Array(n));
  const v = moving.map(({ value }) => draw(value.length));
  const w = draw(y.value.length);
  const wDot = draw(y.value.length);
  const label = `${op}${moving.length === variables.length ? '' : ` (only ${moving[0].name} moves)`}`;
  const vjp = (cotangent: Vec): Vec[] => {
    y.bar.set(cotangent);
    return trial.run(
      'vjp',
      variables.map(({ bar }) => bar),
    );
  };
  const compare = (what: string, actual: Vec, expected: Vec, source: string): void => {
    const gap = norm(actual.map((value, i) => value - expected[i]));
    const scale = Math.max(1, norm(expected));
    if (!(gap <= DIFFERENCE_TOLERANCE * scale))
      trial.fail(
        what,
        `it differs by ${gap.toExponential(2)} from ${source}, whose norm is ${scale.toExponential(2)}`,
      );
  };

  trial.at(moving, v, 0);
  const frame = movingFrame(trial.frame, moving);
  for (const [i, { dot }] of moving.entries()) dot.set(v[i]);
  const [yDot] = trial.run('jvp', [y.dot], frame);
  const difference = centralDifference((h) => {
    trial.at(moving, v, h);
    return y.value.slice();
  });
  compare(`jvp of ${label}`, yDot, difference, 'the central difference of value');

  trial.at(moving, v, 0);
  const bars = vjp(w);
  const left = dot(yDot, w);
  const pairs = moving.map((variable, i) => [v[i], bars[variables.indexOf(variable)]] as const);
  const right = pairs.reduce((sum, [a, b]) => sum + dot(a, b), 0);
  const scale = norm(yDot) * norm(w) + pairs.reduce((sum, [a, b]) => sum + norm(a) * norm(b), 0);
  if (!(Math.abs(left - right) <= ADJOINT_TOLERANCE * scale))
    trial.fail(`vjp of ${label}`, `⟨jvp v, w⟩ = ${left} but ⟨v, vjp w⟩ = ${right}`);

  y.bar.set(w);
  y.barDot.set(wDot);
  const barDots = trial.run(
    'vjpDot',
    variables.map(({ barDot }) => barDot),
    frame,
  );
  for (const [i, { name }] of variables.entries()) {
    const expected = centralDifference((h) => {
      trial.at(moving, v, h);
      return vjp(w.map((value, b) => value + h * wDot[b]))[i];
    });
    compare(`vjpDot of ${label}, ${name}`, barDots[i], expected, 'the central difference of vjp');
  }
  trial.at(moving, v, 0);
  checkAbsence(op, trial, frame, w, wDot);
}

/** An output that is wanted alone has the same bits as when all are wanted, and the others are left alone. */
function checkAbsence(op: string, trial: OpTrial, frame: Frame, w: Vec, wDot: Vec): void {
  const { variables, y } = trial;
  if (variables.length === 1) return;
  const run = (at: Frame): Vec[] => {
    y.bar.set(w);
    y.barDot.set(wDot);
    for (const { bar, barDot } of variables) for (const out of [bar, barDot]) out.fill(Number.NaN);
    trial.run('vjp', [], at);
    trial.run('vjpDot', [], at);
    return variables.flatMap(({ bar, barDot }) => [bar.slice(), barDot.slice()]);
  };
  const all = run(frame);
  for (const [i, wanted] of variables.entries()) {
    const only = (slot: Slot): Slot =>
      slot.value === wanted.slot.value ? slot : { ...slot, bar: ABSENT, barDot: ABSENT };
    const alone = run({ ...frame, x: only(frame.x), z: only(frame.z), theta: only(frame.theta) });
    for (const [t, output] of alone.entries()) {
      const expected = t >> 1 === i ? all[t] : new Float64Array(output.length).fill(Number.NaN);
      if (output.some((value, e) => !Object.is(value, expected[e])))
        trial.fail(
          `${t % 2 === 0 ? 'vjp' : 'vjpDot'} of ${op}`,
          `it changes when only ${wanted.name} is wanted`,
        );
    }
  }
}

/** The columns of x that belong to the first of the examples move, the columns of y that belong to others must not. */
function checkColumns(op: string, trial: OpTrial, examples: number): void {
  const { y, variables } = trial;
  const [x] = variables;
  const { cols } = y.slot;
  if (cols % examples !== 0)
    trial.fail(op, `its result has ${cols} columns for ${examples} examples: say acrossExamples: true`);
  trial.at([], [], 0);
  const before = y.value.slice();
  const first = x.value.map((_, k) => ((k % x.slot.cols) % examples === 0 ? 1 : 0));
  trial.at([x], [first], 1);
  const moved = y.value.findIndex((value, k) => (k % cols) % examples !== 0 && !Object.is(value, before[k]));
  trial.at([x], [first], 0);
  if (moved >= 0)
    trial.fail(op, 'a column of its result depends on another column: say acrossExamples: true');
}

/** Everything declared was touched in some trial; that nothing else was, the trials have seen to. */
function checkDeclared(op: string, { uses }: OpDefinition<unknown>, touched: Touched): void {
  for (const part of PARTS)
    for (const way of ['reads', 'writes'] as const)
      for (const name of uses[part][way])
        if (!touched[part][way].has(name))
          throw new UnsupportedError(
            `checkRule: ${part} of ${op}: uses.${part}.${way} declares ${name}, which no call touches.`,
          );
}

/** The frame in which what does not move has no tangent. */
function movingFrame(frame: Frame, moving: readonly Variable[]): Frame {
  const still = (slot: Slot): Slot =>
    moving.some((variable) => variable.slot === slot) ? slot : { ...slot, dot: ABSENT };
  const { x, z, theta } = frame;
  return { ...frame, x: still(x), z: still(z), theta: still(theta) };
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
