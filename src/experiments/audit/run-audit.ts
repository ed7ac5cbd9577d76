/** @file The audit as an experiment: networks on folds, what each row does to the others, neighbours, trust, and, if asked, retraining to see. */
import path from 'node:path';
import type { Experiment, Work } from '../engine/experiment.ts';
import type { Laboratory, ListedJob } from '../engine/laboratory.ts';
import { writeFiles } from '../files/atomic-write.ts';
import { CommandError } from '../files/command-error.ts';
import { textFiles } from '../files/text-files.ts';
import { findingsOf } from './assemble-audit.ts';
import type { AuditCase, AuditRequest } from './audit-case.ts';
import { auditJson } from './audit-json.ts';
import type { Findings } from './findings.ts';
import { type AuditJob, storedUnder } from './jobs.ts';
import { doubtsOf } from './label-doubts.ts';
import {
  type AuditPlan,
  BASE_NETWORKS,
  type Candidate,
  candidates,
  type DataShape,
  halves,
  NEIGHBOUR_BLOCK,
  queryCount,
} from './plan.ts';
import { rankedCsv } from './ranked-csv.ts';
import { auditReport } from './report/report.ts';
import { shapeOf, storeData } from './stored-data.ts';
import { verifyJobs } from './verify.ts';
import { AUDIT_VERSIONS } from './versions.ts';

export const AUDIT_FILE = 'audit.json';
export const RANKED_FILE = 'ranked.csv';
export const AUDIT_PAGE = 'report.html';

export const AUDIT_EXPERIMENT: Experiment<AuditRequest, AuditJob, undefined, AuditCase, Findings> = {
  name: 'audit',
  versions: AUDIT_VERSIONS,
  compute: new URL('./compute.ts', import.meta.url),
  task: storedUnder,
  plan: planAudit,
  assemble: (of, { store }, request) => findingsOf(of, request, store),
  pages: async (findings, { out }) => writeAudit(findings, out),
};

/** The page, the ranked table and the file for programs: all or none. */
export function writeAudit(findings: Findings, out: string): void {
  const texts = new Map([
    [RANKED_FILE, rankedCsv(findings)],
    [AUDIT_PAGE, auditReport(findings)],
    [AUDIT_FILE, `${JSON.stringify(auditJson(findings))}\n`],
  ]);
  writeFiles(textFiles(out, texts), 'make');
}

/** Where the files of an audit lie. */
export function auditFiles(out: string): string[] {
  return [AUDIT_PAGE, RANKED_FILE, AUDIT_FILE].map((name) => path.join(out, name));
}

/** The first half of an audit: the networks, and which answers they doubt. */
export async function findDoubts(
  { data, plan }: Pick<AuditRequest, 'data' | 'plan'>,
  laboratory: Laboratory<AuditJob, undefined>,
): Promise<Pick<AuditCase, 'shape' | 'candidate' | 'doubts'>> {
  const shape = shapeOf(data);
  storeData(laboratory.store, shape, data);
  const common = { data: shape, plan };
  const tried = candidates(shape).map((candidate): AuditJob => ({ kind: 'candidate', ...common, candidate }));
  await laboratory.finish({ name: 'networks tried', uneven: 'uneven' }, listed(tried));
  const candidate = chosenCandidate(shape, plan, laboratory);
  const members = foldNumbers(plan).map((at): AuditJob => ({ kind: 'member', ...common, candidate, ...at }));
  await laboratory.finish({ name: 'networks trained' }, listed(members));
  return { shape, candidate, doubts: doubtsOf(data, shape, plan, candidate, laboratory.store) };
}

async function planAudit(
  request: AuditRequest,
  laboratory: Laboratory<AuditJob, undefined>,
): Promise<AuditCase> {
  const { plan, verify } = request;
  const { shape, candidate, doubts } = await findDoubts(request, laboratory);
  const common = { data: shape, plan };
  const labelled = { ...common, candidate };
  const queries = [...doubts.ranked.slice(0, queryCount(shape))].sort((a, b) => a - b);
  const doubted = [...doubts.flagged].sort((a, b) => a - b);
  const influences = foldNumbers(plan).map(
    (at): AuditJob => ({ kind: 'influence', ...labelled, ...at, queries, doubted }),
  );
  const blocks = Array.from({ length: Math.ceil(shape.examples / NEIGHBOUR_BLOCK) }, (_, k): AuditJob => {
    const from = k * NEIGHBOUR_BLOCK;
    return { kind: 'neighbours', ...common, from, to: Math.min(shape.examples, from + NEIGHBOUR_BLOCK) };
  });
  await laboratory.finish({ name: 'effects of rows' }, listed([...blocks, ...influences]));
  const bases = Array.from(
    { length: BASE_NETWORKS },
    (_, network): AuditJob => ({ kind: 'base', ...labelled, network }),
  );
  const drawn = Array.from(
    { length: halves(shape) },
    (_, half): AuditJob => ({ kind: 'half', ...labelled, half }),
  );
  await laboratory.finish({ name: 'trust' }, listed([...bases, ...drawn]));
  const verified = verify === undefined ? 0 : verify === 'flagged' ? doubted.length : verify;
  if (verified > 0) {
    const jobs = verifyJobs({ ...labelled, doubts, k: verified, plan });
    await laboratory.finish({ name: 'retraining to see' }, listed(jobs));
  }
  return { shape, candidate, doubts, queries, verified };
}

const listed = (jobs: readonly AuditJob[]): ListedJob<AuditJob, undefined>[] => jobs.map((job) => ({ job }));

/** Every fold of every repeat. */
export function foldNumbers({
  folds,
  repeats,
}: AuditPlan): { readonly repeat: number; readonly fold: number }[] {
  return Array.from({ length: repeats * folds }, (_, k) => ({
    repeat: Math.floor(k / folds),
    fold: k % folds,
  }));
}

/** The network with the lowest loss on held-out examples; of equal ones the smaller. @throws {CommandError} none could be trained. */
function chosenCandidate(shape: DataShape, plan: AuditPlan, { store }: Pick<Work, 'store'>): Candidate {
  let best: { candidate: Candidate; loss: number } | undefined;
  for (const candidate of candidates(shape)) {
    const { loss } = store.get(storedUnder({ kind: 'candidate', data: shape, plan, candidate })).value as {
      loss: number | null;
    };
    if (loss !== null && (best === undefined || loss < best.loss)) best = { candidate, loss };
  }
  if (best === undefined)
    throw new CommandError('no network could be trained on this table: every training diverged.');
  return best.candidate;
}
