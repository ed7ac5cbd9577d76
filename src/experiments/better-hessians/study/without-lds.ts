/** @file Why a method has no LDS under a convention, in a sentence: its rule inverts nothing, or has no finite inverse. */
import { METHODS, type Method } from '../../protocol/methods.ts';
import { methodLabel } from '../results/setting-table.ts';
import type { ConventionResult } from './study.ts';

/** Eq. 9 of an inverse that is 0: all of the identity is missing. */
const NOTHING_INVERTED = 1;

/**
 * The methods that have no LDS, by reason and convention; nothing where all have one. Where no eigenvalue passes a rule, every score is 0
 * and ranks nothing; an unrolled filter of a very negative eigenvalue is no finite number.
 *
 * @example withoutLds(conventions); // ['K-FAC inverts nothing (ε = 1e-3): every score is 0, and there is no LDS.']
 */
export function withoutLds(conventions: readonly ConventionResult[]): string[] {
  const silent = new Map<string, string[]>();
  const infinite = new Map<string, string[]>();
  for (const { label, methods } of conventions) {
    const without = METHODS.filter((method) => methods[method].lds === null);
    const nothing = without.filter((method) => methods[method].error === NOTHING_INVERTED);
    const others = without.filter((method) => methods[method].error !== NOTHING_INVERTED);
    for (const [into, names] of [
      [silent, nothing],
      [infinite, others],
    ] as const)
      if (names.length > 0) into.set(listed(names), [...(into.get(listed(names)) ?? []), label]);
  }
  const one = (names: string): boolean => !names.includes(' and ');
  return [
    ...Array.from(
      silent,
      ([names, labels]) =>
        `${names} ${one(names) ? 'inverts' : 'invert'} nothing (${labels.join('; ')}): no eigenvalue passes the rule, every score is 0, and there is no LDS.`,
    ),
    ...Array.from(
      infinite,
      ([names, labels]) =>
        `${names} ${one(names) ? 'has' : 'have'} no finite inverse (${labels.join('; ')}), and so no LDS.`,
    ),
  ];
}

function listed(methods: readonly Method[]): string {
  const names = methods.map(methodLabel);
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
