/** @file `--verify` for a given network: its architecture trained anew without the most doubtful rows, with the suggested answers, and without random ones. */
import { accuracy, type Dataset, exampleValues, Trainer } from '../../../autodiff/index.ts';
import { measurementFunction } from '../../../influence/index.ts';
import { mean, rng, type Vec } from '../../../linalg/index.ts';
import type { AuditData } from '../audit-data.ts';
import type { Change, Findings, Verification } from '../findings.ts';
import { overRepeats } from '../measured.ts';
import { measurementOf } from '../network.ts';
import { examplesOf, type GivenNetwork } from './given-network.ts';
import type { OwnTraining } from './own-training.ts';

/** What is verified, and by how many trainings of each kind. */
export interface GivenVerification {
  readonly given: GivenNetwork;
  readonly held: AuditData;
  readonly training: OwnTraining;
  readonly k: number;
  readonly repeats: number;
  readonly seed: number;
}

/** Trainings of each repeat: of all rows, and of the three changes. */
export const KINDS = 4;

/**
 * Changes on the rows held out, against training on all rows from the same start; their errors are over the repeats.
 *
 * @param findings - Of the network: its doubts, and the effects of rows. @param trained - Told of each training.
 * @throws {NumericalError} a training diverges.
 */
export function verifyGiven(
  { given, held, training, k, repeats, seed }: GivenVerification,
  { labels, effects }: Pick<Findings, 'labels'> & { readonly effects: ArrayLike<number> },
  trained: () => void,
): Verification {
  const { data } = given;
  const n = data.answers.length;
  const top = labels.slice(0, k).map(({ position }) => position);
  const random = [...rng(seed, 'audit', 'verify').permutation(n).slice(0, k)];
  const runs = (without: readonly number[], answers: Vec = data.answers): Quality[] => {
    const among = new Set(without);
    const kept = Int32Array.from({ length: n }, (_, i) => i).filter((i) => !among.has(i));
    return trainings(given, { ...data, answers }, kept, training, repeats, seed).map((theta) => {
      trained();
      return qualityOf(given, theta, held);
    });
  };
  const all = runs([]);
  const predicted = (rows: readonly number[]): number => rows.reduce((sum, i) => sum + effects[i], 0);
  return {
    k,
    training: `Its architecture was trained again to see, from ${repeats} fresh initialisations each, by ${training.text} (${training.why}).`,
    removed: { ...changeOf(all, runs(top)), predicted: predicted(top) },
    random: { ...changeOf(all, runs(random)), predicted: predicted(random) },
    relabelled: changeOf(all, runs([], withSuggested(data, labels.slice(0, k)))),
  };
}

interface Quality {
  readonly loss: number;
  readonly accuracy?: number;
}

/** From starts that depend on the repeat alone. */
function trainings(
  { fitted: { model, loss } }: GivenNetwork,
  data: AuditData,
  kept: Int32Array,
  { config }: OwnTraining,
  repeats: number,
  seed: number,
): Vec[] {
  const trainer = new Trainer(model, loss, examplesOf(data), config(kept.length));
  return Array.from({ length: repeats }, (_, repeat) =>
    trainer.train({ seed, path: ['audit', 'verify', repeat], subset: kept }),
  );
}

function qualityOf({ fitted: { model, loss } }: GivenNetwork, theta: Vec, held: AuditData): Quality {
  const examples: Dataset = examplesOf(held);
  const classes = held.classes.length;
  const measured = measurementFunction(measurementOf(classes), loss);
  return {
    loss: mean(exampleValues(model, measured, theta, examples)),
    ...('labels' in examples ? { accuracy: accuracy(model, theta, examples) } : {}),
  };
}

function changeOf(before: readonly Quality[], after: readonly Quality[]): Change {
  const over = (pick: (one: Quality) => number | undefined) =>
    overRepeats(after.map((one, r) => (pick(one) ?? 0) - (pick(before[r]) ?? 0)));
  return {
    loss: over(({ loss }) => loss),
    ...(before[0].accuracy === undefined ? {} : { accuracy: over((one) => one.accuracy) }),
  };
}

/** Answers with what the network suggests in place of those that are given. */
function withSuggested({ answers, classes }: AuditData, doubtful: Findings['labels']): Vec {
  const changed = answers.slice();
  for (const { position, suggested } of doubtful)
    if (suggested !== undefined)
      changed[position] = classes.length > 0 ? classes.indexOf(suggested) : Number(suggested);
  return changed;
}
