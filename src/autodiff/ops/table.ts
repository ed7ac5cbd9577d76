/** @file Every op, one line each. */
import type { OpDefinition, Rule } from '../op.ts';
import { CORE_OPS } from './core-table.ts';
import { NETWORK_OPS } from './network-table.ts';

/** What a tape can record, by name. Types, plans and checks follow from here. */
export const OP_TABLE: typeof CORE_OPS & typeof NETWORK_OPS = { ...CORE_OPS, ...NETWORK_OPS };

/** Everything that a tape can record. */
export type Op = keyof typeof OP_TABLE;

/** What an op is given beside its operands. */
export type GivenOf<K extends Op> = (typeof OP_TABLE)[K] extends OpDefinition<infer P> ? P : never;

/** A definition of every op: the table, or one in which some are replaced. */
export type Ops = { readonly [K in Op]: OpDefinition<GivenOf<K>> };

/** Every op, for loops over the table. */
export const OPS: readonly Op[] = Object.keys(OP_TABLE) as Op[];

/** The four rules of every op. */
export const RULES: { readonly [K in Op]: Rule } = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ OPS.map((op) => [op, OP_TABLE[op].rule]),
) as { [K in Op]: Rule };
