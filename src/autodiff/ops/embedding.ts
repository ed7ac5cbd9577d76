/** @file Rows of a table, chosen by tokens or by the position. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import {
  ABSENT,
  type Frame,
  type OpDefinition,
  type OpResult,
  type Recording,
  type ThetaBlock,
} from '../op.ts';

/** A table of θ, row-major. */
export interface TableGiven {
  /** V: how many rows it has. */
  readonly rows: number;
  /** d: the columns that are read. */
  readonly outputs: number;
  /** Where it begins in θ, and how long a row is, ≥ outputs. Default: the end of θ so far, rows of d. */
  readonly block?: { readonly offset: number; readonly width: number };
}

type F = Frame<AllKernels>;

/**
 * y[:, c] = E[tokens[c]], the table E in θ [V, d]: tokens [T, B] or [1, T·B], integers in 0..V−1, become [d, T·B], position-major. Tokens are
 * labels or an input, and have no derivative. What they are is checked where data are loaded.
 */
export const embedding: OpDefinition<TableGiven, AllKernels> = {
  operands: ['labels'],
  lookup: 'token',
  result([tokens], given, at) {
    if (tokens.kind !== 'input' && tokens.kind !== 'labels')
      throw new DomainError(at.where, 'tokens', 'an input, or labels', tokens.kind);
    const block = tableOf(given, at);
    if (tokens.classes > block.rows)
      throw new ShapeError(at.where, 'tokens', `of at most ${block.rows} classes`, `${tokens.classes}`);
    return { rows: given.outputs, cols: tokens.rows * tokens.cols, block };
  },
  kernels: networkKernels,
  uses: {
    value: { reads: ['x.value', 'theta.value'], writes: ['y.value'] },
    jvp: { reads: ['x.value', 'theta.dot'], writes: ['y.dot'] },
    vjp: { reads: ['x.value', 'y.bar'], writes: ['theta.bar'] },
    vjpDot: { reads: ['x.value', 'y.barDot'], writes: ['theta.barDot'] },
  },
  rule: {
    // y = E[tokens]
    value: (f) => lookUp(f, f.x.value, f.theta.value, f.y.value),
    // ẏ = Ė[tokens]
    jvp: (f) => lookUp(f, f.x.value, f.theta.dot, f.y.dot),
    // Ē[t] = Σ ȳ[:, c] over c with tokens[c] = t
    vjp: (f) => adjoint(f, f.x.value, f.y.bar, f.theta.bar),
    // the same of (ȳ)˙: y is linear in E
    vjpDot: (f) => adjoint(f, f.x.value, f.y.barDot, f.theta.barDot),
  },
  trials: ({ rows }) => [
    { rows, outputs: 3 },
    { rows: rows + 1, outputs: 2, block: { offset: 0, width: 2 } },
  ],
};

/** A table and the length of the sequences. */
export interface PositionTableGiven extends TableGiven {
  /** T ≤ rows. */
  readonly positions: number;
}

/** y[:, s·B + n] = x[:, s·B + n] + P[s], the table P in θ [V, d]; x is [d, T·B]. */
export const positionEmbedding: OpDefinition<PositionTableGiven, AllKernels> = {
  operands: ['reals'],
  lookup: 'position',
  result([x], given, at): OpResult {
    const block = tableOf(given, at);
    const { positions } = given;
    checkInteger(at.where, 'positions', positions, 1, given.rows);
    if (x.rows !== given.outputs || x.cols % positions !== 0)
      throw new ShapeError(
        at.where,
        'operand',
        `[${given.outputs}, a multiple of ${positions}]`,
        `[${x.rows}, ${x.cols}]`,
      );
    const batch = x.cols / positions;
    const constants = Array.from({ length: x.cols }, (_, c) => Math.floor(c / batch));
    return { rows: x.rows, cols: x.cols, block, constants };
  },
  kernels: networkKernels,
  // which row each column reads
  keeps: { aux: ({ cols }) => cols },
  uses: {
    value: { reads: ['aux', 'x.value', 'theta.value'], writes: ['y.value'] },
    jvp: { reads: ['aux', 'x.dot', 'theta.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar', 'theta.bar'] },
    vjpDot: { reads: ['aux', 'y.barDot'], writes: ['x.barDot', 'theta.barDot'] },
  },
  rule: {
    // y = x + P[s]
    value: (f) => {
      lookUp(f, f.aux, f.theta.value, f.y.value);
      f.kernels.add(f.y.size, f.x.value, f.y.value);
    },
    // ẏ = ẋ + Ṗ[s]
    jvp: (f) => {
      if (f.theta.dot === ABSENT) f.kernels.copy(f.y.size, f.x.dot, f.y.dot);
      else {
        lookUp(f, f.aux, f.theta.dot, f.y.dot);
        if (f.x.dot !== ABSENT) f.kernels.add(f.y.size, f.x.dot, f.y.dot);
      }
    },
    // x̄ = ȳ; P̄[s] = Σ_n ȳ[:, s·B + n]
    vjp: (f) => pass(f, f.y.bar, f.x.bar, f.theta.bar),
    // the same of (ȳ)˙
    vjpDot: (f) => pass(f, f.y.barDot, f.x.barDot, f.theta.barDot),
  },
  examples: ({ cols }, { positions }) => cols / positions,
  trials: ({ rows, cols }) => [
    { rows: cols, outputs: rows, positions: cols },
    { rows: 4, outputs: rows, positions: cols % 2 === 0 ? 2 : 1 },
  ],
};

function lookUp({ kernels, y, theta }: F, tokens: number, table: number, out: number): void {
  kernels.lookUp(theta.rows, y.rows, y.cols, theta.cols, tokens, table, out);
}

function adjoint({ kernels, y, theta }: F, tokens: number, from: number, table: number): void {
  if (table === ABSENT) return;
  kernels.lookUpAdjoint(theta.rows, y.rows, y.cols, theta.cols, tokens, from, table);
}

function pass(f: F, from: number, x: number, table: number): void {
  if (x !== ABSENT) f.kernels.copy(f.y.size, from, x);
  adjoint(f, f.aux, from, table);
}

function tableOf(given: TableGiven, { where, parameterCount }: Recording): ThetaBlock {
  checkObject(where, 'given', given);
  const { rows, outputs, block } = given;
  checkInteger(where, 'rows', rows, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
  if (block !== undefined) checkObject(where, 'block', block);
  const { offset = parameterCount, width = outputs } = block ?? {};
  checkInteger(where, 'offset', offset, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'width', width, outputs, Number.MAX_SAFE_INTEGER);
  return { offset, rows, width, bias: undefined };
}
