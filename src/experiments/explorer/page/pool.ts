/** @file Workers that train networks again, side by side. */
import type { QueryOutcomes } from '../../../influence/index.ts';
import type { Retraining } from '../core/retraining.ts';
import type { Source } from '../core/service.ts';
import type { Settings } from '../core/settings.ts';
import { type CallOptions, Client } from './client.ts';

const MOST_WORKERS = 4;

/** Trains on one source with one choice of settings. */
export class Pool {
  private clients: Client[] = [];
  private readonly source: Source;
  private readonly settings: Settings;

  constructor(source: Source, settings: Settings) {
    this.source = source;
    this.settings = settings;
  }

  /** The outcomes of jobs, in their order. @throws {Cancelled} the signal was given. */
  async run(jobs: readonly Retraining[], { signal, progress }: CallOptions): Promise<QueryOutcomes[]> {
    const { settings } = this;
    const workers = Math.min(jobs.length, MOST_WORKERS, Math.max(1, navigator.hardwareConcurrency - 1));
    while (this.clients.length < workers) this.clients.push(await this.opened(signal));
    const out = new Array<QueryOutcomes>(jobs.length);
    let next = 0;
    let done = 0;
    const work = async (client: Client): Promise<void> => {
      while (next < jobs.length) {
        const i = next++;
        [out[i]] = await client.call('retrain', { settings, jobs: [jobs[i]] }, { signal });
        progress?.(++done / jobs.length, undefined);
      }
    };
    try {
      await Promise.all(this.clients.slice(0, workers).map(work));
    } catch (error) {
      this.end();
      throw error;
    }
    return out;
  }

  /** Ends all workers. */
  end(): void {
    for (const client of this.clients) client.end();
    this.clients = [];
  }

  private async opened(signal: AbortSignal | undefined): Promise<Client> {
    const client = new Client();
    await client.call('open', this.source, { signal });
    return client;
  }
}
