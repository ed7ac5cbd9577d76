/** @file What a command has to say: figures for programs, lines for people. */
import type { Json } from '../files/digest.ts';

/** The result of a command. `figures` is printed with --json, `lines` without. */
export interface Output {
  readonly figures: { readonly [name: string]: Json };
  readonly lines: readonly string[];
}

/** Prints a command's result on stdout. */
export function printOutput({ figures, lines }: Output, asJson: boolean): void {
  process.stdout.write(asJson ? `${JSON.stringify(figures)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** Measures named stages of a command; equal names add up. */
export class Stopwatch {
  private readonly elapsed = new Map<string, number>();

  /** Runs `body` and adds its wall time to `stage`. */
  time<T>(stage: string, body: () => T): T {
    const start = performance.now();
    try {
      return body();
    } finally {
      this.add(stage, (performance.now() - start) / 1000);
    }
  }

  add(stage: string, seconds: number): void {
    this.elapsed.set(stage, (this.elapsed.get(stage) ?? 0) + seconds);
  }

  /** Seconds per stage, to the millisecond. */
  seconds(): { [stage: string]: number } {
    return Object.fromEntries(
      [...this.elapsed].map(([stage, value]) => [stage, Math.round(value * 1000) / 1000]),
    );
  }
}
