/** @file What an attribution method says of itself, what it may be told, and what a fitted one can do. */
import type { Dataset } from '../../autodiff/dataset.ts';
import type { Trajectory } from '../../autodiff/trajectory.ts';
import type { CostModel } from '../../curvature/curvature.ts';
import type { SpectrumReport } from '../../curvature/eigen-operator.ts';
import type { FisherType } from '../../curvature/fisher.ts';
import type { PartitionKind } from '../../curvature/partition.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import type { FittedAttributor, FittedModel } from '../attributor.ts';
import type { ChainSample } from '../bayesian/influence-chain.ts';
import type { SamplingMethod } from '../bayesian/sampler-settings.ts';
import type { RuleChoice } from '../damping-rule.ts';
import type { Discarded } from '../discarded.ts';
import type { Momentum } from '../heavy-ball.ts';
import type { Measurement } from '../measurement.ts';
import type { StepDecay, StepSize } from '../step-size.ts';
import type { MethodName } from './method-name.ts';

/**
 * Options of all methods in one record. Each method reads some and refuses the others by name; what a method reads, and the
 * rule for each default, stands in its `hyperparameters`. `measurement` is read by all.
 */
export interface MethodOptions {
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** C of the iterative methods. */
  readonly curvature?: 'ggn' | 'hessian';
  /** How an eigen-decomposed curvature is inverted: by a rule, by 'paper' or by 'auto', the default. */
  readonly rule?: RuleChoice;
  /** λ in (C + λI)⁻¹, in the units of the mean-loss curvature; 'auto' for the rule of the table. */
  readonly damping?: number | 'auto';
  /** Expectation over labels in the Gauss–Newton kinds. */
  readonly fisher?: FisherType;
  /** Blocks of the block-diagonal kinds. */
  readonly partition?: PartitionKind;
  /** Iterations per solve. */
  readonly iterations?: number;
  /** Examples per step. */
  readonly batch?: number | 'full';
  /** What conjugate gradients are preconditioned with. */
  readonly preconditioner?: 'ekfac' | 'none';
  /** Step size of a solver. */
  readonly alpha?: StepSize;
  /** Reduces α on the way. */
  readonly decay?: StepDecay | 'none';
  /** Heavy-ball momentum of a solver, in [0, 1), or 'auto'. */
  readonly momentum?: Momentum;
  /** Independent repetitions that are averaged. */
  readonly repeats?: number;
  /** A solve is done at this relative residual. */
  readonly tolerance?: number;
  /** Names every random stream. */
  readonly seed?: number;
  /** Independent chains of a sampler. */
  readonly chains?: number;
  /** Draws kept per chain. */
  readonly draws?: number;
  /** Steps before the first draw. */
  readonly burnIn?: number;
  /** Which sampler. */
  readonly sampler?: SamplingMethod;
  /** ε of a sampler. */
  readonly stepSize?: number;
  /** nβ, the inverse temperature of the mean loss. */
  readonly nBeta?: number;
  /** γ, the strength of the localisation. */
  readonly gamma?: number;
  /** Dimension of a projection. */
  readonly dimension?: number;
  /** Where projections come from. */
  readonly initialisation?: 'random' | 'pca';
  /** ρ, added to a sum of squared projected gradients. */
  readonly ridge?: number;
  /** Eigenpairs kept. */
  readonly rank?: number;
  /** Segments that a trajectory is cut into. */
  readonly segments?: number;
  /** How checkpoints are weighted. */
  readonly weights?: 'rate' | 'time';
}

export type OptionName = keyof MethodOptions;

/** One option of one method. */
export interface Hyperparameter {
  readonly name: OptionName;
  /** What it is, with its symbol. */
  readonly meaning: string;
  /** How its default comes about, as a formula where it depends on the problem. */
  readonly rule: string;
  /** Why this rule, and who uses it. */
  readonly reason: string;
}

/** What a method is fitted to. */
export interface MethodContext {
  readonly fitted: FittedModel;
  readonly train: Dataset;
  /** How the model was trained; needed by methods with `needsTrajectory`. */
  readonly trajectory?: Trajectory;
  /**
   * Chains of the Bayesian methods run elsewhere, in parallel say, for the queries that will be asked about; see `samplingPlan`.
   * Default: they are run when scores are asked for.
   */
  readonly samples?: readonly ChainSample[];
}

/** One line of the registry. */
export interface MethodDescription {
  readonly name: MethodName;
  /** For tables and figures. */
  readonly label: string;
  /** The quantity that the scores stand for, and by what approximation. */
  readonly approximates: string;
  readonly cost: CostModel;
  /** Every option that is read, in the order of importance. */
  readonly hyperparameters: readonly Hyperparameter[];
  /** Whether checkpoints of the training are needed. */
  readonly needsTrajectory: boolean;
  /** Whether score/N predicts the change of the measurement on removal, in its units. Otherwise only signs and ranks mean anything. */
  readonly scaled: boolean;
  /** Authors, title, year, section. */
  readonly reference: string;
  /** Resolves the defaults and does all that depends on the training set only. Options have been checked. */
  readonly fit: (options: MethodOptions, context: MethodContext) => FittedMethod;
  /** A rule of its own for several models of one architecture. Default: scores are averaged. */
  readonly fitMany?: (options: MethodOptions, contexts: readonly MethodContext[]) => FittedMethod;
}

/** A resolved option: a plain value, so that it can be printed and stored. */
export type Setting = string | number | boolean | { readonly [part: string]: string | number | boolean };

/** What is known of one model's scores beyond themselves; absent where a method has nothing to say. */
export interface Diagnostics {
  /** ‖∇m − (C + λI)x‖ / ‖∇m‖ of every query's solve, shape [nQuery]. */
  readonly residuals?: Vec;
  /** Steps taken per query, shape [nQuery]. */
  readonly iterations?: Int32Array;
  /** How each solve ended. */
  readonly status?: readonly string[];
  /** Relative residuals on the way. */
  readonly history?: ResidualHistory;
  /** |score − exact| is at most this, shape [nQuery, N]. */
  readonly bounds?: Matrix;
  /** Monte-Carlo standard error of each score, shape [nQuery, N]. */
  readonly standardErrors?: Matrix;
  /** What an inverse rule did to the spectrum. */
  readonly spectrum?: SpectrumReport;
  /** Further numbers and sentences, by name. */
  readonly notes?: { readonly [name: string]: Note };
}

/** A number, a word, a list of numbers, or such by name. */
export type Note =
  | number
  | string
  | boolean
  | null
  | readonly Note[]
  | ArrayLike<number>
  | { readonly [name: string]: Note };

/** Full-batch residuals at some iterations of the first repetition, or of every iteration. */
export interface ResidualHistory {
  /** Shape [checks], from 0. */
  readonly iterations: Int32Array;
  /** Shape [checks, nQuery]. */
  readonly residuals: Matrix;
}

/** Scores with their diagnostics. */
export interface DiagnosedScores {
  /** Shape [nQuery, N]. */
  readonly scores: Matrix;
  readonly diagnostics: Diagnostics;
}

/** A method that knows model and training set. */
export interface FittedMethod extends FittedAttributor {
  /** Every option that was read, defaults resolved to numbers. */
  readonly settings: { readonly [option: string]: Setting };
  /** λ beside the mean-loss curvature, in its units; undefined where there is none. */
  readonly damping: number | undefined;
  /** The seed of the random streams; undefined for a deterministic method. */
  readonly seed: number | undefined;
  /** Parameters whose gradients or positions were looked at. */
  readonly parameters: number;
  /** `score` with what is known of it; the same scores, bit for bit. */
  diagnose(queries: Dataset): DiagnosedScores;
  /** How much of the squared norm of the gradients the method does not look at. */
  discarded(queries: Dataset): Discarded;
  /** What is doubtful about the options, known without a query: one sentence each. */
  readonly warnings: readonly string[];
}
