/** @file What leaving one row out would do to rows that a network did not see: EK-FAC at that network. */
import { type Dataset, meanGradient, selectExamples } from '../../autodiff/index.ts';
import { CURVATURES } from '../../curvature/index.ts';
import { automaticDamping, influenceFunction, measurementFunction } from '../../influence/index.ts';
import { GradientProducts } from '../../influence/solvers/gradient-products.ts';
import { Matrix, SingularError, type Vec } from '../../linalg/index.ts';
import type { Bench } from '../engine/bench.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { foldOf, type InfluenceJob, storedUnder } from './jobs.ts';
import { fitted, measurementOf, type Prepared, prepare } from './network.ts';
import type { Candidate } from './plan.ts';
import { storedData } from './stored-data.ts';

/** Scores of a network's own training examples, in the units of the table: loss, or absolute error. */
export interface LeftOutEffects {
  /** What is measured on `queries` changes by row r, column i when example i is left out: [queries, kept]. */
  readonly each: (queries: Int32Array) => Matrix;
  /** The same for the mean over `queries`: [kept]. */
  readonly mean: (queries: Int32Array) => Vec;
  readonly damping: number;
}

/**
 * score/N by EK-FAC. λ is a tenth of the mean eigenvalue, as everywhere, and the weight decay on top: it is a part of what training minimises.
 */
export function leftOutEffects(
  prepared: Prepared,
  candidate: Candidate,
  theta: Vec,
  kept: Int32Array,
  classes: number,
): LeftOutEffects {
  const { model, loss, data, scaling } = prepared;
  const train = selectExamples(data, kept);
  const measurement = measurementOf(classes);
  const damping = candidate.weightDecay + tenthOfMean(prepared, theta, train);
  const fit = influenceFunction({
    curvature: CURVATURES.ekfac,
    rule: { kind: 'damped', lambda: damping },
    measurement,
  }).fit(fitted(prepared, theta), train);
  const scale = scaling.spread / kept.length;
  const measured = measurementFunction(measurement, loss);
  return {
    damping,
    each(queries) {
      const out = fit.score(selectExamples(data, queries));
      for (let i = 0; i < out.data.length; i++) out.data[i] *= scale;
      return out;
    },
    mean(queries) {
      const gradient = meanGradient(model, measured, theta, selectExamples(data, queries));
      const solved = fit.curvature.inverse(fit.rule).applyRows(new Matrix(1, gradient.length, gradient));
      const out = Matrix.zeros(1, kept.length);
      new GradientProducts(model, solved).add(loss, theta, train, scale, () => out, 0);
      return out.data;
    },
  };
}

function tenthOfMean({ model, loss }: Prepared, theta: Vec, data: Dataset): number {
  try {
    return automaticDamping({ model, loss, theta, data }, 'ggn');
  } catch (error) {
    if (error instanceof SingularError) return 0; // certain of every example: the weight decay is left
    throw error;
  }
}

/** The effects of one member on the mean of what it did not see, and on the queries among them. */
export function memberInfluence(job: InfluenceJob, bench: Bench): TaskResult {
  const { data, plan, candidate, repeat, fold, queries, doubted } = job;
  const examples = storedData(bench, data);
  const { kept, heldOut } = foldOf(plan, data, examples.answers, repeat, fold);
  const prepared = prepare(examples, kept, data, candidate);
  const { theta } = bench.store.get(storedUnder({ ...memberOf(job), kind: 'member' })).arrays;
  const effects = leftOutEffects(prepared, candidate, theta.data, kept, data.classes);
  const asked = new Set(queries);
  const doubts = new Set(doubted);
  const sound = heldOut.filter((i) => !doubts.has(i));
  const own = heldOut.filter((i) => asked.has(i));
  const scores = own.length === 0 ? new Matrix(0, kept.length) : effects.each(own);
  return {
    value: { damping: effects.damping },
    arrays: { effect: arrayOf(effects.mean(sound.length === 0 ? heldOut : sound)), scores: arrayOf(scores) },
    seconds: {},
  };
}

function memberOf({ data, plan, candidate, repeat, fold }: InfluenceJob) {
  return { data, plan, candidate, repeat, fold };
}
