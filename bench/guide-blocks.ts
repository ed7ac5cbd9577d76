/** @file The generated parts of the guides: what came out in five minutes, which method for what, and where the Hessian loses. */
import { existsSync } from 'node:fs';
import type * as v from 'valibot';
import { LADDER } from '../src/curvature/index.ts';
import { readDigested } from '../src/experiments/files/digested-file.ts';
import { basisSentences } from '../src/experiments/judging/basis.ts';
import { CLAIMS_FILE } from '../src/experiments/judging/claims-file.ts';
import { interval, ranged, signed } from '../src/experiments/judging/estimate.ts';
import { fixed } from '../src/experiments/judging/table.ts';
import { countVerdicts } from '../src/experiments/judging/verdict.ts';
import { LADDER_RESULTS } from '../src/experiments/ladder/ladder-results.ts';
import { fewerNetworks, ladderBasis } from '../src/experiments/ladder/ladder-table.ts';
import { METHODS_RESULTS } from '../src/experiments/methods/methods.ts';
import { ENSEMBLE_NOTE, methodsBasis } from '../src/experiments/methods/methods-table.ts';
import { type Columns, markdown } from '../src/experiments/pages/table.ts';
import { METHODS } from '../src/influence/index.ts';

type LadderSetting = v.InferOutput<typeof LADDER_RESULTS.schema>['settings'][number];
type Rung = LadderSetting['rungs'][number];
type Reading = 'single' | 'ensemble';

function ladder(): readonly LadderSetting[] {
  const file = 'results/ladder/ladder.json';
  return existsSync(file) ? readDigested(file, LADDER_RESULTS).settings : [];
}

const rungOf = ({ rungs }: LadderSetting, id: string): Rung | undefined =>
  rungs.find((rung) => rung.id === id);

const ldsOf = (setting: LadderSetting, id: string, reading: Reading): string => {
  const { lds, ci } = rungOf(setting, id)?.[reading] ?? { lds: null, ci: [null, null] as const };
  return lds === null ? '–' : ranged(interval(lds, ci));
};

/** The rungs of the highest LDS among some. */
function best(setting: LadderSetting, ids: readonly string[], reading: Reading): Rung | undefined {
  return setting.rungs
    .filter(({ id }) => ids.includes(id))
    .sort((a, b) => (b[reading].lds ?? -1) - (a[reading].lds ?? -1))[0];
}

const named = (rung: Rung | undefined, reading: Reading): string =>
  rung === undefined ? '–' : `${fixed(rung[reading].lds, 3)} (${rung.label.replace(/, best λ$/, '')})`;

const below = (setting: LadderSetting, id: string, than: Rung | undefined, reading: Reading): boolean =>
  (rungOf(setting, id)?.[reading].lds ?? -1) > (than?.[reading].lds ?? 1);

/** What came out, in sentences whose numbers are counted here. */
export function fiveMinutes(): string {
  const settings = ladder();
  if (settings.length === 0) return 'Not run yet: `npm run -s cli -- ladder --profile full`.';
  const columns: Columns<LadderSetting> = {
    setting: ({ setting }) => setting,
    'could be reached': ({ ceiling }) => fixed(ceiling, 2),
    trajectory: (s) => ldsOf(s, 'trajectory', 'ensemble'),
    'best curvature': (s) => named(best(s, LADDER, 'ensemble'), 'ensemble'),
    'K-FAC': (s) => ldsOf(s, 'kfac', 'ensemble'),
    'best curvature, one network': (s) => named(best(s, LADDER, 'single'), 'single'),
    'label only': (s) => ldsOf(s, 'label', 'ensemble'),
  };
  const ahead = (reading: Reading): number =>
    settings.filter((s) => {
      const behind = best(s, LADDER, reading)?.[reading].behind?.ci[0];
      return behind !== undefined && behind !== null && behind > 0;
    }).length;
  const label = settings.filter((s) => below(s, 'label', best(s, LADDER, 'single'), 'single'));
  const over = settings.filter((s) => below(s, 'label', best(s, LADDER, 'ensemble'), 'ensemble'));
  const all = settings.length;
  const labelled = settings.filter((s) => rungOf(s, 'label') !== undefined).length;
  return [
    'LDS, the rank correlation with retraining on halves, of the scores of several networks averaged; each curvature at the damping that is best for it:',
    '',
    ...markdown(columns, settings),
    '',
    `- **No inverse comes near what could be reached.** Realised retraining repeats itself with ${settings.map(({ ceiling }) => fixed(ceiling, 2)).join(', ')}; the best curvature of one network has ${settings.map((s) => fixed(best(s, LADDER, 'single')?.single.lds ?? null, 2)).join(', ')}.`,
    `- **Averaging networks buys more than a better curvature in ${settings.filter((s) => averaging(s) > spread(s)).length} of ${all} settings.** From one network to the average the five curvatures gain ${settings.map((s) => fixed(averaging(s), 2)).join(', ')} (their mean; by 5 or 10 networks); from the worst to the best of the five, of one network, it is ${settings.map((s) => fixed(spread(s), 2)).join(', ')}.`,
    `- **A short training of its own, differentiated** ([trajectory](docs/trajectory.md)), is ahead of every curvature at its own best damping in ${ahead('single')} of ${all} settings for one network and in ${ahead('ensemble')} of ${all} averaged, by intervals over networks and subsets that exclude zero.`,
    `- **The label alone** (1 for the same class, 0 for another) is above every curvature of one network in ${label.length} of ${labelled} settings${namesOf(label)}, and above every averaged one in ${over.length}${namesOf(over)}: scores there say little more than who shares the query's class.`,
    `- **The papers' claims.** ${judged()}`,
    '',
    `${basisSentences(settings.map(ladderBasis))} ${fewerNetworks(settings)} Whole: [ladder.md](docs/ladder.md), [claims.md](docs/claims.md), [methods.md](docs/methods.md).`,
  ].join('\n');
}

const namesOf = (settings: readonly LadderSetting[]): string =>
  settings.length === 0 ? '' : ` (${settings.map(({ setting }) => setting).join(', ')})`;

const curvaturesOf = ({ rungs }: LadderSetting): readonly Rung[] =>
  rungs.filter(({ id }) => (LADDER as readonly string[]).includes(id));

/** What averaging brings, the mean over the curvatures. */
function averaging(setting: LadderSetting): number {
  const gains = curvaturesOf(setting).map(({ single, ensemble }) => (ensemble.lds ?? 0) - (single.lds ?? 0));
  return gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

/** Between the best and the worst curvature of one network: averages of unequally many networks do not compare. */
function spread(setting: LadderSetting): number {
  const values = curvaturesOf(setting).map(({ single }) => single.lds ?? 0);
  return Math.max(...values) - Math.min(...values);
}

function judged(): string {
  const paper = 'results/paper/claims.json';
  const methods = 'results/methods/methods.json';
  return [
    ...(existsSync(paper)
      ? [
          `Of *Better Hessians Matter*: ${countVerdicts(readDigested(paper, CLAIMS_FILE).claims)}; a claim about every setting falls with one of them, and one that holds throughout only for some rule of inversion is not counted as confirmed.`,
        ]
      : []),
    ...(existsSync(methods)
      ? [
          `Of the papers on ASTRA, SOURCE, TRAK and Bayesian influence, on Digits: ${countVerdicts(readDigested(methods, METHODS_RESULTS).claims)}.`,
        ]
      : []),
  ].join(' ');
}

const [NETWORK, CHECKPOINTS] = ['parameters and data', 'checkpoints of the training'];
/** Of those that look at no network. */
const NEEDS: Readonly<Record<string, string>> = { label: 'labels', random: 'nothing' };

/** Every method with what it needs, costs and reaches. */
export function chooseMethod(): string {
  const file = 'results/methods/methods.json';
  if (!existsSync(file)) return 'Not run yet: `npm run -s cli -- methods --profile full`.';
  const { settings } = readDigested(file, METHODS_RESULTS);
  const [first] = settings;
  if (first === undefined) return 'Not run yet: `npm run -s cli -- methods --profile full`.';
  const automatic = new Set(first.entries.filter(({ kind }) => kind === 'auto').map(({ method }) => method));
  const shown = first.entries.filter(
    ({ method, kind, single }) =>
      kind === (automatic.has(method) ? 'auto' : 'default') && single.mean !== null,
  );
  type Row = (typeof shown)[number];
  const cells = (row: Row, of: (entry: Row) => number | null | undefined): string =>
    settings
      .map(({ entries }) => entries.find(({ method, kind }) => method === row.method && kind === row.kind))
      .map((entry) => fixed((entry === undefined ? null : of(entry)) ?? null, 2))
      .join(' · ');
  const columns: Columns<Row> = {
    method: ({ label }) => label,
    needs: ({ method }) =>
      NEEDS[method] ?? (METHODS[method as keyof typeof METHODS].needsTrajectory ? CHECKPOINTS : NETWORK),
    'seconds of a core': ({ seconds }) => (seconds.fit + seconds.score).toFixed(2),
    'LDS, one network': (row) => cells(row, ({ single }) => single.mean),
    'ten averaged': (row) =>
      cells(row, ({ ensembles }) => ensembles.find(({ size }) => size === 10)?.lds ?? null),
  };
  const rows = [...shown].sort((a, b) => a.seconds.fit + a.seconds.score - b.seconds.fit - b.seconds.score);
  const own = ladder()
    .filter(({ setting }) => settings.some((other) => other.setting === setting))
    .map((s) => {
      const rung = rungOf(s, 'trajectory');
      return rung === undefined
        ? ''
        : `${s.setting} ${fixed(rung.single.lds, 2)} and ${fixed(rung.ensemble.lds, 2)} in ${fixed(rung.seconds, 1)} s a network`;
    })
    .filter((text) => text !== '');
  return [
    `Cheapest first; LDS at ${settings.map(({ setting, ceiling }) => `${setting} (at most ${fixed(ceiling, 2)})`).join(' · ')}; seconds for one network of ${first.setting} and ${first.queries} queries.`,
    '',
    ...markdown(columns, rows),
    '',
    `${own.length === 0 ? '' : `\`trajectory\`, which needs the data only and trains its own networks: ${own.join('; ')}. `}${basisSentences(settings.map(methodsBasis))} ${ENSEMBLE_NOTE}`,
  ].join('\n');
}

/** The Hessian beside what stands below it, as published and at its best. */
export function hessianLoses(): string {
  const settings = ladder();
  if (settings.length === 0) return 'Not run yet: `npm run -s cli -- ladder --profile full`.';
  const columns: Columns<LadderSetting> = {
    setting: ({ setting }) => setting,
    'Hessian, ε = 1e-4': (s) => ldsOf(s, 'hessian-published', 'single'),
    'Block-GGN, ε = 1e-4': (s) => ldsOf(s, 'block-ggn-published', 'single'),
    'Hessian, best λ': (s) =>
      `${ldsOf(s, 'hessian', 'single')}, ${rungOf(s, 'hessian')?.single.variant ?? ''}`,
    'K-FAC, best λ': (s) => ldsOf(s, 'kfac', 'single'),
    'derivative of the whole training': (s) => ldsOf(s, 'run-derivative', 'single'),
  };
  const gain = settings.map((s) => {
    const [published, at] = [rungOf(s, 'hessian-published')?.single.lds, rungOf(s, 'hessian')?.single.lds];
    return published == null || at == null
      ? '–'
      : signed(interval(at - published, [null, null])).split(' ')[0];
  });
  return [
    ...markdown(columns, settings),
    '',
    `LDS of one network, mean over networks, with 95 % intervals over networks and subsets. From ε = 1e-4 to its best damping the Hessian gains ${gain.join(', ')}. ${basisSentences(settings.map(ladderBasis))} ${fewerNetworks(settings)} Source: \`results/ladder/\`.`,
  ].join('\n');
}
