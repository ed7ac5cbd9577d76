/** @file Which run `trajectory` follows: start, rate and length from the network and its data alone. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import type { Loss } from '../../autodiff/functions.ts';
import type { Initialisation } from '../../autodiff/initialise.ts';
import type { Network } from '../../autodiff/network.ts';
import { adamW } from '../../autodiff/optimisers/adamw.ts';
import { type AnyTrainingConfig, epochBatches, type TrainingConfig } from '../../autodiff/training-config.ts';
import { NumericalError } from '../../linalg/errors.ts';
import { norm2 } from '../../linalg/sum.ts';
import { type RunProbe, RunProbes } from './run-probes.ts';

/** Runs whose scores are averaged unless a caller says otherwise. */
export const RUN_COUNT = 10;

/** What stands still in every run. */
export const RUN_DEFAULTS: { readonly momentum: number; readonly batch: number } = {
  momentum: 0.9,
  batch: 32,
};

/**
 * The constants of the rule. `rate`: η times (1/N) Σ ‖x‖² + 1. `epochs` of the first rung, and at least so many `steps`; `ladder` from one rung to the next. `growth`: to which the exact
 * adjoint of a run may amplify. `gain`: the held-out loss, by that of half the length, above which more is not worth it. `learned`: the held-out loss,
 * by that of the start, above which little has been learned yet.
 */
export const RUN_RULE: {
  readonly [constant in 'rate' | 'epochs' | 'steps' | 'ladder' | 'growth' | 'gain' | 'learned']: number;
} = {
  rate: 0.6,
  epochs: 4,
  steps: 200,
  ladder: Math.SQRT2,
  growth: 2,
  gain: 0.8,
  learned: 0.5,
};

/** η of AdamW, whose steps are about η long in every parameter, whatever the units of the features. */
const ADAPTIVE_RATE = 0.01;

/** Rungs of the ladder, and halvings of the rate, at most. */
const [RUNGS, HALVINGS] = [14, 20];

/** Rungs that lie between a length and its half. */
const HALF = 2;

/** What was given of a run. */
export interface RunParts extends Pick<TrainingConfig, 'momentum' | 'weightDecay' | 'schedule'> {
  /** Absent: SGD. AdamW has PyTorch's β and ε, `weightDecay` decoupled, and no `momentum`. */
  readonly optimiser?: 'adamw';
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly batch?: number;
  readonly initialisation?: Initialisation;
  readonly seed: number;
}

/** A run, and the short trainings by which it was chosen; none where nothing was left to choose. */
export interface RunChoice {
  readonly config: AnyTrainingConfig;
  readonly probes: readonly RunProbe[];
}

/**
 * The run of `trajectory` on a network and its data: the longest whose exact derivative at most doubles on its way back.
 *
 * Rate: η = 0.6 / ((1/N) Σ ‖x‖² + 1), 0.3 of tokens, halved until a run of four epochs contracts; of AdamW from 0.01. Start: PyTorch's; Xavier's if from PyTorch's four epochs do not halve the loss, as deep
 * networks do whose signal dies out. Length: 4, 6, 8, 11, … epochs (more where 4 are fewer than 200 steps) are tried on seven eighths of the examples, until the adjoint of the Hessian grows more than
 * twofold, or the held-out loss is above 0.8 of that at half the length; the length before is taken. What is given is taken as given.
 *
 * @throws {NumericalError} no rate trains without chaos.
 */
export function runConfig(model: Network, loss: Loss, data: Dataset, given: RunParts): RunChoice {
  const { batch = Math.min(RUN_DEFAULTS.batch, datasetSize(data)), seed, epochs, ...rest } = given;
  const config: Configure = (length, learningRate, initialisation) => {
    const { schedule, momentum, weightDecay } = rest;
    const run = { schedule, epochs: length, learningRate, batch, initialisation, dropLast: true };
    if (rest.optimiser === undefined) return { ...run, momentum, weightDecay };
    return { ...run, optimiser: adamW({ weightDecay }) };
  };
  const { learningRate = firstRate(model, data, given), initialisation = 'torch' } = given;
  const open = [epochs, given.learningRate, given.initialisation].some((part) => part === undefined);
  if (!open) return { config: config(epochs as number, learningRate, initialisation), probes: [] };

  const probes = new RunProbes(model, loss, data, seed);
  const perEpoch = epochBatches(config(1, learningRate, initialisation), datasetSize(data)).length;
  const first = Math.max(RUN_RULE.epochs, Math.ceil(RUN_RULE.steps / perEpoch));
  const shortest = Math.min(epochs ?? first, first);
  const start = startingRate(probes, config, shortest, given);
  const length =
    epochs ?? longest(probes, first, (candidate) => config(candidate, start.rate, start.initialisation));
  return { config: config(length, start.rate, start.initialisation), probes: probes.all };
}

type Configure = (epochs: number, rate: number, initialisation: Initialisation) => AnyTrainingConfig;

/** Where the halvings begin. */
function firstRate(model: Network, data: Dataset, { optimiser }: RunParts): number {
  return optimiser === undefined ? RUN_RULE.rate / meanSquare(model, data) : ADAPTIVE_RATE;
}

/** A rate at which the shortest run contracts, and from where it learns. @throws {NumericalError} none is found. */
function startingRate(
  probes: RunProbes,
  config: Configure,
  epochs: number,
  given: RunParts,
): { readonly rate: number; readonly initialisation: Initialisation } {
  const { learningRate, initialisation } = given;
  const first = learningRate ?? firstRate(probes.model, probes.data, given);
  for (let k = 0; k < HALVINGS; k++) {
    const rate = first / 2 ** k;
    const torch = probes.at(config(epochs, rate, initialisation ?? 'torch'));
    const stalls = torch.heldOut > RUN_RULE.learned * probes.atStart;
    const other =
      initialisation === undefined && stalls ? probes.at(config(epochs, rate, 'xavier')) : undefined;
    const chosen = other !== undefined && other.heldOut < torch.heldOut ? other : torch;
    if (learningRate !== undefined || contracts(chosen)) return { rate, initialisation: chosen.start };
  }
  throw new NumericalError(
    `trajectory: no learning rate from ${first.toPrecision(2)} down trains this network without chaos. Standardise the features, or give a rate.`,
  );
}

/** The last rung that contracts and pays. */
function longest(probes: RunProbes, first: number, config: (epochs: number) => AnyTrainingConfig): number {
  const lengths: number[] = [];
  const losses: number[] = [];
  for (let k = 0; k < RUNGS; k++) {
    const epochs = Math.round(first * RUN_RULE.ladder ** k);
    const probe = probes.at(config(epochs));
    const learned = probe.heldOut <= RUN_RULE.learned * probes.atStart;
    const pays = k < HALF || !learned || probe.heldOut <= RUN_RULE.gain * losses[k - HALF];
    if (k > 0 && !(contracts(probe) && pays)) break;
    lengths.push(epochs);
    losses.push(probe.heldOut);
  }
  return lengths[lengths.length - 1];
}

/** Whether the exact adjoint of a run at most doubles. */
function contracts({ growth, heldOut }: RunProbe): boolean {
  return growth <= RUN_RULE.growth && Number.isFinite(heldOut);
}

/** (1/N) Σ ‖x‖² + 1: what the curvature of the first layer, its bias included, is proportional to. Of a token x is the unit vector that picks its row. */
function meanSquare({ vocabulary }: Network, { inputs }: Dataset): number {
  if (vocabulary !== undefined) return 2;
  const norm = norm2(inputs.data);
  return norm * (norm / inputs.rows) + 1;
}
