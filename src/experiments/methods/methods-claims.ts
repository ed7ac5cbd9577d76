/** @file What papers say of the order of these methods, as data, and what the intervals found here say to it. */
import { type Bootstrap, bcaInterval, bootstrapDifference, type MethodName } from '../../influence/index.ts';
import { normalQuantile } from '../../linalg/index.ts';
import { finiteOrNull, jsonInterval } from '../results/json-number.ts';
import { meanBootstrap } from './judgement.ts';
import type { ClaimFinding, EntryKind, MethodEntry, MethodsClaim, Outcome } from './methods.ts';

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
  readonly method: string;
  readonly kind?: EntryKind;
}

/** A statement of a paper. Nothing here is a result. */
interface Statement extends Pick<MethodsClaim, 'id' | 'paper' | 'claim' | 'remark'> {
  /** `all`: every comparison as stated. `mostly`: none the other way, at least one as stated. */
  readonly demand: 'all' | 'mostly';
  readonly find: (judged: JudgedSetting) => readonly (ClaimFinding | undefined)[];
}

const ASTRA = 'Wang et al. 2025 (ASTRA)';
const SOURCE = 'Bae et al. 2024 (SOURCE)';
const BIF = 'Kreer et al. 2026 (BIF)';
const TRAK = 'Park et al. 2023 (TRAK)';

const EKFAC: Side = { method: 'ekfac', kind: 'auto' };
/** LDS that differ by less than this count as the same. */
const SAME = 0.01;

const ABOVE = 'Difference of LDS, paired over subsets; EK-FAC with the λ of ASTRA, 0.1 tr(G)/D.';

const STATEMENTS: readonly Statement[] = [
  {
    id: 'astra-over-ekfac',
    paper: ASTRA,
    claim: 'ASTRA has at least the LDS of EK-FAC with the same λ in almost all settings.',
    remark: ABOVE,
    demand: 'mostly',
    find: (s) => [single(s, { method: 'astra' }, EKFAC), ensemble(s, { method: 'astra' }, EKFAC)],
  },
  {
    id: 'astra-converged',
    paper: ASTRA,
    claim: 'ASTRA converges within 200 iterations.',
    remark: `ASTRA minus the GGN inverted exactly with the same λ; as stated when the interval lies within ±${SAME}.`,
    demand: 'all',
    find: (s) => [same(single(s, { method: 'astra' }, { method: 'ggn', kind: 'auto' }))],
  },
  {
    id: 'ensembles',
    paper: ASTRA,
    claim: 'Averaging the scores of several base models raises the LDS.',
    remark: 'The largest ensemble minus the mean of its base models one by one.',
    demand: 'all',
    find: (s) =>
      [{ method: 'astra' }, EKFAC, { method: 'source' }, { method: 'astra-source' }].map((side) =>
        gain(s, side),
      ),
  },
  {
    id: 'astra-source-over-source',
    paper: ASTRA,
    claim: 'ASTRA-SOURCE has at least the LDS of SOURCE in almost all settings.',
    remark: 'Difference of LDS, paired over subsets.',
    demand: 'mostly',
    find: (s) => [
      single(s, { method: 'astra-source' }, { method: 'source' }),
      ensemble(s, { method: 'astra-source' }, { method: 'source' }),
    ],
  },
  {
    id: 'convolutions',
    paper: ASTRA,
    claim: 'On a ResNet-9 the ensembled ASTRA reaches 0.6 where EK-FAC has 0.25.',
    remark: 'Needs a convolutional network.',
    demand: 'all',
    find: () => [],
  },
  {
    id: 'source-over-influence',
    paper: SOURCE,
    claim: 'SOURCE predicts retraining better than influence functions.',
    remark: ABOVE,
    demand: 'all',
    find: (s) => [single(s, { method: 'source' }, EKFAC), ensemble(s, { method: 'source' }, EKFAC)],
  },
  {
    id: 'source-over-others',
    paper: SOURCE,
    claim: 'SOURCE predicts retraining better than TracIn, TRAK and the gradient dot product.',
    remark: 'Difference of LDS, paired over subsets, one base model each.',
    demand: 'all',
    find: (s) => ['tracin', 'trak', 'grad-dot'].map((method) => single(s, { method: 'source' }, { method })),
  },
  {
    id: 'trak-below',
    paper: BIF,
    claim: 'TRAK has clearly the lower LDS than EK-FAC and BIF.',
    remark: 'Difference of LDS, paired over subsets, one base model each.',
    demand: 'all',
    find: (s) => [single(s, EKFAC, { method: 'trak' }), single(s, { method: 'bif' }, { method: 'trak' })],
  },
  {
    id: 'models-differ-methods-agree',
    paper: BIF,
    claim: 'The LDS varies between base models, but methods rise and fall together.',
    remark:
      'Correlation over base models between the LDS of EK-FAC and of another method, with Fisher’s 95 % interval; five base models at least.',
    demand: 'all',
    find: (s) => ['bif', 'trak', 'grad-dot'].map((method) => agreement(s, EKFAC, { method })),
  },
  {
    id: 'ekfac-faster',
    paper: BIF,
    claim: 'For a small network EK-FAC is faster than BIF (about five times on ResNet-9).',
    remark: 'Processor seconds of BIF over those of EK-FAC, fit and score; a ratio without an interval.',
    demand: 'all',
    find: (s) => [slowdown(s, { method: 'bif' }, EKFAC)],
  },
  {
    id: 'subset-size',
    paper: BIF,
    claim: 'BIF is above EK-FAC for small subsets, below it for large ones.',
    remark: 'Needs several subset sizes; this comparison retrains on halves.',
    demand: 'all',
    find: () => [],
  },
  {
    id: 'language-model',
    paper: BIF,
    claim:
      'On a fine-tuned Pythia-14M EK-FAC (0.22) is above gradient similarity (0.20), that above BIF (0.11).',
    remark: 'Needs a language model.',
    demand: 'all',
    find: () => [],
  },
  {
    id: 'trak-ensemble',
    paper: TRAK,
    claim: 'TRAK improves with the number of base models.',
    remark: 'The largest ensemble, by TRAK’s own rule, minus the mean of its base models one by one.',
    demand: 'all',
    find: (s) => [gain(s, { method: 'trak' })],
  },
];

/** Every statement with its findings and the verdict that follows from them. */
export function judgeMethodsClaims(judged: readonly JudgedSetting[]): MethodsClaim[] {
  return STATEMENTS.map(({ id, paper, claim, remark, demand, find }) => {
    const findings = judged.flatMap((setting) => find(setting).filter((found) => found !== undefined));
    const all = (outcome: Outcome): boolean => findings.every((f) => f.outcome === outcome);
    const some = (outcome: Outcome): boolean => findings.some((f) => f.outcome === outcome);
    const holds = all('as stated') || (demand === 'mostly' && !some('the other way') && some('as stated'));
    const verdict = findings.length === 0 ? 'not testable here' : holds ? 'confirmed' : 'not confirmed';
    return { id, paper, claim, remark, verdict, findings };
  });
}

function entryOf({ entries }: JudgedSetting, { method, kind = 'default' }: Side): JudgedEntry | undefined {
  return entries.find(({ entry }) => entry.method === (method as MethodName) && entry.kind === kind);
}

/** a − b with one base model each, the mean over those that both have. */
function single(s: JudgedSetting, a: Side, b: Side): ClaimFinding | undefined {
  const [left, right] = [entryOf(s, a), entryOf(s, b)];
  if (left === undefined || right === undefined) return undefined;
  const common = [...left.singles.keys()].filter((model) => right.singles.has(model));
  if (common.length === 0) return undefined;
  const of = (side: JudgedEntry): Bootstrap =>
    meanBootstrap(common.flatMap((model) => side.singles.get(model) ?? []));
  return finding(
    s,
    `${left.entry.label} over ${right.entry.label}, ${oneByOne(common.length)}`,
    bootstrapDifference(of(left), of(right)),
  );
}

/** a − b for the largest ensemble that both have. */
function ensemble(s: JudgedSetting, a: Side, b: Side): ClaimFinding | undefined {
  const [left, right] = [entryOf(s, a), entryOf(s, b)];
  const size = largest(left?.ensembles, right?.ensembles);
  const [x, y] = [left?.ensembles.get(size), right?.ensembles.get(size)];
  if (left === undefined || right === undefined || x === undefined || y === undefined) return undefined;
  return finding(
    s,
    `${left.entry.label} over ${right.entry.label}, ensembles of ${size}`,
    bootstrapDifference(x, y),
  );
}

/** The largest ensemble minus its members one by one. */
function gain(s: JudgedSetting, side: Side): ClaimFinding | undefined {
  const own = entryOf(s, side);
  const size = largest(own?.ensembles, own?.ensembles);
  const whole = own?.ensembles.get(size);
  if (own === undefined || whole === undefined) return undefined;
  const members = [...own.singles.values()].slice(0, size);
  return finding(
    s,
    `${own.entry.label}, ensemble of ${size} over one`,
    bootstrapDifference(whole, meanBootstrap(members)),
  );
}

function largest(
  a: ReadonlyMap<number, Bootstrap> | undefined,
  b: ReadonlyMap<number, Bootstrap> | undefined,
): number {
  return Math.max(0, ...[...(a?.keys() ?? [])].filter((size) => b?.has(size) === true));
}

function finding({ setting }: JudgedSetting, label: string, difference: Bootstrap): ClaimFinding {
  const [lo, hi] = bcaInterval(difference);
  return {
    setting,
    label,
    value: finiteOrNull(difference.estimate),
    ci: jsonInterval([lo, hi]),
    outcome: lo > 0 ? 'as stated' : hi < 0 ? 'the other way' : 'undecided',
  };
}

/** A difference read as a claim that there is none. */
function same(found: ClaimFinding | undefined): ClaimFinding | undefined {
  if (found === undefined) return undefined;
  const [lo, hi] = found.ci;
  const inside = lo !== null && hi !== null && lo > -SAME && hi < SAME;
  const outside = lo !== null && hi !== null && (lo > SAME || hi < -SAME);
  return { ...found, outcome: inside ? 'as stated' : outside ? 'the other way' : 'undecided' };
}

const FEWEST_MODELS = 5;

/** Pearson's r over base models, with Fisher's interval. */
function agreement(s: JudgedSetting, a: Side, b: Side): ClaimFinding | undefined {
  const [left, right] = [entryOf(s, a), entryOf(s, b)];
  if (left === undefined || right === undefined) return undefined;
  const common = [...left.singles.keys()].filter((model) => right.singles.has(model));
  if (common.length < FEWEST_MODELS) return undefined;
  const of = (side: JudgedEntry): number[] =>
    common.map((model) => side.singles.get(model)?.estimate ?? Number.NaN);
  const r = pearson(of(left), of(right));
  const half = normalQuantile(0.975) / Math.sqrt(common.length - 3);
  const [lo, hi] = [Math.tanh(Math.atanh(r) - half), Math.tanh(Math.atanh(r) + half)];
  return {
    setting: s.setting,
    label: `r of ${left.entry.label} and ${right.entry.label} over ${models(common.length)}`,
    value: finiteOrNull(r),
    ci: jsonInterval([lo, hi]),
    outcome: lo > 0 ? 'as stated' : hi < 0 ? 'the other way' : 'undecided',
  };
}

/** Pearson's correlation; NaN where one side is constant. */
export function pearson(x: readonly number[], y: readonly number[]): number {
  const centred = (v: readonly number[]): number[] => {
    const mean = v.reduce((a, b) => a + b, 0) / v.length;
    return v.map((value) => value - mean);
  };
  const [a, b] = [centred(x), centred(y)];
  const product = (u: readonly number[], v: readonly number[]): number =>
    u.reduce((total, value, i) => total + value * v[i], 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** Seconds of a over those of b. */
function slowdown(s: JudgedSetting, a: Side, b: Side): ClaimFinding | undefined {
  const [left, right] = [entryOf(s, a), entryOf(s, b)];
  if (left === undefined || right === undefined || left.singles.size === 0 || right.singles.size === 0)
    return undefined;
  const seconds = ({ entry }: JudgedEntry): number => entry.seconds.fit + entry.seconds.score;
  const ratio = seconds(left) / seconds(right);
  return {
    setting: s.setting,
    label: `${left.entry.label}, times the seconds of ${right.entry.label}`,
    value: finiteOrNull(Math.round(ratio * 100) / 100),
    ci: [null, null],
    outcome: ratio > 1 ? 'as stated' : 'the other way',
  };
}

/** How single base models were taken together. */
function oneByOne(count: number): string {
  return count === 1 ? 'one base model' : `${models(count)} one by one`;
}

function models(count: number): string {
  return `${count} base ${count === 1 ? 'model' : 'models'}`;
}
