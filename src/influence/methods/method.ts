/** @file What an attribution method says of itself, what it may be told, and what a fitted one can do. */
import type { Dataset } from '../../autodiff/dataset.ts';
import type { Trainer } from '../../autodiff/train.ts';
import type { RunName } from '../../autodiff/training-replay.ts';
import type { Trajectory } from '../../autodiff/trajectory.ts';
import type { CostModel } from '../../curvature/curvature.ts';
import type { SpectrumReport } from '../../curvature/eigen-operator.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import type { FittedAttributor, FittedModel } from '../attributor.ts';
import type { Discarded } from '../attributors/discarded.ts';
import type { ChainSample } from '../bayesian/influence-chain.ts';
import type { Measurement } from '../measurement.ts';
import type { TrainingDerivative } from '../trajectory/training-derivative.ts';
import type { MethodFit } from './method-fit.ts';
import { defaultText, isRule, type Option, type OptionForm, type OptionTable } from './option.ts';

/** One option of one method, as listings have it. */
export interface Hyperparameter extends OptionForm<unknown> {
  readonly name: string;
  /** What it is, with its symbol. */
  readonly meaning: string;
  /** Its default: a value, or a named rule. */
  readonly default: unknown;
  /** How its default comes about, as a formula where it depends on the problem. */
  readonly rule: string;
  /** Why this rule, and who uses it. */
  readonly reason: string;
  /** What was computed before there was the option: stored work does not name it where it has this value. */
  readonly implied?: unknown;
}

/** Options as a caller gives them; what is absent gets its default. `measurement` is read by every method, and is 'loss' when absent. */
export type Given<O> = { readonly measurement?: Measurement } & {
  readonly [K in keyof O]?: Exclude<O[K], undefined>;
};

/** Options as a fit gets them: undefined where the default is a rule, which is the fit's to carry out. */
export type Filled<O> = O & { readonly measurement: Measurement };

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
  /** A fit that was made before, to this model and training set under the same options. Default: it is fitted. */
  readonly curvature?: MethodFit;
  /** What makes the runs that `trajectory` follows. Default: its rule, on the model's architecture and the training set. */
  readonly trainer?: Trainer;
  /** Which run that is. Default: path ['trajectory', 0] of the option `seed`. */
  readonly run?: RunName;
  /** The derivative of that run, computed elsewhere, for the queries that will be asked about. */
  readonly derivative?: TrainingDerivative;
}

/** A method in the registry. G: the options that it may be given. */
export interface MethodDescription<G = { readonly [option: string]: unknown }> {
  readonly name: string;
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
  /** Whether it has scores of pairs of output positions, e.g. of tokens: the parts of the scores. */
  readonly tokens?: boolean;
  /** Whether its scores are an inner product over parameters, so that every block of θ has its share. */
  readonly modules?: boolean;
  /** Authors, title, year, section. */
  readonly reference: string;
  /** Resolves the defaults and does all that depends on the training set only. Options have been checked. */
  fit(options: G, context: MethodContext): FittedMethod;
  /** A rule of its own for several models of one architecture. Default: scores are averaged. */
  fitMany?(options: G, contexts: readonly MethodContext[]): FittedMethod;
}

/** A method that reads the options O. */
export type Method<O> = MethodDescription<Given<O>>;

/** What a method is declared by: {@link method} makes the rest of it. */
export interface MethodDeclaration<O> extends Omit<Method<O>, 'hyperparameters' | 'fit' | 'fitMany'> {
  /** Every option that is read, in the order of importance. */
  readonly options: OptionTable<O>;
  /** Looks at the options before defaults are filled in, where what is explicit is still told from a default. @throws what it refuses. */
  refuse?(given: Given<O>): void;
  fit(options: Filled<O>, context: MethodContext): FittedMethod;
  fitMany?(options: Filled<O>, contexts: readonly MethodContext[]): FittedMethod;
}

/** A method by its declaration: its options listed, and its fit given every default that is a value. */
export function method<O>({ options, fit, fitMany, refuse, ...rest }: MethodDeclaration<O>): Method<O> {
  const table = Object.entries(options as Readonly<Record<string, Option<unknown>>>);
  const hyperparameters = table.map(
    ([name, option]): Hyperparameter => ({ ...option, name, rule: defaultText(option) }),
  );
  const values = Object.fromEntries(
    table.filter(([, option]) => !isRule(option.default)).map(([name, option]) => [name, option.default]),
  );
  const filled = (given: Given<O>): Filled<O> => {
    refuse?.(given);
    const known = Object.entries(given).filter(([, value]) => value !== undefined);
    return { measurement: 'loss', ...values, ...Object.fromEntries(known) } as Filled<O>;
  };
  return {
    ...rest,
    hyperparameters,
    fit: (given, context) => fit(filled(given), context),
    ...(fitMany === undefined
      ? {}
      : { fitMany: (given: Given<O>, contexts) => fitMany(filled(given), contexts) }),
  };
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
  /** Scores of pairs of output positions, [nQuery · P, N · P]: see `tokenScores`. There for methods with `tokens`. */
  tokenScores?(queries: Dataset): Matrix;
  /** The shares of the blocks of θ, [nQuery, N] each, whose sum is `score` up to rounding. There for methods with `modules`. */
  moduleScores?(queries: Dataset): Matrix[];
  /** How much of the squared norm of the gradients the method does not look at. */
  discarded(queries: Dataset): Discarded;
  /** What of the fit can be kept, for `MethodContext.curvature`; absent where nothing is. */
  readonly kept?: MethodFit;
  /** What is doubtful about the options, known without a query: one sentence each. */
  readonly warnings: readonly string[];
}
