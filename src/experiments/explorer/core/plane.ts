/** @file A network on points of the plane, small enough that everything about it can be seen: border, curvatures, every example left out. */
import {
  type ClassificationData,
  type Dataset,
  exampleValues,
  logits,
  Mlp,
  Trainer,
  type TrainingConfig,
} from '../../../autodiff/index.ts';
import { CURVATURES, LADDER, type LadderKind } from '../../../curvature/index.ts';
import { influenceFunction, spearman } from '../../../influence/index.ts';
import { Matrix, rng, type Vec } from '../../../linalg/index.ts';
import { breathe, type Control } from './control.ts';
import { PENALTY, type PlaneSettings, SPAN } from './plane-settings.ts';
import { type Penalised, settle } from './settle.ts';

/** Cells of a side. */
export const CELLS = 61;

/** Full batches to the neighbourhood of a minimum; {@link settle} goes the rest. */
const TRAINING: TrainingConfig = {
  epochs: 600,
  batch: 1e6,
  learningRate: 0.2,
  momentum: 0.9,
  weightDecay: PENALTY,
  schedule: 'constant',
  initialisation: 'torch',
  dropLast: false,
};

/** Two half circles that reach into each other; the last points of each class by turns have the other's label. */
export function planePoints({ points, noise, flips, seed }: PlaneSettings): ClassificationData {
  const inputs = new Matrix(points, 2);
  const labels = new Int32Array(points);
  const normal = rng(seed, 'plane').fillNormal(new Float64Array(2 * points));
  for (let i = 0; i < points; i++) {
    const c = i % 2;
    const angle = (Math.PI * (i - c)) / Math.max(2, points - 2);
    const [x, y] =
      c === 0
        ? [Math.cos(angle) - 0.5, Math.sin(angle) - 0.25]
        : [0.5 - Math.cos(angle), 0.25 - Math.sin(angle)];
    inputs.row(i).set([1.3 * (x + noise * normal[2 * i]), 1.3 * (y + noise * normal[2 * i + 1])]);
    labels[i] = c;
  }
  for (const i of rng(seed, 'flips').permutation(points).slice(0, flips)) labels[i] = 1 - labels[i];
  return { inputs, labels };
}

/** The trained network on the plane. */
export interface PlaneTrained {
  readonly points: Float64Array;
  readonly labels: Int32Array;
  /** Probability of class 1 in every cell, row by row from the top. */
  readonly grid: Float64Array;
  readonly parameters: number;
  /** The curvatures as matrices, [D, D] each. */
  readonly matrices: Readonly<Record<LadderKind, Float64Array>>;
  /** Parameters where a layer begins, for the lines between blocks. */
  readonly layers: readonly number[];
}

/** What a place of the plane is told. */
export interface PlaceInfluence {
  /** Probability of class 1. */
  readonly probability: number;
  /** By rung: predicted change of the loss at the place when point i is left out, score / N. */
  readonly predicted: Readonly<Record<LadderKind, Float64Array>>;
  /** As it came out in retraining, once that has been done. */
  readonly realised?: Float64Array;
  /** Spearman's ρ between a rung's predictions and what came out; before, those of the Hessian. */
  readonly agreement: Readonly<Record<LadderKind, number>>;
}

/** Work on one plane. */
export class Plane {
  private readonly data: ClassificationData;
  private readonly model: Mlp;
  private readonly theta: Vec;
  private without: Vec[] | undefined;

  constructor(settings: PlaneSettings) {
    this.data = planePoints(settings);
    this.model = new Mlp([2, settings.width, 2], 'tanh');
    const trainer = new Trainer(this.model, 'cross-entropy', this.data, TRAINING);
    this.theta = settle(this.penalised(this.data), trainer.train({ seed: settings.seed })).theta;
  }

  private get problem(): { model: Mlp; loss: 'cross-entropy'; theta: Vec; data: ClassificationData } {
    return { model: this.model, loss: 'cross-entropy', theta: this.theta, data: this.data };
  }

  /** Border, points and matrices. */
  describe(): PlaneTrained {
    const { model, data, problem } = this;
    const matrices = Object.fromEntries(
      LADDER.map((rung) => [rung, CURVATURES[rung].matrix(problem).data]),
    ) as Record<LadderKind, Float64Array>;
    return {
      points: data.inputs.data.slice(),
      labels: data.labels.slice(),
      grid: this.probabilities(this.theta, cellCentres()),
      parameters: model.parameterCount,
      matrices,
      layers: model.blocks.map(({ offset }) => offset),
    };
  }

  private probabilities(theta: Vec, places: Matrix): Float64Array {
    const u = logits(this.model, theta, places);
    return Float64Array.from({ length: places.rows }, (_, i) => 1 / (1 + Math.exp(u.at(i, 0) - u.at(i, 1))));
  }

  /** Influence of every point on the loss at a place with a label. */
  place(x: number, y: number, label: number, lambda: number): PlaceInfluence {
    const { problem, data } = this;
    const query = { inputs: new Matrix(1, 2, Float64Array.of(x, y)), labels: Int32Array.of(label) };
    const n = data.labels.length;
    const predicted = Object.fromEntries(
      LADDER.map((rung) => {
        const fitted = influenceFunction({ curvature: rung, rule: { kind: 'damped', lambda } }).fit(
          problem,
          data,
        );
        return [rung, fitted.score(query).data.map((score) => score / n)];
      }),
    ) as Record<LadderKind, Float64Array>;
    const realised = this.realised(query);
    const reference = realised ?? predicted.hessian;
    const agreement = Object.fromEntries(
      LADDER.map((rung) => [rung, spearman(predicted[rung], reference)]),
    ) as Record<LadderKind, number>;
    const [probability] = this.probabilities(this.theta, query.inputs);
    return { probability, predicted, agreement, ...(realised === undefined ? {} : { realised }) };
  }

  private realised(query: ClassificationData): Float64Array | undefined {
    const { model, theta, without } = this;
    if (without === undefined) return undefined;
    const [before] = exampleValues(model, 'cross-entropy', theta, query);
    return Float64Array.from(
      without,
      (other) => exampleValues(model, 'cross-entropy', other, query)[0] - before,
    );
  }

  private penalised(data: Dataset): Penalised {
    return { model: this.model, loss: 'cross-entropy', data, penalty: PENALTY };
  }

  /** Takes the weight of one point after the other away, and goes from θ to the minimum without it. */
  async leaveOut(control: Control): Promise<void> {
    const n = this.data.labels.length;
    const without: Vec[] = [];
    for (let i = 0; i < n; i++) {
      const weights = new Matrix(n, 1, new Float64Array(n).fill(1));
      weights.data[i] = 0;
      without.push(settle(this.penalised({ ...this.data, weights }), this.theta).theta);
      control.progress((i + 1) / n);
      await breathe(control);
    }
    this.without = without;
  }
}

/** The middles of the cells, row by row from the top. */
function cellCentres(): Matrix {
  const out = new Matrix(CELLS * CELLS, 2);
  const at = (k: number): number => SPAN * ((2 * k + 1) / CELLS - 1);
  for (let r = 0, i = 0; r < CELLS; r++) for (let c = 0; c < CELLS; c++, i++) out.row(i).set([at(c), -at(r)]);
  return out;
}
