/** @file What an op is: four rules on arrays that lie in one arena. */
import type { ArenaKernels } from '../linalg/kernels/arena.ts';

/** Elementwise functions y = φ(x). */
export type ElementwiseOp = 'tanh' | 'relu' | 'gelu' | 'sigmoid' | 'log-sigmoid';

/** Everything that a tape can record. */
export type Op =
  | 'affine'
  | ElementwiseOp
  | 'scale'
  | 'add'
  | 'multiply'
  | 'margin'
  | 'squared-error'
  | 'absolute-error'
  | 'sum';

/** An array is not there: no tangent (it is zero), or no cotangent wanted. */
export const ABSENT = -1;

/** How many times the length of its operand `aux` has for the absolute error: the signs, and scratch. */
export const SIGN_BUFFERS = 4;

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
  /** The op's block of θ, for affine: [outputs, width], the weights first. */
  readonly theta: Slot;
  /** affine: the column of the bias in that block, or {@link ABSENT}. */
  readonly bias: number;
  /** The result. */
  readonly y: Slot;
  /** What `value` leaves for the other rules: φ′, the gradient of the margin, the residual, its sign; the constant of `scale`. */
  readonly aux: number;
  /** φ″ for elementwise ops, or {@link ABSENT} in a program without tangents. */
  readonly curvature: number;
}

/**
 * The four rules of an op y = f(x, z, θ). Each overwrites its outputs, allocates nothing and reads an absent tangent as
 * zero; what is absent among the outputs is not computed.
 *
 * - `value`: y ← f(x, z, θ), and `aux`
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
