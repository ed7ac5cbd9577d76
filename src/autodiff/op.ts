/** @file What an op is: four rules on arrays that lie in one arena, and all that its surroundings need to know of it. */
import type { Arena, ArenaKernels } from '../linalg/kernels/arena.ts';

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
export interface Frame<K = ArenaKernels> {
  readonly kernels: K;
  /** First operand. */
  readonly x: Slot;
  /** Second operand: the other addend or factor, the labels, the targets. */
  readonly z: Slot;
  /** The op's block of θ, [rows, width], if it has one. */
  readonly theta: Slot;
  /** The column of the bias in that block, or {@link ABSENT}. */
  readonly bias: number;
  /** Into how many groups rows of the block, operand and result fall. */
  readonly groups: number;
  /** The result. */
  readonly y: Slot;
  /** The constants of the op: those that lie at the beginning of `aux`. */
  readonly constants: readonly number[];
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
export interface Rule<K = ArenaKernels> {
  value(f: Frame<K>): void;
  jvp(f: Frame<K>): void;
  vjp(f: Frame<K>): void;
  vjpDot(f: Frame<K>): void;
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
  /** Its rows fall into so many groups, each with the operand's rows of its own. Default 1. */
  readonly groups?: number;
}

/** What a recorded op results in. */
export interface OpResult extends Shape {
  /** Its block of θ. */
  readonly block?: ThetaBlock;
  /** Numbers that lie at the beginning of `aux` from the start. */
  readonly constants?: readonly number[];
}

/** A recorded result with its constants. */
export type KeptResult = Shape & Required<Pick<OpResult, 'constants'>>;

/** Where an op is recorded. */
export interface Recording {
  /** Names the call in errors, e.g. Tape.affine. */
  readonly where: string;
  /** The length of θ so far. */
  readonly parameterCount: number;
}

/**
 * What an operand has to be: an array of `reals`, which is differentiated; class `labels`; `targets`, which are an input; a `mask`, an input [1, cols]. The
 * last three have no derivative.
 */
export type OperandKind = 'reals' | 'labels' | 'targets' | 'mask';

/**
 * Everything about an op. Tape, plan, schedules and checker know ops by this alone.
 *
 * @typeParam P - What is given beside the operands when it is recorded; undefined: nothing.
 * @typeParam K - The kernels that its rules call.
 */
export interface OpDefinition<P = undefined, K = ArenaKernels> {
  readonly operands: readonly OperandKind[];
  /** The shape of the result. @throws {ShapeError} | {DomainError} operands or `given` do not fit. */
  result(operands: readonly Operand[], given: P, at: Recording): OpResult;
  readonly rule: Rule<K>;
  /** Those kernels in an arena. Default: the arena's own. */
  readonly kernels?: (arena: Arena) => K;
  /** The arrays that each rule touches. */
  readonly uses: { readonly [K in keyof Rule]: Uses };
  /** Lengths of the arrays that `value` fills for the other rules, of the first operand x and the result y. None when absent. */
  readonly keeps?: {
    readonly aux?: (x: Shape, y: KeptResult) => number;
    /** Planned only in programs that compute second derivatives. */
    readonly curvature?: (x: Shape, y: KeptResult) => number;
  };
  /** It may lie between the layers of a network, under its own name. One operand, nothing given, the same shape. */
  readonly activation?: true;
  /** What a written description of a network says of it beside its name, e.g. which of two forms it is. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Its block of θ is a table, whose rows the first operand chooses, or the position. */
  readonly lookup?: 'token' | 'position';
  /** A column of the result depends on other columns of the operands than its own, and these may belong to other examples. */
  readonly acrossExamples?: true;
  /**
   * How many examples B the columns of operands and result belong to, where it is not one each: column s·B + n is position s of example n, and
   * depends on that example alone.
   */
  examples?(x: Shape, given: P): number;
  /** Shapes of x that the checker takes. Default: small ones, odd, even, and one column. */
  readonly trialShapes?: readonly Shape[];
  /** What the checker gives it, for a first operand x. Default: nothing. */
  readonly trials?: (x: Shape) => readonly P[];
  /** The checker keeps operands this far from 0, or from their targets, where there is a kink. Default 0. */
  readonly kink?: number;
  /** Its operand must be positive: the checker takes 0.2 + |x|. */
  readonly positive?: true;
}
