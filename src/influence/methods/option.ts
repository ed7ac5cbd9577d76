/** @file An option of a method, declared once: what it may be, what it means, and its default as a value. Flags, checks, pages and keys follow. */
import type { Check } from '../../linalg/border/fields.ts';

/** How a value is written down: data, from which the command line makes its parser. */
export type Form =
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'integer'; readonly least: number; readonly most?: number; readonly word?: string }
  | {
      readonly kind: 'number';
      readonly least?: number;
      readonly above?: number;
      readonly below?: number;
      readonly word?: string;
    }
  | { readonly kind: 'step-size' | 'step-decay' | 'fisher' | 'inverse-rule' | 'names' };

/** The values that an option may have. */
export interface Values<T> {
  readonly form: Form;
  readonly check: Check;
  /** Never there: it holds the type. */
  readonly type?: T;
}

/** A default that depends on the problem: a named rule that the fit of the method carries out. */
export interface DefaultRule {
  readonly rule: string;
  /** To be raised when the rule gives other values: stored scores are then computed again. */
  readonly version: number;
  /** Its constants. */
  readonly constants: { readonly [name: string]: number };
  /** As a formula, for people. */
  readonly text: string;
}

/** What is the same of an option in all methods that read it: the command line has one flag for it. */
export interface OptionForm<T> {
  readonly values: Values<T>;
  /** The value in `--help`, e.g. '<n>'. */
  readonly placeholder: string;
  /** A few words for `--help`. */
  readonly brief: string;
}

/** An option of one method. T includes undefined where the default is a rule. */
export interface Option<T> extends OptionForm<Exclude<T, undefined>> {
  /** What it is, with its symbol. */
  readonly meaning: string;
  readonly default: undefined extends T ? DefaultRule : T;
  /** What the default comes to, where the value does not say it. */
  readonly note?: string;
  /** Why this default, and who uses it. */
  readonly reason: string;
  /** What was computed before there was the option: stored work does not name it where it has this value. */
  readonly implied?: T;
}

/** Every option of a method. */
export type OptionTable<O> = { readonly [K in keyof O]-?: Option<O[K]> };

/** A rule by name. @param text - As a formula. */
export function ruled(
  rule: string,
  text: string,
  constants: { readonly [name: string]: number } = {},
  version = 1,
): DefaultRule {
  return { rule, version, constants, text };
}

/** Whether a default is a rule. */
export function isRule(value: unknown): value is DefaultRule {
  return typeof value === 'object' && value !== null && 'rule' in value && 'constants' in value;
}

/** A default for people: "200", "0: all iterations are taken", "min(N, 256)". */
export function defaultText({ default: value, note }: { readonly default: unknown; note?: string }): string {
  const text = isRule(value)
    ? value.text
    : typeof value === 'object' && value !== null && 'kind' in value
      ? String(value.kind)
      : String(value);
  return note === undefined ? text : `${text}: ${note}`;
}

/** A default without its words: what results depend on. */
export function defaultValue({ default: value }: { readonly default: unknown }): unknown {
  if (!isRule(value)) return value;
  const { rule, version, constants } = value;
  return { rule, version, constants };
}
