/** @file What papers say of the order of these methods, as data, and how it is read from bootstraps. */

import { type Bootstrap, bootstrapDifference, type MethodName } from '../../influence/index.ts';
import { finiteOrNull } from '../files/json-number.ts';
import {
  all,
  type Claim,
  type Finding,
  fact,
  type JudgedClaim,
  judgeClaims,
  ordered,
  within,
} from '../judging/claim.ts';
import { sentence } from '../judging/claims-section.ts';
import { FEWEST_PAIRS, fisherInterval, pearson } from '../judging/correlation.ts';
import { interval, ranged, TWO_DECIMALS, UNDEFINED } from '../judging/estimate.ts';
import { estimateOf, meanBootstrap } from '../judging/judge.ts';
import { counted } from '../judging/table.ts';
import { OUTCOME_WORDS } from '../judging/verdict.ts';
import type { EntryKind, MethodEntry, MethodsClaim } from './methods.ts';

/** An entry with the replicates behind it: by base model, and by size of ensemble. */
export interface JudgedEntry {
  readonly entry: MethodEntry;
  readonly singles: ReadonlyMap<number, Bootstrap>;
  readonly ensembles: ReadonlyMap<number, Bootstrap>;
}

export interface JudgedSetting {
  readonly setting: string;
  readonly entries: readonly JudgedEntry[];
}

/** A method, with the λ of the iterative methods when `kind` is auto. */
interface Side {
  readonly method: MethodName;
  readonly kind: EntryKind;
}

type Reading = (setting: JudgedSetting) => readonly Finding[];

const ASTRA = 'Wang et al. 2025 (ASTRA)';
const SOURCE = 'Bae et al. 2024 (SOURCE)';
const BIF = 'Kreer et al. 2026 (BIF)';
const TRAK = 'Park et al. 2023 (TRAK)';

const by = (method: MethodName, kind: EntryKind = 'default'): Side => ({ method, kind });
const EKFAC = by('ekfac', 'auto');

/** LDS that differ by less than this count as the same. */
const SAME = 0.01;

const ABOVE = 'difference of LDS, paired over subsets; EK-FAC with the λ of ASTRA, 0.1 tr(G)/D';

const STATEMENTS: readonly Claim<JudgedSetting>[] = [
  {
    id: 'astra-over-ekfac',
    place: ASTRA,
    claim: 'ASTRA has at least the LDS of EK-FAC with the same λ in almost all settings.',
    criterion: ABOVE,
    demand: 'not-below',
    findings: all(single(by('astra'), EKFAC), ensemble(by('astra'), EKFAC)),
  },
  {
    id: 'astra-converged',
    place: ASTRA,
    claim: 'ASTRA converges within 200 iterations.',
    criterion: `ASTRA minus the GGN inverted exactly with the same λ; as stated when the interval lies within ±${SAME}`,
    findings: same(single(by('astra'), by('ggn', 'auto'))),
  },
  {
    id: 'ensembles',
    place: ASTRA,
    claim: 'Averaging the scores of several base models raises the LDS.',
    criterion: 'the largest ensemble minus the mean of its base models one by one',
    findings: all(gain(by('astra')), gain(EKFAC), gain(by('source')), gain(by('astra-source'))),
  },
  {
    id: 'astra-source-over-source',
    place: ASTRA,
    claim: 'ASTRA-SOURCE has at least the LDS of SOURCE in almost all settings.',
    criterion: 'difference of LDS, paired over subsets',
    demand: 'not-below',
    findings: all(single(by('astra-source'), by('source')), ensemble(by('astra-source'), by('source'))),
  },
  {
    id: 'convolutions',
    place: ASTRA,
    claim: 'On a ResNet-9 the ensembled ASTRA reaches 0.6 where EK-FAC has 0.25.',
    untestable: 'needs a convolutional network',
  },
  {
    id: 'source-over-influence',
    place: SOURCE,
    claim: 'SOURCE predicts retraining better than influence functions.',
    criterion: ABOVE,
    findings: all(single(by('source'), EKFAC), ensemble(by('source'), EKFAC)),
  },
  {
    id: 'source-over-others',
    place: SOURCE,
    claim: 'SOURCE predicts retraining better than TracIn, TRAK and the gradient dot product.',
    criterion: 'difference of LDS, paired over subsets, one base model each',
    findings: all(
      ...(['tracin', 'trak', 'grad-dot'] as const).map((method) => single(by('source'), by(method))),
    ),
  },
  {
    id: 'trak-below',
    place: BIF,
    claim: 'TRAK has clearly the lower LDS than EK-FAC and BIF.',
    criterion: 'difference of LDS, paired over subsets, one base model each',
    findings: all(single(EKFAC, by('trak')), single(by('bif'), by('trak'))),
  },
  {
    id: 'models-differ-methods-agree',
    place: BIF,
    claim: 'The LDS varies between base models, but methods rise and fall together.',
    criterion:
      'correlation over base models between the LDS of EK-FAC and of another method, with Fisher’s 95 % interval; five base models at least',
    findings: all(...(['bif', 'trak', 'grad-dot'] as const).map((method) => agreement(EKFAC, by(method)))),
  },
  {
    id: 'ekfac-faster',
    place: BIF,
    claim: 'For a small network EK-FAC is faster than BIF (about five times on ResNet-9).',
    criterion: 'processor seconds of BIF over those of EK-FAC, fit and score; a ratio without an interval',
    findings: slowdown(by('bif'), EKFAC),
  },
  {
    id: 'subset-size',
    place: BIF,
    claim: 'BIF is above EK-FAC for small subsets, below it for large ones.',
    untestable: 'needs several subset sizes; this comparison retrains on halves',
  },
  {
    id: 'language-model',
    place: BIF,
    claim:
      'On a fine-tuned Pythia-14M EK-FAC (0.22) is above gradient similarity (0.20), that above BIF (0.11).',
    untestable: 'needs a language model',
  },
  {
    id: 'trak-ensemble',
    place: TRAK,
    claim: 'TRAK improves with the number of base models.',
    criterion: 'the largest ensemble, by TRAK’s own rule, minus the mean of its base models one by one',
    findings: gain(by('trak')),
  },
];

/** Every statement, judged by all settings together. */
export function judgeMethodsClaims(judged: readonly JudgedSetting[]): JudgedClaim[] {
  return judgeClaims(
    STATEMENTS,
    judged.map((results) => ({ name: results.setting, results })),
  );
}

/** A judged statement as methods.json holds it. */
export function publishedClaim({
  id,
  place,
  claim,
  verdict,
  criterion,
  untestable,
  findings,
}: JudgedClaim): MethodsClaim {
  return {
    id,
    paper: place,
    claim,
    remark: sentence(untestable ?? criterion ?? ''),
    verdict,
    findings: findings.map(({ setting = '', label, estimate = UNDEFINED, outcome }) => ({
      ...{ setting, label, value: estimate.value, ci: [estimate.lo, estimate.hi] as const },
      outcome: OUTCOME_WORDS[outcome],
    })),
  };
}

function entryOf({ entries }: JudgedSetting, { method, kind }: Side): JudgedEntry | undefined {
  return entries.find(({ entry }) => entry.method === method && entry.kind === kind);
}

/** What is said of two methods, and of the base models that both have alone; nothing where one was not judged. */
function pair(
  a: Side,
  b: Side,
  read: (left: JudgedEntry, right: JudgedEntry, common: readonly number[]) => readonly Finding[],
): Reading {
  return (setting) => {
    const [left, right] = [entryOf(setting, a), entryOf(setting, b)];
    if (left === undefined || right === undefined) return [];
    const common = [...left.singles.keys()].filter((model) => right.singles.has(model));
    return read(left, right, common);
  };
}

/** a − b with one base model each, the mean over those that both have. */
function single(a: Side, b: Side): Reading {
  return pair(a, b, (left, right, common) => {
    if (common.length === 0) return [];
    const of = ({ singles }: JudgedEntry): Bootstrap =>
      meanBootstrap(common.flatMap((model) => singles.get(model) ?? []));
    const label = `${left.entry.label} over ${right.entry.label}, ${oneByOne(common.length)}`;
    return above(label, of(left), of(right));
  });
}

/** a − b for the largest ensemble that both have. */
function ensemble(a: Side, b: Side): Reading {
  return pair(a, b, (left, right) => {
    const size = largest(left, right);
    const label = `${left.entry.label} over ${right.entry.label}, ensembles of ${size}`;
    return above(label, left.ensembles.get(size), right.ensembles.get(size));
  });
}

/** The largest ensemble minus its members one by one. */
function gain(side: Side): Reading {
  return pair(side, side, (own) => {
    const size = largest(own, own);
    const members = [...own.singles.values()].slice(0, size);
    return size === 0
      ? []
      : above(
          `${own.entry.label}, ensemble of ${size} over one`,
          own.ensembles.get(size),
          meanBootstrap(members),
        );
  });
}

/** The size of the largest ensemble that both have; 0 without one. */
function largest(a: JudgedEntry, b: JudgedEntry): number {
  return Math.max(0, ...[...a.ensembles.keys()].filter((size) => b.ensembles.has(size)));
}

function above(label: string, a: Bootstrap | undefined, b: Bootstrap | undefined): Finding[] {
  return ordered(label, estimateOf(a && b && bootstrapDifference(a, b)));
}

/** Differences read as a claim that there are none. */
function same(differences: Reading): Reading {
  return (setting) =>
    differences(setting).flatMap(({ label, estimate = UNDEFINED }) => within(label, estimate, SAME));
}

/** Pearson's r over base models. */
function agreement(a: Side, b: Side): Reading {
  return pair(a, b, (left, right, common) => {
    if (common.length < FEWEST_PAIRS) return [];
    const of = ({ singles }: JudgedEntry): number[] =>
      common.map((model) => singles.get(model)?.estimate ?? Number.NaN);
    const label = `r of ${left.entry.label} and ${right.entry.label} over ${counted(common.length, 'base model')}`;
    return ordered(label, fisherInterval(pearson(of(left), of(right)), common.length));
  });
}

/** Seconds of a over those of b. */
function slowdown(a: Side, b: Side): Reading {
  return pair(a, b, (left, right) => {
    if (left.singles.size === 0 || right.singles.size === 0) return [];
    const seconds = ({ entry }: JudgedEntry): number => entry.seconds.fit + entry.seconds.score;
    const ratio = seconds(left) / seconds(right);
    const label = `${left.entry.label}, times the seconds of ${right.entry.label}`;
    const found = interval(finiteOrNull(Math.round(ratio * 100) / 100), [null, null]);
    return [{ ...fact(label, ratio > 1, ranged(found, TWO_DECIMALS)), estimate: found }];
  });
}

/** How single base models were taken together. */
function oneByOne(count: number): string {
  return count === 1 ? 'one base model' : `${counted(count, 'base model')} one by one`;
}
