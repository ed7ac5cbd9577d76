/** @file audit.json: what an audit found, for programs. */
import * as v from 'valibot';
import { correlation, finite, fraction, index, intervalOf, nonNegative } from '../files/json-schemas.ts';
import type { Findings, Verification } from './findings.ts';
import type { Measured } from './measured.ts';

const measured = v.strictObject({ value: finite, error: v.nullable(nonNegative) });
const change = v.strictObject({
  loss: measured,
  accuracy: v.exactOptional(measured),
  predicted: v.exactOptional(finite),
});
const answer = v.union([v.string(), finite]);

/** The form of audit.json. Issues of one kind stand together, the most probable first; every row has one of kind 'label'. */
export const AuditSchema = v.strictObject({
  format: v.literal('eigenfluence audit 1'),
  task: v.picklist(['classification', 'regression']),
  target: v.string(),
  /** Data rows of the file; those without a target have no issue. */
  rows: index,
  classes: v.exactOptional(v.array(v.string())),
  features: v.array(v.string()),
  understood: v.array(v.string()),
  model: v.strictObject({
    text: v.string(),
    /** The file of a network that was given: then heldOutLoss and accuracy are predicted, unless rows were held out. */
    given: v.exactOptional(v.string()),
    networks: index,
    heldOutLoss: measured,
    trainLoss: measured,
    accuracy: v.exactOptional(measured),
    /** The mean over the classes of the share of their rows that are recognised. */
    balancedAccuracy: v.exactOptional(measured),
    /** That share for each of `classes`; null: no row of it. */
    recall: v.exactOptional(v.pipe(v.array(v.nullable(fraction)), v.readonly())),
    /** What knows nothing reaches by luck: balancedAccuracy of classes, heldOutLoss of numbers. */
    luck: v.exactOptional(nonNegative),
    baseline: nonNegative,
  }),
  trust: v.strictObject({
    /** Why doubts about labels or targets are not to be trusted; absent: the networks do better than an answer that looks at nothing. */
    distrust: v.exactOptional(v.string()),
    /** Of effects of rows, not of doubts: how well computed effects rank what retraining changes. */
    lds: v.nullable(correlation),
    ci: intervalOf(correlation),
    ceiling: v.nullable(correlation),
    /** Of a given network that was trained anew: how. */
    training: v.exactOptional(v.string()),
    warnings: v.array(v.string()),
  }),
  issues: v.array(
    v.strictObject({
      row: index,
      kind: v.picklist(['label', 'harmful', 'duplicate', 'outlier']),
      /** High: probable. label: 1 − agreement, in [0, 1]; harmful: by how much the held-out loss would fall; duplicate: 1 − relative distance; outlier: relative distance. */
      score: finite,
      given: answer,
      suggested: v.exactOptional(answer),
      /** Of a label: whether a person should look. */
      flagged: v.exactOptional(v.boolean()),
      /** Of a duplicate: the other row. */
      other: v.exactOptional(index),
    }),
  ),
  verified: v.exactOptional(
    v.strictObject({
      k: index,
      /** Of a given network: how it was trained again. */
      training: v.exactOptional(v.string()),
      removed: change,
      random: change,
      relabelled: v.exactOptional(change),
    }),
  ),
});
export type AuditFile = v.InferOutput<typeof AuditSchema>;

export function auditJson(findings: Findings): AuditFile {
  const { data, model, trust, labels, harmful, duplicates, outliers, verified } = findings;
  const numbers = data.classes.length === 0;
  const said = (text: string): string | number => (numbers ? Number(text) : text);
  const given = (position: number): string | number =>
    numbers ? data.answers[position] : data.classes[data.answers[position]];
  const value: AuditFile = {
    format: 'eigenfluence audit 1',
    task: data.task,
    target: data.target,
    rows: data.rows,
    ...(numbers ? {} : { classes: [...data.classes] }),
    features: [...data.features],
    understood: [...data.understood],
    model: {
      ...model,
      heldOutLoss: plain(model.heldOutLoss),
      trainLoss: plain(model.trainLoss),
      ...(model.accuracy === undefined ? {} : { accuracy: plain(model.accuracy) }),
      ...(model.balancedAccuracy === undefined ? {} : { balancedAccuracy: plain(model.balancedAccuracy) }),
    },
    trust: {
      ...(trust.distrust === undefined ? {} : { distrust: trust.distrust }),
      lds: trust.lds,
      ci: [trust.ci[0], trust.ci[1]],
      ceiling: trust.ceiling,
      ...(trust.training === undefined ? {} : { training: trust.training }),
      warnings: [...trust.warnings],
    },
    issues: [
      ...labels.map(({ row, position, score, suggested, flagged }) => ({
        row,
        kind: 'label' as const,
        score: 1 - score,
        given: given(position),
        ...(suggested === undefined ? {} : { suggested: said(suggested) }),
        flagged,
      })),
      ...harmful.map(({ row, position, effect }) => ({
        row,
        kind: 'harmful' as const,
        score: -effect.value,
        given: given(position),
      })),
      ...duplicates.map(({ row, position, other, score }) => ({
        row,
        kind: 'duplicate' as const,
        score: 1 - score,
        given: given(position),
        other,
      })),
      ...outliers.map(({ row, position, score }) => ({
        row,
        kind: 'outlier' as const,
        score,
        given: given(position),
      })),
    ],
    ...(verified === undefined ? {} : { verified: verifiedJson(verified) }),
  };
  return v.parse(AuditSchema, value);
}

const plain = ({ value, error }: Measured): { value: number; error: number | null } => ({ value, error });

function verifiedJson({
  k,
  training,
  removed,
  random,
  relabelled,
}: Verification): NonNullable<AuditFile['verified']> {
  return JSON.parse(
    JSON.stringify({ k, training, removed, random, ...(relabelled === undefined ? {} : { relabelled }) }),
  ) as NonNullable<AuditFile['verified']>;
}
