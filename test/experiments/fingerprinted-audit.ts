/** @file Results of every task of the audit on a small table, for their fingerprints. */
import { computeAudit } from '../../src/experiments/audit/compute.ts';
import { type AuditJob, storedUnder } from '../../src/experiments/audit/jobs.ts';
import { type Candidate, halves } from '../../src/experiments/audit/plan.ts';
import { dataTask, storeData } from '../../src/experiments/audit/stored-data.ts';
import { Bench } from '../../src/experiments/engine/bench.ts';
import type { TaskResult } from '../../src/experiments/engine/task.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';

const N = 40;

/** @param folder - Where results are stored. */
export function auditResults(folder: string): Record<string, TaskResult[]> {
  const random = rng(4, 'audit fingerprint');
  const inputs = new Matrix(N, 3, random.fillNormal(new Float64Array(3 * N)));
  const answers = Float64Array.from({ length: N }, (_, i) =>
    inputs.at(i, 0) + 0.3 * random.normal() > 0 ? 1 : 0,
  );
  const data = { digest: 'a'.repeat(64), examples: N, features: 3, classes: 2 };
  const plan = { seed: 0, folds: 2, repeats: 1 };
  const candidate: Candidate = { hidden: [4], weightDecay: 1e-3, epochs: 4 };
  const bench = new Bench({ store: folder, retrainings: '' });
  storeData(bench.store, data, { inputs, answers });
  const common = { data, plan, candidate };
  const fold = { repeat: 0, fold: 0 };
  const jobs: readonly AuditJob[] = [
    { kind: 'candidate', ...common },
    { kind: 'member', ...common, ...fold },
    { kind: 'influence', ...common, ...fold, queries: [0, 3, 7], doubted: [2] },
    { kind: 'neighbours', data, plan, from: 0, to: N },
    { kind: 'base', ...common, network: 0 },
    { kind: 'half', ...common, half: halves(data) - 1 },
    { kind: 'verify', ...common, ...fold, change: 'relabelled', rows: [1, 2], answers: [0, 1] },
  ];
  const results = jobs.map((job) => {
    const result = computeAudit(job, bench);
    bench.store.write(storedUnder(job), result);
    return [`audit-${job.kind}`, [result]] as const;
  });
  return { 'audit-data': [bench.store.get(dataTask(data))], ...Object.fromEntries(results) };
}
