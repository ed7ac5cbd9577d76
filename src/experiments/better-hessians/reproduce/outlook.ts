/** @file How long a run will still take: what is left to do at the pace of what was done. */
import { median } from '../../judging/judge.ts';

/** Times that an estimate rests on. */
const WINDOW = 64;

/** Work of one kind: so many units, each of about so many seconds of one worker. */
interface Group {
  left: number;
  readonly expected: number;
  readonly seen: number[];
}

interface Flight {
  readonly group: string;
  readonly since: number;
}

/**
 * The remaining time. Every kind of work has its own pace: what the plan expects of it, and as soon as units of it are
 * done, the median of their last {@link WINDOW} times. So neither the slow first seconds of a process nor units stored
 * earlier nor jobs of another kind bend the estimate.
 */
export class Outlook {
  private readonly workers: number;
  private readonly afterwards: number;
  private readonly now: () => number;
  private readonly groups = new Map<string, Group>();
  private readonly flying = new Map<number, Flight>();

  /** @param afterwards - Seconds of work that begins when all else is done. @param now - Seconds. */
  constructor(workers: number, afterwards: number, now: () => number) {
    this.workers = workers;
    this.afterwards = afterwards;
    this.now = now;
  }

  /** Announces units of work. */
  expect(group: string, units: number, seconds: number): void {
    const known = this.groups.get(group);
    if (known === undefined) this.groups.set(group, { left: units, expected: seconds, seen: [] });
    else known.left += units;
  }

  /** A unit has begun in a slot. */
  start(slot: number, group: string): void {
    this.flying.set(slot, { group, since: this.now() });
  }

  /** The unit in a slot has ended. */
  end(slot: number): void {
    const flight = this.flying.get(slot);
    if (flight === undefined) return;
    this.flying.delete(slot);
    const group = this.groups.get(flight.group);
    if (group === undefined) return;
    group.left--;
    group.seen.push(this.now() - flight.since);
    if (group.seen.length > WINDOW) group.seen.shift();
  }

  /** Seconds that a unit of a group takes. */
  each(name: string): number {
    const group = this.groups.get(name);
    if (group === undefined) return 0;
    return group.seen.length === 0 ? group.expected : median(group.seen);
  }

  /** Seconds since the unit in a slot has begun. */
  elapsed(slot: number): number | undefined {
    const flight = this.flying.get(slot);
    return flight === undefined ? undefined : this.now() - flight.since;
  }

  /** Seconds until everything is done. */
  secondsLeft(): number {
    let work = 0;
    for (const [name, { left }] of this.groups) work += left * this.each(name);
    let longest = 0;
    for (const { group, since } of this.flying.values()) {
      const [each, elapsed] = [this.each(group), this.now() - since];
      // a unit that takes longer than expected is taken to be nearly done, but not quite
      const rest = Math.max(each - elapsed, 0.1 * elapsed);
      work += rest - each;
      longest = Math.max(longest, rest);
    }
    return Math.max(work / this.workers, longest) + this.afterwards;
  }
}
