/** @file The worker threads of the comparison, and lists of work that they go through in order. */
import { Threads } from '../engine/threads.ts';
import type { MethodsMessage, MethodsReply } from './methods-message.ts';

/** One message of a list. */
export interface WorkItem {
  readonly message: MethodsMessage;
  /** Items of one name take about equally long. */
  readonly name: string;
  readonly done: () => void;
}

/** Threads that start when there is something to do. */
export class MethodsPool {
  private readonly size: number;
  private readonly secondsLeft: () => number;
  private readonly took = new Map<string, number>();
  private threads: Threads<MethodsMessage, MethodsReply> | undefined;
  private stopped: Error | undefined;

  /** @param secondsLeft - Until nothing more should be running. */
  constructor(size: number, secondsLeft: () => number = () => Number.POSITIVE_INFINITY) {
    this.size = size;
    this.secondsLeft = secondsLeft;
  }

  /**
   * Has the threads work through a list, in its order. Items that would not be done in time, by what others of their name took, are
   * left out; the first failure ends the list.
   *
   * @param bounded - false: none is left out.
   * @returns how many items were left out. @throws {CommandError} what a worker failed at, or the reason of {@link stop}.
   */
  async work(items: readonly WorkItem[], bounded: boolean): Promise<number> {
    let next = 0;
    let left = 0;
    const lane = async (): Promise<void> => {
      while (next < items.length) {
        if (this.stopped !== undefined) throw this.stopped;
        const { message, name, done } = items[next++];
        const seconds = this.secondsLeft();
        if (bounded && (seconds <= 0 || (this.took.get(name) ?? 0) > seconds)) {
          left++;
          continue;
        }
        const start = performance.now();
        await this.send(message);
        this.took.set(name, (performance.now() - start) / 1000);
        done();
      }
    };
    const lanes = Array.from({ length: this.size }, lane);
    try {
      await Promise.all(lanes);
    } catch (error) {
      this.stopped ??= error instanceof Error ? error : new Error(String(error));
      throw error;
    }
    return left;
  }

  /** Nothing more begins. */
  stop(reason: Error): void {
    this.stopped ??= reason;
  }

  /** Ends the threads at once; what is stored stays. */
  async destroy(): Promise<void> {
    await this.threads?.destroy();
  }

  private async send(message: MethodsMessage): Promise<void> {
    this.threads ??= new Threads(new URL('./compute.ts', import.meta.url), this.size);
    await this.threads.run(message);
  }
}
