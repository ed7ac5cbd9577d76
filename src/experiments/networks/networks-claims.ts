/** @file What the paper says of perceptrons, asked of every network; and what it leaves open about weights that are shared, as statements. */
import { finiteOrNull } from '../files/json-number.ts';
import {
  all,
  type Claim,
  type Evidence,
  type Finding,
  fact,
  type JudgedClaim,
  judgeClaim,
  ordered,
} from '../judging/claim.ts';
import {
  type Estimate,
  interval,
  meanOverModels,
  PERCENT,
  POINTS,
  pairedModels,
  SIGNIFICANT,
} from '../judging/estimate.ts';
import { OUTCOME_WORDS } from '../judging/verdict.ts';
import {
  type NetworkResults,
  type NetworksClaim,
  READINGS,
  type Reading,
  type RungEntry,
  type StepEntry,
} from './networks-results.ts';
import type { Treatment } from './rungs.ts';

type Find = (network: NetworkResults) => readonly Finding[];

const PAPER = 'Hong et al. 2025';
const OPEN = 'left open there';

/** What is compared of two LDS. */
const PAIRED =
  'paired difference of LDS under the rule of the paper, of single networks and of averaged scores';
const BEST = 'the same with the best damping of each, by the very retrainings';

const WORDS: Readonly<Record<Reading, string>> = { single: 'one network', ensemble: 'averaged' };

/** Below this share of H − G, what lies within layers is rounding. */
const ROUNDING = 1e-9;

const rungOf = ({ rungs }: NetworkResults, id: string): RungEntry | undefined =>
  rungs.find((rung) => rung.id === id);

/** Ids of a kind: one, or one of each form. */
const idsOf = ({ rungs }: NetworkResults, kind: string): string[] =>
  rungs.map(({ id }) => id).filter((id) => id === kind || id.startsWith(`${kind}-`));

/** The pairs of rungs of these kinds, each below the other. */
function steps(network: NetworkResults, above: string, below: string): [RungEntry, RungEntry][] {
  return idsOf(network, below).flatMap((id): [RungEntry, RungEntry][] => {
    const lower = rungOf(network, id);
    const upper = lower?.above === null ? undefined : rungOf(network, lower?.above ?? '');
    return lower === undefined || upper === undefined || !idsOf(network, above).includes(upper.id)
      ? []
      : [[upper, lower]];
  });
}

function lead(network: NetworkResults, a: RungEntry, b: RungEntry, treatment: Treatment): Finding[] {
  return READINGS.flatMap((reading) => {
    const found = network.differences.find(
      (one) => one.a === a.id && one.b === b.id && one.treatment === treatment && one.reading === reading,
    );
    if (found === undefined) return [];
    return ordered(`${a.label} over ${b.label}, ${WORDS[reading]}`, interval(found.difference, found.ci));
  });
}

const inOrder =
  (above: string, below: string, treatment: Treatment): Find =>
  (network) =>
    steps(network, above, below).flatMap(([a, b]) => lead(network, a, b, treatment));

/** One form over the other. */
const formsInOrder =
  (kind: string, treatment: Treatment): Find =>
  (network) => {
    const [a, b] = ['expand', 'reduce'].map((form) => rungOf(network, `${kind}-${form}`));
    return a === undefined || b === undefined ? [] : lead(network, a, b, treatment);
  };

const STEPS = [
  ['hessian', 'ggn'],
  ['ggn', 'block-ggn'],
  ['block-ggn', 'ekfac'],
  ['ekfac', 'kfac'],
] as const;
const NAMES: Readonly<Record<string, string>> = {
  hessian: 'the Hessian',
  ggn: 'the GGN',
  'block-ggn': 'Block-GGN',
  ekfac: 'EK-FAC',
  kfac: 'K-FAC',
};

const errorGrows: Find = (network) =>
  STEPS.flatMap(([above, below]) => steps(network, above, below)).flatMap(([a, b]) =>
    ordered(
      `Eq. 9, ${b.label} less ${a.label}`,
      meanOverModels(pairedModels(b.error?.values ?? [null], a.error?.values ?? [null])),
      'positive',
      SIGNIFICANT,
    ),
  );

const formName = ({ form }: StepEntry): string => (form === 'one' ? '' : `, ${form}`);

const largestShare: Find = ({ steps: forms }) =>
  forms.flatMap((step) => {
    const last = step.shares[step.shares.length - 1];
    return step.shares
      .slice(0, -1)
      .flatMap(({ from, to, share }) =>
        ordered(
          `share of ${last.from} → ${last.to} less that of ${from} → ${to}`,
          meanOverModels(pairedModels(last.share.values, share.values)),
          'positive',
          POINTS,
        ),
      );
  });

const mostOfGap: Find = ({ steps: forms }) =>
  forms.flatMap((step) => {
    const [, , third, fourth] = step.shares;
    const both = third.share.values.map((value, m) => {
      const other = fourth.share.values[m];
      return value === null || other === null ? null : value + other - 0.5;
    });
    return ordered(
      `share of both steps less 50 %${formName(step)}`,
      meanOverModels(both),
      'positive',
      PERCENT,
    );
  });

/** Of two lists of numbers of the same networks. */
function paired(label: string, a: { values: readonly (number | null)[] }, b: typeof a): Finding[] {
  return ordered(label, meanOverModels(pairedModels(a.values, b.values)));
}

const overlapLead =
  (what: 'eigenvalue' | 'basis'): Find =>
  ({ steps: forms }) =>
    forms.flatMap((step) =>
      paired(
        `overlap, EK-FAC less K-FAC${formName(step)}`,
        step[`${what}OverlapEkfac`],
        step[`${what}OverlapKfac`],
      ),
    );

const sharedWorse =
  (kind: 'ekfac' | 'kfac'): Find =>
  ({ steps: forms }) =>
    forms.flatMap((step) =>
      step.shared === null || step.unshared === null
        ? []
        : paired(
            `∥B − Ĝ∥/∥B∥ at shared less at other weights${formName(step)}`,
            step.shared[kind],
            step.unshared[kind],
          ),
    );

const formDistance =
  (kind: 'ekfac' | 'kfac'): Find =>
  ({ steps: forms }) => {
    const [expand, reduce] = ['expand', 'reduce'].map(
      (form) => forms.find((step) => step.form === form)?.shared,
    );
    if (expand === undefined || reduce === undefined || expand === null || reduce === null) return [];
    return paired('∥B − Ĝ∥/∥B∥ at shared weights, reduce less expand', reduce[kind], expand[kind]);
  };

/** Whether every layer by itself enters the outputs piecewise linearly: ReLU, and nothing that divides by a norm. */
export function piecewiseLinear(network: string): boolean {
  return (network.startsWith('cnn') && !network.endsWith('groupnorm')) || network.endsWith('relu');
}

const hollowResidual: Find = ({ network, hollow }) =>
  piecewiseLinear(network) && hollow.mean !== null
    ? [
        fact(
          'largest share of H − G within layers',
          hollow.values.every((value) => value !== null && value < ROUNDING),
          Math.max(...hollow.values.map((value) => value ?? Number.POSITIVE_INFINITY)).toExponential(1),
        ),
      ]
    : [];

const overBaseline =
  (kind: string, treatment: Treatment): Find =>
  (network) =>
    idsOf(network, kind).flatMap((id) => {
      const [a, b] = [rungOf(network, id), rungOf(network, 'grad-dot')];
      return a === undefined || b === undefined ? [] : lead(network, a, b, treatment);
    });

/** What H − G was of H in tiny networks with attention. */
const ATTENTION_RESIDUAL = [0.3, 0.6] as const;

const attentionResidual: Find = ({ network, residual }) => {
  if (!network.startsWith('gpt')) return [];
  const [low, high] = ATTENTION_RESIDUAL;
  const beyond = (of: (value: number) => number): Estimate =>
    meanOverModels(residual.values.map((value) => (value === null ? null : of(value))));
  return [
    ...ordered(
      `∥H − G∥/∥H∥ less ${low}`,
      beyond((value) => value - low),
    ),
    ...ordered(
      `${high} less ∥H − G∥/∥H∥`,
      beyond((value) => high - value),
    ),
  ];
};

/** Leads of given pairs of rungs, each at its own best damping. */
const leads =
  (...pairs: readonly (readonly [string, string])[]): Find =>
  (network) =>
    pairs.flatMap(([x, y]) => {
      const [a, b] = [rungOf(network, x), rungOf(network, y)];
      return a === undefined || b === undefined ? [] : lead(network, a, b, 'best');
    });

/** The statements, in the order of the page. */
const CLAIMS: readonly Claim<NetworkResults>[] = [
  ...STEPS.map(
    ([a, b]): Claim<NetworkResults> => ({
      id: `lds-${a}-${b}`,
      place: `${PAPER}, §4.2 (1)`,
      claim:
        a === 'hessian'
          ? `The LDS of ${NAMES[a]} is at least about that of ${NAMES[b]}.`
          : `The LDS of ${NAMES[a]} is above that of ${NAMES[b]}.`,
      criterion: PAIRED,
      ...(a === 'hessian' ? { demand: 'not-below' as const } : {}),
      findings: inOrder(a, b, 'published'),
    }),
  ),
  {
    id: 'error-order',
    place: `${PAPER}, §4.2 (1)`,
    claim: 'The error of the inverse (Eq. 9) grows at every step of the ladder.',
    criterion: 'paired difference of the errors, interval over networks',
    findings: errorGrows,
  },
  {
    id: 'share-largest',
    place: `${PAPER}, §4.2 (2)`,
    claim: 'EK-FAC → K-FAC has the largest share of the gap in error from Hessian to K-FAC.',
    criterion: 'mean over networks of the difference of shares',
    findings: largestShare,
  },
  {
    id: 'share-both',
    place: `${PAPER}, §4.2 (2)`,
    claim: 'The two factorisation steps together explain most of the gap.',
    criterion: 'mean over networks of their shares',
    findings: mostOfGap,
  },
  {
    id: 'eigenvalues',
    place: `${PAPER}, C.3`,
    claim: 'EK-FAC’s eigenvalues overlap more with Block-GGN’s than K-FAC’s.',
    criterion: 'Eq. 16 and 17, paired over networks',
    findings: overlapLead('eigenvalue'),
  },
  {
    id: 'bases',
    place: `${PAPER}, C.4`,
    claim: 'EK-FAC’s choice of the top eigenvectors overlaps more with Block-GGN’s than K-FAC’s.',
    criterion: 'Eq. 18, paired over networks',
    findings: overlapLead('basis'),
  },
  {
    id: 'hollow',
    place: `${PAPER}, a prediction`,
    claim: 'With ReLU and without norms, H − G vanishes within every layer: all of it lies between layers.',
    criterion: `share of the norm below ${ROUNDING.toExponential()} at every network`,
    findings: hollowResidual,
  },
  ...STEPS.map(
    ([a, b]): Claim<NetworkResults> => ({
      id: `best-${a}-${b}`,
      place: OPEN,
      claim: `Each at its own best damping, the LDS of ${NAMES[a]} is above that of ${NAMES[b]}.`,
      criterion: BEST,
      findings: inOrder(a, b, 'best'),
    }),
  ),
  {
    id: 'shared-weights',
    place: OPEN,
    claim:
      'A Kronecker product is further from its block of the GGN where a weight is shared between positions.',
    criterion: 'relative Frobenius distance over all such layers, EK-FAC and K-FAC, paired over networks',
    findings: all(sharedWorse('ekfac'), sharedWorse('kfac')),
  },
  {
    id: 'expand-closer',
    place: OPEN,
    claim: 'At shared weights expand is closer to the block of the GGN than reduce.',
    criterion: 'relative Frobenius distance, EK-FAC and K-FAC, paired over networks',
    findings: all(formDistance('ekfac'), formDistance('kfac')),
  },
  {
    id: 'expand-reduce',
    place: OPEN,
    claim: 'Expand predicts retraining better than reduce, under the rule of the paper.',
    criterion: PAIRED,
    findings: all(formsInOrder('ekfac', 'published'), formsInOrder('kfac', 'published')),
  },
  {
    id: 'expand-reduce-best',
    place: OPEN,
    claim: 'Expand predicts retraining better than reduce, each at its own best damping.',
    criterion: BEST,
    findings: all(formsInOrder('ekfac', 'best'), formsInOrder('kfac', 'best')),
  },
  {
    id: 'attention-residual',
    place: OPEN,
    claim: `With attention, H − G is ${ATTENTION_RESIDUAL.join(' to ')} of H.`,
    criterion: 'Eq. 14, the interval over networks within both ends',
    findings: attentionResidual,
  },
  {
    id: 'attention-one-block',
    place: OPEN,
    claim: 'Queries, keys and values as one block predict retraining better than as three.',
    criterion: BEST,
    findings: leads(['block-ggn', 'apart-block-ggn'], ['ekfac-expand', 'apart-ekfac-expand']),
  },
  {
    id: 'attention-sums',
    place: OPEN,
    claim: 'With attention, sums of two Kronecker products predict retraining better than EK-FAC.',
    criterion: BEST,
    findings: leads(['kronecker-sum', 'ekfac-expand']),
  },
  {
    id: 'over-baseline',
    place: OPEN,
    claim: 'K-FAC at its best damping still predicts retraining better than the dot product of gradients.',
    criterion: BEST,
    findings: overBaseline('kfac', 'best'),
  },
];

/** Every statement by all networks together. */
export function judgeNetworksClaims(settings: readonly NetworkResults[]): JudgedClaim[] {
  const evidence = settings.map((results): Evidence<NetworkResults> => ({ name: results.network, results }));
  return CLAIMS.map((claim) => judgeClaim(claim, evidence));
}

/** A claim as networks.json has it. */
export function publishedClaim({ id, place, claim, verdict, findings }: JudgedClaim): NetworksClaim {
  return {
    id,
    place,
    claim,
    verdict,
    findings: findings.map(({ setting = '', label, estimate, outcome }) => {
      const { value, lo, hi }: Estimate = estimate ?? { value: null, lo: null, hi: null };
      const end = (x: number | null): number | null => finiteOrNull(x ?? Number.NaN);
      return { network: setting, label, value, ci: [end(lo), end(hi)], outcome: OUTCOME_WORDS[outcome] };
    }),
  };
}
