/** @file Scores taken apart by labels: what of them is the similarity of labels alone. */
import type { ClassificationData } from '../../autodiff/index.ts';
import { Matrix } from '../../linalg/index.ts';

/**
 * The parts of scores [query, train]: of the examples with the label of the query; of the others; the mean over the examples of each label, in
 * place of each of them; and what is left without that mean. The first two add up to the scores, so do the last two.
 */
export function byLabels(
  scores: Matrix,
  train: Pick<ClassificationData, 'labels'>,
  query: Pick<ClassificationData, 'labels'>,
): [same: Matrix, others: Matrix, means: Matrix, within: Matrix] {
  const make = (): Matrix => new Matrix(scores.rows, scores.cols);
  const [same, others, means, within] = [make(), make(), make(), make()];
  const classes = train.labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  for (let q = 0; q < scores.rows; q++) {
    const row = scores.row(q);
    const mean = new Float64Array(classes);
    const count = new Float64Array(classes);
    for (let i = 0; i < row.length; i++) {
      mean[train.labels[i]] += row[i];
      count[train.labels[i]]++;
    }
    for (let i = 0; i < row.length; i++) {
      const label = train.labels[i];
      const own = mean[label] / count[label];
      (label === query.labels[q] ? same : others).row(q)[i] = row[i];
      means.row(q)[i] = own;
      within.row(q)[i] = row[i] - own;
    }
  }
  return [same, others, means, within];
}
