/** @file The rules of every op. An op without all four does not compile. */
import type { Op, Rule } from '../rule.ts';
import { affine } from './affine.ts';
import { add, multiply, scale } from './arithmetic.ts';
import { gelu, logSigmoid, relu, sigmoid, tanh } from './elementwise.ts';
import { absoluteError, margin, squaredError } from './heads.ts';
import { sum } from './sum.ts';

/** Exhaustive by type: a new member of {@link Op} is an error here until it has its rules. */
export const RULES: { readonly [K in Op]: Rule } = {
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
};

/** Every op, for loops over the table. */
export const OPS: readonly Op[] = Object.keys(RULES) as Op[];
