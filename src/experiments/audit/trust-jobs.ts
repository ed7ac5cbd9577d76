/** @file Networks that tell how far the scores can be trusted: on the training part of the first fold, and on random halves of it. */
import { exampleValues, initialise, meanGradient, selectExamples } from '../../autodiff/index.ts';
import { hessianOperator } from '../../curvature/index.ts';
import { drawSubsets, measurementFunction } from '../../influence/index.ts';
import { lanczos, Matrix, rng, type Vec } from '../../linalg/index.ts';
import type { Bench } from '../engine/bench.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { leftOutEffects } from './influence.ts';
import { type BaseJob, foldOf, type HalfJob } from './jobs.ts';
import { measurementOf, type Prepared, prepare, trained } from './network.ts';
import { type AuditPlan, type DataShape, HALVES_SEEDS, halves, trustQueries } from './plan.ts';
import { storedData } from './stored-data.ts';

/** Held-out rows of the first fold that are asked about. */
export function trustQueryPositions({ seed }: AuditPlan, heldOut: Int32Array): Int32Array {
  const chosen = rng(seed, 'audit', 'trust-queries')
    .permutation(heldOut.length)
    .slice(0, trustQueries(heldOut.length));
  return chosen.map((at) => heldOut[at]).sort();
}

/** The halves, as places in `kept`. */
export function trustHalves({ seed }: AuditPlan, data: DataShape, kept: Int32Array): Int32Array[] {
  return drawSubsets(kept.length, 0.5, halves(data), seed);
}

/** Scores of one network, and where its training stopped. */
export function baseScores({ data, plan, candidate, network }: BaseJob, bench: Bench): TaskResult {
  const examples = storedData(bench, data);
  const { kept, heldOut } = foldOf(plan, data, examples.answers, 0, 0);
  const prepared = prepare(examples, kept, data, candidate);
  const path = ['audit', 'base', network];
  const theta = trained(prepared, candidate, kept, plan.seed, path);
  const effects = leftOutEffects(prepared, candidate, theta, kept, data.classes);
  const start = initialise(prepared.model, 'torch', rng(plan.seed, ...path, 'init'));
  return {
    value: {
      slope: slopeAt(prepared, theta, kept, candidate.weightDecay),
      startSlope: slopeAt(prepared, start, kept, candidate.weightDecay),
      smallest: network === 0 ? smallestEigenvalue(prepared, theta, kept) + candidate.weightDecay : 0,
      damping: effects.damping,
    },
    arrays: { scores: arrayOf(effects.each(trustQueryPositions(plan, heldOut))) },
    seconds: {},
  };
}

/** ‖∇(mean loss) + weight decay · θ‖. */
function slopeAt({ model, loss, data }: Prepared, theta: Vec, kept: Int32Array, weightDecay: number): number {
  const gradient = meanGradient(model, loss, theta, selectExamples(data, kept));
  return Math.sqrt(gradient.reduce((sum, g, k) => sum + (g + weightDecay * theta[k]) ** 2, 0));
}

/** Products with the Hessian for its smallest eigenvalue, and examples that it is taken over, at most. */
const PRODUCTS = 40;
const HESSIAN_EXAMPLES = 2000;

function smallestEigenvalue({ model, loss, data }: Prepared, theta: Vec, kept: Int32Array): number {
  const sample = selectExamples(data, kept.slice(0, HESSIAN_EXAMPLES));
  const n = theta.length;
  const hessian = hessianOperator({ model, loss, theta, data: sample });
  const { values } = lanczos(hessian, 1, rng(0, 'audit', 'smallest'), {
    target: 'smallest',
    maxIterations: Math.min(n, PRODUCTS),
    onFailure: 'return',
  });
  return values[0];
}

/** What is measured on the queries after training on a random half, a row a training. */
export function halfOutcomes({ data, plan, candidate, half }: HalfJob, bench: Bench): TaskResult {
  const examples = storedData(bench, data);
  const { kept, heldOut } = foldOf(plan, data, examples.answers, 0, 0);
  const prepared = prepare(examples, kept, data, candidate);
  const subset = trustHalves(plan, data, kept)[half].map((at) => kept[at]);
  const queries = selectExamples(prepared.data, trustQueryPositions(plan, heldOut));
  const measured = measurementFunction(measurementOf(data.classes), prepared.loss);
  const outcomes = new Matrix(HALVES_SEEDS, trustQueries(heldOut.length));
  for (let r = 0; r < HALVES_SEEDS; r++) {
    const theta = trained(prepared, candidate, subset, plan.seed, ['audit', 'half', half, r]);
    const values = exampleValues(prepared.model, measured, theta, queries);
    outcomes.row(r).set(values.map((x) => prepared.scaling.spread * x));
  }
  return { value: {}, arrays: { outcomes: arrayOf(outcomes) }, seconds: {} };
}
