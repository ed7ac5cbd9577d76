/** @file What claims ask of quantities: signs in settings, changes along a sweep, one sweep against another. */
import { all } from '../../judging/claim.ts';
import { type Estimate, magnitude } from '../../judging/estimate.ts';
import { comparable } from '../results/reading.ts';
import type { Comparison, Comparisons, Expected, Sweeps } from './claim.ts';
import type { Quantity } from './quantities.ts';
import {
  AXES,
  type Axis,
  ends,
  type NamedResults,
  rangeName,
  type Sweep,
  type SweepMember,
} from './sweeps.ts';

/** Whether quantities are above or below zero in every setting of every sweep, each setting once. */
export function inAllSettings(expected: Expected, ...quantities: readonly Quantity[]): Comparisons {
  return (sweeps) => {
    const members = AXES.flatMap((axis) => sweeps[axis]?.members ?? []);
    const once = new Map(members.map((member) => [member.name, member]));
    return quantities.flatMap((quantity) =>
      [...once.values()].map((setting) => inSetting(setting, quantity, expected)),
    );
  };
}

/** Whether a quantity is above or below zero, or as stated, at some values of a sweep. */
export function at(
  axis: Axis,
  values: readonly number[],
  expected: Expected,
  quantity: Quantity,
): Comparisons {
  return along(axis, [quantity], ({ members }) =>
    values.flatMap((value) =>
      members
        .filter((member) => member.value === value)
        .map((member) => inSetting(member, quantity, expected)),
    ),
  );
}

/** Numbers that the paper gives at values of a sweep, where those settings were run. */
export function statedAt(
  axis: Axis,
  quantity: Quantity,
  numbers: Readonly<Record<number, number>>,
): Comparisons {
  return all(
    ...Object.entries(numbers).map(([value, stated]) => at(axis, [Number(value)], { stated }, quantity)),
  );
}

/** Whether a quantity is above or below zero at the first or the last setting of a sweep, or at both. */
export function atEnds(
  axis: Axis,
  which: 'first' | 'last' | 'both',
  expected: Expected,
  quantity: Quantity,
): Comparisons {
  return along(axis, [quantity], (sweep) => {
    const [first, last] = ends(sweep);
    const members = { first: [first], last: [last], both: [first, last] }[which];
    return members.map((member) => inSetting(member, quantity, expected));
  });
}

/** Whether quantities are larger or smaller at the end of a sweep than at its start. */
export function fromFirstToLast(
  axis: Axis,
  expected: Expected,
  ...quantities: readonly Quantity[]
): Comparisons {
  return along(axis, quantities, (sweep, quantity) => [change(sweep, ends(sweep), quantity, expected)]);
}

/** Whether quantities rise or fall from each setting of a sweep to the next. */
export function stepByStep(axis: Axis, expected: Expected, ...quantities: readonly Quantity[]): Comparisons {
  return along(axis, quantities, (sweep, quantity) =>
    sweep.members.slice(1).map((member, i) => change(sweep, [sweep.members[i], member], quantity, expected)),
  );
}

/** Whether the last step of a sweep moves quantities less than the first one. Empty for fewer than three settings. */
export function levelsOff(axis: Axis, ...quantities: readonly Quantity[]): Comparisons {
  return along(axis, quantities, ({ members }, quantity) => {
    if (members.length < 3) return [];
    const first = [members[0], members[1]] as const;
    const last = [members[members.length - 2], members[members.length - 1]] as const;
    const stepName = (step: Step): string => rangeName(axis, step[0].value, step[1].value);
    return [
      less(
        `${quantity.label}, last step (${stepName(last)}) against first (${stepName(first)})`,
        [last, first],
        quantity,
      ),
    ];
  });
}

/** Whether one sweep moves quantities less from end to end than another. Empty without the other. */
export function movesLess(axis: Axis, other: Axis, ...quantities: readonly Quantity[]): Comparisons {
  return along(axis, quantities, (sweep, quantity, { [other]: rival }) =>
    rival === undefined
      ? []
      : [less(`${quantity.label}, over ${axis} against ${other}`, [ends(sweep), ends(rival)], quantity)],
  );
}

/** Two settings of a sweep. */
type Step = readonly [from: SweepMember, to: SweepMember];

/** Comparisons of one sweep, quantity by quantity; none when it was not run. */
function along(
  axis: Axis,
  quantities: readonly Quantity[],
  compare: (sweep: Sweep, quantity: Quantity, sweeps: Sweeps) => Comparison[],
): Comparisons {
  return (sweeps) => {
    const sweep = sweeps[axis];
    return sweep === undefined ? [] : quantities.flatMap((quantity) => compare(sweep, quantity, sweeps));
  };
}

function inSetting(setting: NamedResults, quantity: Quantity, expected: Expected): Comparison {
  const { label, source, of, spread = of } = quantity;
  const found = (typeof expected === 'string' ? of : spread)(setting.results);
  return { label: `${label}, ${setting.name}`, found, expected, source, settings: [setting] };
}

function change({ axis }: Sweep, step: Step, quantity: Quantity, expected: Expected): Comparison {
  const label = `${quantity.label}, ${rangeName(axis, step[0].value, step[1].value)}`;
  const found = moved(step, quantity);
  return { label, found, expected, source: quantity.source, settings: step, unlike: unlike(step, quantity) };
}

/** Whether a quantity moves less over one step than over another. */
function less(label: string, [step, other]: readonly [Step, Step], quantity: Quantity): Comparison {
  const size = (of: Step): Estimate => magnitude(moved(of, quantity));
  const found = quantity.difference(size(step), size(other));
  const settings = [...step, ...other];
  return {
    label,
    found,
    expected: 'negative',
    source: quantity.source,
    settings,
    unlike: unlike(settings, quantity),
  };
}

function moved([from, to]: Step, quantity: Quantity): Estimate {
  return quantity.difference(quantity.of(to.results), quantity.of(from.results));
}

/** Whether settings are averages over unlike numbers of networks: more networks alone raise an LDS. */
function unlike([first, ...others]: readonly SweepMember[], { source }: Quantity): boolean {
  return source === 'retrainings' && others.some(({ results }) => !comparable(first.results, results));
}
