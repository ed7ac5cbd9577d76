/** @file One op with its arrays at a random point, every array between guards: what the checker of rules works on. */
import { NumericalError } from '../linalg/errors.ts';
import type { Arena } from '../linalg/kernels/arena.ts';
import { createArena } from '../linalg/kernels/create-arena.ts';
import type { Vec } from '../linalg/matrix.ts';
import type { Rng } from '../linalg/random/random.ts';
import { type Access, watchedKernels } from './kernel-access.ts';
import {
  ABSENT,
  type Buffer,
  type Frame,
  type OpDefinition,
  type Rule,
  type Shape,
  type Slot,
} from './op.ts';
import { NO_SLOT } from './plan.ts';
import { declared } from './steps.ts';

export type Tier = 'scalar' | 'simd';

/** Elements between arrays, NaN: what is read beyond an array's end shows, and what is written there, too. */
const GUARD = 8;

/** A slot with its name; `value` et cetera are views of the arena. */
export interface Variable {
  readonly name: 'x' | 'z' | 'theta' | 'y';
  readonly slot: Slot;
  /** The point p, while `value` is moved. */
  readonly origin: Vec;
  readonly value: Vec;
  readonly dot: Vec;
  readonly bar: Vec;
  readonly barDot: Vec;
}

/** What all trials of an op have touched, to be held against what it declares. */
export type Touched = { readonly [K in keyof Rule]: { reads: Set<Buffer>; writes: Set<Buffer> } };

/** One op with its arrays, at a random point. Every call of a kernel is watched. */
export class OpTrial {
  /** What has derivatives: the operands that are reals, and the block of θ. */
  readonly variables: readonly Variable[];
  readonly y: Variable;
  readonly frame: Frame;
  readonly random: Rng;
  private readonly op: string;
  private readonly definition: OpDefinition<unknown>;
  private readonly arena: Arena;
  private readonly touched: Touched;
  /** The arrays of the frame: [name, first, length]. */
  private readonly ranges: (readonly [Buffer, number, number])[] = [];
  private next = GUARD;

  constructor(
    op: string,
    definition: OpDefinition<unknown>,
    { rows, cols }: Shape,
    given: unknown,
    tier: Tier,
    random: Rng,
    touched: Touched,
  ) {
    this.op = op;
    this.definition = definition;
    this.random = random;
    this.touched = touched;
    const { operands, keeps, kink = 0, positive = false } = definition;
    const shapes = operands.map((kind) =>
      kind === 'labels'
        ? { rows: 1, cols, kind: 'labels', classes: rows }
        : {
            rows: kind === 'mask' ? 1 : rows,
            cols,
            kind: kind === 'reals' ? 'variable' : 'input',
            classes: 0,
          },
    );
    const {
      block,
      constants = [],
      ...result
    } = definition.result(shapes, given, {
      where: `checkRule: ${op}`,
      parameterCount: 0,
    });
    const kept = { ...result, constants };
    const aux = keeps?.aux?.({ rows, cols }, kept) ?? 0;
    const curvature = keeps?.curvature?.({ rows, cols }, kept) ?? 0;
    const sizes = [...shapes, result].map((shape) => shape.rows * shape.cols);
    const parameters = block === undefined ? 0 : block.rows * block.width;
    const total = 4 * (sizes.reduce((sum, size) => sum + size, 0) + parameters) + aux + curvature;
    this.arena = createArena(total + 20 * GUARD, tier);
    this.arena.memory.fill(Number.NaN);
    const [x, z = NO_SLOT] = shapes.map((shape, i) => this.slot(i === 0 ? 'x' : 'z', shape));
    const theta = block === undefined ? NO_SLOT : this.slot('theta', { rows: block.rows, cols: block.width });
    const y = this.slot('y', result);
    this.frame = {
      kernels: definition.kernels?.(this.arena) ?? this.arena.kernels,
      x,
      z,
      theta,
      bias: block?.bias ?? ABSENT,
      groups: block?.groups ?? 1,
      y,
      constants,
      aux: aux === 0 ? ABSENT : this.take('aux', aux),
      curvature: curvature === 0 ? ABSENT : this.take('curvature', curvature),
    };
    if (constants.length > 0) this.arena.memory.set(constants, this.frame.aux);
    this.y = this.variable('y', y);
    this.variables = [
      ...(operands[0] === 'reals' ? [this.variable('x', x)] : []),
      ...(operands[1] === 'reals' ? [this.variable('z', z)] : []),
      ...(block === undefined ? [] : [this.variable('theta', theta)]),
    ];
    for (const { origin, value } of this.variables) {
      for (let i = 0; i < origin.length; i++) {
        const drawn = apart(random.normal(), kink);
        origin[i] = positive ? 0.2 + Math.abs(drawn) : drawn;
      }
      value.set(origin);
    }
    if (operands[1] === 'mask') random.fillNormal(this.view(z.value, z.size));
    if (operands[1] === 'targets') {
      const targets = random.fillNormal(this.view(z.value, z.size));
      if (kink > 0)
        for (let i = 0; i < targets.length; i++)
          targets[i] = apart(targets[i], kink) + this.variables[0].origin[i];
    }
    for (const [i, { value }] of [x, z].entries())
      if (operands[i] === 'labels')
        for (let b = 0; b < cols; b++) this.arena.memory[value + b] = random.integer(rows);
  }

  /** Runs one rule with its outputs poisoned; returns copies of what it wrote. */
  run(part: keyof Rule, outputs: readonly Vec[], frame: Frame = this.frame): Vec[] {
    for (const out of outputs) out.fill(Number.NaN);
    const { rule, uses } = this.definition;
    const kernels = watchedKernels(this.frame.kernels, (kernel, access) =>
      this.note(part, frame, kernel, access),
    );
    rule[part]({ ...declared(frame, uses[part]), kernels });
    return outputs.map((out) => out.slice());
  }

  /** Moves to p + h v and evaluates; h = 0 returns to p exactly. */
  at(moving: readonly Variable[], v: readonly Vec[], h: number): void {
    for (const [i, { value, origin }] of moving.entries())
      for (let t = 0; t < value.length; t++) value[t] = origin[t] + h * v[i][t];
    this.run('value', [this.y.value]);
  }

  /** Refuses writes between the arrays. */
  checkGuards(): void {
    const inside = new Uint8Array(this.next);
    for (const [, first, length] of this.ranges) inside.fill(1, first, first + length);
    for (let i = 0; i < inside.length; i++)
      if (inside[i] === 0 && !Number.isNaN(this.arena.memory[i]))
        this.fail(this.op, 'it writes outside its arrays');
  }

  fail(what: string, how: string): never {
    throw new NumericalError(`checkRule: ${what}: ${how}.`);
  }

  /** Notes which array of the frame a kernel is about to touch. */
  private note(part: keyof Rule, frame: Frame, kernel: string, { offset, length, writes }: Access): void {
    const uses = this.definition.uses[part];
    const what = `${part} of ${this.op}`;
    const hit = this.ranges.find(([, first, size]) => offset >= first && offset + length <= first + size);
    if (hit === undefined || !present(frame, hit[0]))
      this.fail(
        what,
        `it hands ${kernel} ${length} elements at ${offset}, which lie in no array that it has: not declared under uses.${part}, longer than declared under keeps, or absent`,
      );
    const [name] = hit;
    if (writes ? !uses.writes.includes(name) : ![...uses.reads, ...uses.writes].includes(name))
      this.fail(what, `it ${writes ? 'writes' : 'reads'} ${name}, which uses.${part} does not declare`);
    this.touched[part][writes ? 'writes' : 'reads'].add(name);
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

  private slot(name: Variable['name'], { rows, cols }: Shape): Slot {
    const size = rows * cols;
    const [value, dot, bar, barDot] = (['value', 'dot', 'bar', 'barDot'] as const).map((part) =>
      this.take(`${name}.${part}`, size),
    );
    return { rows, cols, size, value, dot, bar, barDot };
  }

  /** The next n elements. @throws {NumericalError} there are not as many. */
  private take(name: Buffer, n: number): number {
    const start = this.next;
    if (start + n + GUARD > this.arena.memory.length) this.fail(this.op, 'its arrays exceed the trial');
    this.ranges.push([name, start, n]);
    this.next = start + n + GUARD;
    return start;
  }

  private view(start: number, length: number): Vec {
    return this.arena.memory.subarray(start, start + length);
  }
}

/** Whether an array is there in a frame. */
function present(frame: Frame, name: Buffer): boolean {
  if (name === 'aux' || name === 'curvature') return frame[name] >= 0;
  const [slot, part] = name.split('.') as ['x', 'value'];
  return frame[slot][part] >= 0;
}

/** A draw moved away from 0. */
function apart(draw: number, distance: number): number {
  return draw + (draw < 0 ? -distance : distance);
}
