/** @file What Kreer et al. say of influence on language, as statements about the tokens of a small network. Nothing here is a result. */
import {
  all,
  type Claim,
  consistent,
  type Finding,
  fact,
  type JudgedClaim,
  judgeClaims,
  ordered,
} from '../judging/claim.ts';
import { type Estimate, interval, meanOverModels, pairedModels, signed } from '../judging/estimate.ts';
import { fixed } from '../judging/table.ts';
import { CURVATURES } from './curvature-tokens.ts';
import { CONTRASTS, type ContrastId } from './relations.ts';
import type { MethodEntry, OverNetworks, SamplerEntry, TokenResults } from './tokens-results.ts';

type TokensClaim = Claim<TokenResults>;

/** Judges every claim by a run. */
export function judgeTokensClaims(results: TokenResults): JudgedClaim[] {
  return judgeClaims(TOKENS_CLAIMS, [{ results }]);
}

const CHANCE = 0.5;
const SHARE =
  'the probability that one of the first group has a higher score than one of the second, less ½, with Student’s interval over networks';
const CORRELATION = 'a correlation, with Student’s interval over networks';

/** The sampler that claims are judged by: the first of the run, with both normalisations. */
function judgedMethods({ methods, samplers }: TokenResults): MethodEntry[] {
  const [first] = samplers;
  return methods.filter(({ id }) => id === first.id || id === `${first.id} correlation`);
}

/** The mean of the networks less a constant. */
function less({ mean, ci }: OverNetworks, by: number): Estimate {
  const minus = (x: number | null): number | null => (x === null ? null : x - by);
  return { value: minus(mean), lo: minus(ci[0]), hi: minus(ci[1]) };
}

function contrast(
  id: ContrastId,
  expected: 'positive' | 'negative' = 'positive',
): (results: TokenResults) => Finding[] {
  const { label } = CONTRASTS.find((one) => one.id === id) as (typeof CONTRASTS)[number];
  return (results) =>
    judgedMethods(results).flatMap((method) =>
      ordered(`${label}, ${method.label}`, less(method.answers[id], CHANCE), expected),
    );
}

/** The same question to what is not sampled. */
function besides(...ids: readonly ContrastId[]): (results: TokenResults) => string[] {
  return ({ methods }) =>
    methods
      .filter(({ kind }) => kind === 'curvature')
      .map(
        ({ label, answers }) =>
          `${label}: ${ids.map((id) => `${labelOf(id)} ${fixed(answers[id].mean, 3)}`).join(', ')}`,
      );
}

function labelOf(id: ContrastId): string {
  return CONTRASTS.find((one) => one.id === id)?.label ?? id;
}

const agreementWith = (sampler: SamplerEntry, id: string) => sampler.agreement.find((one) => one.with === id);

const TOKENS_CLAIMS: readonly TokensClaim[] = [
  {
    id: 'same-token',
    place: '§4.1, D.2, Figure 2',
    claim: 'The per-token BIF is high between equal tokens',
    criterion: SHARE,
    findings: all(contrast('same'), contrast('word')),
    notes: besides('same', 'word'),
  },
  {
    id: 'related-token',
    place: '§4.1, D.3, Figures 18–20',
    claim: 'It is high between different tokens of like meaning or purpose',
    criterion: `${SHARE}. What a network of characters can know of purpose: the kind of a character, and words with one stem`,
    findings: all(contrast('kind'), contrast('stem')),
    notes: besides('kind', 'stem'),
  },
  {
    id: 'context',
    place: 'left open there',
    claim: 'Between equal tokens it is higher where what stands before them is equal too',
    criterion: SHARE,
    findings: contrast('context'),
    notes: besides('context'),
  },
  {
    id: 'rival',
    place: 'left open there',
    claim: 'Different tokens behind equal ones speak against each other',
    criterion: SHARE,
    findings: contrast('rival', 'negative'),
    notes: besides('rival'),
  },
  {
    id: 'place-alone',
    place: 'left open there',
    claim: 'The place in the sequence alone makes tokens no more alike',
    criterion: `${SHARE}, which must include 0: consistent with none, which is not the same as equal`,
    findings: (results) =>
      judgedMethods(results).flatMap((method) =>
        consistent(`${labelOf('place')}, ${method.label}`, less(method.answers['place'], CHANCE)),
      ),
    notes: besides('place'),
  },
  {
    id: 'overlap',
    place: 'D.2',
    claim: 'In small models what two sequences have in common accounts for much of their influence',
    criterion: `Spearman’s correlation, over training sequences, of the score with the share of the query’s pairs of neighbouring characters that a sequence has too; ${CORRELATION}`,
    findings: (results) =>
      judgedMethods(results).flatMap(({ label, answers }) => ordered(label, less(answers['overlap'], 0))),
    notes: ({ methods }) =>
      methods
        .filter(({ kind }) => kind === 'curvature')
        .map(({ label, answers }) => `${label}: ${fixed(answers['overlap'].mean, 3)}`),
  },
  {
    id: 'agreement',
    place: '§4.1, D.1',
    claim: 'BIF and EK-FAC agree, token by token',
    criterion: `mean over the tokens of the queries of Spearman’s correlation over all training tokens; ${CORRELATION}`,
    findings: ({ samplers }) => {
      const found = agreementWith(samplers[0], 'ekfac');
      return found === undefined
        ? []
        : ordered(`${samplers[0].label} with ${CURVATURES.ekfac}`, less(found.tokens.spearman, 0));
    },
    notes: ({ samplers: [first] }) => [
      `two halves of its chains agree by ${fixed(first.halves.tokens.spearman.mean, 3)}, which bounds what any method can reach`,
    ],
  },
  {
    id: 'first-order',
    place: '§2.3, A.2',
    claim: 'The colder the chains, the more BIF goes with the damped influence function, its leading order',
    criterion: `Pearson’s correlation token by token at the lowest temperature less that at the highest; ${CORRELATION}`,
    findings: ({ samplers }) =>
      [...new Set(samplers.map(({ method }) => method))].flatMap((method) => {
        const own = samplers
          .filter((one) => one.method === method && one.refused === 0)
          .sort((a, b) => a.nBeta - b.nBeta);
        const [hot, cold] = [own[0], own[own.length - 1]].map(
          (one) => one && agreementWith(one, 'damped-if'),
        );
        if (own.length < 2 || hot === undefined || cold === undefined) return [];
        return ordered(
          method,
          meanOverModels(pairedModels(cold.tokens.pearson.values, hot.tokens.pearson.values)),
        );
      }),
  },
  {
    id: 'language-lds',
    place: 'C.3, Table 5',
    claim: 'On a language model the LDS of the BIF is below that of EK-FAC and of GradSim',
    criterion: 'difference of LDS of single networks, paired, with intervals over networks and subsets',
    findings: ({ samplers: [first], differences }) =>
      (['ekfac', 'grad-dot'] as const).flatMap((id) => {
        const found = differences.find(({ a, b }) => a === first.id && b === id);
        return found === undefined
          ? []
          : ordered(`${first.label} − ${CURVATURES[id]}`, interval(found.difference, found.ci), 'negative');
      }),
    notes: ({ samplers: [first, ...others], differences }) =>
      others.flatMap(({ id, label }) => {
        const found = differences.find(({ a, b }) => a === id && b === 'ekfac');
        return found === undefined || id === first.id
          ? []
          : [`${label} − ${CURVATURES.ekfac}: ${signed(interval(found.difference, found.ci))}`];
      }),
  },
  {
    id: 'per-token-cost',
    place: '§3.3, B.4',
    claim: 'For all pairs of tokens BIF costs less than EK-FAC, which needs a pass for every token',
    criterion: 'processor time of the chains, and of EK-FAC with a gradient for every token',
    findings: ({ methods, samplers: [first] }) => {
      const seconds = (id: string): number => methods.find((one) => one.id === id)?.seconds ?? Number.NaN;
      const ratio = seconds(first.id) / seconds('ekfac');
      return Number.isFinite(ratio)
        ? [fact(`${first.label}: ${ratio.toPrecision(2)} times the time of EK-FAC`, ratio < 1)]
        : [];
    },
  },
];
