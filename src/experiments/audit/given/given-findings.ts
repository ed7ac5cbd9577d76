/** @file What a given network says of a table: doubts, effects of rows, and how far that goes. */
import { exampleValues, predict } from '../../../autodiff/index.ts';
import { measurementFunction } from '../../../influence/index.ts';
import { scaledInputs, scalingOf } from '../../tables/scaling.ts';
import { effectFindings, LISTED, labelFindings, queryFinding } from '../assemble-audit.ts';
import { type AuditData, rowsOf } from '../audit-data.ts';
import { type ClassQuality, classesOf, classQuality, classWarnings, rareWarnings } from '../class-quality.ts';
import { closenessBy } from '../closeness.ts';
import { baselineOf, distrustOf, numberLuck, plainErrors } from '../distrust.ts';
import type { Findings, Trust } from '../findings.ts';
import { type Doubts, doubtsBy } from '../label-doubts.ts';
import { type Measured, rowLoss } from '../measured.ts';
import { nearest } from '../neighbours.ts';
import { measurementOf } from '../network.ts';
import { NEIGHBOURS, queryCount } from '../plan.ts';
import { weak } from '../trust.ts';
import { examplesOf, type GivenNetwork } from './given-network.ts';
import type { LeftOut } from './left-out.ts';
import { preFlight, preFlightWarnings } from './pre-flight.ts';

const single = (value: number): Measured => ({ value, error: null });
const meanOf = (x: ArrayLike<number>): number =>
  Array.from(x).reduce((sum, value) => sum + value, 0) / Math.max(1, x.length);

/**
 * @param held - Rows that the network did not learn from: without them which rows harm and carry is not known.
 * @param trust - What retraining said; absent: nothing was trained.
 */
export function givenFindings(
  given: GivenNetwork,
  leftOut: LeftOut,
  held: AuditData | undefined,
  trust?: Trust,
): Findings {
  const { data, fitted, file } = given;
  const n = data.answers.length;
  const { predictions, damping } = leftOut;
  const doubts = doubtsBy(data, { mean: predictions, repeats: [predictions, predictions] });
  const near = neighboursIn(data);
  const effects = held === undefined ? [] : heldEffects(leftOut, held);
  const quality = { ...qualityOf(given, doubts, held), baseline: baselineOf(data, held) };
  return {
    data,
    model: {
      text: `the network of ${file}, ${fitted.model.parameterCount} parameters`,
      given: file,
      networks: 1,
      ...quality,
      trainLoss: single(meanOf(leftOut.losses)),
    },
    trust: {
      ...distrustOf(quality),
      ...(trust ?? { lds: null, ci: [null, null], ceiling: null }),
      warnings: [
        ...data.warnings,
        ...(held?.warnings ?? []).map((warning) => `Held out: ${warning}`),
        ...given.warnings,
        ...(trust?.warnings ?? [NOT_TRAINED]),
        ...(held === undefined
          ? [
              'Which rows harm and which carry the network was not measured: at the end of training their effects on the rows that it learnt from cancel. Give rows that it did not learn from as --held-out.',
            ]
          : []),
        ...preFlightWarnings(preFlight(fitted, data), damping, predicts(trust)),
        ...classWarnings(held ?? data, classesOf(quality), held === undefined ? doubts.flagged : []),
        ...(held === undefined ? [] : rareWarnings(data, doubts.flagged)),
      ],
    },
    labels: labelFindings(doubts, data, near.index).map((one) => ({
      ...one,
      loss: single(one.loss.value),
    })),
    ...(held === undefined ? { harmful: [], carrying: [] } : effectFindings(effects, data)),
    duplicates: near.duplicates.slice(0, LISTED),
    outliers: near.outliers.slice(0, LISTED),
    queries: queriesOf(data, leftOut, doubts.ranked.slice(0, queryCount({ examples: n })).sort()),
  };
}

/** Whether effects were measured to predict retraining. */
const predicts = (trust: Trust | undefined): boolean =>
  trust !== undefined && !weak(trust.lds ?? Number.NaN, trust.ci[0] ?? Number.NaN);

const NOT_TRAINED =
  'Nothing was trained: no network without a row was asked about it. What the network would say without it is predicted by influence, and how well that predicts retraining was not measured: leave --halves 0 away.';

/** What leaving each row out does to the mean over the rows held out. */
export function heldEffects({ effects }: LeftOut, held: AuditData): Measured[] {
  const scores = effects(held);
  return Array.from({ length: scores.cols }, (_, i) => {
    let sum = 0;
    for (let q = 0; q < scores.rows; q++) sum += scores.at(q, i);
    return single(sum / scores.rows);
  });
}

/** On rows held out, measured; else on its own rows, each as if it had been left out, predicted. */
function qualityOf(
  { fitted: { model, loss, theta }, data: { answers, classes } }: GivenNetwork,
  { predictions: { mean } }: Doubts,
  held: AuditData | undefined,
): Pick<Findings['model'], 'heldOutLoss'> & Partial<ClassQuality> {
  const own = classes.length > 0;
  if (held === undefined) {
    const losses = Array.from(answers, (answer, i) => rowLoss(mean.row(i), answer, classes.length));
    const said = Array.from(answers, (_, i) => argmax(mean.row(i)));
    return {
      heldOutLoss: single(meanOf(losses)),
      ...(own
        ? classQuality([said], { answers, classes })
        : { luck: numberLuck(losses, plainErrors({ answers })) }),
    };
  }
  const measured = measurementFunction(measurementOf(classes.length), loss);
  const losses = exampleValues(model, measured, theta, examplesOf(held));
  return {
    heldOutLoss: single(meanOf(losses)),
    ...(own
      ? classQuality([predict(model, theta, examplesOf(held).inputs)], held)
      : { luck: numberLuck(losses, plainErrors({ answers }, held)) }),
  };
}

const argmax = (row: Float64Array): number => row.reduce((best, x, k) => (x > row[best] ? k : best), 0);

/** For the most doubtful rows, those that helped and harmed them. */
function queriesOf(data: AuditData, { effects }: LeftOut, positions: Int32Array): Findings['queries'] {
  const scores = effects(rowsOf(data, positions));
  return Array.from(positions, (position, q) => queryFinding(position, (i) => single(scores.at(q, i)), data));
}

function neighboursIn(data: AuditData): ReturnType<typeof closenessBy> {
  const n = data.answers.length;
  const everyone = Int32Array.from({ length: n }, (_, i) => i);
  const inputs = scaledInputs(data.inputs, scalingOf(data, everyone, data.classes.length));
  const found = nearest(inputs, 0, n, Math.min(NEIGHBOURS, n - 1));
  return closenessBy(data, (position, of) => found[of].row(position));
}
