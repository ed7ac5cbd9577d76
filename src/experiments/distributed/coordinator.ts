/** @file The engine of a study whose jobs are computed elsewhere: batches go into the queue, results come back and are verified. */
import { randomUUID } from 'node:crypto';
import { Queue, type Job as QueuedJob, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { DeclaredJobs } from '../engine/jobs.ts';
import type { Connect, Engine, Work } from '../engine/laboratory.ts';
import { CommandError, oneLine } from '../files/command-error.ts';
import { digest, type Json } from '../files/digest.ts';
import { Batches } from './batches.ts';
import { type CodeIdentity, identityKey, ownIdentity } from './code-identity.ts';
import { readStoredInput } from './inputs.ts';
import {
  type Announcement,
  alive,
  type Batch,
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
import { accept, openResult } from './received.ts';
import { connectTo, PREFIX, type Server } from './redis.ts';
import { seal } from './sealed.ts';
import { Shelf } from './shelf.ts';

/** A job that somebody waits for. */
interface Asked<Job, Reply> {
  readonly job: Job;
  readonly key: string;
  readonly memory: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/** A batch that is out. */
interface Flight<Job, Reply> {
  readonly kind: string;
  readonly items: readonly Asked<Job, Reply>[];
  /** Seconds of `performance.now()` since when it is out. */
  since: number;
  /** Results of it that were refused. */
  refused: number;
  busy: boolean;
}

/** A failed batch is tried again, by whoever is free, after 1, 2, 4 … seconds. */
const ATTEMPTS = 4;
const BACKOFF_MS = 1000;
/** So many results of one batch may be damaged or false: they say nothing of its jobs, and a study need not end with one bad machine. */
const MOST_REFUSED = 20;
/** Seconds for which finished batches, and their results, are kept for another coordinator. */
const KEPT = 60;
/** Seconds for which a result waits for its coordinator. */
export const RESULT_LIFE = 24 * 3600;
/** Seconds for which an input waits for whoever asked for it. */
const INPUT_LIFE = 120;

/** Takes up work on a server of Redis or Valkey. */
export function byQueue(server: Server): Connect {
  return async <Job, Reply>(jobs: DeclaredJobs<Job>, work: Work): Promise<Engine<Job, Reply>> => {
    const redis = await connectTo(server, work.progress.note);
    const coordinator = new Coordinator<Job, Reply>(jobs, work, server, redis);
    await coordinator.begin();
    return coordinator;
  };
}

/** What computes the jobs of one study on machines elsewhere. */
class Coordinator<Job, Reply> implements Engine<Job, Reply> {
  readonly size = Number.POSITIVE_INFINITY;
  private readonly jobs: DeclaredJobs<Job>;
  private readonly work: Work;
  private readonly server: Server;
  private readonly redis: Redis;
  private readonly listener: Redis;
  private readonly identity: CodeIdentity;
  private readonly code: string;
  private readonly id = randomUUID();
  private readonly queue: Queue<Batch>;
  private readonly events: QueueEvents;
  private readonly shelf: Shelf;
  private readonly batches = new Batches<Asked<Job, Reply>>();
  private readonly flights = new Map<string, Flight<Job, Reply>>();
  private workers: readonly Presence[] = [];
  private done = 0;
  private filling = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(jobs: DeclaredJobs<Job>, work: Work, server: Server, redis: Redis) {
    this.jobs = jobs;
    this.work = work;
    this.server = server;
    this.redis = redis;
    this.identity = ownIdentity(jobs);
    this.code = identityKey(this.identity);
    this.shelf = new Shelf(work.folders);
    this.listener = redis.duplicate();
    this.listener.on('error', () => {}); // told of by the first connection
    const options = { connection: server.options, prefix: PREFIX };
    this.queue = new Queue<Batch>(queueOf(this.code), options);
    this.events = new QueueEvents(queueOf(this.code), options);
    this.queue.on('error', () => {});
    this.events.on('error', () => {});
  }

  async begin(): Promise<void> {
    this.events.on('completed', ({ jobId }) => void this.collect(jobId));
    // another coordinator has asked for it, and its end may have been told before we did
    this.events.on('duplicated', ({ jobId }) => void this.lookAt(jobId));
    this.events.on('failed', ({ jobId, failedReason }) => this.failed(jobId, failedReason));
    this.listener.on('message', (_channel, text) => void this.bring(text));
    await this.listener.connect().catch(() => {}); // it is connecting already
    await this.listener.subscribe(wantedChannel(this.code));
    await this.queue.clean(0, 100_000, 'failed'); // of a run that is over
    await this.beat();
  }

  /** The reply to a job. @throws {CommandError} what a worker failed at, again and again. */
  run(job: Job, memory: number = 0): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const plain = JSON.parse(JSON.stringify(job)) as Json;
      this.batches.add(kindOf(job), { job, key: digest(plain), memory, resolve, reject });
      if (this.filling) return;
      this.filling = true;
      setImmediate(() => {
        this.filling = false;
        void this.fill();
      });
    });
  }

  /** Takes back what has not begun; what is being computed ends, and waits in Redis for the same command. */
  async destroy(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    const out = [...this.flights.keys()];
    const quietly = async (what: Promise<unknown>): Promise<void> => void (await what.catch(() => {}));
    const leave = async (): Promise<void> => {
      await quietly(Promise.all(out.map((id) => quietly(this.queue.remove(id)))));
      await quietly(this.redis.hdel(STUDIES, this.id));
      await quietly(Promise.all([this.queue.close(), this.events.close()]));
    };
    await Promise.race([leave(), new Promise((resolve) => setTimeout(resolve, 3000).unref())]);
    for (const one of [this.redis, this.listener]) one.removeAllListeners('close').disconnect();
    this.shelf.close();
  }

  private get threads(): number {
    return this.workers.reduce((sum, { threads }) => sum + threads, 0);
  }

  private async fill(): Promise<void> {
    if (this.closed) return;
    const taken = this.batches.take(this.threads);
    if (taken.length === 0) return;
    const sent = taken.map(({ kind, items }) => {
      const id = `b${digest([this.code, ...items.map(({ key }) => key)]).slice(0, 40)}`;
      this.flights.set(id, { kind, items, since: performance.now() / 1000, refused: 0, busy: false });
      return id;
    });
    await this.send(sent);
  }

  /** Puts batches into the queue; one that is there already, for another coordinator, stays. */
  private async send(ids: readonly string[]): Promise<void> {
    const bulk = ids.flatMap((id) => {
      const flight = this.flights.get(id);
      if (flight === undefined) return [];
      const data: Batch = {
        experiment: this.jobs.name,
        jobs: flight.items.map(({ job }) => job),
        memory: Math.max(...flight.items.map(({ memory }) => memory)),
      };
      const opts = {
        jobId: id,
        attempts: ATTEMPTS,
        backoff: { type: 'exponential', delay: BACKOFF_MS, jitter: 0.5 },
        removeOnComplete: { age: KEPT },
        removeOnFail: { age: KEPT },
      };
      return [{ name: this.jobs.name, data, opts }];
    });
    try {
      await this.queue.addBulk(bulk);
    } catch (error) {
      if (!this.closed) this.rejectAll(error);
    }
  }

  /** Fetches, verifies and stores the result of a batch. */
  private async collect(id: string): Promise<void> {
    const flight = this.flights.get(id);
    if (flight === undefined || flight.busy || this.closed) return;
    flight.busy = true;
    try {
      const sealed = await this.redis.getBuffer(resultKey(this.code, id));
      if (sealed === null) return await this.again(id, flight); // fetched by another coordinator, and gone
      const fault = this.take(id, flight, sealed);
      if (fault !== undefined) return await this.refuse(id, flight, fault);
      await this.redis.expire(resultKey(this.code, id), KEPT);
    } catch (error) {
      if (!this.closed) this.rejectAll(error);
    } finally {
      flight.busy = false;
    }
    await this.fill();
  }

  /** Stores a result and answers those who wait for it. @returns what is wrong with it: then nothing is stored. */
  private take(id: string, { kind, items }: Flight<Job, Reply>, sealed: Uint8Array): string | undefined {
    const result = openResult(sealed, this.code, items.length);
    if (typeof result === 'string') return result;
    const accepted = result.outcomes.map((outcome, k) => accept(this.jobs, items[k].job, outcome));
    const fault = accepted.find((one) => typeof one === 'string');
    if (fault !== undefined) return `${fault}, says ${result.worker}`;
    for (const one of accepted) if (typeof one !== 'string') this.shelf.store(one);
    this.flights.delete(id);
    this.done += items.length;
    const { outcomes } = result;
    this.batches.returned(
      kind,
      outcomes.map(({ seconds }) => seconds),
    );
    for (const [k, { resolve }] of items.entries()) resolve((outcomes[k] as Outcome).reply as Reply);
    return undefined;
  }

  private async refuse(id: string, flight: Flight<Job, Reply>, fault: string): Promise<void> {
    flight.refused++;
    this.work.progress.note(`a result is not trusted (${fault}) and is computed again`);
    if (flight.refused > MOST_REFUSED) {
      this.flights.delete(id);
      this.batches.returned(flight.kind, []);
      for (const { reject } of flight.items)
        reject(new CommandError(`${flight.refused} results of one job were not to be trusted: ${fault}.`));
      return;
    }
    await this.again(id, flight);
  }

  private async again(id: string, flight: Flight<Job, Reply>): Promise<void> {
    await this.redis.del(resultKey(this.code, id));
    await this.queue.remove(id);
    flight.since = performance.now() / 1000;
    await this.send([id]);
  }

  private failed(id: string, reason: string): void {
    const flight = this.flights.get(id);
    if (flight === undefined) return;
    this.flights.delete(id);
    this.batches.returned(flight.kind, []);
    for (const { reject } of flight.items) reject(new CommandError(`${reason} (${ATTEMPTS} workers tried)`));
    void this.fill();
  }

  private rejectAll(error: unknown): void {
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const [id, { items }] of [...this.flights]) {
      this.flights.delete(id);
      for (const { reject } of items) reject(reason);
    }
  }

  /** Gives workers of this code what they lack, as far as it is here. */
  private async bring(text: string): Promise<void> {
    try {
      const wanted = JSON.parse(text) as Wanted;
      const bytes = readStoredInput(wanted, this.work.folders);
      if (bytes === undefined || !/^[\w-]{1,80}$/.test(wanted.reply)) return; // another coordinator's
      await this.redis.set(inputKey(wanted.reply), seal(bytes), 'EX', INPUT_LIFE);
    } catch (error) {
      this.passOver(error); // the worker asks again
    }
  }

  /** A sign of life; who works; and a look at every batch that has been out for a while, for events get lost with a server. */
  private async beat(): Promise<void> {
    if (this.closed) return;
    try {
      if (this.redis.status === 'ready') {
        const [now] = await this.redis.time();
        const announcement: Announcement = { identity: this.identity, at: Number(now) };
        await this.redis.hset(STUDIES, this.id, JSON.stringify(announcement));
        this.workers = alive<Presence>(await this.redis.hgetall(WORKERS), Number(now)).map(([, one]) => one);
        await this.look();
        await this.show();
        await this.fill();
      }
    } catch (error) {
      this.passOver(error); // the next beat finds the server back
    }
    if (!this.closed) this.timer = setTimeout(() => void this.beat(), HEARTBEAT * 1000);
  }

  /** What fails while the server is gone, or we go, was told of; anything else is. */
  private passOver(error: unknown): void {
    if (!this.closed && this.redis.status === 'ready') this.work.progress.note(oneLine(error));
  }

  private async look(): Promise<void> {
    const now = performance.now() / 1000;
    const old = [...this.flights].filter(([, { since, busy }]) => !busy && now - since > HEARTBEAT);
    await Promise.all(old.map(([id]) => this.lookAt(id)));
  }

  /** Takes note of what has become of a batch. */
  private async lookAt(id: string): Promise<void> {
    if (!this.flights.has(id) || this.closed) return;
    const state = await this.queue.getJobState(id).catch(() => undefined); // the server is gone
    if (state === 'completed') await this.collect(id);
    if (state === 'failed') {
      const job: QueuedJob<Batch> | undefined = await this.queue.getJob(id);
      this.failed(id, job?.failedReason ?? 'a job failed');
    }
    if (state === 'unknown' && this.flights.get(id)?.busy === false) await this.send([id]); // the server forgot it
  }

  private async show(): Promise<void> {
    const { waiting = 0, active = 0, delayed = 0, prioritized = 0 } = await this.queue.getJobCounts();
    const { workers } = this;
    this.work.progress.status([
      `${workers.length} workers with ${this.threads} threads at ${this.server.name}; ${this.done} jobs done, ` +
        `${active} batches computed, ${waiting + prioritized} in the queue, ${delayed} to be tried again, ${this.batches.size} jobs wait here`,
      ...workers
        .slice(0, SHOWN)
        .map(({ name, threads, jobs }) => `${name}: ${threads} threads, ${jobs} jobs`),
      ...(workers.length > SHOWN ? [`and ${workers.length - SHOWN} more`] : []),
    ]);
  }
}

/** So many workers are shown one by one. */
const SHOWN = 8;

/** Jobs of a kind take about equally long. */
function kindOf(job: unknown): string {
  const { kind = '', setting, method, variant, source } = job as Record<string, unknown>;
  const name = (setting as { readonly name?: unknown } | undefined)?.name ?? '';
  return JSON.stringify([kind, name, method, (variant as { method?: unknown } | undefined)?.method, source]);
}
