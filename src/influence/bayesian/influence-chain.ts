/** @file One chain with what it has measured: losses and measurements of every draw, as sums. */
import { asDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { asProblem, type ProblemInput } from '../../curvature/problem.ts';
import { allocate } from '../../linalg/border/allocate.ts';
import { checkBoolean, checkObject } from '../../linalg/border/arguments.ts';
import { type Check, checkFields, integer } from '../../linalg/border/fields.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkInteger, checkLength } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import { mean } from '../../linalg/sum.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { measurementName } from '../option-checks.ts';
import { CrossCovariance, type CrossCovarianceState } from './cross-covariance.ts';
import { type ChainState, LangevinChain } from './langevin-chain.ts';
import { asMoments, type Moments } from './moments.ts';
import { asSettings, type SamplerSettings } from './sampler-settings.ts';
import { ValueSweep } from './value-sweep.ts';

/** What is measured at every draw. */
export interface InfluenceTarget {
  /** Held by reference. */
  readonly queries: Dataset;
  readonly measurement: Measurement;
  /** Pairs whose traces are kept for diagnostics; see {@link evenlySpaced}. */
  readonly watched: readonly WatchedPair[];
  /** Draws per batch of the error bars, see {@link errorBatch}. */
  readonly errorBatch: number;
  /** Whether the moments of output positions are kept, too: of w_t m_t of the queries and w_s ℓ_s of the training examples. Default false. */
  readonly positions?: boolean;
}

/** One score, by the indices of its query and training example. */
export interface WatchedPair {
  readonly query: number;
  readonly example: number;
}

/** Where an {@link InfluenceChain} stands: plain data, to be stored and continued elsewhere with the same bits. */
export interface InfluenceChainState {
  readonly sampler: ChainState;
  /** Draws counted. */
  readonly draws: number;
  /** Moments of the finished batches of draws. */
  readonly finished: readonly Moments[];
  /** The batch begun. */
  readonly current: CrossCovarianceState;
  /** Of the output positions, if they are asked for: all draws. */
  readonly positions?: CrossCovarianceState;
  /** Mean training loss of each draw, shape [draws]. */
  readonly lossTrace: Vec;
  /** Training loss and measurement of each watched pair at each draw, shape [draws, pairs] row-major. */
  readonly watchedLosses: Vec;
  readonly watchedMeasurements: Vec;
}

/** What one finished chain contributes: plain data. */
export interface ChainSample {
  readonly chain: number;
  readonly draws: number;
  /** Moments of consecutive batches of draws: x the training losses [N], y the measurements [nQuery]. */
  readonly batches: readonly Moments[];
  /** Of the output positions, if they were asked for: x the parts of the losses [N · P], y those of the measurements [nQuery · P]. */
  readonly positions?: Moments;
  readonly lossTrace: Vec;
  readonly watchedLosses: Vec;
  readonly watchedMeasurements: Vec;
}

/** Batches of the error bars over all chains, if the draws allow. */
const ERROR_BATCHES = 16;

const TARGET = {
  queries: checkObject as Check,
  measurement: measurementName,
  watched: ((where, argument, value) => asWatched(where, argument, value)) as Check,
  errorBatch: integer(2),
  positions: checkBoolean as Check,
};

/** A list of pairs of whole numbers ≥ 0, within the given sizes. @throws {DomainError} it is none. */
export function asWatched(
  where: string,
  argument: string,
  watched: readonly WatchedPair[],
  queries: number = Number.POSITIVE_INFINITY,
  examples: number = Number.POSITIVE_INFINITY,
): readonly WatchedPair[] {
  for (const [k, pair] of asList(where, argument, watched, 'pairs').entries()) {
    checkObject(where, `${argument}[${k}]`, pair);
    checkInteger(where, `${argument}[${k}].query`, pair.query, 0, queries - 1);
    checkInteger(where, `${argument}[${k}].example`, pair.example, 0, examples - 1);
  }
  return watched;
}

/** Draws per batch: such that all chains together have about 16 batches, and one chain at least one. */
export function errorBatch(settings: SamplerSettings): number {
  checkObject('errorBatch', 'settings', settings);
  const { chains, draws } = settings;
  checkInteger('errorBatch', 'settings.chains', chains, 1, Number.POSITIVE_INFINITY);
  checkInteger('errorBatch', 'settings.draws', draws, 1, Number.POSITIVE_INFINITY);
  return Math.max(2, Math.ceil(draws / Math.ceil(ERROR_BATCHES / chains)));
}

/** `count` pairs spread evenly over queries and training examples. */
export function evenlySpaced(queries: number, examples: number, count = 4): WatchedPair[] {
  checkInteger('evenlySpaced', 'queries', queries, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('evenlySpaced', 'examples', examples, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('evenlySpaced', 'count', count, 0, 2 ** 31 - 1);
  const at = (k: number, size: number): number => Math.floor(((2 * k + 1) * size) / (2 * count));
  return Array.from({ length: count }, (_, k) => ({ query: at(k, queries), example: at(k, examples) }));
}

/**
 * Runs a {@link LangevinChain} and measures every draw after burn-in: one forward pass over all training examples and all
 * queries, apart from the sampler's minibatches. Only sums over draws are kept, `Moments` of consecutive batches, and a few scalars per draw.
 *
 * @param state - Continues from there: the same bits as one run. `settings.draws` may have grown, as long as the target is the same.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} problem, target or state are not valid.
 * Cost: per draw `stepsPerDraw` steps, a forward pass over N + nQuery examples and 2 N nQuery flops. Memory: N · nQuery doubles per
 * batch of draws.
 * Reference: Kreer et al. 2026, Algorithm 1 and §3.3 (online covariance).
 * @example
 * const chain = new InfluenceChain(problem, settings, target, 0);
 * chain.advance(100);
 * const later = new InfluenceChain(problem, settings, target, 0, chain.state());
 */
export class InfluenceChain {
  private readonly sampler: LangevinChain;
  private readonly settings: SamplerSettings;
  private readonly target: InfluenceTarget;
  private readonly training: ValueSweep;
  private readonly queries: ValueSweep;
  private readonly finished: Moments[];
  private current: CrossCovariance;
  private readonly parts: CrossCovariance | undefined;
  private readonly losses: Vec;
  private readonly watchedLosses: Vec;
  private readonly watchedMeasurements: Vec;
  private taken: number;

  constructor(
    given: ProblemInput,
    decided: SamplerSettings,
    goal: InfluenceTarget,
    chain: number,
    state?: InfluenceChainState,
  ) {
    const where = 'InfluenceChain';
    const problem = asProblem(where, given);
    const settings = asSettings(where, decided, problem);
    const { model, loss, data } = problem;
    checkFields(where, goal, TARGET, 'target', ['queries', 'measurement', 'watched', 'errorBatch']);
    const f = measurementFunction(goal.measurement, loss);
    const target = { ...goal, queries: asDataset(where, model, f, goal.queries) };
    const [n, q] = [datasetSize(data), datasetSize(target.queries)];
    asWatched(where, 'target.watched', target.watched, q, n);
    if (state !== undefined) {
      checkObject(where, 'state', state);
      checkObject(where, 'state.current', state.current);
    }
    this.sampler = new LangevinChain(problem, settings, chain, state?.sampler);
    this.settings = settings;
    this.target = target;
    const { positions = false } = target;
    this.training = new ValueSweep(model, loss, data, positions);
    this.queries = new ValueSweep(model, f, target.queries, positions);
    if (positions) {
      if (state !== undefined) checkObject(where, 'state.positions', state.positions);
      const P = model.outputPositions;
      this.parts = new CrossCovariance(n * P, q * P, state?.positions);
      checkInteger(where, 'draws of state.positions', this.parts.count, state?.draws ?? 0, state?.draws ?? 0);
    }
    this.finished =
      state === undefined
        ? []
        : asList(where, 'state.finished', state.finished, 'moments').map((moments, k) =>
            asMoments(where, `state.finished[${k}]`, moments, n, q),
          );
    this.current = new CrossCovariance(n, q, state?.current);
    const pairs = target.watched.length;
    const counted = this.finished.reduce((sum, { count }) => sum + count, this.current.count);
    this.taken = state === undefined ? 0 : state.draws;
    checkInteger(where, 'state.draws', this.taken, 0, settings.draws);
    checkInteger(where, 'state.draws, those of its moments,', this.taken, counted, counted);
    const trace = (name: 'lossTrace' | 'watchedLosses' | 'watchedMeasurements', width: number): Vec => {
      const out = allocate(where, settings.draws, width);
      if (state === undefined) return out;
      const kept = asVector(where, `state.${name}`, state[name]);
      checkLength(where, `state.${name}`, kept, this.taken * width);
      out.set(kept);
      return out;
    };
    this.losses = trace('lossTrace', 1);
    this.watchedLosses = trace('watchedLosses', pairs);
    this.watchedMeasurements = trace('watchedMeasurements', pairs);
  }

  /** Draws counted. */
  get draws(): number {
    return this.taken;
  }

  /**
   * Counts further draws, at most until `settings.draws`; burns in before the first.
   *
   * @throws {ChainDivergenceError} as `LangevinChain.stepsTo` and `checkLoss` have it.
   */
  advance(draws: number = Number.POSITIVE_INFINITY): void {
    if (draws !== Number.POSITIVE_INFINITY)
      checkInteger('InfluenceChain.advance', 'draws', draws, 0, Number.POSITIVE_INFINITY);
    const end = Math.min(this.settings.draws, this.taken + draws);
    while (this.taken < end) {
      this.sampler.stepsTo(this.taken);
      this.measure();
    }
  }

  /** A copy of where the chain stands. */
  state(): InfluenceChainState {
    const pairs = this.target.watched.length;
    return {
      sampler: this.sampler.state(),
      draws: this.taken,
      finished: [...this.finished],
      current: this.current.state(),
      ...(this.parts === undefined ? {} : { positions: this.parts.state() }),
      lossTrace: this.losses.slice(0, this.taken),
      watchedLosses: this.watchedLosses.slice(0, this.taken * pairs),
      watchedMeasurements: this.watchedMeasurements.slice(0, this.taken * pairs),
    };
  }

  /** What the draws so far amount to. @throws {DomainError} fewer than four. */
  sample(): ChainSample {
    if (this.taken < 4) throw new DomainError('InfluenceChain.sample', 'draws', '≥ 4', this.taken);
    const { sampler, draws, finished, lossTrace, watchedLosses, watchedMeasurements } = this.state();
    const begun = this.current.count > 0 ? [this.current.moments()] : [];
    const batches = [...finished, ...begun];
    return {
      ...{ chain: sampler.chain, draws, batches, lossTrace, watchedLosses, watchedMeasurements },
      ...(this.parts === undefined ? {} : { positions: this.parts.moments() }),
    };
  }

  private measure(): void {
    const { current, parts, sampler, target, watchedLosses, watchedMeasurements } = this;
    const { x, y } = current;
    this.training.evaluate(sampler.theta, x, parts?.x);
    this.queries.evaluate(sampler.theta, y, parts?.y);
    const loss = mean(x);
    sampler.checkLoss(loss, this.taken);
    this.losses[this.taken] = loss;
    const { watched, errorBatch } = target;
    for (let k = 0, at = this.taken * watched.length; k < watched.length; k++, at++) {
      watchedLosses[at] = x[watched[k].example];
      watchedMeasurements[at] = y[watched[k].query];
    }
    current.push();
    parts?.push();
    this.taken++;
    if (current.count === errorBatch) {
      this.finished.push(current.moments());
      this.current = new CrossCovariance(x.length, y.length);
    }
  }
}
