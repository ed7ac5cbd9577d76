/** @file Computes one job of an audit in a worker. */
import { exampleValues, selectExamples } from '../../autodiff/index.ts';
import { measurementFunction } from '../../influence/index.ts';
import { NumericalError } from '../../linalg/index.ts';
import { type Bench, storing } from '../engine/bench.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { scaledInputs, scalingOf } from '../tables/scaling.ts';
import { memberInfluence } from './influence.ts';
import {
  type AuditJob,
  type CandidateJob,
  foldOf,
  type MemberJob,
  type NeighboursJob,
  storedUnder,
  type VerifyJob,
} from './jobs.ts';
import { nearest } from './neighbours.ts';
import { measurementOf, predicted, prepare, prepareScaled, trained } from './network.ts';
import { NEIGHBOURS } from './plan.ts';
import { storedData } from './stored-data.ts';
import { baseScores, halfOutcomes } from './trust-jobs.ts';

/** The result of a job. */
export function computeAudit(job: AuditJob, bench: Bench): TaskResult {
  switch (job.kind) {
    case 'candidate':
      return tryCandidate(job, bench);
    case 'member':
      return trainMember(job, bench);
    case 'influence':
      return memberInfluence(job, bench);
    case 'neighbours':
      return findNeighbours(job, bench);
    case 'base':
      return baseScores(job, bench);
    case 'half':
      return halfOutcomes(job, bench);
    case 'verify':
      return trainChanged(job, bench);
  }
}

export default storing(storedUnder, computeAudit);

/** The mean loss at the held-out examples of the first fold. */
function tryCandidate({ data, plan, candidate }: CandidateJob, bench: Bench): TaskResult {
  const examples = storedData(bench, data);
  const { kept, heldOut } = foldOf(plan, data, examples.answers, 0, 0);
  const prepared = prepare(examples, kept, data, candidate);
  let loss: number | null = null;
  try {
    const theta = trained(prepared, candidate, kept, plan.seed, ['audit', 'candidate']);
    loss = meanOf(
      exampleValues(prepared.model, prepared.loss, theta, selectExamples(prepared.data, heldOut)),
    );
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
  }
  return { value: { loss: loss === null || Number.isFinite(loss) ? loss : null }, arrays: {}, seconds: {} };
}

function trainMember({ data, plan, candidate, repeat, fold }: MemberJob, bench: Bench): TaskResult {
  const examples = storedData(bench, data);
  const { kept, heldOut } = foldOf(plan, data, examples.answers, repeat, fold);
  const prepared = prepare(examples, kept, data, candidate);
  const theta = trained(prepared, candidate, kept, plan.seed, ['audit', repeat, fold]);
  const measured = measurementFunction(measurementOf(data.classes), prepared.loss);
  const lossAt = (of: Int32Array): number =>
    prepared.scaling.spread *
    meanOf(exampleValues(prepared.model, measured, theta, selectExamples(prepared.data, of)));
  return {
    value: { trainLoss: lossAt(kept), heldOutLoss: lossAt(heldOut) },
    arrays: {
      theta: arrayOf(theta),
      predictions: arrayOf(predicted(prepared, theta, heldOut, data.classes)),
    },
    seconds: {},
  };
}

/** The member of a fold, from the same start, without some rows or with other answers for them: what it predicts of the rows it did not see. */
function trainChanged(
  { data, plan, candidate, repeat, fold, change, rows, answers }: VerifyJob,
  bench: Bench,
): TaskResult {
  const examples = storedData(bench, data);
  const { kept, heldOut } = foldOf(plan, data, examples.answers, repeat, fold);
  const among = new Set(rows);
  const changed = examples.answers.slice();
  if (change === 'relabelled') for (const [at, i] of rows.entries()) changed[i] = answers[at];
  const used = change === 'relabelled' ? kept : kept.filter((i) => !among.has(i));
  // the scale is that of the member, so that nothing else differs
  const { scaling } = prepare(examples, kept, data, candidate);
  const prepared = prepareScaled({ inputs: examples.inputs, answers: changed }, scaling, data, candidate);
  const theta = trained(prepared, candidate, used, plan.seed, ['audit', repeat, fold]);
  return {
    value: {},
    arrays: { predictions: arrayOf(predicted(prepared, theta, heldOut, data.classes)) },
    seconds: {},
  };
}

function findNeighbours({ data, from, to }: NeighboursJob, bench: Bench): TaskResult {
  const examples = storedData(bench, data);
  const everyone = Int32Array.from({ length: data.examples }, (_, i) => i);
  const inputs = bench.keep('audit-scaled', data.digest, () =>
    scaledInputs(examples.inputs, scalingOf(examples, everyone, data.classes)),
  );
  const { index, distance } = nearest(inputs, from, to, Math.min(NEIGHBOURS, data.examples - 1));
  return { value: {}, arrays: { index: arrayOf(index), distance: arrayOf(distance) }, seconds: {} };
}

function meanOf(x: Float64Array): number {
  return x.reduce((sum, value) => sum + value, 0) / Math.max(1, x.length);
}
