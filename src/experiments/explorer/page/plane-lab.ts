/** @file What the view of the plane does: its own worker, its own state. */
import type { LadderKind } from '../../../curvature/ladder.ts';
import type { PlaceInfluence, PlaneTrained } from '../core/plane.ts';
import type { Place, PlaneChoice, PlaneSettings } from '../core/plane-settings.ts';
import { Cancelled, Client } from './client.ts';
import { LatestOnly } from './latest-only.ts';

export interface PlaneState extends PlaneChoice {
  readonly trained: PlaneTrained | undefined;
  readonly influence: PlaceInfluence | undefined;
  /** Share of the points that have been left out. */
  readonly leaving: number | undefined;
  readonly error: string | undefined;
}

/** Keeps the state and has the worker compute. */
export class PlaneLab {
  state: PlaneState;
  private readonly changed: (choice: PlaneChoice) => void;
  private readonly client = new Client();
  private readonly listeners = new Set<() => void>();
  private stop: AbortController | undefined;
  private readonly asks = new LatestOnly(({ x, y, label, lambda }: Place & { lambda: number }) =>
    this.trying(async () =>
      this.set({ influence: await this.client.call('planePlace', { x, y, label, lambda }) }),
    ),
  );

  /** @param changed - Told of every choice. */
  constructor(choice: PlaneChoice, changed: (choice: PlaneChoice) => void) {
    const empty = { trained: undefined, influence: undefined, leaving: undefined, error: undefined };
    this.state = { ...choice, ...empty };
    this.changed = changed;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private set(change: Partial<PlaneState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  private choose(change: Partial<PlaneChoice>): void {
    this.set(change);
    const { settings, place, lambda, rung } = this.state;
    this.changed({ settings, place, lambda, rung });
  }

  /** Sets another rung beside the Hessian. */
  compare(rung: LadderKind): void {
    this.choose({ rung });
  }

  /** Trains the network of the settings. */
  async start(change: Partial<PlaneSettings> = {}): Promise<void> {
    this.stop?.abort();
    const settings = { ...this.state.settings, ...change };
    this.choose({ settings });
    this.set({ influence: undefined, leaving: undefined, error: undefined });
    await this.trying(async () => {
      this.set({ trained: await this.client.call('planeStart', settings) });
      this.ask();
    });
  }

  look(place: Partial<Place>): void {
    this.choose({ place: { ...this.state.place, ...place } });
    this.ask();
  }

  damp(lambda: number): void {
    this.choose({ lambda });
    this.ask();
  }

  private ask(): void {
    const { trained, place, lambda } = this.state;
    if (trained !== undefined) this.asks.ask({ ...place, lambda });
  }

  /** Trains again without each point. */
  async leaveOut(): Promise<void> {
    const stop = new AbortController();
    this.stop = stop;
    this.set({ leaving: 0 });
    await this.trying(async () => {
      await this.client.call(
        'planeLeaveOut',
        {},
        { signal: stop.signal, progress: (leaving) => this.set({ leaving }) },
      );
      this.ask();
    });
    this.set({ leaving: undefined });
  }

  cancel(): void {
    this.stop?.abort();
  }

  /** Ends the worker. */
  end(): void {
    this.client.end();
  }

  private async trying(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      if (!(error instanceof Cancelled)) this.set({ error: (error as Error).message });
    }
  }
}
