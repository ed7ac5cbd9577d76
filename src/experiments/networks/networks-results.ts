/** @file The form of networks.json: the ladder of each network with its errors and distances, and what is said of them. */
import * as v from 'valibot';
import { MEASUREMENTS } from '../../influence/index.ts';
import {
  correlation,
  correlationDifference,
  count,
  finite,
  intervalOf,
  nonNegative,
  type ReadOnly,
} from '../files/json-schemas.ts';
import { keptEntries } from '../judging/kept-settings.ts';
import { headEntries, networkEntries, settingsFile } from '../judging/results-file.ts';
import { OUTCOME_WORDS, VERDICTS } from '../judging/verdict.ts';
import { passageEntries } from '../protocol/passages.ts';

/** Stands in every networks.json. */
export const NETWORKS_FORMAT = 'eigenfluence networks 1';

/** The file that the experiment ends with. */
export const NETWORKS_FILE = 'networks.json';

/** How scores of several networks are judged: one by one, or averaged. */
export const READINGS = ['single', 'ensemble'] as const;
export type Reading = (typeof READINGS)[number];

/** An LDS under one inverse. */
const LdsSchema = v.strictObject({
  lds: v.nullable(correlation),
  ci: intervalOf(correlation),
  variant: v.string(),
});
export type LdsEntry = ReadOnly<v.InferOutput<typeof LdsSchema>>;

const TreatmentSchema = v.strictObject({
  single: LdsSchema,
  ensemble: LdsSchema,
  /** LDS of each network under the inverse of `single`. */
  values: v.array(v.nullable(correlation)),
});

/** A number of each base network, with the mean and Student’s 95 % interval of it. */
const OverNetworksSchema = v.strictObject({
  mean: v.nullable(finite),
  ci: intervalOf(finite),
  values: v.array(v.nullable(finite)),
});
export type OverNetworks = ReadOnly<v.InferOutput<typeof OverNetworksSchema>>;

const RungSchema = v.strictObject({
  id: v.string(),
  label: v.string(),
  /** The rung that it approximates. */
  above: v.nullable(v.string()),
  published: TreatmentSchema,
  best: TreatmentSchema,
  /** Eq. 9 under the rule of the paper; absent without a curvature. */
  error: v.exactOptional(OverNetworksSchema),
  /** Directions that the rule inverts, and how many of them with σ < 0: means. */
  rank: v.nullable(nonNegative),
  negative: v.nullable(nonNegative),
  /** Processor seconds to its eigenbasis, the median over networks. */
  seconds: v.nullable(nonNegative),
});
export type RungEntry = ReadOnly<v.InferOutput<typeof RungSchema>>;

/** LDS of `a` less that of `b`, paired over networks and subsets. */
const DifferenceSchema = v.strictObject({
  a: v.string(),
  b: v.string(),
  treatment: v.picklist(['published', 'best']),
  reading: v.picklist(READINGS),
  difference: v.nullable(correlationDifference),
  ci: intervalOf(correlationDifference),
});
export type DifferenceEntry = ReadOnly<v.InferOutput<typeof DifferenceSchema>>;

const LayerSchema = v.strictObject({
  layer: v.string(),
  op: v.string(),
  parameters: count,
  positions: count,
  /** ‖B‖_F of its block. */
  norm: nonNegative,
  /** ‖B − Ĝ‖_F/‖B‖_F. */
  ekfac: OverNetworksSchema,
  kfac: OverNetworksSchema,
});
export type LayerEntry = ReadOnly<v.InferOutput<typeof LayerSchema>>;

const StepSchema = v.strictObject({
  /** `one`: no weight is shared, so that both forms are one. */
  form: v.picklist(['one', 'expand', 'reduce']),
  /** Shares of the gap in error from the Hessian to this form of K-FAC. */
  shares: v.array(v.strictObject({ from: v.string(), to: v.string(), share: OverNetworksSchema })),
  eigenvalueOverlapEkfac: OverNetworksSchema,
  eigenvalueOverlapKfac: OverNetworksSchema,
  basisOverlapEkfac: OverNetworksSchema,
  basisOverlapKfac: OverNetworksSchema,
  /** √(Σ ‖B − Ĝ‖²/Σ ‖B‖²) over layers whose weight is used at several positions, and over the others; null where there is none. */
  shared: v.nullable(v.strictObject({ ekfac: OverNetworksSchema, kfac: OverNetworksSchema })),
  unshared: v.nullable(v.strictObject({ ekfac: OverNetworksSchema, kfac: OverNetworksSchema })),
  layers: v.array(LayerSchema),
});
export type StepEntry = ReadOnly<v.InferOutput<typeof StepSchema>>;

/** At the first base network, by the inverse `variant`. */
const PassagesSchema = v.strictObject({ variant: v.string(), ...passageEntries });

const SettingSchema = v.strictObject({
  ...networkEntries,
  measurement: v.picklist(MEASUREMENTS),
  rungs: v.array(RungSchema),
  differences: v.array(DifferenceSchema),
  residual: OverNetworksSchema,
  crossLayer: OverNetworksSchema,
  hollow: OverNetworksSchema,
  steps: v.array(StepSchema),
  /** Of a network that reads text. */
  passages: v.exactOptional(PassagesSchema),
  /** Seconds of a retraining, and of all curvatures of a network: means. */
  seconds: v.strictObject({ retraining: nonNegative, curvatures: nonNegative }),
});
export type NetworkResults = ReadOnly<v.InferOutput<typeof SettingSchema>>;

/** What is stated, and what was found. */
const ClaimSchema = v.strictObject({
  id: v.string(),
  place: v.string(),
  claim: v.string(),
  verdict: v.picklist(VERDICTS),
  findings: v.array(
    v.strictObject({
      network: v.string(),
      label: v.string(),
      value: v.nullable(finite),
      ci: intervalOf(finite),
      outcome: v.picklist(Object.values(OUTCOME_WORDS)),
    }),
  ),
});
export type NetworksClaim = ReadOnly<v.InferOutput<typeof ClaimSchema>>;

const NetworksSchema = v.strictObject({
  ...headEntries(NETWORKS_FORMAT),
  ...keptEntries,
  machine: v.string(),
  settings: v.array(SettingSchema),
  claims: v.array(ClaimSchema),
});
export type NetworksResults = ReadOnly<v.InferOutput<typeof NetworksSchema>>;

/** networks.json, as it is read back. */
export const NETWORKS_RESULTS = settingsFile(NETWORKS_FORMAT, NetworksSchema, 'networks');
