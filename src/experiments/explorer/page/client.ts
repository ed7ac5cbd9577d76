/** @file A worker as functions that return promises, with cancellation and progress. */
import type { Answer, Operations } from './messages.ts';

/** Beside the arguments of a call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((done: number, detail: unknown) => void) | undefined;
}

type Result<K extends keyof Operations> = Awaited<ReturnType<Operations[K]>>;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly progress: CallOptions['progress'];
}

/** Milliseconds in which a cancelled call may come to an end by itself. */
const GRACE = 150;

/** Work was stopped because somebody wished so. */
export class Cancelled extends Error {
  override name = 'Cancelled';
  /** The worker was ended with all that it knew. */
  readonly lost: boolean;
  constructor(lost: boolean) {
    super('cancelled');
    this.lost = lost;
  }
}

/** One worker; a new one takes the place of one that had to be ended. */
export class Client {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private next = 0;

  /** Calls an operation. @throws {Cancelled} the signal was given; errors of the operation with their message. */
  call<K extends keyof Operations>(
    op: K,
    args: Parameters<Operations[K]>[0],
    { signal, progress }: CallOptions = {},
  ): Promise<Result<K>> {
    if (signal?.aborted) return Promise.reject(new Cancelled(false));
    this.worker ??= this.start();
    const { worker } = this;
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as (value: unknown) => void, reject, progress });
      signal?.addEventListener('abort', () => this.cancel(id), { once: true });
      worker.postMessage({ id, op, args });
    });
  }

  /** Ends the worker; what it was asked is cancelled. */
  end(): void {
    this.worker?.terminate();
    this.worker = undefined;
    for (const { reject } of this.pending.values()) reject(new Cancelled(true));
    this.pending.clear();
  }

  private cancel(id: number): void {
    if (!this.pending.has(id)) return;
    this.worker?.postMessage({ cancel: id });
    setTimeout(() => {
      if (this.pending.has(id)) this.end();
    }, GRACE);
  }

  private start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.receive(data);
    worker.onerror = (event) => {
      for (const { reject } of this.pending.values())
        reject(new Error(event.message || 'the worker could not be started.'));
      this.pending.clear();
    };
    return worker;
  }

  private receive(answer: Answer): void {
    const call = this.pending.get(answer.id);
    if (call === undefined) return;
    if ('done' in answer) {
      call.progress?.(answer.done, answer.detail);
      return;
    }
    this.pending.delete(answer.id);
    if ('result' in answer) call.resolve(answer.result);
    else call.reject(answer.cancelled ? new Cancelled(false) : new Error(answer.error));
  }
}
