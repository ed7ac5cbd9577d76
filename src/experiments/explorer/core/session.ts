/** @file One data set, one network, its curvatures, and scores from them: what the page computes, on no thread in particular. */

import { functionName } from '../../../autodiff/functions.ts';
import {
  type Dataset,
  exampleValues,
  type Loss,
  logits,
  type Mlp,
  selectExamples,
  Trainer,
} from '../../../autodiff/index.ts';
import {
  CURVATURES,
  type EigenOperator,
  type InverseRule,
  type LadderKind,
} from '../../../curvature/index.ts';
import { automaticDamping, MEASUREMENTS, type Measurement } from '../../../influence/index.ts';
import { type Matrix, mean, type Vec } from '../../../linalg/index.ts';
import { breathe, type Control } from './control.ts';
import { ExplorerError } from './examples.ts';
import { LiveScores } from './live-scores.ts';
import { inverseRule, possibleRungs, type RuleChoice, type Rung } from './rungs.ts';
import type { Sets } from './sets.ts';
import { lossOf, networkOf, type Settings, trainingOf } from './settings.ts';

/** A trained network, as the page shows it. */
export interface Trained {
  readonly parameters: number;
  readonly sizes: readonly number[];
  /** By name. */
  readonly loss: string;
  readonly trainLoss: number;
  readonly queryLoss: number;
  /** Of classes. */
  readonly trainAccuracy?: number;
  readonly queryAccuracy?: number;
  /** Outputs of the network on every query, [queries, outputs], row by row. */
  readonly outputs: Float64Array;
  /** On every query. */
  readonly losses: Float64Array;
  readonly rungs: readonly Rung[];
}

/** A fitted curvature. */
export interface Fitted {
  readonly rung: Rung;
  /** Descending. */
  readonly spectrum: Float64Array;
  /** λ of the automatic rule. */
  readonly automatic: number;
}

/** Scores of one query. */
export interface QueryScores {
  /** [training examples]. */
  readonly scores: Float64Array;
  /** What the rule inverts. */
  readonly rank: number;
  readonly negative: number;
  /** Σ σ f(σ): the directions that count. */
  readonly effective: number;
}

/** Measurements that a loss has. */
export function measurementsOf(sets: Sets): readonly Measurement[] {
  const other = 'labels' in sets.train ? 'margin' : 'absolute-error';
  return MEASUREMENTS.filter((one) => one === 'loss' || one === other);
}

/** Work on one data set. */
export class Session {
  readonly sets: Sets;
  readonly settings: Settings;
  readonly model: Mlp;
  readonly loss: Loss;
  readonly trainer: Trainer;
  private trained: Vec | undefined;
  private readonly fits = new Map<Rung, { operator: EigenOperator; automatic: number }>();
  private live: LiveScores | undefined;

  constructor(sets: Sets, settings: Settings) {
    this.sets = sets;
    this.settings = settings;
    this.model = networkOf(settings, sets);
    this.loss = lossOf(sets);
    this.trainer = new Trainer(this.model, this.loss, sets.train, trainingOf(settings, sets));
  }

  /** θ. @throws {ExplorerError} it has not been trained. */
  get theta(): Vec {
    if (this.trained === undefined) throw new ExplorerError('train the network first.');
    return this.trained;
  }

  /** Trains as `train` does, with the same bits; every epoch is reported with its mean loss. */
  train({ progress }: Control): Trained {
    const { epochs, seed } = this.settings;
    const onEpoch = (epoch: number, loss: number): void => progress((epoch + 1) / epochs, { epoch, loss });
    this.fits.clear();
    this.live = undefined;
    this.trained = this.trainer.train({ seed, path: ['base', 0], onEpoch });
    return this.describe();
  }

  private describe(): Trained {
    const { model, loss, theta, sets } = this;
    const { train, query } = sets;
    const outputs = logits(model, theta, query.inputs);
    const losses = exampleValues(model, loss, theta, query);
    return {
      parameters: model.parameterCount,
      sizes: model.sizes,
      loss: functionName(loss),
      trainLoss: mean(exampleValues(model, loss, theta, train)),
      queryLoss: mean(losses),
      ...('labels' in train && 'labels' in query
        ? {
            trainAccuracy: share(logits(model, theta, train.inputs), train.labels),
            queryAccuracy: share(outputs, query.labels),
          }
        : {}),
      outputs: outputs.data,
      losses,
      rungs: this.rungs,
    };
  }

  /** Those that a network of this size can have here. */
  get rungs(): readonly Rung[] {
    return possibleRungs(this.model.parameterCount);
  }

  /** Fits a curvature, or finds it fitted. */
  fit(rung: Rung): Fitted {
    if (rung === 'grad-dot') return { rung, spectrum: new Float64Array(0), automatic: Number.NaN };
    const { operator, automatic } = this.fitted(rung);
    return { rung, spectrum: operator.values.slice().sort().reverse(), automatic };
  }

  private fitted(rung: LadderKind): { operator: EigenOperator; automatic: number } {
    const known = this.fits.get(rung);
    if (known !== undefined) return known;
    const { model, loss, theta, sets } = this;
    const problem = { model, loss, theta, data: sets.train };
    const operator = CURVATURES[rung].build(problem, {});
    const smallest = operator.values.reduce(
      (least, sigma) => Math.min(least, sigma),
      Number.POSITIVE_INFINITY,
    );
    const automatic = automaticDamping(problem, rung === 'hessian' ? 'hessian' : 'ggn', undefined, smallest);
    const fit = { operator, automatic };
    this.fits.set(rung, fit);
    return fit;
  }

  /** What scores any set of queries by a rung. */
  scorer(rung: Rung, choice: RuleChoice, measurement: Measurement): Scorer {
    this.live ??= new LiveScores(this.model, this.loss, this.theta, this.sets.train);
    const { live } = this;
    if (rung === 'grad-dot') return { score: (queries) => live.score(queries, measurement, (rows) => rows) };
    const { operator, automatic } = this.fitted(rung);
    const rule = inverseRule(choice, automatic);
    const inverse = operator.inverse(rule);
    const score = (queries: Dataset): Matrix =>
      live.score(queries, measurement, (rows) => inverse.applyRows(rows));
    return { score, curvature: { operator, inverse, rule } };
  }

  /** Scores of query `q`: row q of the command line's. */
  scores(q: number, rung: Rung, choice: RuleChoice, measurement: Measurement): QueryScores {
    const { score, curvature } = this.scorer(rung, choice, measurement);
    const scores = score(one(this.sets.query, q)).data;
    if (curvature === undefined)
      return { scores, rank: this.model.parameterCount, negative: 0, effective: Number.NaN };
    const { operator, inverse, rule } = curvature;
    const { rank, negative } = operator.kept(rule);
    let effective = 0;
    for (let i = 0; i < operator.values.length; i++) effective += operator.values[i] * inverse.values[i];
    return { scores, rank, negative, effective };
  }

  /** Scores of query `q` by every rung that is fitted, and by gradient dot. */
  async ladder(
    q: number,
    choice: RuleChoice,
    measurement: Measurement,
    control: Control,
  ): Promise<{ rung: Rung; scores: Float64Array; problem?: string }[]> {
    const out: { rung: Rung; scores: Float64Array; problem?: string }[] = [];
    for (const rung of this.rungs) {
      if (rung !== 'grad-dot' && !this.fits.has(rung)) continue;
      try {
        out.push({ rung, scores: this.scores(q, rung, choice, measurement).scores });
      } catch (error) {
        out.push({ rung, scores: new Float64Array(0), problem: (error as Error).message });
      }
      await breathe(control);
    }
    return out;
  }
}

/** What scores a set of queries, and by which curvature. */
interface Scorer {
  readonly score: (queries: Dataset) => Matrix;
  readonly curvature?: {
    readonly operator: EigenOperator;
    readonly inverse: EigenOperator;
    readonly rule: InverseRule;
  };
}

/** One query as a set. */
export function one(set: Dataset, q: number): Dataset {
  return selectExamples(set, Int32Array.of(q));
}

/** The share of rows whose largest output is at the label. */
function share(outputs: ReturnType<typeof logits>, labels: Int32Array): number {
  let right = 0;
  for (let i = 0; i < outputs.rows; i++) {
    const row = outputs.row(i);
    if (row.indexOf(row.reduce((a, b) => Math.max(a, b))) === labels[i]) right++;
  }
  return right / outputs.rows;
}
