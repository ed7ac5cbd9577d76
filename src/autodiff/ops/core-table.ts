/** @file The ops that an Mlp, the losses and what is measured consist of, one line each. */
import type { OpDefinition } from '../op.ts';
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
 * The ops of every tape, by name. The main entry reaches these and their kernels, and no others. Declarations are made file by file, so each
 * line says its type.
 */
export const CORE_OPS = {
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

/** Ops that may lie between the layers of an Mlp. */
export type ActivationOp = {
  [K in keyof typeof CORE_OPS]: (typeof CORE_OPS)[K] extends { readonly activation: true } ? K : never;
}[keyof typeof CORE_OPS];

/** Every activation that is an op, in the order of the table. */
export const ACTIVATION_OPS: readonly ActivationOp[] = Object.keys(CORE_OPS).filter(
  (op): op is ActivationOp => (CORE_OPS as Record<string, OpDefinition<unknown>>)[op].activation === true,
);
