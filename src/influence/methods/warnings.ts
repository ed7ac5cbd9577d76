/** @file What a reader must be told about scores that look like an answer and are none. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import type { Network } from '../../autodiff/network.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { recordNetwork } from '../../autodiff/record-network.ts';
import { Tape } from '../../autodiff/tape.ts';
import type { TapeNode } from '../../autodiff/tape-node.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import { maxAbs, norm2 } from '../../linalg/sum.ts';
import type { FittedModel } from '../attributor.ts';
import { CHUNK_NUMBERS, chunks } from '../attributors/bilinear-scores.ts';
import type { Discarded } from '../attributors/discarded.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import type { Diagnostics } from './method.ts';

/** The discarded share, and the relative residual of a solve, from which on the scores are doubtful. */
export const DOUBTFUL = 0.1;

/** Below, a double has lost digits somewhere on the way: the smallest normal number, divided by ε. */
const LOST_DIGITS = 2 ** -1022 / Number.EPSILON;

/** Sentences about what is discarded. */
export function discardedWarnings({ query, train }: Discarded): string[] {
  const parts = [
    query !== null && query > DOUBTFUL ? `${percent(query)} of that of the query gradients` : undefined,
    train !== null && train > DOUBTFUL ? `${percent(train)} of that of the training gradients` : undefined,
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return [];
  return [
    `Directions that hold a large part of the squared norm of gradients are discarded, ${parts.join(' and ')}: the scores do not see them. ` +
      'The automatic rule, a smaller eps, or a larger rank or dimension keeps more.',
  ];
}

/** What scores are judged by. */
export interface JudgedScores {
  /** Shape [nQuery, N]. */
  readonly scores: Matrix;
  readonly diagnostics: readonly Diagnostics[];
  readonly models: readonly FittedModel[];
  readonly train: Dataset;
  readonly queries: Dataset;
  readonly measurement: Measurement;
  /** Whether the method looks at gradients at all. */
  readonly looks: boolean;
}

/**
 * Sentences about scores that vanish, are too small to have digits, or rank nothing; and about solvers that did not arrive.
 * Gradients are computed only where scores vanish, to tell why.
 */
export function scoreWarnings(judged: JudgedScores): string[] {
  const { scores, diagnostics, looks } = judged;
  const told = diagnostics.flatMap(({ notes }) =>
    Array.isArray(notes?.['warnings']) ? notes['warnings'] : [],
  );
  return [
    ...told.map(String),
    ...residualWarnings(diagnostics),
    ...(looks ? valueWarnings(scores, () => whyZero(judged)) : constantWarnings(scores)),
  ];
}

/** Sentences about self-influence, shape [N]. */
export function selfWarnings(values: Vec): string[] {
  const largest = maxAbs(values);
  if (largest === 0) return ['Every self-influence is 0.'];
  return largest < LOST_DIGITS ? [lostDigits(largest)] : [];
}

function residualWarnings(diagnostics: readonly Diagnostics[]): string[] {
  const residuals = diagnostics.flatMap((one) => Array.from(one.residuals ?? []));
  const largest = residuals.reduce((most, r) => (Number.isNaN(r) ? r : Math.max(most, r)), 0);
  if (largest <= DOUBTFUL) return [];
  const moved = residuals.some((r) => r < 1 - Number.EPSILON) ? '' : ', as if it had not moved';
  return [
    `The solver stopped at a relative residual of ${largest.toPrecision(2)}${moved}: these are not the scores of the inverse. ` +
      'More iterations, a longer step (alpha) or more damping bring it nearer.',
  ];
}

function valueWarnings(scores: Matrix, why: () => string): string[] {
  const { data } = scores;
  if (data.length === 0) return [];
  const largest = maxAbs(data);
  if (largest === 0) return [`Every score is 0: ${why()}.`];
  if (largest < LOST_DIGITS) return [lostDigits(largest)];
  return constantWarnings(scores);
}

function constantWarnings(scores: Matrix): string[] {
  const { rows, cols } = scores;
  let constant = 0;
  for (let q = 0; q < rows; q++) {
    const row = scores.row(q);
    if (row.every((value) => value === row[0]) && (cols > 1 || row[0] === 0)) constant++;
  }
  if (constant === 0) return [];
  return [
    `${constant} of ${rows} queries ${constant === 1 ? 'has' : 'have'} the same score for every training example: nothing is ranked there.`,
  ];
}

/**
 * What to say of a λ > 0 beside which the curvature disappears, being more than ten times the trace and hence every eigenvalue; or that
 * disappears beside the curvature, being below its rounding error. Nothing of λ = 0, which is no damping.
 *
 * @param name - Of the option, with its symbol.
 */
export function dampingWarnings(name: string, lambda: number, trace: number): string[] {
  if (lambda > 10 * trace) return [hiddenCurvature(`${name} = ${lambda}`)];
  if (lambda === 0 || lambda >= Number.EPSILON * trace) return [];
  return [
    `${name} = ${lambda} is below the rounding error of the curvature: where it decides, the scores have no correct digits.`,
  ];
}

/** Root mean squares of features between which one λ weighs the weights of the first layer about as its biases. */
const USUAL_UNITS = { low: 1e-2, high: 1e2 };

/**
 * What to say of features whose units are far from 1 where one automatic λ is added to all directions: the curvature of the first
 * layer's weights carries the square of these units, that of its biases does not.
 */
export function unitWarnings({ inputs }: Dataset): string[] {
  const size = norm2(inputs.data) / Math.sqrt(inputs.data.length);
  if (size === 0 || (size >= USUAL_UNITS.low && size <= USUAL_UNITS.high)) return [];
  return [
    `The root mean square of the features is ${size.toPrecision(2)}, far from 1: one λ then counts ${size < 1 ? 'the weights of the first layer for nearly nothing' : 'all but the weights of the first layer for nearly nothing'}. Standardise the features, as the same network in other units would rank otherwise.`,
  ];
}

/** What to say of K-FAC's reduced factors where an example's positions attend to each other. */
export function reducedAttention(model: Network): string[] {
  const tape = new Tape(model.ops);
  recordNetwork(model, tape, tape.input(model.inputs, 1));
  const depends = new Set<number>();
  for (const { id, block, operands } of tape.nodes)
    if (block !== undefined || operands.some((x) => depends.has(x.id))) depends.add(id);
  // weights of a mean are a softmax, too, but of constants
  const attends = ({ id, kind }: TapeNode): boolean =>
    kind === 'attention' || kind === 'masked-attention' || (kind === 'softmax' && depends.has(id));
  if (!tape.nodes.some(attends)) return [];
  return [
    "kfac: 'reduce' is degenerate under attention: summed over positions, the gradient of a key projection's bias is 0 identically, so that its factor holds rounding errors, and a table of positions has an input factor of rank one. 'expand' is not.",
  ];
}

/** A rule or a damping that treats every direction alike. */
export function hiddenCurvature(parameter: string): string {
  return `${parameter} hides the curvature: every direction is inverted to nearly the same number, and the scores are a multiple of the gradient dot product.`;
}

function lostDigits(largest: number): string {
  return `The largest score is ${largest.toExponential(1)}, so small that digits are lost on the way: an option, or the scale of the loss, is out of all proportion.`;
}

/** Whether the gradients vanish, or the method made nothing of them. */
function whyZero({ models, train, queries, measurement }: JudgedScores): string {
  if (models.every((one) => vanish(one, measurementFunction(measurement, one.loss), queries)))
    return 'every query has gradient 0';
  if (models.every((one) => vanish(one, one.loss, train))) return 'every training example has gradient 0';
  return 'the gradients are not, but nothing of them is left under these options. This is no answer';
}

/** Whether every gradient is 0; a chunk at a time, until one is not. */
function vanish({ model, theta }: FittedModel, f: ExampleFunction, data: Dataset): boolean {
  const size = Math.max(1, Math.floor(CHUNK_NUMBERS / model.parameterCount));
  for (const [start, end] of chunks(datasetSize(data), size))
    if (maxAbs(perExampleGradients(model, f, theta, data, start, end).data) > 0) return false;
  return true;
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(3)} %`;
}
