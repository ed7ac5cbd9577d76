/** @file What the report needs of a setting: its results and a few small arrays. */
import { datasetSize, exampleValues, logits } from '../../../autodiff/index.ts';
import { LADDER, type LadderKind } from '../../../curvature/index.ts';
import { type Influence, outcomeMeans, subsetPredictions, topInfluences } from '../../../influence/index.ts';
import { recordBy } from '../../files/record-by.ts';
import { loadDigits, PIXELS } from '../../protocol/data/digits.ts';
import { type PreparedData, prepareDigits } from '../../protocol/data/prepare-digits.ts';
import { METHODS } from '../../protocol/methods.ts';
import { retrainingBank } from '../../protocol/retrainings.ts';
import { settingModel } from '../../protocol/setting-model.ts';
import type { ProtocolExample } from '../figures/protocol-figure.ts';
import type { Showcase, ShownExample } from '../figures/showcase-figure.ts';
import type { SettingData } from '../reproduce/compute-setting.ts';
import { attribution, meanScores } from '../results/assemble.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';

/** Input of every figure of one setting. */
export interface SettingView {
  readonly name: string;
  readonly results: SettingResults;
  /** Eigenvalues of the first base model's curvatures, ascending. */
  readonly spectra: Readonly<Record<LadderKind, Float64Array>>;
  /** ε of a truncated rule. */
  readonly eps: number | undefined;
  readonly showcases: readonly Showcase[];
  /** How one query was judged; absent where no query has a defined score. */
  readonly protocol: ProtocolExample | undefined;
}

/** Masks shown in the picture of the protocol: subsets, and training examples of each. */
const MASKS = { subsets: 8, examples: 20 };

/** Training examples shown per side. */
export const SHOWN = 6;

/** Where in the order of descending loss the shown queries stand. */
const LOSS_RANKS = [0, 0.05, 0.25, 0.5];

/** Collects the view of a setting. Queries are chosen by their loss under the first base model, one per class. */
export function settingView(data: SettingData, results: SettingResults): SettingView {
  const { setting, networks } = data;
  const spectra = recordBy(LADDER, (kind) => attribution(networks[0], kind).arrays['spectrum'].data);
  const eps = setting.rule.kind === 'truncated' ? setting.rule.eps : undefined;
  return {
    name: setting.name,
    results,
    spectra,
    eps,
    showcases: showcases(data),
    protocol: protocol(data, results),
  };
}

/** The view of a setting whose stored work is elsewhere: its numbers, without spectra and pictures. */
export function keptView(name: string, results: SettingResults): SettingView {
  const { rule } = results.config;
  return {
    name,
    results,
    spectra: recordBy(LADDER, () => new Float64Array(0)),
    eps: rule.kind === 'truncated' ? rule.eps : undefined,
    showcases: [],
    protocol: undefined,
  };
}

/** The query whose ρ under the Hessian is closest to the LDS: neither the best nor the worst. */
function protocol(
  { setting, size, networks, archive }: SettingData,
  results: SettingResults,
): ProtocolExample | undefined {
  const method = 'hessian';
  const { mean, perQuery } = results.lds[method];
  if (mean === null) return undefined;
  const off = perQuery.map((rho) => (rho === null ? Number.POSITIVE_INFINITY : Math.abs(rho - mean)));
  const q = off.indexOf(Math.min(...off));
  const rho = perQuery[q];
  if (rho === null) return undefined;
  const bank = retrainingBank(setting, size, archive);
  const { query, split, train } = prepareDigits(setting.data);
  const count = datasetSize(train);
  return {
    pixels: pixelsAt(split.query[q]),
    label: query.labels[q],
    method: methodLabel(method),
    predicted: Array.from(
      subsetPredictions(meanScores(networks, method), bank.subsets).column(q),
      (sum) => sum / count,
    ),
    measured: Array.from(outcomeMeans(bank, setting.measurement).column(q)),
    rho,
    seeds: size.seeds,
    masks: bank.subsets
      .slice(0, MASKS.subsets)
      .map((kept) => Array.from({ length: Math.min(MASKS.examples, count) }, (_, i) => kept.includes(i))),
  };
}

function showcases({ setting, networks }: SettingData): Showcase[] {
  const prepared = prepareDigits(setting.data);
  const { query, split } = prepared;
  const model = settingModel(setting);
  const theta = networks[0].base.arrays['theta'].data;
  const losses = exampleValues(model, setting.loss, theta, query);
  const outputs = logits(model, theta, query.inputs);
  const scores = recordBy(METHODS, (method) => meanScores(networks, method));
  return chooseQueries(losses, query.labels).map((q) => {
    const row = outputs.row(q);
    const strongest = recordBy(METHODS, (method) => {
      const { proponents, opponents } = topInfluences(scores[method], q, SHOWN, setting.measurement);
      return { helped: shown(prepared, proponents), harmed: shown(prepared, opponents) };
    });
    return {
      pixels: pixelsAt(split.query[q]),
      label: query.labels[q],
      predicted: row.indexOf(row.reduce((a, b) => Math.max(a, b))),
      loss: losses[q],
      strongest,
    };
  });
}

/** Queries at given places in the order of descending loss; a class that was shown already is passed over. */
export function chooseQueries(losses: Float64Array, labels: Int32Array): number[] {
  const order = Array.from(losses.keys()).sort((a, b) => losses[b] - losses[a] || a - b);
  const chosen: number[] = [];
  for (const rank of LOSS_RANKS) {
    const from = order.slice(Math.floor(rank * order.length));
    const next = from.find((q) => !chosen.some((c) => labels[c] === labels[q]));
    if (next !== undefined) chosen.push(next);
  }
  return chosen;
}

function shown({ train, split }: PreparedData, influences: readonly Influence[]): ShownExample[] {
  return influences.map(({ index, score }) => ({
    pixels: pixelsAt(split.train[index]),
    label: train.labels[index],
    score,
  }));
}

function pixelsAt(index: number): Uint8Array {
  return loadDigits().pixels.slice(index * PIXELS, (index + 1) * PIXELS);
}
