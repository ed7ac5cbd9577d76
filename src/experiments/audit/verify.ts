/** @file `--verify`: what happens when the most doubtful rows are left out or get the suggested answer, beside as many random rows left out. */
import { rng } from '../../linalg/index.ts';
import type { Store } from '../engine/store.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { AuditData } from './audit-data.ts';
import type { Change, Verification } from './findings.ts';
import { foldOf, storedUnder, type VerifyJob } from './jobs.ts';
import type { Doubts } from './label-doubts.ts';
import { type Measured, overRepeats, rowLoss } from './measured.ts';
import type { AuditPlan, Candidate, DataShape } from './plan.ts';

/** What is verified. */
export interface Verified {
  readonly data: DataShape;
  readonly plan: AuditPlan;
  readonly candidate: Candidate;
  readonly doubts: Doubts;
  readonly k: number;
}

type Kind = VerifyJob['change'];
const CHANGES: readonly Kind[] = ['removed', 'random', 'relabelled'];

/** Every training: each fold of each repeat, three times. */
export function verifyJobs({ data, plan, candidate, doubts, k }: Verified): VerifyJob[] {
  const { folds, repeats } = plan;
  return CHANGES.flatMap((change) => {
    const { rows, answers } = changedRows(change, doubts, k, plan.seed);
    return Array.from({ length: repeats * folds }, (_, at): VerifyJob => {
      const [repeat, fold] = [Math.floor(at / folds), at % folds];
      return { kind: 'verify', data, plan, candidate, repeat, fold, change, rows, answers };
    });
  });
}

function changedRows(
  change: Kind,
  { ranked, suggested }: Doubts,
  k: number,
  seed: number,
): { rows: number[]; answers: number[] } {
  const top = ranked.slice(0, k);
  const rows =
    change === 'random' ? rng(seed, 'audit', 'verify').permutation(ranked.length).slice(0, k) : top;
  const sorted = [...rows].sort((a, b) => a - b);
  return { rows: sorted, answers: change === 'relabelled' ? sorted.map((i) => suggested[i]) : [] };
}

/**
 * Realised changes at the held-out rows that are not among the k, in the units of the table, and what the scores predicted for leaving rows out.
 *
 * @param effects - [n]: the predicted change of that mean when a row is left out of a fold's training.
 */
export function verification(
  of: Verified,
  table: AuditData,
  effects: Float64Array,
  store: Store,
): Verification {
  const { doubts, k, plan } = of;
  const change = (kind: Kind): Change => changeOf(of, table, kind, store);
  const predicted = (kind: Kind): number => {
    const { rows } = changedRows(kind, doubts, k, plan.seed);
    return (rows.reduce((sum, i) => sum + effects[i], 0) * (plan.folds - 1)) / plan.folds; // a fold holds out its share of them
  };
  return {
    k,
    removed: { ...change('removed'), predicted: predicted('removed') },
    random: { ...change('random'), predicted: predicted('random') },
    relabelled: change('relabelled'),
  };
}

function changeOf(
  { data, plan, candidate, doubts, k }: Verified,
  { answers, classes }: AuditData,
  change: Kind,
  store: Store,
): Change {
  const doubted = new Set(doubts.ranked.slice(0, k));
  const { rows, answers: given } = changedRows(change, doubts, k, plan.seed);
  const losses: number[] = [];
  const hits: number[] = [];
  for (let repeat = 0; repeat < plan.repeats; repeat++) {
    let [loss, hit, count] = [0, 0, 0];
    for (let fold = 0; fold < plan.folds; fold++) {
      const common = { data, plan, candidate, repeat, fold };
      const read = (job: Parameters<typeof storedUnder>[0]) =>
        matrixOf(store.get(storedUnder(job)).arrays['predictions']);
      const before = read({ kind: 'member', ...common });
      const after = read({ kind: 'verify', ...common, change, rows, answers: given });
      for (const [r, i] of foldOf(plan, data, answers, repeat, fold).heldOut.entries()) {
        if (doubted.has(i)) continue;
        loss +=
          rowLoss(after.row(r), answers[i], classes.length) -
          rowLoss(before.row(r), answers[i], classes.length);
        hit += Number(says(after.row(r)) === answers[i]) - Number(says(before.row(r)) === answers[i]);
        count++;
      }
    }
    losses.push(loss / Math.max(1, count));
    hits.push(hit / Math.max(1, count));
  }
  const accuracy: Measured | undefined = classes.length > 0 ? overRepeats(hits) : undefined;
  return { loss: overRepeats(losses), ...(accuracy === undefined ? {} : { accuracy }) };
}

/** The most probable class. */
function says(p: Float64Array): number {
  return p.reduce((best, x, k) => (x > p[best] ? k : best), 0);
}
