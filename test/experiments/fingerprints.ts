/**
 * @file Digests of small tasks, and the command that notes them: npx tsx test/experiments/fingerprints.ts
 *
 * It refuses to note a changed digest under an unchanged version: stored results would change their meaning.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InverseRule } from '../../src/curvature/index.ts';
import { accepts } from '../../src/experiments/better-hessians/beyond/approach.ts';
import { encodeAnswers, judgedNetwork } from '../../src/experiments/better-hessians/beyond/beyond-task.ts';
import { APPROACHES } from '../../src/experiments/better-hessians/beyond/run-beyond.ts';
import { computeJob, jobTask } from '../../src/experiments/better-hessians/reproduce/job.ts';
import type { Job } from '../../src/experiments/better-hessians/reproduce/message.ts';
import { judgeVariant } from '../../src/experiments/better-hessians/study/judge.ts';
import { encodeJudged, variantRules } from '../../src/experiments/better-hessians/study/study-task.ts';
import { studyVariants } from '../../src/experiments/better-hessians/study/variant.ts';
import { Store } from '../../src/experiments/engine/store.ts';
import { TASK_VERSIONS, type TaskName, type TaskResult, taskKey } from '../../src/experiments/engine/task.ts';
import { digest, digestNumbers } from '../../src/experiments/files/digest.ts';
import { settingModel } from '../../src/experiments/protocol/base-network.ts';
import { prepareDigits } from '../../src/experiments/protocol/data/prepare-digits.ts';
import { settingConfig } from '../../src/experiments/protocol/profile.ts';
import { Retrainer } from '../../src/experiments/protocol/retrainer.ts';
import { baseTrainingTask, METHODS } from '../../src/experiments/protocol/tasks.ts';
import { createBank, drawSubsets, recordOutcomes, retrainingJobs } from '../../src/influence/index.ts';
import { astraResults } from './fingerprinted-astra.ts';
import { bifResults } from './fingerprinted-bif.ts';
import { methodsResults } from './fingerprinted-methods.ts';

/** Every task that there is. */
export const FINGERPRINTED: readonly TaskName[] = Object.keys(TASK_VERSIONS) as TaskName[];

export interface Fingerprint {
  readonly version: number;
  readonly digest: string;
}

const GOLDEN = fileURLToPath(new URL('./fingerprints.json', import.meta.url));

/** 502 parameters: panels, blocks and leaves of the eigensolver are in use; batches of 32 as in all real settings. */
const PROFILE = { settings: [], subsets: 2, seeds: 1, train: 150, queries: 10, batch: 32, models: 1 };
const SETTINGS = ['d2-w6-e4', 'd1-w3-e2-m0-unit-xavier-mc2-tensor-damped0.1-separate-margin'];
/** Trained only: the shapes of the paper's widest and deepest networks. */
const TRAINED = [...SETTINGS, 'd8-w16-e1', 'd1-w128-e1'];

/** Judged by the study and by beyond: 166 parameters in three layers, against a few retrainings. */
const JUDGED = { name: 'd2-w2-e3', subsets: 5, seeds: 2, sample: 12 };
const RULES: readonly InverseRule[] = [
  { kind: 'truncated', eps: 1e-4, negative: 'keep' },
  { kind: 'damped', lambda: 1e-2 },
];

/** What was noted. */
export function goldenFingerprints(): Partial<Record<TaskName, Fingerprint>> {
  return JSON.parse(readFileSync(GOLDEN, 'utf8')) as Partial<Record<TaskName, Fingerprint>>;
}

/** Computes the tasks and digests every bit of their results but the seconds. */
export function currentFingerprints(): Record<TaskName, Fingerprint> {
  const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-fingerprints-'));
  try {
    const results = { ...methodsResults(), ...astraResults(folder), ...bifResults(folder) };
    const bits: Record<TaskName, unknown[]> = {
      ...studyBits(folder),
      ...mapped(results, (all) => all.map(resultBits)),
    };
    return mapped(TASK_VERSIONS, (version, name) => ({ version, digest: digest(bits[name]) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tasks of `reproduce`, `study` and `beyond` on Digits. */
function studyBits(
  folder: string,
): Record<'base-training' | 'retraining' | 'attribution' | 'diagnostics' | 'study' | 'beyond', unknown[]> {
  const retraining: unknown[] = [];
  const bits: Record<Job['kind'], unknown[]> = { 'base-training': [], attribution: [], diagnostics: [] };
  const store = new Store(folder, () => {});
  for (const name of TRAINED) {
    const setting = settingConfig(PROFILE, name, 3);
    const retrainer = new Retrainer(setting, 'ab'.repeat(32), path.join(folder, `${name}.log`));
    const { losses, margins } = retrainer.run(1, 0);
    retrainer.close();
    retraining.push([digestNumbers(losses), digestNumbers(margins)]);
    const jobs: Job[] = [{ kind: 'base-training', model: 1 }];
    if (SETTINGS.includes(name))
      jobs.push(
        { kind: 'diagnostics', model: 1 },
        ...METHODS.map((method): Job => ({ kind: 'attribution', model: 1, method })),
      );
    for (const job of jobs) {
      const result = computeJob(setting, job, store);
      store.write(jobTask(setting, job), result);
      bits[job.kind].push(resultBits(result));
    }
  }
  const { study, beyond } = judgedResults(folder, store);
  return { ...bits, retraining, study: study.map(resultBits), beyond: beyond.map(resultBits) };
}

/** Every variant under every rule of the study; every approach under a rule of each kind. */
function judgedResults(folder: string, store: Store): { study: TaskResult[]; beyond: TaskResult[] } {
  const { name, subsets, seeds, sample } = JUDGED;
  const setting = settingConfig(PROFILE, name, 3);
  const task = baseTrainingTask(setting, 0);
  const base = computeJob(setting, { kind: 'base-training', model: 0 }, store);
  const { train } = prepareDigits(setting.data);
  const problem = {
    model: settingModel(setting),
    loss: setting.loss,
    theta: base.arrays['theta'].data,
    data: train,
  };
  const bank = createBank(
    drawSubsets(setting.data.train, setting.subsetFraction, subsets, setting.seed),
    seeds,
    setting.data.queries,
  );
  const retrainer = new Retrainer(setting, 'ab'.repeat(32), path.join(folder, 'judged.log'));
  for (const { subset, seed } of retrainingJobs(subsets, seeds)) {
    const outcome = retrainer.run(subset, seed);
    recordOutcomes(bank, outcome, outcome);
  }
  retrainer.close();
  const networks = [{ problem, key: taskKey(task) }];
  const study = studyVariants().map((variant) => {
    const judged = judgeVariant(setting, variant, variantRules(setting, variant), networks, bank);
    return encodeJudged(judged, subsets, setting.seed, 0);
  });
  const network = judgedNetwork(setting, problem, sample);
  const beyond = APPROACHES.flatMap((approach) => {
    const answer = approach.prepare(network);
    return RULES.filter((rule) => accepts(approach, rule)).map((rule) =>
      encodeAnswers(network, answer(rule) ?? []),
    );
  });
  return { study, beyond };
}

function resultBits({ value, arrays }: TaskResult): unknown {
  const digests = Object.entries(arrays).map(([name, { data }]) => [name, digestNumbers(withOneNaN(data))]);
  return { value, arrays: Object.fromEntries(digests) };
}

/** Processors give the NaN of 0/0 different signs. */
function withOneNaN(x: Float64Array): Float64Array {
  const copy = x.slice();
  const words = new BigUint64Array(copy.buffer);
  for (const [i, value] of copy.entries()) if (Number.isNaN(value)) words[i] = 0x7ff8000000000000n;
  return copy;
}

/** The same keys, with other values. */
function mapped<K extends string, A, B>(
  record: Readonly<Record<K, A>>,
  change: (value: A, key: K) => B,
): Record<K, B> {
  return Object.fromEntries(
    Object.entries<A>(record).map(([key, value]) => [key, change(value, key as K)]),
  ) as Record<K, B>;
}

/** What is wrong between what was noted and what is; undefined when nothing is. */
export function complaint(
  name: TaskName,
  noted: Fingerprint | undefined,
  now: Fingerprint,
): string | undefined {
  if (noted?.version === now.version)
    return noted.digest === now.digest
      ? undefined
      : `the results of ${name} have other bits than those stored under version ${now.version}: raise ` +
          `TASK_VERSIONS['${name}'] in src/experiments/engine/task.ts, or undo the change (with a new version all stored ${name} results are computed again), then run npx tsx test/experiments/fingerprints.ts.`;
  return `version ${now.version} of ${name} is not noted: run npx tsx test/experiments/fingerprints.ts.`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const noted = goldenFingerprints();
  const now = currentFingerprints();
  const broken = FINGERPRINTED.flatMap((name) => {
    const wrong =
      noted[name]?.version === now[name].version ? complaint(name, noted[name], now[name]) : undefined;
    return wrong === undefined ? [] : [wrong];
  });
  for (const line of broken) process.stderr.write(`${line}\n`);
  if (broken.length > 0) process.exitCode = 1;
  else writeFileSync(GOLDEN, `${JSON.stringify(now, null, 2)}\n`);
}
