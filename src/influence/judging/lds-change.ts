/** @file How the LDS changes along a ladder of approximations, in the ways that papers report it. */
import { checkFiniteNumber, checkObject, checkString } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkInteger } from '../../linalg/checks.ts';

/** One rung: a method and its LDS. */
export interface LdsRung {
  readonly id: string;
  readonly lds: number;
}

/** One step of the ladder. Fractions, not per cent; negative change: the approximation lost fidelity. */
export interface LdsStep {
  readonly from: string;
  readonly to: string;
  /** LDS(to) − LDS(from). */
  readonly change: number;
  /** change / (LDS(last) − LDS(first)): the share of the total change; the shares sum to 1. NaN without a total change. */
  readonly shareOfTotal: number;
  /** change / LDS(from): relative to where the step starts. NaN when that is 0. */
  readonly relative: number;
  /** change / LDS(first): relative to the top of the ladder; these sum to the total relative change. NaN when that is 0. */
  readonly relativeToFirst: number;
}

/**
 * Splits the LDS change from the first rung to the last into steps. "ΔLDS %" can mean any of three quotients, and they
 * differ much where the LDS is small; all are given.
 *
 * @param ladder - At least two rungs, best first, e.g. hessian, ggn, block-ggn, ekfac, kfac.
 * @throws {DomainError} fewer than two rungs, or an LDS that is no finite number.
 * Reference: Hong, Eschenhagen, Mlodozeniec & Turner, Better Hessians Matter (2025), Figures 1–3, right.
 * @example ldsChange([{ id: 'hessian', lds: 0.5 }, { id: 'kfac', lds: 0.25 }])[0].relative; // -0.5
 */
export function ldsChange(ladder: readonly LdsRung[]): LdsStep[] {
  asList('ldsChange', 'ladder', ladder, 'rungs').forEach((rung, i) => {
    checkObject('ldsChange', `ladder[${i}]`, rung);
    checkString('ldsChange', `ladder[${i}].id`, rung.id);
    checkFiniteNumber('ldsChange', `ladder[${i}].lds`, rung.lds);
  });
  checkInteger('ldsChange', 'ladder.length', ladder.length, 2, Number.POSITIVE_INFINITY);
  const first = ladder[0].lds;
  const total = ladder[ladder.length - 1].lds - first;
  return ladder.slice(1).map(({ id, lds }, i) => {
    const change = lds - ladder[i].lds;
    return {
      from: ladder[i].id,
      to: id,
      change,
      shareOfTotal: quotient(change, total),
      relative: quotient(change, ladder[i].lds),
      relativeToFirst: quotient(change, first),
    };
  });
}

function quotient(a: number, b: number): number {
  return b === 0 ? Number.NaN : a / b;
}
