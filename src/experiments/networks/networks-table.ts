/** @file The ladder of each network as text: CSV of every number, lines for the terminal. */
import { type Basis, basisSentence } from '../judging/basis.ts';
import { fixed } from '../judging/table.ts';
import { aligned, type Columns, csv, fields, withInterval } from '../pages/table.ts';
import {
  type NetworkResults,
  type NetworksResults,
  READINGS,
  type Reading,
  type RungEntry,
} from './networks-results.ts';
import { TREATMENTS, type Treatment } from './rungs.ts';

/** What each reading is called. */
export const READING_WORDS: Readonly<Record<Reading, string>> = {
  single: 'one network',
  ensemble: 'scores averaged',
};

interface Line {
  readonly network: string;
  readonly what: string;
  readonly of: string;
  readonly against: string;
  readonly treatment: string;
  readonly reading: string;
  readonly variant: string;
  readonly value: number | null;
  readonly ci: readonly [number | null, number | null];
}

const FILE_COLUMNS: Columns<Line> = {
  ...fields('network', 'what', 'of', 'against', 'treatment', 'reading'),
  variant: ({ variant }) => ({ quoted: variant }),
  ...withInterval('value', ({ value, ci }: Line) => [value, ...ci]),
};

/** A line for every LDS, every difference of two, and every number over networks. */
export function networksCsv({ settings }: Pick<NetworksResults, 'settings'>): string {
  return csv(FILE_COLUMNS, settings.flatMap(networkLines));
}

function networkLines(of: NetworkResults): Line[] {
  const { network } = of;
  const none = { against: '', treatment: '', reading: '', variant: '' };
  const plain = (
    what: string,
    name: string,
    against: string,
    { mean, ci }: NetworkResults['residual'],
  ): Line => ({
    ...none,
    network,
    what,
    of: name,
    against,
    value: mean,
    ci,
  });
  return [
    ...of.rungs.flatMap((rung) =>
      (Object.keys(TREATMENTS) as Treatment[]).flatMap((treatment) =>
        READINGS.map((reading): Line => {
          const { lds, ci, variant } = rung[treatment][reading];
          return { ...none, network, what: 'lds', of: rung.id, treatment, reading, variant, value: lds, ci };
        }),
      ),
    ),
    ...of.differences.map(
      ({ a, b, treatment, reading, difference, ci }): Line => ({
        ...none,
        ...{ network, what: 'lds-difference', of: a, against: b, treatment, reading, value: difference, ci },
      }),
    ),
    ...of.rungs.flatMap(({ id, error }) => (error === undefined ? [] : [plain('error', id, '', error)])),
    plain('distance', 'residual', '', of.residual),
    plain('distance', 'cross-layer', '', of.crossLayer),
    plain('distance', 'residual-within-layers', '', of.hollow),
    ...of.steps.flatMap((step) => [
      ...step.shares.map(({ from, to, share }) => plain('error-share', to, from, share)),
      ...(['eigenvalue', 'basis'] as const).flatMap((what) => [
        plain(`${what}-overlap`, `ekfac ${step.form}`, '', step[`${what}OverlapEkfac`]),
        plain(`${what}-overlap`, `kfac ${step.form}`, '', step[`${what}OverlapKfac`]),
      ]),
      ...step.layers.flatMap(({ layer, ekfac, kfac }) => [
        plain('kronecker-distance', `ekfac ${step.form}`, layer, ekfac),
        plain('kronecker-distance', `kfac ${step.form}`, layer, kfac),
      ]),
    ]),
  ];
}

/** What the numbers of a network rest on. */
export function networkBasis({ network, models, measurement, subsets, seeds }: NetworkResults): Basis {
  return {
    setting: network,
    networks: models,
    measurement,
    subsets,
    seeds,
    intervals: 'networks and subsets',
  };
}

const TERMINAL: Columns<RungEntry> = {
  rung: ({ label }) => label,
  'Eq. 9': ({ error }) =>
    error?.mean === undefined || error.mean === null ? '–' : error.mean.toPrecision(3),
  one: ({ published }) => fixed(published.single.lds, 3),
  averaged: ({ published }) => fixed(published.ensemble.lds, 3),
  'one, best λ': ({ best }) => fixed(best.single.lds, 3),
  'averaged, best λ': ({ best }) => fixed(best.ensemble.lds, 3),
};

/** Networks for the terminal. */
export function networksLines({ settings }: NetworksResults): string[] {
  return settings.flatMap((result) => [
    '',
    `${result.network}: ${result.parameters} parameters, noise ceiling ${fixed(result.ceiling, 3)}`,
    basisSentence(networkBasis(result)),
    ...aligned(TERMINAL, result.rungs),
  ]);
}
