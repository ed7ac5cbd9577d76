/** @file What an audit does with any table: the networks that it tries, how often it trains, and how much it asks. All of it follows from the size of the table. */
import type { TrainingConfig } from '../../autodiff/index.ts';

/** Examples, features and classes (0 for regression) of the data under a digest. */
export interface DataShape {
  readonly digest: string;
  readonly examples: number;
  readonly features: number;
  readonly classes: number;
}

/** Which networks are trained on what. */
export interface AuditPlan {
  readonly seed: number;
  /** Every example is held out once a repeat. */
  readonly folds: number;
  readonly repeats: number;
}

/** A network and how long it is trained. */
export interface Candidate {
  /** Widths of the hidden layers: none for a linear model. */
  readonly hidden: readonly number[];
  readonly weightDecay: number;
  readonly epochs: number;
}

export const FOLDS = 5;
export const DEFAULT_SEEDS = 4;

/** Networks whose scores are averaged to see how far they can be trusted. */
export const BASE_NETWORKS = 3;

/** Neighbours of each example. */
export const NEIGHBOURS = 10;
/** Examples whose neighbours one job finds. */
export const NEIGHBOUR_BLOCK = 1024;
/** Random halves that the trust is measured by, and trainings on each. */
export const HALVES_SEEDS = 2;
/** Queries of that measurement, at most. */
const TRUST_QUERIES = 64;
/** Scores of pairs that are kept of each repeat, at most. */
const PAIRS = 1e6;

/**
 * The grid, from which validation chooses. Its shapes and decays were chosen on draws of bench/audit-cases.ts from 100 on, by the loss of
 * networks on rows that they did not see; docs/decisions.md has the numbers.
 */
export function candidates({ examples }: Pick<DataShape, 'examples'>): Candidate[] {
  const long = Math.round(Math.min(100, Math.max(16, 100_000 / examples)));
  const short = Math.max(5, Math.round(long / 4));
  return [[], [16], [128], [64, 64]].flatMap((hidden) =>
    [1e-3, 3e-3, 1e-2].flatMap((weightDecay) =>
      [short, long].map((epochs) => ({ hidden, weightDecay, epochs })),
    ),
  );
}

/** The training of a candidate: SGD with momentum, its rate falling to 0 along a cosine. */
export function trainingOf({ weightDecay, epochs }: Candidate, examples: number): TrainingConfig {
  return {
    epochs,
    batch: Math.min(examples, 32),
    learningRate: 0.03,
    momentum: 0.9,
    weightDecay,
    schedule: 'cosine',
    initialisation: 'torch',
    dropLast: true,
  };
}

/** A candidate in words. */
export function candidateText({ hidden, weightDecay, epochs }: Candidate): string {
  const shape =
    hidden.length === 0
      ? 'a linear model'
      : hidden.length === 1
        ? `one hidden layer of ${hidden[0]} ReLU units`
        : `${hidden.length} hidden layers of ${hidden.join(' and ')} ReLU units`;
  return `${shape}, ${epochs} passes over the data, weight decay ${weightDecay}`;
}

/** How many rows get a list of those that helped and harmed. */
export function queryCount({ examples }: Pick<DataShape, 'examples'>): number {
  return Math.min(examples, Math.floor(PAIRS / examples));
}

/** Random halves that are trained on to see how far the scores can be trusted. */
export function halves({ examples }: Pick<DataShape, 'examples'>): number {
  return examples <= 5000 ? 40 : 20;
}

/** Held-out rows that are asked about there. */
export function trustQueries(heldOut: number): number {
  return Math.min(heldOut, TRUST_QUERIES);
}
