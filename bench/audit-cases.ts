/** @file The tables that the audit is measured on beside cleanlab, and the draws of rows and of wrong answers. */
import { type AuditData, rowsOf } from '../src/experiments/audit/audit-data.ts';
import { readAuditData } from '../src/experiments/audit/reading/read-data.ts';
import { rng } from '../src/linalg/index.ts';

/** A table of data/, and how many of its rows are audited in a draw; the others, clean, judge. */
export interface AuditCase {
  readonly name: string;
  readonly file: string;
  readonly target: string;
  readonly rows: number;
  /** Whether the peer's models standardise columns: not pixels, which have one scale. */
  readonly standardise: boolean;
}

export const AUDIT_CASES: readonly AuditCase[] = [
  { name: 'digits', file: 'data/digits.csv.gz', target: 'last', rows: 1437, standardise: false },
  { name: 'hpc', file: 'data/hpc.csv.gz', target: 'class', rows: 1000, standardise: true },
  { name: 'credit', file: 'data/credit.csv.gz', target: 'Status', rows: 1000, standardise: true },
  { name: 'concrete', file: 'data/concrete.csv.gz', target: 'compressive_strength', rows: 824, standardise: true }, // biome-ignore format: one a line
];

/** Share of answers that are made wrong. */
export const WRONG = 0.05;

/** One draw: the rows that are audited, with wrong answers among them, and the clean others. */
export interface AuditDraw {
  readonly train: AuditData;
  readonly test: AuditData;
  /** Positions in `train` whose answer was changed, ascending. */
  readonly wrong: Int32Array;
  /** Answers of `train` as they were. */
  readonly clean: Float64Array;
}

export const readCase = ({ file, target }: AuditCase): Promise<AuditData> => readAuditData({ file, target });

/**
 * Rows at random without replacement; 5 % of them get a wrong answer: of classes another one, each alike; of numbers that of another audited row
 * drawn at random.
 */
export function drawOf({ name, rows }: AuditCase, table: AuditData, draw: number): AuditDraw {
  const random = rng(draw, 'bench-audit', name);
  const order = random.permutation(table.answers.length);
  const train = part(table, order.slice(0, rows).sort());
  const test = part(table, order.slice(rows).sort());
  const wrong = Int32Array.from(random.subset(rows, Math.round(WRONG * rows))).sort();
  const clean = train.answers;
  const answers = clean.slice();
  const classes = table.classes.length;
  for (const i of wrong)
    answers[i] =
      classes > 0
        ? (clean[i] + 1 + random.integer(classes - 1)) % classes
        : clean[(i + 1 + random.integer(rows - 1)) % rows];
  return { train: { ...train, answers }, test, wrong, clean };
}

/** Some rows of a table as a table. */
function part(table: AuditData, rows: Int32Array): AuditData {
  return {
    ...rowsOf(table, rows),
    rows: rows.length,
    used: Int32Array.from(rows.keys()),
    shown: [],
  };
}
