/** @file How many jobs go out together: short ones in batches, so that a queue costs little, long ones alone, so that none waits. */

/** A batch is to take about so many seconds. */
const TARGET = 0.5;
/** More jobs than this are lost too many at once. */
const MOST = 256;
/** Batches that are out for every thread: one that is computed, and some that wait, so that no thread does. */
const OUT_PER_THREAD = 3;
/** Of the latest time in the mean. */
const WEIGHT = 0.3;

interface Pending<T> {
  readonly kind: string;
  readonly item: T;
}

/** Forms batches from waiting jobs, in their order, by what jobs of their kind have taken so far. */
export class Batches<T> {
  private readonly waiting: Pending<T>[] = [];
  private readonly seconds = new Map<string, number>();
  private out = 0;

  /** Jobs that wait here. */
  get size(): number {
    return this.waiting.length;
  }

  add(kind: string, item: T): void {
    this.waiting.push({ kind, item });
  }

  /** A batch has come back. @param seconds - Of each of its jobs; none where it failed. */
  returned(kind: string, seconds: readonly number[]): void {
    this.out--;
    if (seconds.length === 0) return;
    const mean = seconds.reduce((a, b) => a + b, 0) / seconds.length;
    const before = this.seconds.get(kind);
    this.seconds.set(kind, before === undefined ? mean : before + WEIGHT * (mean - before));
  }

  /** Batches to be sent now. @param threads - Of all workers together. */
  take(threads: number): { readonly kind: string; readonly items: T[] }[] {
    const batches: { readonly kind: string; readonly items: T[] }[] = [];
    const room = OUT_PER_THREAD * Math.max(1, threads);
    while (this.waiting.length > 0 && this.out < room) {
      const [{ kind }] = this.waiting;
      const size = this.sizeOf(kind, threads);
      const items: T[] = [];
      // jobs of the kind, also from behind others: their order among themselves stays
      for (let k = 0; k < this.waiting.length && items.length < size; )
        if (this.waiting[k].kind === kind) items.push(...this.waiting.splice(k, 1).map(({ item }) => item));
        else k++;
      batches.push({ kind, items });
      this.out++;
    }
    return batches;
  }

  /** One until the first has come back; then by time, and never so many that a thread would be left without at the end. */
  private sizeOf(kind: string, threads: number): number {
    const each = this.seconds.get(kind);
    if (each === undefined) return 1;
    const same = this.waiting.reduce((n, one) => n + (one.kind === kind ? 1 : 0), 0);
    const fair = Math.ceil(same / (2 * Math.max(1, threads)));
    return Math.max(1, Math.min(MOST, fair, Math.round(TARGET / Math.max(each, 1e-6))));
  }
}
