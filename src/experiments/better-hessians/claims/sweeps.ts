/** @file The three sweeps: settings that differ in one of epochs, depth and width. */
import { parseSettingName } from '../../protocol/setting.ts';
import type { ReadResults } from '../results/reading.ts';

/** What a sweep varies. */
export type Axis = 'epochs' | 'depth' | 'width';

/** The results of a setting under its name. */
export interface NamedResults {
  readonly name: string;
  readonly results: ReadResults;
}

/** A setting on a sweep. */
export interface SweepMember extends NamedResults {
  /** Epochs, hidden layers or units per layer. */
  readonly value: number;
}

/** At least two settings that differ in one number, ascending in it. */
export interface Sweep {
  readonly axis: Axis;
  /** What all members share, in words. */
  readonly fixed: string;
  readonly members: readonly SweepMember[];
  /** Whether this is the sweep of the paper, with its fixed values and conventions. */
  readonly paper: boolean;
  /** Settings of the paper's sweep that were not run. */
  readonly missing: readonly string[];
}

type Shape = Readonly<Record<Axis, number>>;

interface PaperSweep {
  readonly fixed: Shape;
  readonly values: readonly number[];
}

/** Hong et al. 2025, Table 1 and the captions of Figures 1 to 3; the varied entry of `fixed` is not read. */
const PAPER: Readonly<Record<Axis, PaperSweep>> = {
  epochs: { fixed: { depth: 8, width: 16, epochs: 0 }, values: [10, 100, 1000] },
  depth: { fixed: { depth: 0, width: 16, epochs: 100 }, values: [1, 4, 8] },
  width: { fixed: { depth: 1, width: 0, epochs: 100 }, values: [32, 64, 128] },
};

/** The settings of the paper's sweeps along each axis. */
export function paperValues(axis: Axis): readonly number[] {
  return PAPER[axis].values;
}

/** In the order of Figures 1 to 3. */
export const AXES: readonly Axis[] = ['epochs', 'depth', 'width'];

/**
 * The sweeps that can be drawn: per axis that of the paper, or, when fewer than two of its settings are there, the
 * largest other group of settings that differ in this axis alone.
 */
export function collectSweeps(settings: readonly NamedResults[]): Sweep[] {
  return AXES.flatMap((axis) => {
    const paper = PAPER[axis];
    const groups = new Map<string, SweepMember[]>([[groupName(axis, paper.fixed), []]]);
    for (const { name, results } of settings) {
      const shape = parseSettingName(name);
      const conventions = name.split('-').slice(3);
      const group = [groupName(axis, shape), ...conventions].join(', ');
      groups.set(group, [...(groups.get(group) ?? []), { name, results, value: shape[axis] }]);
    }
    const [own, ...others] = [...groups];
    const largest = others.reduce((best, group) => (group[1].length > best[1].length ? group : best), own);
    const [fixed, members] = own[1].length >= 2 ? own : largest;
    if (members.length < 2) return [];
    const isPaper = fixed === own[0];
    const missing = isPaper ? missingOf(axis, members) : [];
    return [
      { axis, fixed, paper: isPaper, members: [...members].sort((a, b) => a.value - b.value), missing },
    ];
  });
}

/**
 * The sweep that claims are about: without settings that the paper does not have in it, such as width 16. Undefined
 * when fewer than two are left.
 */
export function stated(sweep: Sweep): Sweep | undefined {
  if (!sweep.paper) return sweep;
  const { values } = PAPER[sweep.axis];
  const members = sweep.members.filter(({ value }) => values.includes(value));
  return members.length < 2 ? undefined : { ...sweep, members };
}

/** The largest value of a sweep against its smallest. */
export function ends({ members }: Sweep): readonly [first: SweepMember, last: SweepMember] {
  return [members[0], members[members.length - 1]];
}

/** "100 epochs", "depth 8", "width 16". */
export function valueName(axis: Axis, value: number): string {
  switch (axis) {
    case 'epochs':
      return `${value} ${value === 1 ? 'epoch' : 'epochs'}`;
    case 'depth':
      return `depth ${value}`;
    case 'width':
      return `width ${value}`;
  }
}

/** "10 to 100 epochs", "depth 1 to 4". */
export function rangeName(axis: Axis, from: number, to: number): string {
  return axis === 'epochs' ? `${from} to ${to} epochs` : `${axis} ${from} to ${to}`;
}

function groupName(axis: Axis, shape: Shape): string {
  return AXES.filter((other) => other !== axis)
    .map((other) => valueName(other, shape[other]))
    .sort()
    .join(', ');
}

function missingOf(axis: Axis, members: readonly SweepMember[]): string[] {
  const { fixed, values } = PAPER[axis];
  return values
    .filter((value) => members.every((member) => member.value !== value))
    .map((value) => {
      const { depth, width, epochs }: Shape = { ...fixed, [axis]: value };
      return `d${depth}-w${width}-e${epochs}`;
    });
}
