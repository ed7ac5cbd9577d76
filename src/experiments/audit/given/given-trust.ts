/** @file How far the effects of rows on a given network can be trusted: its architecture trained anew on random halves of its rows. */
import { functionName } from '../../../autodiff/functions.ts';
import type { Dataset } from '../../../autodiff/index.ts';
import { bcaInterval, type RetrainingBank } from '../../../influence/index.ts';
import { rng } from '../../../linalg/index.ts';
import { finiteOrNull, jsonInterval } from '../../files/json-number.ts';
import { ceilingOf, judgeOf } from '../../judging/judge.ts';
import { type AuditData, rowsOf } from '../audit-data.ts';
import type { Trust } from '../findings.ts';
import { measurementOf } from '../network.ts';
import { trustQueries } from '../plan.ts';
import { scoreWarnings } from '../trust.ts';
import { examplesOf, type GivenNetwork } from './given-network.ts';
import type { LeftOut } from './left-out.ts';
import type { OwnTraining } from './own-training.ts';

/** What is trained on halves, and asked about. */
export interface TrustQuestion {
  readonly train: Dataset;
  readonly queries: AuditData;
  /** By name. */
  readonly loss: string;
  /** Whether the network learnt from the queries. */
  readonly own: boolean;
}

/** At most 64 of the rows that the network did not learn from; without those, of its own, which then stand in half of the halves. */
export function trustQuestion(given: GivenNetwork, held: AuditData | undefined, seed: number): TrustQuestion {
  const from = held ?? given.data;
  const n = from.answers.length;
  const chosen = rng(seed, 'audit', 'given-queries').permutation(n).slice(0, trustQueries(n)).sort();
  return {
    train: examplesOf(given.data),
    queries: rowsOf(from, chosen),
    loss: functionName(given.fitted.loss),
    own: held === undefined,
  };
}

/** The rank correlation of what influence predicts at the given network with what the trainings on halves did. */
export function givenTrust(
  { data }: GivenNetwork,
  { effects }: LeftOut,
  { queries, own }: TrustQuestion,
  bank: RetrainingBank,
  { text, why, warnings }: OwnTraining,
  seed: number,
): Trust {
  const judging = { measurement: measurementOf(data.classes.length), seed };
  const { bootstrap } = judgeOf(judging, bank)(effects(queries));
  const { ceiling } = ceilingOf(judging, bank);
  const [lo, hi] = jsonInterval(bcaInterval(bootstrap));
  const asked = `${queries.answers.length} ${own ? 'of its own rows, of which each stands in about half of the halves' : 'rows held out'}`;
  return {
    lds: finiteOrNull(bootstrap.estimate),
    ci: [lo, hi],
    ceiling,
    training: `Its architecture was trained ${bank.subsets.length * bank.seeds} times from fresh initialisations, ${bank.seeds} times on each of ${bank.subsets.length} random halves of its rows, by ${text} (${why}), and asked about ${asked}.`,
    warnings: [...warnings, ...scoreWarnings(bootstrap.estimate, lo ?? Number.NaN, ceiling)],
  };
}
