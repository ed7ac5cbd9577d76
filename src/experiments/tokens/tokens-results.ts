/** @file The form of tokens.json: what each method says of tokens, how methods agree, and how well whole sequences are predicted. */
import * as v from 'valibot';
import {
  correlation,
  correlationDifference,
  count,
  finite,
  index,
  intervalOf,
  nonNegative,
  positive,
  type ReadOnly,
} from '../files/json-schemas.ts';
import { headEntries, networkEntries, settingsFile } from '../judging/results-file.ts';
import { passageEntries } from '../protocol/passages.ts';

/** Stands in every tokens.json. */
export const TOKENS_FORMAT = 'eigenfluence tokens 1';

/** The file that the experiment ends with. */
export const TOKENS_FILE = 'tokens.json';

/** A correlation or probability of each base network, with the mean and Student’s 95 % interval of it, cut where the number ends. */
const OverNetworksSchema = v.strictObject({
  mean: v.nullable(correlation),
  ci: intervalOf(correlation),
  values: v.array(v.nullable(correlation)),
});
export type OverNetworks = ReadOnly<v.InferOutput<typeof OverNetworksSchema>>;

/** A method: scores that are not sampled, or a sampler under a normalisation. */
const MethodSchema = v.strictObject({
  id: v.string(),
  label: v.string(),
  kind: v.picklist(['curvature', 'sampler']),
  /** By {@link CONTRASTS}, and `overlap`. */
  answers: v.record(v.string(), OverNetworksSchema),
  /** Of scores of sequences, one network, the mean; absent of correlations, which do not add up. */
  lds: v.exactOptional(v.strictObject({ value: v.nullable(correlation), ci: intervalOf(correlation) })),
  /** Processor seconds for all pairs of tokens, one network: the mean; absent where another entry has them. */
  seconds: v.exactOptional(v.nullable(nonNegative)),
});
export type MethodEntry = ReadOnly<v.InferOutput<typeof MethodSchema>>;

/** Means over rows of Pearson’s and of Spearman’s correlation. */
const AgreementSchema = v.strictObject({
  pearson: OverNetworksSchema,
  spearman: OverNetworksSchema,
});
export type AgreementEntry = ReadOnly<v.InferOutput<typeof AgreementSchema>>;

const LEVELS = { tokens: AgreementSchema, sequences: AgreementSchema };

/** A sampler: its chains, how two halves of them agree, and how all of them agree with what is not sampled. */
const SamplerSchema = v.strictObject({
  id: v.string(),
  label: v.string(),
  method: v.string(),
  nBeta: positive,
  damping: positive,
  step: positive,
  /** Base networks at which it diverged. */
  refused: index,
  figures: v.record(v.string(), v.nullable(finite)),
  halves: v.strictObject(LEVELS),
  agreement: v.array(v.strictObject({ with: v.string(), ...LEVELS })),
});
export type SamplerEntry = ReadOnly<v.InferOutput<typeof SamplerSchema>>;

/** LDS of `a` less that of `b`, paired over networks and subsets. */
const DifferenceSchema = v.strictObject({
  a: v.string(),
  b: v.string(),
  difference: v.nullable(correlationDifference),
  ci: intervalOf(correlationDifference),
});

/** At the first base network, by a method. */
const PassagesSchema = v.strictObject({ method: v.string(), ...passageEntries });
export type PassagesEntry = ReadOnly<v.InferOutput<typeof PassagesSchema>>;

const SettingSchema = v.strictObject({
  ...networkEntries,
  /** Characters of a sequence. */
  length: count,
  chains: count,
  draws: count,
  batch: v.nullable(count),
  /** Tokens or words of the queries that have both groups, by contrast. */
  asked: v.record(v.string(), index),
  methods: v.array(MethodSchema),
  samplers: v.array(SamplerSchema),
  differences: v.array(DifferenceSchema),
  /** The first query, and training sequences by their scores at the first base network. */
  passages: v.array(PassagesSchema),
});
export type TokenResults = ReadOnly<v.InferOutput<typeof SettingSchema>>;

const TokensSchema = v.strictObject({
  ...headEntries(TOKENS_FORMAT),
  machine: v.string(),
  settings: v.array(SettingSchema),
});
export type TokensResults = ReadOnly<v.InferOutput<typeof TokensSchema>>;

/** tokens.json, as it is read back. */
export const TOKENS_RESULTS = settingsFile(TOKENS_FORMAT, TokensSchema, 'tokens');
