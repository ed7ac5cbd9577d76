/** @file Which labels and targets are doubted, by networks that did not see them. */
import { gatherOutOfFold, labelScores, type OutOfFold, targetScores } from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';
import type { Store } from '../engine/store.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { AuditData } from './audit-data.ts';
import { foldsOf, storedUnder } from './jobs.ts';
import type { AuditPlan, Candidate, DataShape } from './plan.ts';

/** All rows, ranked by doubt. */
export interface Doubts {
  /** Probabilities, or predictions in the units of the table. */
  readonly predictions: OutOfFold;
  /** [n], in [0, 1]: low where the answer is doubtful. */
  readonly scores: Float64Array;
  /** [n]: the class, or the number, that the networks would say. */
  readonly suggested: Float64Array;
  /** Positions, the most doubtful first. */
  readonly ranked: Int32Array;
  /** Positions whose answer a person should look at, the most doubtful first. */
  readonly flagged: Int32Array;
}

/** A number is doubted this many robust standard deviations from what is predicted. */
const FAR = 4;

export function doubtsOf(
  data: AuditData,
  shape: DataShape,
  plan: AuditPlan,
  candidate: Candidate,
  store: Store,
): Doubts {
  const jobs = foldsOf(plan, shape, data.answers);
  const answers = jobs.map(({ repeat, fold }) =>
    matrixOf(
      store.get(storedUnder({ kind: 'member', data: shape, plan, candidate, repeat, fold })).arrays[
        'predictions'
      ],
    ),
  );
  return doubtsBy(data, gatherOutOfFold(jobs, answers));
}

/** Doubts by predictions for every row without it: probabilities, or numbers in the units of the table. */
export function doubtsBy(data: AuditData, predictions: OutOfFold): Doubts {
  return data.classes.length > 0 ? ofLabels(data, predictions) : ofTargets(data, predictions);
}

/**
 * A label is flagged when another class is more probable, and at least as probable as that class is, on average, to the rows that have it: the
 * threshold of Northcutt, Jiang & Chuang (2021), which differs between classes, so that a rare one is not flagged as a whole.
 */
function ofLabels({ answers, classes }: AuditData, predictions: OutOfFold): Doubts {
  const labels = Int32Array.from(answers);
  const { mean } = predictions;
  const { scores, suggested, ranked } = labelScores(mean, labels);
  const [total, count] = [new Float64Array(classes.length), new Float64Array(classes.length)];
  for (const [i, y] of labels.entries()) {
    total[y] += mean.at(i, y);
    count[y]++;
  }
  const flagged = ranked.filter((i) => {
    const k = suggested[i];
    return k !== labels[i] && mean.at(i, k) >= total[k] / Math.max(1, count[k]);
  });
  return { predictions, scores, suggested: Float64Array.from(suggested), ranked, flagged };
}

function ofTargets({ answers }: AuditData, predictions: OutOfFold): Doubts {
  const { scores, deviations, suggested, ranked } = targetScores(
    predictions,
    new Matrix(answers.length, 1, answers),
  );
  return {
    predictions,
    scores,
    suggested: suggested.data,
    ranked,
    flagged: ranked.filter((i) => deviations[i] >= FAR),
  };
}
