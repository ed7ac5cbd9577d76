/** @file What the page does: keeps its state, has workers compute, and tells who listens. */
import type { TableTask } from '../../tables/answers.ts';
import { DEFAULT_VIEW, readAddress, type View, writeAddress } from '../core/address.ts';
import { ends } from '../core/ranking.ts';
import { RUNG_TEXT, type Rung } from '../core/rungs.ts';
import type { Opened, ScoresRequest, Source } from '../core/service.ts';
import type { Trained } from '../core/session.ts';
import { DEFAULT_SETTINGS, type Settings } from '../core/settings.ts';
import { Cancelled, Client } from './client.ts';
import { digitsSource, sourceOfFiles } from './files.ts';
import type { LabState, Work } from './lab-state.ts';
import { LatestOnly } from './latest-only.ts';
import { Pool } from './pool.ts';
import { ladderByBank, withoutExamples } from './retrainings.ts';

const EMPTY: Omit<LabState, 'view'> = {
  opened: undefined,
  table: undefined,
  work: undefined,
  curve: [],
  trained: undefined,
  trainedWith: DEFAULT_SETTINGS,
  fits: {},
  scored: undefined,
  ladder: [],
  whatIf: undefined,
  lds: undefined,
  message: '',
  error: undefined,
};

/** What follows from training, and is gone when the network is. */
const UNTRAINED = {
  curve: [],
  trained: undefined,
  fits: {},
  scored: undefined,
  ladder: [],
  whatIf: undefined,
  lds: undefined,
} satisfies Partial<LabState>;

/** Cheap ones first: something is seen soon. */
const FIT_ORDER: readonly Rung[] = ['grad-dot', 'ekfac', 'kfac', 'block-ggn', 'ggn', 'hessian'];

/** Milliseconds after a change; browsers allow a page only so many changes of its address. */
const WRITE_AFTER = 250;

/** The page's one object with behaviour. */
export class Lab {
  state: LabState = { ...EMPTY, view: DEFAULT_VIEW };
  private readonly client = new Client();
  private pool: Pool | undefined;
  private source: Source | undefined;
  /** Whether the worker has the source open. */
  private isOpen = false;
  private stop: AbortController | undefined;
  private readonly listeners = new Set<() => void>();
  private frame = 0;
  private writing: ReturnType<typeof setTimeout> | undefined;
  /** Counts trainings: what belongs to an older one is not shown. */
  private generation = 0;
  private readonly scores = new LatestOnly((request: ScoresRequest) => this.score(request));
  private readonly ladders = new LatestOnly((request: ScoresRequest) => this.compare(request));

  /** Calls `listener` once a frame when something has changed. @returns a function that ends this. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private set(change: Partial<LabState>): void {
    this.state = { ...this.state, ...change };
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      for (const listener of this.listeners) listener();
    });
  }

  /** Begins with what the address says; Digits train by themselves. */
  async start(hash: string): Promise<void> {
    this.set({ view: readAddress(hash) });
    if (this.state.view.data === 'digits') await this.openDigits();
  }

  /** The choices of the address that somebody has changed by hand or by going back. */
  async follow(hash: string): Promise<void> {
    const view = readAddress(hash);
    if (writeAddress(view) === writeAddress(this.state.view)) return;
    const again = view.data === 'digits' && this.state.view.data !== 'digits';
    this.set({ view: this.state.view.data === 'own' ? { ...view, data: 'own' } : view });
    if (again) await this.openDigits();
    else this.refresh();
  }

  /** Changes what is looked at, and the address with it. */
  look(change: Partial<View>): void {
    this.remember(change);
    this.refresh();
  }

  /** Changes the address alone: nothing is computed anew. */
  remember(change: Partial<View>): void {
    this.set({ view: { ...this.state.view, ...change } });
    clearTimeout(this.writing);
    const write = (): void => history.replaceState(null, '', `#${writeAddress(this.state.view)}`);
    this.writing = setTimeout(write, WRITE_AFTER);
  }

  async openDigits(): Promise<void> {
    await this.opening(async () => ({ source: await digitsSource(), data: 'digits' as const }));
  }

  /** A CSV file, or pictures. */
  async openFiles(files: readonly { path: string; file: File }[]): Promise<void> {
    await this.opening(async (signal) => {
      const source = await sourceOfFiles(this.client, files, signal, (done) => this.progress(done));
      return { source, data: 'own' as const };
    });
  }

  /** Another column of the table is to be predicted, or the same as classes or numbers; undefined: as it looks. */
  async predict(target: string, task: TableTask | undefined): Promise<void> {
    const { source } = this;
    if (source?.kind === 'table')
      await this.opening(async () => ({ source: { ...source, target, task }, data: 'own' as const }));
  }

  private async opening(
    find: (signal: AbortSignal) => Promise<{ source: Source; data: View['data'] }>,
  ): Promise<void> {
    await this.working('Reading', async (signal) => {
      const { source, data } = await find(signal);
      this.forget();
      this.set({ opened: undefined, table: undefined });
      const table =
        source.kind === 'table' ? await this.client.call('columns', source, { signal }) : undefined;
      const task = source.kind === 'table' ? source.task : undefined;
      this.set({ table: table === undefined ? undefined : { ...table, task } });
      this.source = source;
      const opened = await this.open(signal);
      const { view } = this.state;
      const query = view.query < opened.query.titles.length ? view.query : 0;
      const removed = view.removed.filter((i) => i < opened.train.titles.length);
      const measurement = opened.measurements.includes(view.measurement) ? view.measurement : 'loss';
      const kept = data === 'digits' ? { query, removed } : { query: 0, removed: [] };
      this.look({ data, measurement, ...kept });
      this.set({ message: `${opened.name}: ${opened.train.titles.length} training examples.` });
    });
    if (this.isOpen && this.state.opened !== undefined && this.state.error === undefined) await this.train();
  }

  private async open(signal: AbortSignal): Promise<Opened> {
    if (this.source === undefined) throw new Error('choose data first.');
    const opened = await this.client.call('open', this.source, { signal });
    this.isOpen = true;
    this.set({ opened });
    return opened;
  }

  settings(change: Partial<Settings>): void {
    this.look({ settings: { ...this.state.view.settings, ...change } });
  }

  /** Trains, and fits one rung after the other. */
  async train(): Promise<void> {
    this.forget();
    const { settings } = this.state.view;
    this.set({ trainedWith: settings });
    const trained = await this.working('Training', async (signal) => {
      if (!this.isOpen) await this.open(signal);
      const curve: number[] = [];
      return this.client.call('train', settings, {
        signal,
        progress: (done, detail) => {
          curve.push((detail as { loss: number }).loss);
          this.progress(done, { curve: curve.slice() });
        },
      });
    });
    if (trained !== undefined) await this.afterTraining(trained);
  }

  private async afterTraining(trained: Trained): Promise<void> {
    const generation = this.generation;
    const { view } = this.state;
    const rung = trained.rungs.includes(view.rung) ? view.rung : 'ekfac';
    const order = [rung, ...FIT_ORDER.filter((one) => one !== rung && trained.rungs.includes(one))];
    this.set({ trained, fits: Object.fromEntries(order.map((one) => [one, { status: 'waiting' }])) });
    this.look({ rung });
    for (const one of order) {
      if (generation !== this.generation) return;
      await this.fit(one, generation);
    }
    if (generation === this.generation) this.set({ message: 'All rungs of the ladder are fitted.' });
  }

  private async fit(rung: Rung, generation: number): Promise<void> {
    const known = (state: LabState['fits'][Rung]): void => {
      if (generation === this.generation && state !== undefined)
        this.set({ fits: { ...this.state.fits, [rung]: state } });
    };
    known({ status: 'fitting' });
    const start = performance.now();
    try {
      const fitted = await this.client.call('fit', { rung });
      known({ status: 'done', fitted, seconds: (performance.now() - start) / 1000 });
    } catch (error) {
      known({ status: 'failed', problem: (error as Error).message });
    }
    if (generation === this.generation) this.refresh();
  }

  /** Asks for scores of what is looked at; of many wishes the last one counts. */
  private refresh(): void {
    const { trained, view, fits, opened } = this.state;
    if (trained === undefined || opened === undefined || fits[view.rung]?.status !== 'done') return;
    const request = this.request();
    this.scores.ask(request);
    this.ladders.askLater(request);
  }

  private request(): ScoresRequest {
    const { query, rung, rule, value, measurement } = this.state.view;
    return { query, rung, rule: { kind: rule, value }, measurement };
  }

  private async score(request: ScoresRequest): Promise<void> {
    const generation = this.generation;
    try {
      const result = await this.client.call('scores', request);
      if (generation === this.generation) this.set({ scored: { request, result }, error: undefined });
    } catch (error) {
      if (generation === this.generation) this.fail(error);
    }
  }

  private async compare(request: ScoresRequest): Promise<void> {
    const generation = this.generation;
    try {
      const ladder = await this.client.call('ladder', request);
      if (generation !== this.generation) return;
      this.set({ ladder, message: this.spoken(request) });
    } catch (error) {
      if (generation === this.generation) this.fail(error);
    }
  }

  /** What a screen reader is told when scores have settled. */
  private spoken({ rung, query, measurement }: ScoresRequest): string {
    const { scored, opened } = this.state;
    if (scored === undefined || opened === undefined) return '';
    const { helped, harmed } = ends(scored.result.scores, 1, measurement);
    const name = (list: typeof helped): string =>
      list.length === 0 ? 'none' : opened.train.titles[list[0].index];
    return `${RUNG_TEXT[rung].label}, ${opened.query.titles[query]}: ${name(helped)} helped most, ${name(harmed)} harmed most.`;
  }

  /** Takes an example away, or puts it back. */
  toggle(index: number): void {
    const { removed } = this.state.view;
    const next = removed.includes(index) ? removed.filter((i) => i !== index) : [...removed, index];
    this.look({ removed: next.sort((a, b) => a - b) });
  }

  /** Trains again without the examples that were taken away, and with them, with so many seeds. */
  async retrain(networks: number): Promise<void> {
    const { removed } = this.state.view;
    const request = this.request();
    await this.working('Retraining', async (signal) => {
      const call = { signal, progress: (done: number) => this.progress(done) };
      const outcome = await withoutExamples(
        this.client,
        this.retrainers(),
        this.state,
        request,
        networks,
        call,
      );
      this.set({
        whatIf: { request, removed, networks, ...outcome },
        message: 'Retrained: predicted and realised change are shown.',
      });
    });
  }

  /** Retrains on random halves and judges every rung. */
  async runLadder(subsets: number, seeds: number): Promise<void> {
    const { rule, measurement } = this.request();
    await this.working('Retraining on random halves', async (signal) => {
      const call = { signal, progress: (done: number) => this.progress(done) };
      const start = performance.now();
      const result = await ladderByBank(
        this.client,
        this.retrainers(),
        this.state,
        { plan: { subsets, seeds }, rule, measurement },
        call,
      );
      const seconds = (performance.now() - start) / 1000;
      this.set({
        lds: {
          ...result,
          subsets,
          seeds,
          retrainings: subsets * seeds,
          seconds,
          request: { rule, measurement },
        },
        message: 'The ladder is judged.',
      });
    });
  }

  /** Network, data and scores as files of the command line, in one archive. */
  async archive(): Promise<Uint8Array | undefined> {
    const { rung, rule, measurement } = this.request();
    return this.working('Packing', () => this.client.call('archive', { rung, rule, measurement }));
  }

  /** Stops the long work that is going on. */
  cancel(): void {
    this.stop?.abort();
  }

  private retrainers(): Pool {
    if (this.source === undefined) throw new Error('choose data first.');
    this.pool ??= new Pool(this.source, this.state.trainedWith);
    return this.pool;
  }

  /** What was trained is no longer valid. */
  private forget(): void {
    this.generation++;
    if (Object.values(this.state.fits).some(({ status }) => status === 'fitting')) {
      this.client.end(); // nobody waits for a fit that is not wanted any more
      this.isOpen = false;
    }
    this.pool?.end();
    this.pool = undefined;
    this.set({ ...UNTRAINED, error: undefined });
  }

  private progress(done: number, change: Partial<LabState> = {}): void {
    const { work } = this.state;
    if (work !== undefined) this.set({ ...change, work: { ...work, done } });
  }

  /** One piece of long work at a time, which can be cancelled. @returns undefined when it came to nothing. */
  private async working<T>(what: string, body: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    this.stop?.abort();
    const stop = new AbortController();
    this.stop = stop;
    const work: Work = { what, done: 0 };
    this.set({ work, error: undefined, message: `${what}.` });
    try {
      return await body(stop.signal);
    } catch (error) {
      this.fail(error);
      return undefined;
    } finally {
      if (this.stop === stop) this.set({ work: undefined });
    }
  }

  private fail(error: unknown): void {
    if (!(error instanceof Cancelled)) {
      this.set({ error: (error as Error).message });
      return;
    }
    if (error.lost) {
      this.isOpen = false;
      this.forget();
    }
    this.set({ message: 'Cancelled.' });
  }
}
