/** @file Work that is asked for faster than it is done: of all that wait, the last is done. */

/** Milliseconds without a new wish after which {@link LatestOnly.askLater} begins. */
const CALM = 200;

/** Runs one piece of work at a time. */
export class LatestOnly<T> {
  private readonly run: (wish: T) => Promise<void>;
  private waiting: { readonly wish: T } | undefined;
  private busy = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: (wish: T) => Promise<void>) {
    this.run = run;
  }

  /** As soon as what is going on has ended. */
  ask(wish: T): void {
    this.waiting = { wish };
    if (!this.busy) void this.next();
  }

  /** When no other wish has come for a while. */
  askLater(wish: T): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(wish), CALM);
  }

  private async next(): Promise<void> {
    this.busy = true;
    while (this.waiting !== undefined) {
      const { wish } = this.waiting;
      this.waiting = undefined;
      await this.run(wish);
    }
    this.busy = false;
  }
}
