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
import { APPROACHES } from '../../src/experiments/better-hessians/beyond/approaches.ts';
import { encodeAnswers, judgedNetwork } from '../../src/experiments/better-hessians/beyond/beyond-task.ts';
import { computeNetworkJob } from '../../src/experiments/better-hessians/reproduce/compute.ts';
import {
  type NetworkJob,
  networkJobTask,
} from '../../src/experiments/better-hessians/reproduce/network-job.ts';
import { judgeVariant } from '../../src/experiments/better-hessians/study/judge.ts';
import { encodeJudged, variantRules } from '../../src/experiments/better-hessians/study/study-task.ts';
import { studyVariants } from '../../src/experiments/better-hessians/study/variant.ts';
import { EXPERIMENTS } from '../../src/experiments/catalogue.ts';
import { Bench } from '../../src/experiments/engine/bench.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import { type TaskResult, type TaskVersions, taskKey } from '../../src/experiments/engine/task.ts';
import { digest, digestNumbers } from '../../src/experiments/files/digest.ts';
import { settingSetup } from '../../src/experiments/protocol/base-network.ts';
import { prepareDigits } from '../../src/experiments/protocol/data/prepare-digits.ts';
import { METHODS } from '../../src/experiments/protocol/methods.ts';
import { settingConfig } from '../../src/experiments/protocol/profile.ts';
import { retrainingSeries } from '../../src/experiments/protocol/retrainings.ts';
import { settingModel } from '../../src/experiments/protocol/setting-model.ts';
import { baseTrainingTask } from '../../src/experiments/protocol/tasks.ts';
import { createBank, drawSubsets, recordOutcomes, retrainingJobs } from '../../src/influence/index.ts';
import { astraResults } from './fingerprinted-astra.ts';
import { auditResults } from './fingerprinted-audit.ts';
import { bifResults } from './fingerprinted-bif.ts';
import { ladderResults } from './fingerprinted-ladder.ts';
import { methodsResults } from './fingerprinted-methods.ts';
import { networksResults } from './fingerprinted-networks.ts';
import { tokensResults } from './fingerprinted-tokens.ts';
import { retrained } from './retrained.ts';

/** Every task that there is. */
const LOADED = await Promise.all(EXPERIMENTS.map((one) => one.load()));
const VERSIONS: TaskVersions = Object.assign({}, ...LOADED.map(({ versions }) => versions));
export const FINGERPRINTED: readonly string[] = Object.keys(VERSIONS);

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

type Results = Readonly<Record<string, readonly TaskResult[]>>;

/** Small results of every task of an experiment, by its name. @param folder - Where something may be stored. */
const SPECIMENS: readonly ((folder: string) => Results)[] = [
  // those of Digits are below
  methodsResults,
  astraResults,
  bifResults,
  ladderResults,
  networksResults,
  tokensResults,
  auditResults,
];

/** What was noted. */
export function goldenFingerprints(): Partial<Record<string, Fingerprint>> {
  return JSON.parse(readFileSync(GOLDEN, 'utf8')) as Partial<Record<string, Fingerprint>>;
}

/** Computes the tasks and digests every bit of their results but the seconds. */
export function currentFingerprints(): Record<string, Fingerprint> {
  const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-fingerprints-'));
  try {
    const results: Results = Object.assign({}, ...SPECIMENS.map((make) => make(folder)));
    const bits: Record<string, unknown[]> = {
      ...studyBits(folder),
      ...mapped(results, (all) => all.map(resultBits)),
    };
    const without = FINGERPRINTED.filter((name) => bits[name] === undefined);
    if (without.length > 0) throw new Error(`SPECIMENS has no results of ${without.join(', ')}.`);
    return mapped(VERSIONS, (version, name) => ({ version, digest: digest(bits[name]) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tasks of `reproduce`, `study` and `beyond` on Digits. */
function studyBits(
  folder: string,
): Record<'base-training' | 'retraining' | 'attribution' | 'diagnostics' | 'study' | 'beyond', unknown[]> {
  const retraining: unknown[] = [];
  const bits: Record<NetworkJob['kind'], unknown[]> = {
    'base-training': [],
    attribution: [],
    diagnostics: [],
  };
  const bench = new Bench(workFolders(folder));
  for (const name of TRAINED) {
    const setting = settingConfig(PROFILE, name, 3);
    const [{ values }] = retrained(folder, retrainingSeries(setting), () => settingSetup(setting), [
      { subset: 1, seed: 0 },
    ]);
    retraining.push([digestNumbers(values['loss']), digestNumbers(values['margin'])]);
    const jobs: NetworkJob[] = [{ kind: 'base-training', model: 1 }];
    if (SETTINGS.includes(name))
      jobs.push(
        { kind: 'diagnostics', model: 1 },
        ...METHODS.map((method): NetworkJob => ({ kind: 'attribution', model: 1, method })),
      );
    for (const job of jobs) {
      const result = computeNetworkJob(setting, job, bench);
      bench.store.write(networkJobTask(setting, job), result);
      bits[job.kind].push(resultBits(result));
    }
  }
  const { study, beyond } = judgedResults(folder, bench);
  return { ...bits, retraining, study: study.map(resultBits), beyond: beyond.map(resultBits) };
}

/** Every variant under every rule of the study; every approach under a rule of each kind. */
function judgedResults(folder: string, bench: Bench): { study: TaskResult[]; beyond: TaskResult[] } {
  const { name, subsets, seeds, sample } = JUDGED;
  const setting = settingConfig(PROFILE, name, 3);
  const task = baseTrainingTask(setting, 0);
  const base = computeNetworkJob(setting, { kind: 'base-training', model: 0 }, bench);
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
  const jobs = retrainingJobs(subsets, seeds);
  for (const record of retrained(folder, retrainingSeries(setting), () => settingSetup(setting), jobs))
    recordOutcomes(bank, record, { losses: record.values['loss'], margins: record.values['margin'] });
  const networks = [{ problem, key: taskKey(task) }];
  const study = studyVariants().map((variant) => {
    const judged = judgeVariant(setting, variant, variantRules(setting, variant), networks, bank);
    return encodeJudged(judged, { models: 1, subsets, seed: setting.seed }, 0);
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
  name: string,
  noted: Fingerprint | undefined,
  now: Fingerprint,
): string | undefined {
  if (noted?.version === now.version)
    return noted.digest === now.digest
      ? undefined
      : `the results of ${name} have other bits than those stored under version ${now.version}: raise ` +
          `the version of '${name}' in its experiment, or undo the change (with a new version all stored ${name} results are computed again), then run npx tsx test/experiments/fingerprints.ts.`;
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
