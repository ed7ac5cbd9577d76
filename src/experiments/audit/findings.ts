/** @file What an audit found, whatever it is written as. Rows count data rows of the file from 0; positions are places among the rows that are used. */
import type { AuditData } from './audit-data.ts';
import type { ClassQuality } from './class-quality.ts';
import type { Measured } from './measured.ts';

/** A row whose label or target may be wrong; every row has one of these, the most doubtful first. */
export interface LabelFinding {
  readonly position: number;
  readonly row: number;
  /** In [0, 1]; low: doubtful. */
  readonly score: number;
  /** The class, or the target as text. */
  readonly given: string;
  /** What the networks would say, where that differs. */
  readonly suggested?: string;
  /** Whether the score is low enough for a person to look. */
  readonly flagged: boolean;
  /** Of networks that did not see the row: its loss, or for numbers |prediction − target| in the target's units. */
  readonly loss: Measured;
  /** Positions of the nearest rows whose own answer is the suggested one (numbers: the nearest rows), nearest first. */
  readonly neighbours: readonly number[];
}

/** What leaving a row out does: to the mean of the loss (numbers: of |error|) over rows that the networks did not see, or at one row. */
export interface EffectFinding {
  readonly position: number;
  readonly row: number;
  /** Positive: the loss would rise without the row. */
  readonly effect: Measured;
}

/** Two rows that are nearly the same. */
export interface DuplicateFinding {
  readonly position: number;
  readonly row: number;
  readonly other: number;
  /** Distance over the median distance of a row to its nearest: 0 for equal features. */
  readonly score: number;
  /** Whether the two have the same label, or targets within a tenth of a standard deviation. */
  readonly agree: boolean;
}

/** A row far from all others. */
export interface OutlierFinding {
  readonly position: number;
  readonly row: number;
  /** Mean distance to its nearest neighbours over the median of that. */
  readonly score: number;
}

/** For one row, the rows that helped and harmed. */
export interface QueryFinding {
  readonly position: number;
  readonly row: number;
  /** Largest effect first. */
  readonly helped: readonly EffectFinding[];
  readonly harmed: readonly EffectFinding[];
}

/** How far all of it can be trusted. */
export interface Trust {
  /** Why doubts about labels or targets are not to be trusted, in a sentence; absent: the networks do better than an answer that looks at nothing. */
  readonly distrust?: string;
  /** Of effects of rows, not of doubts: rank correlation of predicted with realised changes after training on random halves of the data. */
  readonly lds: number | null;
  /** 95 %, over halves. */
  readonly ci: readonly [number | null, number | null];
  /** What a perfect prediction would reach, given the noise of training. */
  readonly ceiling: number | null;
  /** Of a given network: what was trained to measure it, in sentences. */
  readonly training?: string;
  /** Sentences. */
  readonly warnings: readonly string[];
}

/** The whole. */
export interface Findings {
  readonly data: AuditData;
  /** Of classes with how often they are right. */
  readonly model: Partial<ClassQuality> & {
    /** In words. */
    readonly text: string;
    /** The file of a network that was given, in place of networks trained here: what is said of rows that it did not see is predicted by influence. */
    readonly given?: string;
    readonly networks: number;
    readonly heldOutLoss: Measured;
    readonly trainLoss: Measured;
    /** What always saying the most frequent class (numbers: the median) reaches: accuracy, or mean |error|. */
    readonly baseline: number;
  };
  readonly trust: Trust;
  readonly labels: readonly LabelFinding[];
  /** Leaving them out is predicted to lower the held-out loss most; the best first. */
  readonly harmful: readonly EffectFinding[];
  /** Leaving them out is predicted to raise it most. */
  readonly carrying: readonly EffectFinding[];
  readonly duplicates: readonly DuplicateFinding[];
  readonly outliers: readonly OutlierFinding[];
  readonly queries: readonly QueryFinding[];
  /** Of --verify: sentences and a table. */
  readonly verified?: Verification;
}

/** What retraining said. */
export interface Verification {
  /** How many rows were taken out, or got the suggested label. */
  readonly k: number;
  /** Of a given network: what was trained, in a sentence. */
  readonly training?: string;
  readonly removed: Change;
  /** As many random rows. */
  readonly random: Change;
  /** With the suggested labels in place of the given ones. */
  readonly relabelled?: Change;
}

/** Realised changes on the rows that were held out, mean over networks with the standard error. */
export interface Change {
  readonly loss: Measured;
  readonly accuracy?: Measured;
  /** What the scores predicted for the loss. */
  readonly predicted?: number;
}
