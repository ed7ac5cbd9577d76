/** @file Every op, one line each. */
import type { OpDefinition, Rule } from '../op.ts';
import { absoluteError } from './absolute-error.ts';
import { add } from './add.ts';
import { affine } from './affine.ts';
import { gelu } from './gelu.ts';
import { logSigmoid } from './log-sigmoid.ts';
import { margin } from './margin.ts';
import { multiply } from './multiply.ts';
import { relu } from './relu.ts';
import { scale } from './scale.ts';
import { sigmoid } from './sigmoid.ts';
import { squaredError } from './squared-error.ts';
import { sum } from './sum.ts';
import { tanh } from './tanh.ts';

/**
 * What a tape can record, by name. Types, plans, checks and the list of activations follow from here. Declarations are made file by file, so
 * each line says its type.
 */
export const OP_TABLE = {
  affine: affine as typeof affine,
  tanh: tanh as typeof tanh,
  relu: relu as typeof relu,
  gelu: gelu as typeof gelu,
  sigmoid: sigmoid as typeof sigmoid,
  'log-sigmoid': logSigmoid as typeof logSigmoid,
  scale: scale as typeof scale,
  add: add as typeof add,
  multiply: multiply as typeof multiply,
  margin: margin as typeof margin,
  'squared-error': squaredError as typeof squaredError,
  'absolute-error': absoluteError as typeof absoluteError,
  sum: sum as typeof sum,
} as const;

/** Everything that a tape can record. */
export type Op = keyof typeof OP_TABLE;

/** What an op is given beside its operands. */
export type GivenOf<K extends Op> = (typeof OP_TABLE)[K] extends OpDefinition<infer P> ? P : never;

/** A definition of every op: the table, or one in which some are replaced. */
export type Ops = { readonly [K in Op]: OpDefinition<GivenOf<K>> };

/** Every op, for loops over the table. */
export const OPS: readonly Op[] = Object.keys(OP_TABLE) as Op[];

/** Ops that may lie between the layers of a network. */
export type ActivationOp = {
  [K in Op]: (typeof OP_TABLE)[K] extends { readonly activation: true } ? K : never;
}[Op];

/** Every activation that is an op, in the order of the table. */
export const ACTIVATION_OPS: readonly ActivationOp[] = OPS.filter(
  (op): op is ActivationOp => (OP_TABLE as Ops)[op].activation === true,
);

/** The four rules of every op. */
export const RULES: { readonly [K in Op]: Rule } = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ OPS.map((op) => [op, OP_TABLE[op].rule]),
) as { [K in Op]: Rule };
