/** @file What a paper states as data, and the verdict on it from what a further experiment found. */
import type { Outcome } from './check.ts';
import { type ClaimVerdict, type Demand, holds, verdictOf } from './verdict.ts';

/** How a comparison that was made came out. */
export type PaperOutcome = Exclude<Outcome, 'missing'>;

/** One comparison in words. */
export interface PaperFinding {
  readonly text: string;
  readonly outcome: PaperOutcome;
}

/** A statement of a paper, in our words, and how it is read from results R. Nothing here is a result. */
export interface PaperClaim<R, F extends PaperFinding = PaperFinding> {
  readonly id: string;
  /** The paper, or the place in it. */
  readonly place: string;
  readonly claim: string;
  readonly demand: Demand;
  /** What is compared and what counts: "paired difference of LDS". */
  readonly criterion?: string;
  /** Why nothing here can test it; such a claim has no findings. */
  readonly untestable?: string;
  /** The comparisons that could be made. */
  readonly findings: (results: R) => readonly F[];
  /** What should be known beside them and decides nothing, a sentence each. */
  readonly notes?: (results: R) => readonly string[];
}

/** A statement with what was found. */
export interface JudgedPaperClaim<F extends PaperFinding = PaperFinding>
  extends Pick<PaperClaim<never>, 'id' | 'place' | 'claim' | 'criterion' | 'untestable'> {
  readonly verdict: ClaimVerdict;
  readonly findings: readonly F[];
  readonly notes: readonly string[];
}

/** Results, and the name of the setting where there are several: it is put before every finding. */
export interface Evidence<R> {
  readonly name?: string;
  readonly results: R;
}

/** Judges every statement by the comparisons of all evidence together: a pure function. */
export function judgePaperClaims<R, F extends PaperFinding>(
  claims: readonly PaperClaim<R, F>[],
  evidence: readonly Evidence<R>[],
): JudgedPaperClaim<F>[] {
  return claims.map(({ demand, findings: find, notes, ...words }) => {
    const findings = evidence.flatMap(({ name, results }) =>
      find(results).map((finding) =>
        name === undefined ? finding : { ...finding, text: `${name}: ${finding.text}` },
      ),
    );
    const outcomes = findings.map(({ outcome }) => outcome);
    return {
      ...words,
      verdict: paperVerdict(demand, outcomes),
      findings,
      notes: evidence.flatMap(({ results }) => notes?.(results) ?? []),
    };
  });
}

/** Without a comparison nothing is tested. Only the run's own conventions are known. */
export function paperVerdict(demand: Demand, outcomes: readonly PaperOutcome[]): ClaimVerdict {
  return outcomes.length === 0 ? 'not testable here' : verdictOf(holds(demand, outcomes));
}
