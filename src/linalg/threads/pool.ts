/** @file Workers that do parts of one product while the thread that asks does others, and waits for them. */
import { EigenfluenceError, UnsupportedError } from '../errors.ts';
import { SCRATCH } from '../kernels/resident.ts';
import { isPaired, kernelModule, type WebAssemblyMemory } from '../kernels/wasm.ts';
import {
  ADDRESS,
  DONE,
  FAILED,
  MEMORY,
  PATIENCE,
  PROGRESS,
  REMEMBERED,
  SCRATCH_AT,
  STEPS,
  TASK_BITS,
  WORD,
  WORKER_SCRIPT,
} from './worker-script.ts';

interface Port {
  postMessage(message: object): void;
  unref(): void;
}

interface WorkerThreads {
  Worker: new (script: string, options: object) => { unref(): void; terminate(): Promise<unknown> };
  MessageChannel: new () => { readonly port1: Port; readonly port2: Port };
  receiveMessageOnPort(port: Port): { readonly message: unknown } | undefined;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): WorkerThreads | undefined };
}

/** A memory that threads share, and how to do a step of a task in it. */
export interface SharedMemory {
  readonly id: number;
  readonly memory: WebAssemblyMemory;
  /** Address of the scratch of the first thread; those of the others follow. */
  readonly scratch: number;
  step(at: number, task: number, step: number, scratch: number): void;
}

interface Helper {
  readonly port: Port;
  /** Ids of the memories that it remembers, or will when it next looks for one: the last that were sent. */
  sent: number[];
  terminate(): Promise<unknown>;
}

const TASK_MASK = 2 ** TASK_BITS - 1;

/** The threads beside the one that calls. They start at the first job, sleep after some 50 µs without one, and end with the process. */
export class Pool {
  readonly threads: number;
  private readonly host: WorkerThreads;
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * (PROGRESS + TASK_MASK + 1)));
  private helpers: Helper[] | undefined;
  private jobs = 0;

  /** @throws {UnsupportedError} there are no threads that may be waited for. */
  constructor(threads: number) {
    const host = (globalThis as Host).process?.getBuiltinModule?.('node:worker_threads');
    if (host === undefined || typeof SharedArrayBuffer === 'undefined')
      throw new UnsupportedError(
        'useThreads: more than one thread needs worker_threads, as in Node 20.16 and later. A page may not wait for its workers: in a browser call the library in several workers.',
      );
    this.host = host;
    this.threads = threads;
  }

  /**
   * Does the tasks 0 … tasks−1 of the product described at the address `at`, of `steps` steps each; with more than one, step s of a task follows
   * step s of the task before. Tasks are claimed in their order by whoever is free.
   */
  run(shared: SharedMemory, at: number, tasks: number, steps: number): void {
    const { control } = this;
    this.helpers ??= this.start();
    for (const helper of this.helpers) send(helper, shared);
    control[MEMORY] = shared.id;
    control[ADDRESS] = at;
    control[STEPS] = steps;
    control[SCRATCH_AT] = shared.scratch;
    control[DONE] = 0;
    control.fill(0, PROGRESS, PROGRESS + tasks);
    this.jobs = (this.jobs + 1) & 0x7ff;
    Atomics.store(control, WORD, (this.jobs << (2 * TASK_BITS)) | (tasks << TASK_BITS));
    Atomics.notify(control, WORD);
    for (;;) {
      const word = Atomics.load(control, WORD);
      const task = word & TASK_MASK;
      if (task >= tasks) break;
      if (Atomics.compareExchange(control, WORD, word, word + 1) !== word) continue;
      for (let s = 0; s < steps; s++) {
        if (task > 0 && steps > 1) this.waitFor(PROGRESS + task - 1, s + 1, 1);
        shared.step(at, task, s, shared.scratch);
        Atomics.store(control, PROGRESS + task, s + 1);
      }
      Atomics.add(control, DONE, 1);
    }
    this.waitFor(DONE, tasks, 10);
    if (control[FAILED] !== 0)
      throw new EigenfluenceError(`useThreads: a thread has failed: ${this.failure()}`);
  }

  /** What a thread said of its end. */
  private failure(): string {
    for (const { port } of this.helpers ?? []) {
      const said = this.host.receiveMessageOnPort(port);
      if (said !== undefined) return String(said.message);
    }
    return 'it did not say why.';
  }

  /** Until a count in the control array has reached `goal`: awake at first, then asleep for `pause` milliseconds at a time. */
  private waitFor(place: number, goal: number, pause: number): void {
    const { control } = this;
    for (let looks = 0, seen = Atomics.load(control, place); seen < goal && control[FAILED] === 0; ) {
      if (++looks > PATIENCE) Atomics.wait(control, place, seen, pause);
      seen = Atomics.load(control, place);
    }
  }

  /** Ends the threads. */
  async end(): Promise<void> {
    await Promise.all(this.helpers?.map((helper) => helper.terminate()) ?? []);
    this.helpers = undefined;
  }

  private start(): Helper[] {
    const { Worker, MessageChannel } = this.host;
    return Array.from({ length: this.threads - 1 }, (_, i) => {
      const { port1, port2 } = new MessageChannel();
      const workerData = {
        control: this.control,
        module: kernelModule(true),
        port: port2,
        thread: i + 1,
        room: 8 * SCRATCH,
        sums: 8 * (SCRATCH - 16),
        paired: isPaired(),
      };
      // without the loaders of this process: the script needs none
      const options = { eval: true, execArgv: [], name: 'eigenfluence', workerData, transferList: [port2] };
      const worker = new Worker(WORKER_SCRIPT, options);
      worker.unref();
      port1.unref();
      return { port: port1, sent: [], terminate: () => worker.terminate() };
    });
  }
}

function send(helper: Helper, { id, memory }: SharedMemory): void {
  if (helper.sent.includes(id)) return;
  helper.port.postMessage({ id, memory });
  helper.sent = [...helper.sent, id].slice(-REMEMBERED);
}
