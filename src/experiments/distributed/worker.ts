/** @file What `work` does: it listens on the queues of studies whose code is its own, and computes their jobs in threads. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Folders, workFolders } from '../engine/folders.ts';
import { memoryLimit } from '../engine/memory-limit.ts';
import type { Input } from '../engine/missing-input.ts';
import { Scheduler } from '../engine/scheduler.ts';
import type { TaskVersions } from '../engine/task.ts';
import { Threads } from '../engine/threads.ts';
import { CommandError } from '../files/command-error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { type CodeIdentity, difference, identityKey, ownIdentity } from './code-identity.ts';
import type { ScriptJobs, ScriptOutcomes } from './compute-batch.ts';
import { RESULT_LIFE } from './coordinator.ts';
import { storeInput } from './inputs.ts';
import {
  type Announcement,
  alive,
  type Batch,
  type BatchResult,
  HEARTBEAT,
  inputKey,
  type Outcome,
  type Presence,
  queueOf,
  resultKey,
  STUDIES,
  type Wanted,
  WORKERS,
  wantedChannel,
} from './messages.ts';
import { connectTo, PREFIX, type Server } from './redis.ts';
import { seal, unseal } from './sealed.ts';

/** An experiment of this program, loaded when a study of it is heard of. */
export interface KnownExperiment {
  readonly name: string;
  readonly load: () => Promise<{
    readonly name: string;
    readonly versions: TaskVersions;
    readonly compute: URL;
  }>;
}

/** How a worker works. */
export interface WorkerOptions {
  readonly server: Server;
  readonly experiments: readonly KnownExperiment[];
  readonly threads: number;
  /** Holds inputs and results while it works. */
  readonly folder: string;
  /** Ends when there was no study for so many seconds. */
  readonly idle: number;
  readonly tell: (line: string) => void;
}

/** A worker that is not heard of for so many milliseconds has lost its job to the next one. */
const LOCK_MS = 10_000;
const STALLED_EVERY_MS = 5000;
/** A job may lose so many workers. */
const MOST_STALLED = 1000;
/** Milliseconds between two looks for an input, seconds between two questions, and until it is given up. */
const LOOK_MS = 20;
const ASK_AGAIN = 2;
const PATIENCE = 60;

/** Computes jobs for any study of the same code, until it is stopped or idle. */
export class StudyWorker {
  private readonly options: WorkerOptions;
  private readonly name = `${hostname()}-${process.pid}`;
  private readonly folders: Folders;
  private readonly threads: Threads<ScriptJobs, ScriptOutcomes>;
  private readonly scheduler: Scheduler<ScriptJobs, ScriptOutcomes>;
  private readonly listening = new Map<string, Worker<Batch>>();
  private readonly known = new Map<
    string,
    Promise<{ readonly identity: CodeIdentity; readonly script: string }>
  >();
  private readonly told = new Set<string>();
  private readonly fetching = new Map<string, Promise<void>>();
  private redis: Redis | undefined;
  private jobs = 0;
  private stopped = false;

  constructor(options: WorkerOptions) {
    this.options = options;
    this.folders = workFolders(options.folder);
    for (const folder of [this.folders.store, this.folders.retrainings]) makeFolder(folder);
    this.threads = new Threads(new URL('./compute-batch.ts', import.meta.url), options.threads, this.folders);
    this.scheduler = new Scheduler(this.threads, { memory: memoryLimit() });
  }

  /** @returns the jobs that were done. @throws {CommandError} the server cannot be used. */
  async run(): Promise<number> {
    const { server, tell, idle } = this.options;
    this.redis = await connectTo(server, tell);
    tell(`${this.name} waits for studies at ${server.name} with ${this.options.threads} threads`);
    let last = performance.now();
    while (!this.stopped) {
      try {
        if (await this.beat(this.redis)) last = performance.now();
      } catch (error) {
        if (error instanceof CommandError) throw error;
        // the server is gone; the next beat finds it back
      }
      if (performance.now() - last > 1000 * idle) break;
      await new Promise((resolve) =>
        setTimeout(resolve, 1000 * Math.min(HEARTBEAT, Math.max(0.2, idle / 2))),
      );
    }
    return this.jobs;
  }

  /** Begins nothing more, and waits for what is being computed. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.listening.values()].map((worker) => worker.close().catch(() => {})));
    await this.threads.destroy();
    await this.redis?.hdel(WORKERS, this.name).catch(() => {});
    this.redis?.removeAllListeners('close').disconnect();
    rmSync(this.options.folder, { recursive: true, force: true });
  }

  /** A sign of life, and a look at who needs us. @returns whether somebody does. */
  private async beat(redis: Redis): Promise<boolean> {
    if (redis.status !== 'ready') return true; // nobody can tell
    const now = Number((await redis.time())[0]);
    const { threads } = this.options;
    const presence: Presence = { name: this.name, threads, jobs: this.jobs, at: now };
    await redis.hset(WORKERS, this.name, JSON.stringify(presence));
    const studies = alive<Announcement>(await redis.hgetall(STUDIES), now).map(([, one]) => one.identity);
    const wanted = new Map(studies.map((identity) => [identityKey(identity), identity]));
    for (const [code, identity] of wanted) if (!this.listening.has(code)) await this.hear(code, identity);
    for (const [code, worker] of this.listening)
      if (!wanted.has(code)) {
        this.listening.delete(code);
        void worker.close().catch(() => {});
      }
    return this.listening.size > 0;
  }

  /** Listens on the queue of a study, if its code is ours. */
  private async hear(code: string, theirs: CodeIdentity): Promise<void> {
    const { server, threads, tell } = this.options;
    const ours = await this.experiment(theirs.experiment);
    const differs = ours === undefined ? 'this worker does not know it' : difference(theirs, ours.identity);
    if (ours === undefined || differs !== undefined) {
      if (!this.told.has(code)) tell(`${theirs.experiment} is not for this worker: ${differs}`);
      this.told.add(code);
      return;
    }
    const worker = new Worker<Batch>(queueOf(code), (job) => this.compute(code, ours.script, job), {
      connection: server.options,
      prefix: PREFIX,
      concurrency: threads,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_EVERY_MS,
      maxStalledCount: MOST_STALLED,
      drainDelay: 1,
    });
    worker.on('error', () => {}); // a server that is gone is told of once
    this.listening.set(code, worker);
  }

  private async experiment(
    name: string,
  ): Promise<{ readonly identity: CodeIdentity; readonly script: string } | undefined> {
    const listed = this.options.experiments.find((one) => one.name === name);
    if (listed === undefined) return undefined;
    const known =
      this.known.get(name) ??
      listed.load().then((one) => ({ identity: ownIdentity(one), script: fileURLToPath(one.compute) }));
    this.known.set(name, known);
    return await known;
  }

  /** Computes a batch, with what it lacks brought, and leaves the result for the coordinator. */
  private async compute(code: string, script: string, { id, data }: Job<Batch>): Promise<number> {
    const { redis } = this;
    if (redis === undefined || id === undefined) throw new Error('a batch before the beginning.');
    const outcomes: Outcome[] = [];
    const brought = new Set<string>();
    while (outcomes.length < data.jobs.length) {
      const jobs = data.jobs.slice(outcomes.length);
      const expected = (): { seconds: number; memory: number } => ({ seconds: 0, memory: data.memory });
      const done = await this.scheduler.run({ script, jobs }, { expected });
      outcomes.push(...done.outcomes);
      if (done.missing === undefined) continue;
      const { kind, name, key } = done.missing;
      if (brought.has(key)) throw new CommandError(`${kind} ${name} is not as much as the job needs.`);
      brought.add(key);
      await this.bring(redis, code, done.missing);
    }
    const result: BatchResult = { code, worker: this.name, outcomes };
    await redis.set(resultKey(code, id), seal(result), 'EX', RESULT_LIFE);
    this.jobs += data.jobs.length;
    return data.jobs.length;
  }

  /** Asks the coordinators for an input, once for all threads. @throws {CommandError} none has it. */
  private bring(redis: Redis, code: string, input: Input): Promise<void> {
    const name = `${code} ${input.kind} ${input.key}`;
    const before = this.fetching.get(name);
    if (before !== undefined) return before;
    const fetched = this.fetch(redis, code, input).finally(() => this.fetching.delete(name));
    this.fetching.set(name, fetched);
    return fetched;
  }

  private async fetch(redis: Redis, code: string, input: Input): Promise<void> {
    const reply = randomUUID();
    const wanted: Wanted = { kind: input.kind, name: input.name, key: input.key, reply };
    const began = performance.now();
    let asked = Number.NEGATIVE_INFINITY;
    while (performance.now() - began < 1000 * PATIENCE && !this.stopped) {
      if (performance.now() - asked > 1000 * ASK_AGAIN) {
        await redis.publish(wantedChannel(code), JSON.stringify(wanted));
        asked = performance.now();
      }
      const sealed = await redis.getBuffer(inputKey(reply));
      const bytes = sealed === null ? undefined : unseal(sealed);
      if (bytes instanceof Uint8Array && storeInput(input, Uint8Array.from(bytes), this.folders)) {
        await redis.del(inputKey(reply));
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new CommandError(`nobody has brought ${input.name} ${input.key.slice(0, 12)}.`);
  }
}
