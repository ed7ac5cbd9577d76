/** @file How far an audit can be trusted: predicted against realised changes on random halves, and what stands in the way, in sentences. */
import { linearDatamodellingScore, spearman, spearmanBrown } from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';
import type { Store } from '../engine/store.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { AuditCase, AuditRequest } from './audit-case.ts';
import { classesOf, classWarnings } from './class-quality.ts';
import { distrustOf, type Skill } from './distrust.ts';
import type { Findings, Trust } from './findings.ts';
import { foldOf, storedUnder } from './jobs.ts';
import { BASE_NETWORKS, HALVES_SEEDS, halves } from './plan.ts';
import { trustHalves } from './trust-jobs.ts';

type Quality = Skill & Pick<Findings['model'], 'trainLoss'>;

/** The gradient at the end over that at the start: above, training has not settled. */
const SETTLED = 0.1;
/** Below, the ranks of scores say little. */
const WEAK = 0.2;

export function trustOf(of: AuditCase, request: AuditRequest, quality: Quality, store: Store): Trust {
  const { shape, candidate } = of;
  const { data, plan } = request;
  const labelled = { data: shape, plan, candidate };
  const { kept } = foldOf(plan, shape, data.answers, 0, 0);
  const bases = Array.from({ length: BASE_NETWORKS }, (_, network) =>
    store.get(storedUnder({ kind: 'base', ...labelled, network })),
  );
  const scores = meanMatrix(bases.map(({ arrays }) => matrixOf(arrays['scores'])));
  const outcomes = Array.from({ length: halves(shape) }, (_, half) =>
    matrixOf(store.get(storedUnder({ kind: 'half', ...labelled, half })).arrays['outcomes']),
  );
  const judged = linearDatamodellingScore({
    scores,
    subsets: trustHalves(plan, shape, kept),
    outcomes: new Matrix(
      outcomes.length,
      scores.rows,
      Float64Array.from(outcomes.flatMap((one) => [...meanRow(one)])),
    ),
    seed: plan.seed,
  });
  const ceiling = ceilingOf(outcomes);
  const [{ value }] = bases as unknown as readonly {
    value: { slope: number; startSlope: number; smallest: number; damping: number };
  }[];
  const [lo, hi] = judged.bca;
  const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
  return {
    ...distrustOf(quality),
    lds: finite(judged.mean),
    ci: [finite(lo), finite(hi)],
    ceiling,
    warnings: [
      ...data.warnings,
      ...modelWarnings(quality),
      ...scoreWarnings(judged.mean, lo, ceiling),
      ...(weak(judged.mean, lo) ? reasons(value) : []),
      ...classWarnings(data, classesOf(quality), of.doubts.flagged),
    ],
  };
}

/** √ of the reliability of a mean over the trainings on a half, from the correlation of single ones. */
function ceilingOf(outcomes: readonly Matrix[]): number | null {
  const queries = outcomes[0].cols;
  let sum = 0;
  for (let q = 0; q < queries; q++) {
    const [a, b] = [0, 1].map((r) => Float64Array.from(outcomes, (one) => one.at(r, q)));
    const r = spearman(a, b);
    sum += Number.isNaN(r) ? 0 : r;
  }
  return Math.sqrt(spearmanBrown(Math.max(0, sum / queries), HALVES_SEEDS));
}

function modelWarnings({ heldOutLoss, trainLoss }: Quality): string[] {
  return [
    ...(heldOutLoss.value > 3 * trainLoss.value && trainLoss.value > 0
      ? [
          'The networks fit their own rows far better than others: they learn rows by heart, and effects of single rows are uncertain.',
        ]
      : []),
  ];
}

/** What a rank correlation and its ceiling say against the scores, in sentences. @param lo - The lower end of its interval. */
export function scoreWarnings(lds: number, lo: number, ceiling: number | null): string[] {
  return [
    ...(ceiling !== null && ceiling < 0.5
      ? [
          'Training is noisy here: two trainings on the same rows differ more than leaving half of the rows out does.',
        ]
      : []),
    ...(weak(lds, lo)
      ? ['Effects of rows predict little of what retraining really changes here: take their order as a hint.']
      : []),
  ];
}

/** Whether effects predict little of what retraining does. @param lo - The lower end of the interval. */
export function weak(lds: number, lo: number): boolean {
  return lds < WEAK || !(lo > 0);
}

/**
 * Why effects may predict little, in sentences: what they suppose does not hold. Where they predict well these say nothing: of 57 audits, whose rank
 * correlation was 0.71 on average, those at no minimum had 0.73.
 */
export function reasons({
  slope,
  startSlope,
  smallest,
  damping,
}: {
  readonly slope: number;
  readonly startSlope: number;
  readonly smallest: number;
  readonly damping: number;
}): string[] {
  const unsettled = slope > SETTLED * startSlope;
  const downwards = smallest < -damping;
  if (!unsettled && !downwards) return [];
  const what = [
    ...(unsettled ? ['their gradient is still more than a tenth of what it was at the start'] : []),
    ...(downwards ? ['the loss still curves downwards in some direction'] : []),
  ].join(', and ');
  return [
    `One reason may be that effects are computed as if the networks were at a minimum of the loss, and they are not: ${what}. Nothing is wrong with the table for that, and doubts about its answers do not rest on it; --verify retrains, and supposes nothing.`,
  ];
}

function meanRow({ rows, cols, data }: Matrix): Float64Array {
  return Float64Array.from({ length: cols }, (_, q) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += data[r * cols + q];
    return sum / rows;
  });
}

function meanMatrix(parts: readonly Matrix[]): Matrix {
  const [{ rows, cols }] = parts;
  const data = Float64Array.from(
    { length: rows * cols },
    (_, k) => parts.reduce((sum, one) => sum + one.data[k], 0) / parts.length,
  );
  return new Matrix(rows, cols, data);
}
