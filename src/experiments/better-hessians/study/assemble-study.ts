/** @file From judged variants to the study of one setting: a pure function. */
import { LADDER, type LadderKind } from '../../../curvature/index.ts';
import { CLASS_MEASUREMENTS, spearman } from '../../../influence/index.ts';
import {
  type NetworkBootstrap,
  networkDifference,
  networkInterval,
} from '../../../influence/judging/network-bootstrap.ts';
import { finiteOrNull } from '../../files/json-number.ts';
import { recordBy } from '../../files/record-by.ts';
import { boundedInterval } from '../../judging/bounded-interval.ts';
import { GRADIENT_DOT, METHODS, type Method } from '../../protocol/methods.ts';
import { type Chosen, choose, type JudgedVariant, type VariantTable } from './choice.ts';
import { CONVENTIONS, type Convention, isBest } from './convention.ts';
import type { JudgedRule } from './judge.ts';
import type { StudyRule } from './rule.ts';
import { type ConventionResult, type StudyEntry, type StudyRelation, verdictOf } from './study.ts';
import { variantName, variantOf } from './variant.ts';

/** The pairs whose LDS are compared: the ladder step by step, from end to end, and its end against the baseline. */
export const RELATIONS: readonly (readonly [Method, Method])[] = [
  ['hessian', 'ggn'],
  ['ggn', 'block-ggn'],
  ['block-ggn', 'ekfac'],
  ['ekfac', 'kfac'],
  ['hessian', 'kfac'],
  ['kfac', GRADIENT_DOT],
];

/** Every convention whose variants were all decomposed. */
export function conventionResults(variants: readonly JudgedVariant[]): ConventionResult[] {
  const table: VariantTable = new Map(variants.map((entry) => [variantName(entry.variant), entry]));
  return CONVENTIONS.filter((convention) => isStudied(table, convention)).map((convention) =>
    conventionResult(
      convention,
      new Map(METHODS.map((method) => [method, choose(table, method, convention)])),
    ),
  );
}

function isStudied(table: VariantTable, { fishers, partitions }: Convention): boolean {
  return METHODS.every((method) =>
    fishers.every((fisher) =>
      partitions.every((partition) => table.has(variantName(variantOf(method, fisher, partition)))),
    ),
  );
}

function conventionResult(
  convention: Convention,
  chosen: ReadonlyMap<Method, Chosen | undefined>,
): ConventionResult {
  const { id, group, label, measurement } = convention;
  const errors = LADDER.map((kind) => chosen.get(kind)?.error ?? Number.NaN);
  const scores = LADDER.map((kind) => chosen.get(kind)?.lds.estimate ?? Number.NaN);
  const known = !errors.some(Number.isNaN) && !scores.some(Number.isNaN);
  return {
    id,
    group,
    label,
    measurement,
    best: isBest(convention),
    methods: recordBy(METHODS, (method) => methodResult(chosen.get(method))),
    relations: RELATIONS.map(([a, b]) => relation(a, b, chosen.get(a)?.lds, chosen.get(b)?.lds)),
    errorOrder: known ? errorOrder(errors) : [],
    errorLdsCorrelation: known ? rounded(spearman(errors, scores)) : null,
  };
}

function methodResult(chosen: Chosen | undefined): ConventionResult['methods'][Method] {
  return {
    ...ldsFields(chosen?.lds),
    error: rounded(chosen?.error),
    rules: chosen?.rules ?? [],
  };
}

/** Holds or is reversed only where the paired interval leaves out 0. */
export function relation(
  a: Method,
  b: Method,
  first: NetworkBootstrap | undefined,
  second: NetworkBootstrap | undefined,
): StudyRelation {
  const { lds: difference, ci } = ldsFields(first && second && networkDifference(first, second), 2);
  return { a, b, difference, ci, verdict: verdictOf(ci) };
}

function errorOrder(errors: readonly number[]): LadderKind[] {
  return LADDER.map((kind, i) => ({ kind, error: errors[i] }))
    .sort((x, y) => x.error - y.error)
    .map(({ kind }) => kind);
}

/** Every rule of every variant under every measurement. */
export function studyEntries(variants: readonly JudgedVariant[]): StudyEntry[] {
  return variants.flatMap(({ variant, rules, judged }) =>
    rules.flatMap((rule, r) =>
      CLASS_MEASUREMENTS.map((measurement, m) => ({
        ...variant,
        ...ruleFields(variant.method, rule),
        measurement,
        ...resultFields(judged[r], m),
      })),
    ),
  );
}

function ruleFields(
  method: Method,
  { family, value, negative, factors }: StudyRule,
): Pick<StudyEntry, 'family' | 'value' | 'negative' | 'factors'> {
  return method === GRADIENT_DOT
    ? { family: 'none', value: null, negative, factors }
    : { family, value: rounded(value), negative, factors };
}

function resultFields(
  judged: JudgedRule | undefined,
  measurement: number,
): Omit<
  StudyEntry,
  'method' | 'fisher' | 'partition' | 'measurement' | 'family' | 'value' | 'negative' | 'factors'
> {
  const drawn = judged?.lds[measurement].all;
  const diagnostics = judged?.diagnostics;
  return {
    ...ldsFields(drawn),
    error: rounded(judged?.error),
    rank: rounded(diagnostics?.rank),
    negativeInverted: rounded(diagnostics?.negative),
    smallestDivisor: rounded(diagnostics?.smallestDivisor),
    negativeShare: rounded(diagnostics?.negativeShare),
    sharesBelow: (diagnostics?.sharesBelow ?? []).map(rounded),
  };
}

/** An LDS, or a difference of two, with its interval, rounded. */
function ldsFields(drawn: NetworkBootstrap | undefined, bound = 1): Pick<StudyEntry, 'lds' | 'ci'> {
  const [lo, hi] = drawn === undefined ? [null, null] : boundedInterval(networkInterval(drawn), bound);
  return { lds: rounded(drawn?.estimate), ci: [rounded(lo), rounded(hi)] };
}

/** Six significant digits; null for what is not finite. */
export function rounded(x: number | null | undefined): number | null {
  return finiteOrNull(Number((x ?? Number.NaN).toPrecision(6)));
}
