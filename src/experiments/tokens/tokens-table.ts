/** @file The numbers of the experiment on tokens as text: CSV of all of them, Markdown for the page, lines for the terminal. */
import { type Basis, basisSentence } from '../judging/basis.ts';
import { type Estimate, interval, ranged, TWO_DECIMALS } from '../judging/estimate.ts';
import { fixed, precise } from '../judging/table.ts';
import { aligned, type Columns, columnsOf, csv, fields, markdown, withInterval } from '../pages/table.ts';
import { CURVATURE_IDS, CURVATURES } from './curvature-tokens.ts';
import { CONTRASTS } from './relations.ts';
import type {
  AgreementEntry,
  MethodEntry,
  OverNetworks,
  SamplerEntry,
  TokenResults,
  TokensResults,
} from './tokens-results.ts';

interface Line {
  readonly network: string;
  readonly what: string;
  readonly of: string;
  readonly against: string;
  readonly value: number | null;
  readonly ci: readonly [number | null, number | null];
}

const FILE_COLUMNS: Columns<Line> = {
  ...fields('network', 'what'),
  of: ({ of }) => ({ quoted: of }),
  against: ({ against }) => ({ quoted: against }),
  ...withInterval('value', ({ value, ci }: Line) => [value, ...ci]),
};

/** A line for every number. */
export function tokensCsv({ settings }: Pick<TokensResults, 'settings'>): string {
  return csv(FILE_COLUMNS, settings.flatMap(linesOf));
}

function linesOf({ network, methods, samplers, differences }: TokenResults): Line[] {
  const line = (what: string, of: string, against: string, found: OverNetworks): Line => ({
    ...{ network, what, of, against },
    value: found.mean,
    ci: found.ci,
  });
  const agreement = (of: string, against: string, level: string, found: AgreementEntry): Line[] =>
    (['pearson', 'spearman'] as const).map((kind) => line(`${kind} of ${level}`, of, against, found[kind]));
  return [
    ...methods.flatMap(({ id, answers, lds }) => [
      ...Object.entries(answers).map(([what, found]) => line(what, id, '', found)),
      ...(lds === undefined ? [] : [{ network, what: 'lds', of: id, against: '', ...lds }]),
    ]),
    ...differences.map(({ a, b, difference, ci }) => ({
      ...{ network, what: 'lds difference', of: a, against: b },
      value: difference,
      ci,
    })),
    ...samplers.flatMap(({ id, halves, agreement: found }) => [
      ...agreement(id, 'halves', 'tokens', halves.tokens),
      ...agreement(id, 'halves', 'sequences', halves.sequences),
      ...found.flatMap((one) => [
        ...agreement(id, one.with, 'tokens', one.tokens),
        ...agreement(id, one.with, 'sequences', one.sequences),
      ]),
    ]),
  ];
}

/** What the numbers rest on. */
export function tokensBasis({ network, models, subsets, seeds }: TokenResults): Basis {
  return {
    setting: network,
    networks: models,
    together: 'LDS averaged',
    measurement: 'loss',
    subsets,
    seeds,
    rule: 'each method as its label says',
    intervals: 'networks and subsets',
  };
}

const estimate = ({ mean, ci }: OverNetworks): Estimate => interval(mean, ci);

/** Answers to every question. */
export function answersTable({ methods }: TokenResults): string[] {
  const columns: Columns<MethodEntry> = {
    method: ({ label }) => label,
    ...columnsOf(
      CONTRASTS,
      ({ label }) => label,
      ({ answers }: MethodEntry, { id }) => ranged(estimate(answers[id]), TWO_DECIMALS),
    ),
    'in common': ({ answers }) => ranged(estimate(answers['overlap']), TWO_DECIMALS),
  };
  return markdown(columns, methods);
}

/** Chains, how they agree with themselves, and with what is not sampled. */
export function agreementTable({ samplers }: TokenResults): string[] {
  const columns: Columns<SamplerEntry> = {
    sampler: ({ label }) => label,
    refused: ({ refused }) => refused,
    'loss, start → chains': ({ figures }) =>
      `${precise(figures['startLoss'] ?? null)} → ${precise(figures['meanLoss'] ?? null)}`,
    'split R-hat': ({ figures }) => fixed(figures['splitRhat'] ?? null, 3),
    'effective draws': ({ figures }) => fixed(figures['effectiveSampleSize'] ?? null, 0),
    'its own halves': ({ halves }) => ranged(estimate(halves.tokens.spearman), TWO_DECIMALS),
    ...columnsOf(
      CURVATURE_IDS,
      (id) => CURVATURES[id],
      ({ agreement }: SamplerEntry, id) => {
        const found = agreement.find((one) => one.with === id);
        return found === undefined ? null : ranged(estimate(found.tokens.spearman), TWO_DECIMALS);
      },
    ),
  };
  return markdown(columns, samplers);
}

/** LDS of whole sequences, and seconds. */
export function ldsTable({ methods }: TokenResults): string[] {
  const columns: Columns<MethodEntry> = {
    method: ({ label }) => label,
    'LDS, one network': ({ lds }) => (lds === undefined ? null : ranged(interval(lds.value, lds.ci))),
    'seconds for all pairs of tokens': ({ seconds }) => precise(seconds ?? null),
  };
  return markdown(
    columns,
    methods.filter(({ lds }) => lds !== undefined),
  );
}

/** For the terminal. */
export function tokensLines({ settings }: TokensResults): string[] {
  return settings.flatMap((setting) => [
    ...aligned<MethodEntry>(
      {
        method: ({ label }) => label,
        LDS: ({ lds }) => (lds === undefined ? '' : fixed(lds.value, 3)),
        ...columnsOf(
          CONTRASTS,
          ({ id }) => id,
          ({ answers }: MethodEntry, { id }) => fixed(answers[id].mean, 3),
        ),
        overlap: ({ answers }) => fixed(answers['overlap'].mean, 3),
      },
      setting.methods,
    ),
    '',
    basisSentence(tokensBasis(setting)),
  ]);
}
