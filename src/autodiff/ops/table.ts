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

/** What a tape can record, by name. Types, plans, checks and the list of activations follow from here. */
export const OP_TABLE: {
  readonly affine: typeof affine;
  readonly tanh: typeof tanh;
  readonly relu: typeof relu;
  readonly gelu: typeof gelu;
  readonly sigmoid: typeof sigmoid;
  readonly 'log-sigmoid': typeof logSigmoid;
  readonly scale: typeof scale;
  readonly add: typeof add;
  readonly multiply: typeof multiply;
  readonly margin: typeof margin;
  readonly 'squared-error': typeof squaredError;
  readonly 'absolute-error': typeof absoluteError;
  readonly sum: typeof sum;
} = {
  affine,
  tanh,
  relu,
  gelu,
  sigmoid,
  'log-sigmoid': logSigmoid,
  scale,
  add,
  multiply,
  margin,
  'squared-error': squaredError,
  'absolute-error': absoluteError,
  sum,
} satisfies Readonly<Record<string, OpDefinition<unknown>>>;

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
export const RULES: { readonly [K in Op]: Rule } = Object.fromEntries(
  OPS.map((op) => [op, OP_TABLE[op].rule]),
) as { [K in Op]: Rule };
