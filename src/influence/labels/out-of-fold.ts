/** @file What networks that never saw an example predict for it. */
import { checkFunction, checkObject } from '../../linalg/border/arguments.ts';
import { checkFields } from '../../linalg/border/fields.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asIntegers } from '../../linalg/border/integers.ts';
import { asMatrix, type MatrixInput } from '../../linalg/border/matrix.ts';
import { checkFinite, checkInteger, checkShape } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { type FoldJob, type FoldOptions, foldJobs } from './folds.ts';

/** Predictions for every example by networks that did not learn from it. */
export interface OutOfFold {
  /** The mean over the repeats, [n, C]. */
  readonly mean: Matrix;
  /** Each repeat by itself, R times [n, C]. */
  readonly repeats: readonly Matrix[];
}

export interface OutOfFoldOptions extends FoldOptions {
  /** n. */
  readonly examples: number;
  /**
   * Trains on the examples `kept` and predicts those `heldOut`: one row of C numbers for each, in their order. For classes probabilities, for
   * targets the predicted values; e.g. `networkPredictor(trainer)`. It must depend on the job only.
   */
  readonly predict: (job: FoldJob) => MatrixInput;
}

/**
 * Trains a network per job of {@link foldJobs} and has each predict the examples that it did not see.
 *
 * The library trains nothing here by itself: `predict` is given. Callers with workers run the jobs their own way and put the answers together by
 * {@link gatherOutOfFold}; the result is the same.
 *
 * @throws {DomainError} | {ShapeError} | {NonFiniteError} bad options, or a prediction of another shape than the held-out examples need.
 * Cost: R·k calls of `predict`.
 * @example outOfFold({ examples: 1797, labels, folds: 5, repeats: 5, predict: networkPredictor(trainer) }).mean; // [1797, 10]
 */
export function outOfFold(options: OutOfFoldOptions): OutOfFold {
  const where = 'outOfFold';
  const { examples, predict, ...folds } = checked(where, options);
  const jobs = foldJobs(examples, folds);
  return gathered(
    where,
    jobs,
    jobs.map((job) => predict(job)),
  );
}

function checked(where: string, options: OutOfFoldOptions): OutOfFoldOptions {
  const any = (): void => undefined; // foldJobs looks at them
  const own = { examples: (w: string, a: string, v: number) => checkInteger(w, a, v, 2, 2 ** 31 - 1) };
  checkFields(
    where,
    options,
    { ...own, predict: checkFunction, folds: any, repeats: any, seed: any, labels: any },
    'options',
    ['examples', 'predict'],
  );
  return options;
}

/**
 * Puts the answers of jobs together: those of each repeat side by side, and their mean.
 *
 * @param jobs - Whole repeats: within each, every example is held out by exactly one job. @param predictions - One for each job, rows as its
 * `heldOut`.
 * @throws {DomainError} no jobs, or an example that a repeat holds out twice or never. @throws {ShapeError} as many predictions as jobs are
 * needed, of one width. @throws {NonFiniteError} a prediction that is no number. Cost: O(R n C).
 * @example gatherOutOfFold(jobs, jobs.map((job) => answerOf(job))).mean.rows; // n
 */
export function gatherOutOfFold(jobs: readonly FoldJob[], predictions: readonly MatrixInput[]): OutOfFold {
  return gathered('gatherOutOfFold', jobs, predictions);
}

function gathered(where: string, given: readonly FoldJob[], answers: readonly MatrixInput[]): OutOfFold {
  const jobs = asList(where, 'jobs', given, 'jobs');
  if (jobs.length === 0) throw new DomainError(where, 'jobs', 'at least one', 'none');
  if (asList(where, 'predictions', answers, 'matrices').length !== jobs.length)
    throw new ShapeError(where, 'predictions', `one for each of ${jobs.length} jobs`, `${answers.length}`);
  const byRepeat = new Map<number, Answer[]>();
  for (const [j, job] of jobs.entries()) {
    checkObject(where, `jobs[${j}]`, job);
    const answer = {
      name: `jobs[${j}].heldOut`,
      heldOut: asIntegers(where, `jobs[${j}].heldOut`, job.heldOut, 0),
      rows: asMatrix(where, `predictions[${j}]`, answers[j]),
    };
    checkShape(where, `predictions[${j}]`, answer.rows, answer.heldOut.length, widthOf(where, answers));
    checkFinite(where, `predictions[${j}]`, answer.rows.data);
    byRepeat.set(job.repeat, [...(byRepeat.get(job.repeat) ?? []), answer]);
  }
  const [first] = byRepeat.values();
  const n = first.reduce((sum, { heldOut }) => sum + heldOut.length, 0);
  const repeats = [...byRepeat.values()].map((parts) => assembled(where, parts, n));
  const mean = Matrix.zeros(n, repeats[0].cols);
  for (const { data } of repeats) for (let i = 0; i < data.length; i++) mean.data[i] += data[i];
  for (let i = 0; i < mean.data.length; i++) mean.data[i] /= repeats.length;
  return { mean, repeats };
}

function widthOf(where: string, answers: readonly MatrixInput[]): number {
  return asMatrix(where, 'predictions[0]', answers[0]).cols;
}

/** What one job answered. */
interface Answer {
  readonly name: string;
  readonly heldOut: Int32Array;
  readonly rows: Matrix;
}

/** One repeat: the rows of its jobs, each in its place. */
function assembled(where: string, parts: readonly Answer[], n: number): Matrix {
  const out = Matrix.zeros(n, parts[0].rows.cols);
  const seen = new Uint8Array(n);
  for (const { name, heldOut, rows } of parts)
    for (const [r, i] of heldOut.entries()) {
      checkInteger(where, `${name}[${r}]`, i, 0, n - 1);
      if (seen[i] > 0)
        throw new DomainError(where, `${name}[${r}]`, 'held out once a repeat', i, `${i} again`);
      seen[i] = 1;
      out.row(i).set(rows.row(r));
    }
  const missing = seen.indexOf(0);
  if (missing >= 0)
    throw new DomainError(where, 'jobs', 'whole repeats', missing, `none that holds out example ${missing}`);
  return out;
}
