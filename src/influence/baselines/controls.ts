/** @file Controls that look at no gradient: what a method must beat. */
import { asDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { checkOneOutput } from '../../autodiff/network-checks.ts';
import { checkBoolean } from '../../linalg/border/arguments.ts';
import { checkFields, checkSeed } from '../../linalg/border/fields.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { rng } from '../../linalg/random/random.ts';
import type { Attributor } from '../attributor.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import { MEASUREMENT_FACTS, type Measurement, measurementFunction } from '../measurement.ts';
import { ATTRIBUTOR } from '../option-checks.ts';

export interface RandomControlOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Default 'loss'. Names what the scores are held against; the numbers do not depend on it. */
  readonly measurement?: Measurement;
  /** Default 'random'. */
  readonly id?: string;
}

/**
 * Standard normal scores. The row of a query is the stream (seed, 'random-control', label or targets, inputs), so it depends on
 * the query and not on its place; the column is the training example's place. Its expected LDS is 0.
 *
 * @returns An attributor; `fit` computes nothing. @throws {DomainError} seed or measurement.
 * Cost: one normal number per score.
 * @example randomControl({ seed: 1 }).fit({ model, loss, theta }, train).score(queries);
 */
export function randomControl(options: RandomControlOptions = {}): Attributor {
  checkFields('randomControl', options, { ...ATTRIBUTOR, seed: checkSeed });
  const { seed = 0, measurement = 'loss' } = options;
  return {
    id: options.id ?? 'random',
    measurement,
    fit(fitted, train) {
      ({ fitted, train } = asFittedModel('randomControl.fit', fitted, train));
      const n = datasetSize(train);
      const f = measurementFunction(measurement, fitted.loss);
      const row = (data: Dataset, q: number): Vec => {
        const name = [...answer(data, q), ...data.inputs.row(q)];
        return rng(seed, 'random-control', ...name).fillNormal(new Float64Array(n));
      };
      return {
        score(queries) {
          queries = asDataset('randomControl.score', fitted.model, f, queries);
          const out = new Matrix(datasetSize(queries), n);
          for (let q = 0; q < out.rows; q++) out.row(q).set(row(queries, q));
          return out;
        },
        selfInfluence: () => Float64Array.from({ length: n }, (_, i) => row(train, i)[i]),
      };
    },
  };
}

export interface LabelControlOptions {
  /** Default 'loss'; for 'margin', which falls when helpful examples are left out, the sign is the other one. */
  readonly measurement?: Measurement;
  /** Weights that give every class the same total; default true. */
  readonly balanced?: boolean;
  /** Default 'label'. */
  readonly id?: string;
}

/**
 * Looks at labels alone: an example of the query's own class helps, all of them equally. |score[q, i]| is 0 for another class,
 * and for the same one 1, or N/(C n_c) when balanced (n_c of N examples in class c, C classes that occur), whose mean over the
 * training set is 1/C for every class. Where subsets have one size, balancing changes no LDS.
 *
 * @returns An attributor; `fit` counts classes. @throws {DomainError} measurement. From `fit`: {@link UnsupportedError} regression.
 * @example labelControl({ measurement: 'margin' }).fit({ model, loss, theta }, train).score(queries);
 */
export function labelControl(options: LabelControlOptions = {}): Attributor {
  checkFields('labelControl', options, { ...ATTRIBUTOR, balanced: checkBoolean });
  const { measurement = 'loss', balanced = true } = options;
  const sign = MEASUREMENT_FACTS[measurement].rises === true ? -1 : 1;
  return {
    id: options.id ?? 'label',
    measurement,
    fit(fitted, train) {
      ({ fitted, train } = asFittedModel('labelControl.fit', fitted, train));
      const f = measurementFunction(measurement, fitted.loss);
      checkOneOutput('labelControl.fit', fitted.model);
      const labels = labelsOf(train);
      const weights = classWeights(labels, fitted.model.outputs, balanced).map((w) => sign * w);
      return {
        score(queries) {
          queries = asDataset('labelControl.score', fitted.model, f, queries);
          const asked = labelsOf(queries);
          const out = new Matrix(asked.length, labels.length);
          for (let q = 0, at = 0; q < asked.length; q++)
            for (let i = 0; i < labels.length; i++, at++)
              if (labels[i] === asked[q]) out.data[at] = weights[labels[i]];
          return out;
        },
        selfInfluence: () => Float64Array.from(labels, (label) => weights[label]),
      };
    },
  };
}

function labelsOf(data: Dataset): Int32Array {
  if ('labels' in data) return data.labels;
  throw new UnsupportedError('labelControl: regression has no classes. Use randomControl.');
}

function classWeights(labels: Int32Array, classes: number, balanced: boolean): Vec {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]++;
  const occurring = counts.reduce((total, count) => total + (count > 0 ? 1 : 0), 0);
  return counts.map((count) => (balanced && count > 0 ? labels.length / (occurring * count) : 1));
}

/** What is to be predicted, as plain numbers. */
function answer(data: Dataset, q: number): number[] {
  if (!('labels' in data)) return Array.from(data.targets.row(q));
  const positions = data.labels.length / datasetSize(data);
  return Array.from(data.labels.subarray(q * positions, (q + 1) * positions));
}
