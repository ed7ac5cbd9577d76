/** @file What an op is: four rules on arrays that lie in one arena, and all that its surroundings need to know of it. */
import type { ArenaKernels } from '../linalg/kernels/arena.ts';

/**
 * An array is not there in this program: no tangent (it is zero), or no cotangent wanted. So far below 0 that no offset within it gets
 * above 0: whatever a rule computes from it is refused when the program is compiled, before a kernel sees it.
 */
export const ABSENT: number = -(2 ** 30);

/** As {@link ABSENT}, for an array that the op does not say its rule touches. */
export const UNDECLARED: number = -(2 ** 29);

/** One array of the program and its derivatives: offsets into the arena, or {@link ABSENT}. */
export interface Slot {
  readonly rows: number;
  readonly cols: number;
  /** rows · cols. */
  readonly size: number;
  readonly value: number;
  /** Tangent: derivative along the direction. */
  readonly dot: number;
  /** Cotangent: derivative of the output with respect to this array. */
  readonly bar: number;
  /** Derivative of the cotangent along the direction. */
  readonly barDot: number;
}

/** The arrays of one op in one direction. Operands an op does not have are slots of size 0 with every array absent. */
export interface Frame {
  readonly kernels: ArenaKernels;
  /** First operand. */
  readonly x: Slot;
  /** Second operand: the other addend or factor, the labels, the targets. */
  readonly z: Slot;
  /** The op's block of θ, [rows, width], if it has one. */
  readonly theta: Slot;
  /** The column of the bias in that block, or {@link ABSENT}. */
  readonly bias: number;
  /** The result. */
  readonly y: Slot;
  /** What `value` leaves for the other rules, and constants: see {@link OpDefinition.keeps}. */
  readonly aux: number;
  /** What `value` leaves for `vjpDot` alone, or {@link ABSENT} in a program without tangents. */
  readonly curvature: number;
}

/**
 * The four rules of an op y = f(x, z, θ). Each overwrites its outputs, allocates nothing, calls kernels only, and reads an absent
 * tangent as zero; what is absent among the outputs is not computed.
 *
 * - `value`: y ← f(x, z, θ), and what is kept
 * - `jvp`: ẏ ← ∂f · (ẋ, ż, θ̇)
 * - `vjp`: (x̄, z̄, θ̄) ← ∂fᵀ ȳ
 * - `vjpDot`: the derivative of `vjp` along the tangents: (x̄)˙ ← ∂fᵀ (ȳ)˙ + (∂fᵀ)˙ ȳ, and so for z and θ
 *
 * Forward over reverse (Pearlmutter, Fast exact multiplication by the Hessian, 1994) composes the four to any H v.
 */
export interface Rule {
  value(f: Frame): void;
  jvp(f: Frame): void;
  vjp(f: Frame): void;
  vjpDot(f: Frame): void;
}

/** One array that a rule may touch. */
export type Buffer =
  | `${'x' | 'z' | 'theta' | 'y'}.${'value' | 'dot' | 'bar' | 'barDot'}`
  | 'aux'
  | 'curvature';

/** The arrays that one rule reads and writes. It gets these and no others; of tangents and outputs some may be absent. */
export interface Uses {
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
}

/** [rows, cols]. */
export interface Shape {
  readonly rows: number;
  readonly cols: number;
}

/** What an op may ask of an operand when it is recorded. */
export interface Operand extends Shape {
  /** 'input', 'variable', 'labels', or the op that makes it. */
  readonly kind: string;
  /** labels: the number of classes; else 0. */
  readonly classes: number;
}

/** A block [rows, width] of θ that an op reads, row-major. */
export interface ThetaBlock {
  readonly offset: number;
  readonly rows: number;
  readonly width: number;
  /** The column that is the bias; undefined: none. */
  readonly bias: number | undefined;
}

/** What a recorded op results in. */
export interface OpResult extends Shape {
  /** Its block of θ. */
  readonly block?: ThetaBlock;
  /** Numbers that lie at the beginning of `aux` from the start. */
  readonly constants?: readonly number[];
}

/** Where an op is recorded. */
export interface Recording {
  /** Names the call in errors, e.g. Tape.affine. */
  readonly where: string;
  /** The length of θ so far. */
  readonly parameterCount: number;
}

/**
 * What an operand has to be: an array of `reals`, which is differentiated; class `labels`; `targets`, which are an input. The last two
 * have no derivative.
 */
export type OperandKind = 'reals' | 'labels' | 'targets';

/**
 * Everything about an op. Tape, plan, schedules and checker know ops by this alone.
 *
 * @typeParam P - What is given beside the operands when it is recorded; undefined: nothing.
 */
export interface OpDefinition<P = undefined> {
  readonly operands: readonly OperandKind[];
  /** The shape of the result. @throws {ShapeError} | {DomainError} operands or `given` do not fit. */
  result(operands: readonly Operand[], given: P, at: Recording): OpResult;
  readonly rule: Rule;
  /** The arrays that each rule touches. */
  readonly uses: { readonly [K in keyof Rule]: Uses };
  /** Lengths of the arrays that `value` fills for the other rules, of the first operand x and the result y. None when absent. */
  readonly keeps?: {
    readonly aux?: (x: Shape, y: Shape) => number;
    /** Planned only in programs that compute second derivatives. */
    readonly curvature?: (x: Shape, y: Shape) => number;
  };
  /** It may lie between the layers of a network, under its own name. One operand, nothing given, the same shape. */
  readonly activation?: true;
  /** What a written description of a network says of it beside its name, e.g. which of two forms it is. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** A column of the result depends on other columns of the operands than its own. */
  readonly acrossExamples?: true;
  /** What the checker gives it, for a first operand x. Default: nothing. */
  readonly trials?: (x: Shape) => readonly P[];
  /** The checker keeps operands this far from 0, or from their targets, where there is a kink. Default 0. */
  readonly kink?: number;
}
