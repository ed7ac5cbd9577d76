/** @file Seconds per stage by the clock of a caller. */
import { checkNumber } from '../../linalg/border/arguments.ts';

/** Seconds per stage; nothing is measured without a clock. */
export class Clock {
  private readonly now: (() => number) | undefined;
  private readonly stages = { fit: 0, score: 0 };

  constructor(now: (() => number) | undefined) {
    this.now = now;
  }

  time<T>(stage: 'fit' | 'score', body: () => T): T {
    const start = this.read();
    const result = body();
    this.stages[stage] += (this.read() - start) / 1000;
    return result;
  }

  private read(): number {
    const value = this.now === undefined ? 0 : this.now();
    checkNumber('attribute', 'the result of now', value);
    return value;
  }

  seconds(): { readonly fit: number; readonly score: number } | undefined {
    return this.now === undefined ? undefined : this.stages;
  }
}
