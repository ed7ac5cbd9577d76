/** @file `audit` with a network of one's own: what influence says of its rows, and what retraining its architecture says of that. */
import path from 'node:path';
import { growBank, ownSeries } from '../attribution/own-bank.ts';
import { plainData } from '../attribution/plain-data.ts';
import { plainNetwork } from '../attribution/plain-network.ts';
import type { AuditData } from '../audit/audit-data.ts';
import type { Findings, Trust } from '../audit/findings.ts';
import { givenFindings, heldEffects } from '../audit/given/given-findings.ts';
import { examplesOf, fitting, type GivenNetwork, readGivenNetwork } from '../audit/given/given-network.ts';
import { givenTrust, trustQuestion } from '../audit/given/given-trust.ts';
import { type LeftOut, leftOutOf } from '../audit/given/left-out.ts';
import {
  type OwnTraining,
  trainingAsSaid,
  trainingLike,
  USUAL_TRAININGS,
} from '../audit/given/own-training.ts';
import { KINDS, verifyGiven } from '../audit/given/verify-given.ts';
import { HALVES_SEEDS, halves } from '../audit/plan.ts';
import { type FileRequest, readAuditData } from '../audit/reading/read-data.ts';
import { auditFiles, writeAudit } from '../audit/run-audit.ts';
import { checkVerifiedRows } from '../audit/verify-rows.ts';
import { checkTime, leastTrainingSeconds } from '../engine/bounds.ts';
import { createProgress, type Progress, whileShown } from '../engine/progress.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { readInput } from '../files/read-input.ts';
import { sameFile } from '../files/targets.ts';
import { decodeText } from '../tables/decode-text.ts';
import type { FlagsOf } from '../terminal/command.ts';
import type { Output } from '../terminal/output.ts';
import { type Given, refuseGiven } from '../terminal/strict-options.ts';
import type { NetworkOptions } from '../user-files/any-network.ts';
import { refuseOtherOptimiser, type TRAINING, TRAINING_FLAGS, trainingConfig } from './train.ts';

/** What is said of the audit. */
type Flags = NetworkOptions &
  FlagsOf<typeof TRAINING> &
  Pick<FileRequest, 'target' | 'task' | 'id'> & {
    readonly out: string;
    readonly inputs?: string | undefined;
    readonly heldOut?: string | undefined;
    readonly halves?: number | undefined;
    readonly verify?: number | 'flagged' | undefined;
    readonly seeds: number;
    readonly seed: number;
    readonly workers: number;
    readonly json?: boolean | undefined;
  };

/** What has been read, and what influence says of it. */
interface Case {
  readonly given: GivenNetwork;
  readonly held: AuditData | undefined;
  readonly leftOut: LeftOut;
}

/** The audit by a network that is given. @param output - What is printed of findings. */
export async function auditGiven(
  file: string,
  flags: Flags,
  stood: Given<Flags>,
  output: (
    findings: Findings,
    out: string,
    wall: number,
    files: readonly string[],
    heldOut?: string,
  ) => Output,
): Promise<Output> {
  const start = performance.now();
  const { heldOut, out, verify } = flags;
  checkOptions(flags, stood);
  if (heldOut !== undefined && sameFile(file, heldOut))
    throw new CommandError(
      `--held-out ${heldOut} is the file that is audited: it takes rows that the network did not learn from.`,
      USAGE,
    );
  const of = await readCase(file, flags);
  checkVerifiedRows(verify, of.given.data.answers.length);
  if (flags.json !== true) for (const line of of.given.data.understood) console.error(line);
  const progress = createProgress(flags.json === true);
  const wanted = flags.halves ?? halves({ examples: of.given.data.answers.length });
  const training =
    wanted === 0 && verify === undefined
      ? undefined
      : whileShown(progress, () => trainingOf(of.given, flags, stood, progress));
  const trust =
    training === undefined || wanted === 0
      ? undefined
      : await measuredTrust(of, training, wanted, flags, progress);
  const found = givenFindings(of.given, of.leftOut, of.held, trust);
  const findings =
    training === undefined
      ? found
      : whileShown(progress, () => verified(of, found, training, flags, progress));
  writeAudit(findings, out);
  const wall = Math.round(performance.now() - start) / 1000;
  return output(findings, out, wall, auditFiles(out), heldOut);
}

function checkOptions(flags: Flags, stood: Given<Flags>): void {
  refuseOtherOptimiser(flags, stood);
  if (flags.verify !== undefined && flags.heldOut === undefined)
    throw new CommandError(
      '--verify of a network of your own needs --held-out: rows that it did not learn from, on which to see what changes.',
      USAGE,
    );
  if (flags.verify === undefined) {
    refuseGiven(stood, ['seeds'], 'belongs to --verify');
    if (flags.halves === 0)
      refuseGiven(
        stood,
        [...TRAINING_FLAGS, 'seed', 'workers'],
        'has no effect with --halves 0: nothing is trained',
      );
  }
}

async function readCase(file: string, flags: Flags): Promise<Case> {
  const { target, task, id, heldOut } = flags;
  const read = (from: string, inputs: NonNullable<FileRequest['inputs']>): Promise<AuditData> =>
    readAuditData({ file: from, target, task, id, inputs });
  const named = flags.inputs === undefined ? 'columns' : inputNames(flags.inputs);
  const given = readGivenNetwork(flags, await read(file, named));
  // texts of the table, not those that happen to be among the rows held out
  const held = heldOut === undefined ? undefined : fitting(await read(heldOut, given.data.features), given);
  return { given, held, leftOut: leftOutOf(given.fitted, given.data) };
}

/** A line an input; empty ones are none. @throws {CommandError} there is none. */
function inputNames(file: string): string[] {
  const { text: lines } = decodeText(file, readInput(file));
  const names = lines.split(/\r?\n/).map((line) => line.trim());
  const filled = names.filter((name) => name !== '');
  if (filled.length === 0) throw new CommandError(`${file}: it names no input.`);
  return filled;
}

/** As the options say; where none does, the usual training that ends nearest to the network. */
function trainingOf(given: GivenNetwork, flags: Flags, stood: Given<Flags>, progress: Progress): OwnTraining {
  const n = given.data.answers.length;
  if (TRAINING_FLAGS.some((flag) => stood(flag))) {
    if (flags.batch !== undefined && flags.batch > n)
      throw new CommandError(`--batch ${flags.batch} is larger than the ${n} rows.`);
    const batch = (examples: number): number => Math.min(flags.batch ?? examples, examples);
    return trainingAsSaid(
      (examples) =>
        trainingConfig(flags.batch === undefined ? flags : { ...flags, batch: batch(examples) }, examples),
      n,
    );
  }
  const track = progress.track('trainings tried', USUAL_TRAININGS, 0);
  return trainingLike(given, flags.seed, () => track.advance());
}

/** Trained on random halves, what is stored in the folder continued. */
async function measuredTrust(
  { given, held, leftOut }: Case,
  training: OwnTraining,
  subsets: number,
  { out, seed, workers }: Flags,
  progress: Progress,
): Promise<Trust> {
  const question = trustQuestion(given, held, seed);
  const { model } = given.fitted;
  const half = Math.floor(given.data.answers.length / 2);
  const config = training.config(half);
  const steps = subsets * HALVES_SEEDS * config.epochs * Math.max(1, Math.floor(half / config.batch));
  checkTime(
    leastTrainingSeconds(steps, config.batch, model.parameterCount),
    `${subsets * HALVES_SEEDS} trainings, ${steps} steps`,
    'give fewer --halves or --epochs',
  );
  const trained = {
    network: plainNetwork(model),
    loss: question.loss,
    config,
    train: plainData(question.train),
    queries: plainData(examplesOf(question.queries)),
    seed,
  };
  const { bank } = await growBank(
    trained,
    ownSeries(trained, 0.5),
    { subsets, seeds: HALVES_SEEDS },
    path.join(out, 'bank'),
    workers,
    (missing, stored) => progress.track('trust', missing + stored, stored),
    (line) => progress.note(line),
  ).finally(() => progress.stop());
  return givenTrust(given, leftOut, question, bank, training, seed);
}

/** With what retraining said of the most doubtful rows, if that was asked. */
function verified(
  { given, held, leftOut }: Case,
  findings: Findings,
  training: OwnTraining,
  { verify, seeds, seed }: Flags,
  progress: Progress,
): Findings {
  const flagged = findings.labels.filter((one) => one.flagged).length;
  const k = Math.min(verify === 'flagged' ? flagged : (verify ?? 0), given.data.answers.length - 1);
  if (k === 0 || held === undefined) return findings;
  const track = progress.track('retraining to see', KINDS * seeds, 0);
  const effects = heldEffects(leftOut, held).map(({ value }) => value);
  return {
    ...findings,
    verified: verifyGiven(
      { given, held, training, k, repeats: seeds, seed },
      { labels: findings.labels, effects },
      () => track.advance(),
    ),
  };
}
