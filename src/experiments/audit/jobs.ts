/** @file The jobs of an audit, and where the result of each is stored. */
import * as v from 'valibot';
import { type FoldJob, foldJobs } from '../../influence/index.ts';
import { finiteArray, resultForm, type StoredTask } from '../engine/result-form.ts';
import { task, taskKey } from '../engine/task.ts';
import { digest } from '../files/digest.ts';
import { finite, nonNegative } from '../files/json-schemas.ts';
import { type AuditPlan, type Candidate, type DataShape, halves, NEIGHBOURS, trustQueries } from './plan.ts';
import { AUDIT_VERSIONS } from './versions.ts';

/** What all jobs of an audit share. */
interface Common {
  readonly data: DataShape;
  readonly plan: AuditPlan;
}

/** What the folds are dealt from, beside the plan: labels, so that each fold has as many of each class. */
interface Labelled extends Common {
  readonly candidate: Candidate;
}

/** Tries a candidate on the first fold. */
export interface CandidateJob extends Labelled {
  readonly kind: 'candidate';
}
/** Trains a network on all folds but one. */
export interface MemberJob extends Labelled {
  readonly kind: 'member';
  readonly repeat: number;
  readonly fold: number;
}
/** What each example of such a network did to those held out. */
export interface InfluenceJob extends Labelled {
  readonly kind: 'influence';
  readonly repeat: number;
  readonly fold: number;
  /** Positions, ascending. */
  readonly queries: readonly number[];
  /** Positions of rows whose answer is doubted: the mean is over the others. */
  readonly doubted: readonly number[];
}
/** Trains a network on its fold without some rows, or with other answers for them. */
export interface VerifyJob extends Labelled {
  readonly kind: 'verify';
  readonly repeat: number;
  readonly fold: number;
  readonly change: 'removed' | 'random' | 'relabelled';
  /** Positions, ascending. */
  readonly rows: readonly number[];
  /** Of `relabelled`: their answers. */
  readonly answers: readonly number[];
}
/** The nearest neighbours of examples from..to−1. */
export interface NeighboursJob extends Common {
  readonly kind: 'neighbours';
  readonly from: number;
  readonly to: number;
}
/** One network on the training part of the first fold, and its scores. */
export interface BaseJob extends Labelled {
  readonly kind: 'base';
  readonly network: number;
}
/** Trains on a random half of it. */
export interface HalfJob extends Labelled {
  readonly kind: 'half';
  readonly half: number;
}
export type AuditJob =
  | CandidateJob
  | MemberJob
  | InfluenceJob
  | NeighboursJob
  | BaseJob
  | HalfJob
  | VerifyJob;

/** The folds of a plan. @param answers - Numbers of classes, or targets, which are dealt at random. */
export function foldsOf(
  { seed, folds, repeats }: AuditPlan,
  { classes }: DataShape,
  answers: Float64Array,
): FoldJob[] {
  const labels = classes > 0 ? { labels: Int32Array.from(answers) } : {};
  return foldJobs(answers.length, { folds, repeats, seed, ...labels });
}

/** One fold. */
export function foldOf(
  plan: AuditPlan,
  data: DataShape,
  answers: Float64Array,
  repeat: number,
  fold: number,
): FoldJob {
  return foldsOf({ ...plan, repeats: repeat + 1 }, data, answers)[repeat * plan.folds + fold];
}

/** Where a job's result is stored. */
export function storedUnder(job: AuditJob): StoredTask {
  switch (job.kind) {
    case 'candidate':
      return candidateTask(job);
    case 'member':
      return memberTask(job);
    case 'influence':
      return influenceTask(job);
    case 'neighbours':
      return neighboursTask(job);
    case 'base':
      return baseTask(job);
    case 'half':
      return halfTask(job);
    case 'verify':
      return verifyTask(job);
  }
}

function candidateTask({ data, plan: { seed, folds }, candidate }: CandidateJob): StoredTask {
  return {
    ...task(AUDIT_VERSIONS, 'audit-candidate', { seed, folds, candidate }, { data: data.digest }),
    // null: training diverged
    form: resultForm(v.strictObject({ loss: v.nullable(nonNegative) })),
  };
}

/** Number of examples that a fold holds out: positions are dealt in turn. */
export function heldOutCount({ examples }: DataShape, { folds }: AuditPlan, fold: number): number {
  return Math.floor((examples - fold - 1) / folds) + 1;
}

function memberTask({
  data,
  plan: { seed, folds },
  candidate,
  repeat,
  fold,
}: Omit<MemberJob, 'kind'>): StoredTask {
  const config = { seed, folds, candidate, repeat, fold };
  const heldOut = heldOutCount(data, { seed, folds, repeats: 1 }, fold);
  return {
    ...task(AUDIT_VERSIONS, 'audit-member', config, { data: data.digest }),
    form: resultForm(v.strictObject({ trainLoss: nonNegative, heldOutLoss: nonNegative }), {
      theta: finiteArray(parameterCount(data, candidate)),
      predictions: finiteArray(heldOut, Math.max(1, data.classes)),
    }),
  };
}

function parameterCount({ features, classes }: DataShape, { hidden }: Candidate): number {
  const sizes = [features, ...hidden, Math.max(1, classes)];
  return sizes.slice(1).reduce((sum, width, l) => sum + width * (sizes[l] + 1), 0);
}

function influenceTask(job: InfluenceJob): StoredTask {
  const { data, plan, fold, queries, doubted } = job;
  const heldOut = heldOutCount(data, plan, fold);
  return {
    ...task(
      AUDIT_VERSIONS,
      'audit-influence',
      { queries: digest(queries), doubted: digest(doubted) },
      { member: taskKey(memberTask(job)) },
    ),
    form: resultForm(v.strictObject({ damping: nonNegative }), {
      effect: finiteArray(data.examples - heldOut),
      // of those queries that this fold holds out
      scores: finiteArray({ atMost: queries.length }, data.examples - heldOut),
    }),
  };
}

function verifyTask(job: VerifyJob): StoredTask {
  const { data, plan, fold, change, rows, answers } = job;
  const config = { change, rows: digest(rows), answers: digest(answers) };
  return {
    ...task(AUDIT_VERSIONS, 'audit-verify', config, { member: taskKey(memberTask(job)) }),
    form: resultForm(v.strictObject({}), {
      predictions: finiteArray(heldOutCount(data, plan, fold), Math.max(1, data.classes)),
    }),
  };
}

function neighboursTask({ data, from, to }: NeighboursJob): StoredTask {
  const k = Math.min(NEIGHBOURS, data.examples - 1);
  return {
    ...task(AUDIT_VERSIONS, 'audit-neighbours', { from, to, k }, { data: data.digest }),
    form: resultForm(v.strictObject({}), {
      index: finiteArray(to - from, k),
      distance: finiteArray(to - from, k),
    }),
  };
}

function baseTask({ data, plan, candidate, network }: BaseJob): StoredTask {
  const { seed, folds } = plan;
  const heldOut = heldOutCount(data, plan, 0);
  return {
    ...task(AUDIT_VERSIONS, 'audit-base', { seed, folds, candidate, network }, { data: data.digest }),
    form: resultForm(
      v.strictObject({ slope: nonNegative, startSlope: nonNegative, smallest: finite, damping: nonNegative }),
      { scores: finiteArray(trustQueries(heldOut), data.examples - heldOut) },
    ),
  };
}

function halfTask({ data, plan, candidate, half }: HalfJob): StoredTask {
  const { seed, folds } = plan;
  const config = { seed, folds, candidate, half, of: halves(data) };
  return {
    ...task(AUDIT_VERSIONS, 'audit-half', config, { data: data.digest }),
    form: resultForm(v.strictObject({}), {
      outcomes: finiteArray({ atMost: 16 }, trustQueries(heldOutCount(data, plan, 0))),
    }),
  };
}
