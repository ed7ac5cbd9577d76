/** @file One draw of one table: the audit's ranking and cleanlab's, and what retraining without their rows brings on clean rows. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type * as v from 'valibot';
import { exampleValues, selectExamples } from '../src/autodiff/index.ts';
import type { AuditRequest } from '../src/experiments/audit/audit-case.ts';
import type { AuditData } from '../src/experiments/audit/audit-data.ts';
import { foldsOf } from '../src/experiments/audit/jobs.ts';
import { type Doubts, doubtsBy } from '../src/experiments/audit/label-doubts.ts';
import { measurementOf, predicted, prepare, trained } from '../src/experiments/audit/network.ts';
import {
  type AuditPlan,
  type Candidate,
  candidateText,
  type DataShape,
  DEFAULT_SEEDS,
  FOLDS,
} from '../src/experiments/audit/plan.ts';
import { AUDIT_EXPERIMENT, findDoubts } from '../src/experiments/audit/run-audit.ts';
import { runExperiment } from '../src/experiments/engine/experiment.ts';
import { silentProgress } from '../src/experiments/engine/progress.ts';
import { checkJson, parseJson } from '../src/experiments/files/json.ts';
import { measurementFunction } from '../src/influence/index.ts';
import { Matrix, rng } from '../src/linalg/index.ts';
import { type AuditCase, type AuditDraw, drawOf } from './audit-cases.ts';
import { type AveragedResult, type DrawResult, PeerJudgeSchema, PeerRankSchema } from './audit-results.ts';

const PEER = 'bench/peers/cleanlab_audit.py';
/** Networks of the judge. */
const JUDGES = 2;

/** Where it is computed. */
export interface Place {
  /** Work folder; what is stored there is not computed again. */
  readonly out: string;
  readonly python: string;
  readonly workers: number;
}

/** A ranking of the rows of a draw, whoever made it. */
interface Ranking {
  readonly way: string;
  readonly model: string;
  readonly ranked: readonly number[];
  readonly flagged: readonly number[];
}

export async function resultOf(
  of: AuditCase,
  table: AuditData,
  draw: number,
  place: Place,
): Promise<DrawResult> {
  const drawn = drawOf(of, table, draw);
  const plan: AuditPlan = { seed: draw, folds: FOLDS, repeats: DEFAULT_SEEDS };
  const began = process.cpuUsage();
  const { shape, candidate, doubts } = await doubtsIn(drawn.train, plan, of, place);
  const { user, system } = process.cpuUsage(began);
  const peer = rankedByPeer(of, drawn, plan, shape, doubts, place);
  const ours: Ranking = {
    way: 'audit',
    model: "the audit's networks",
    ranked: [...doubts.ranked],
    flagged: [...doubts.flagged],
  };
  const rankings = [ours, ...peer.entries];
  const lists = removedLists(rankings, drawn.wrong, shape.examples, draw);
  const judgedByPeer = judgeOfPeer(of, drawn, lists, plan.seed, place);
  const networks = judgeOfNetworks(drawn, lists, shape, candidate, plan.seed);
  return {
    case: of.name,
    draw,
    rows: shape.examples,
    features: shape.features,
    classes: shape.classes,
    clean: drawn.test.answers.length,
    wrong: drawn.wrong.length,
    network: candidateText(candidate),
    judge: judgedByPeer.judge,
    versions: peer.versions,
    seconds: { audit: (user + system) / 1e6, cleanlab: peer.seconds },
    entries: rankings.map((ranking) => scored(ranking, drawn.wrong)),
    removals: Object.keys(lists).map((list) => ({
      list,
      rows: lists[list].length,
      networks: networks[list],
      peer: judgedByPeer.judged[list],
    })),
  };
}

/** What averaging does: the audit's ranking of one repeat beside that of all, and cleanlab's ways with as many repeats as the audit has. */
export async function averagedOf(
  of: AuditCase,
  table: AuditData,
  draw: number,
  place: Place,
): Promise<AveragedResult> {
  const drawn = drawOf(of, table, draw);
  const plan: AuditPlan = { seed: draw, folds: FOLDS, repeats: DEFAULT_SEEDS };
  const { shape, doubts } = await doubtsIn(drawn.train, plan, of, place);
  const [first] = doubts.predictions.repeats;
  const once = doubtsBy(drawn.train, { mean: first, repeats: [first, first] }); // one repeat: nothing to disagree with
  const peer = checkJson(
    PeerRankSchema,
    asked(
      {
        work: 'average',
        ...common(of, drawn, draw),
        folds: foldsFor(plan, shape, drawn.train),
        repeats: plan.repeats,
      },
      place,
    ),
  );
  const ours = { way: 'audit', model: "the audit's networks" };
  const found = (ranked: readonly number[]): number =>
    scored({ ...ours, ranked, flagged: [] }, drawn.wrong).found;
  return {
    case: of.name,
    draw,
    wrong: drawn.wrong.length,
    repeats: plan.repeats,
    versions: peer.versions,
    entries: [
      { ...ours, repeats: 1, found: found([...once.ranked]) },
      { ...ours, repeats: plan.repeats, found: found([...doubts.ranked]) },
      ...peer.entries.map(({ way, model, ranked }) => ({
        way,
        model,
        repeats: plan.repeats,
        found: found(ranked),
      })),
    ],
  };
}

/** The audit itself, as far as its ranking of labels: the networks are those of the command. */
function doubtsIn(data: AuditData, plan: AuditPlan, { name }: AuditCase, { out, workers }: Place) {
  const experiment = {
    ...AUDIT_EXPERIMENT,
    plan: findDoubts,
    assemble: (found: Awaited<ReturnType<typeof findDoubts>>) => found,
    pages: async () => {},
  };
  const request: AuditRequest = { data, plan, workers, out: path.join(out, `${name}-${plan.seed}`) };
  return runExperiment(experiment, request, silentProgress());
}

/** How many of the wrong rows a ranking has among its first k, k their number, and among those that it flags. */
function scored({ way, model, ranked, flagged }: Ranking, wrong: Int32Array): DrawResult['entries'][number] {
  const among = new Set(wrong);
  const hits = (rows: readonly number[]): number => rows.filter((i) => among.has(i)).length;
  return {
    way,
    model,
    found: hits(ranked.slice(0, wrong.length)),
    flagged: flagged.length,
    flaggedRight: hits(flagged),
  };
}

/** The rows that are taken out: those that are wrong, as many at random, and what each way names first and flags. */
function removedLists(
  rankings: readonly Ranking[],
  wrong: Int32Array,
  rows: number,
  draw: number,
): Record<string, number[]> {
  const k = wrong.length;
  const lists: Record<string, number[]> = {
    nothing: [],
    'the wrong rows': [...wrong],
    'random rows': [...rng(draw, 'bench-audit', 'random').permutation(rows).slice(0, k)],
  };
  const compared = rankings.filter(
    ({ way, model }) => way === 'audit' || (way !== 'Datalab' && !model.startsWith('the audit')),
  );
  for (const { way, model, ranked, flagged } of compared) {
    const name = way === 'audit' ? 'audit' : `cleanlab, ${model}`;
    lists[`${name}: first k`] = ranked.slice(0, k);
    lists[`${name}: flagged`] = [...flagged];
  }
  return lists;
}

/** @throws {Error} the peer cannot be run. */
function asked(request: Record<string, unknown>, { out, python }: Place): unknown {
  const file = path.join(out, `ask-${process.pid}.json`);
  writeFileSync(file, JSON.stringify(request));
  try {
    const { status, stdout, stderr } = spawnSync(python, [PEER, file], { maxBuffer: 2 ** 30 });
    if (status !== 0) throw new Error(`${python} ${PEER}: ${String(stderr).slice(-2000)}`);
    return parseJson(stdout);
  } finally {
    rmSync(file);
  }
}

const rowsOf = ({ inputs }: AuditData): (number | null)[][] =>
  Array.from({ length: inputs.rows }, (_, i) =>
    Array.from(inputs.row(i), (x) => (Number.isNaN(x) ? null : x)),
  );

function common({ standardise }: AuditCase, { train }: AuditDraw, seed: number) {
  const inputs = rowsOf(train);
  return { seed, standardise, classes: train.classes.length, inputs, answers: [...train.answers], test: [] };
}

/** The folds of the audit's networks, for the peer's models. */
function foldsFor(plan: AuditPlan, shape: DataShape, { answers }: AuditData) {
  return foldsOf(plan, shape, answers).map(({ kept, heldOut }) => ({
    kept: [...kept],
    heldOut: [...heldOut],
  }));
}

function rankedByPeer(
  of: AuditCase,
  drawn: AuditDraw,
  plan: AuditPlan,
  shape: DataShape,
  { predictions }: Doubts,
  place: Place,
): v.InferOutput<typeof PeerRankSchema> {
  const { mean } = predictions;
  const folds = foldsFor({ ...plan, repeats: 1 }, shape, drawn.train);
  const given = { folds, predictions: Array.from({ length: mean.rows }, (_, i) => [...mean.row(i)]) };
  return checkJson(PeerRankSchema, asked({ work: 'rank', ...common(of, drawn, plan.seed), ...given }, place));
}

function judgeOfPeer(
  of: AuditCase,
  drawn: AuditDraw,
  removed: Record<string, number[]>,
  seed: number,
  place: Place,
) {
  const judged = { test: rowsOf(drawn.test), truth: [...drawn.test.answers], removed };
  return checkJson(PeerJudgeSchema, asked({ work: 'judge', ...common(of, drawn, seed), ...judged }, place));
}

/** The audit's network, trained without each list from the same starts: mean loss and accuracy on the clean rows. */
function judgeOfNetworks(
  { train, test }: AuditDraw,
  lists: Record<string, number[]>,
  shape: DataShape,
  candidate: Candidate,
  seed: number,
): Record<string, { loss: number; accuracy: number | null }> {
  const { classes } = shape;
  const all = {
    inputs: new Matrix(
      train.answers.length + test.answers.length,
      shape.features,
      Float64Array.from([...train.inputs.data, ...test.inputs.data]),
    ),
    answers: Float64Array.from([...train.answers, ...test.answers]),
  };
  const clean = Int32Array.from(test.answers, (_, i) => train.answers.length + i);
  return Object.fromEntries(
    Object.entries(lists).map(([name, rows]) => {
      const without = new Set(rows);
      const kept = Int32Array.from(train.answers.keys()).filter((i) => !without.has(i));
      const prepared = prepare(all, kept, shape, candidate);
      const measured = measurementFunction(measurementOf(classes), prepared.loss);
      let [loss, hits] = [0, 0];
      for (let network = 0; network < JUDGES; network++) {
        const theta = trained(prepared, candidate, kept, seed, ['bench-audit', 'judge', network]);
        const values = exampleValues(prepared.model, measured, theta, selectExamples(prepared.data, clean));
        loss += (prepared.scaling.spread * values.reduce((sum, x) => sum + x, 0)) / values.length / JUDGES;
        if (classes === 0) continue;
        const p = predicted(prepared, theta, clean, classes);
        for (let r = 0; r < p.rows; r++)
          hits += Number(
            p.row(r).reduce((best, x, c, row) => (x > row[best] ? c : best), 0) === test.answers[r],
          );
      }
      const accuracy = classes > 0 ? hits / JUDGES / clean.length : null;
      return [name, { loss, accuracy }];
    }),
  );
}
