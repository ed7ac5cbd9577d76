/** @file What an audit is asked for, and what it decided on the way. */
import type { Request } from '../engine/experiment.ts';
import type { AuditData } from './audit-data.ts';
import type { Doubts } from './label-doubts.ts';
import type { AuditPlan, Candidate, DataShape } from './plan.ts';

/** What is asked for. */
export interface AuditRequest extends Request {
  readonly data: AuditData;
  readonly plan: AuditPlan;
  /** Rows that are taken out to see; absent: none. 'all': as many as are flagged. */
  readonly verify?: number | 'flagged' | undefined;
}

/** What was decided on the way. */
export interface AuditCase {
  readonly shape: DataShape;
  readonly candidate: Candidate;
  readonly doubts: Doubts;
  /** Positions that get a list of those that helped and harmed. */
  readonly queries: readonly number[];
  /** Rows that retraining took out; 0: nothing was asked. */
  readonly verified: number;
}
