/** @file The generated parts of docs/what-we-learnt.md: each finding with the numbers that it rests on, from stored results. */
import type * as v from 'valibot';
import { LADDER, type LadderKind } from '../src/curvature/index.ts';
import { BIF_RESULTS_FORMAT, type BifResults } from '../src/experiments/bayesian/bif-results.ts';
import { RESULTS_FILE, type SettingResults } from '../src/experiments/better-hessians/results/results.ts';
import { settingBasis } from '../src/experiments/better-hessians/results/setting-basis.ts';
import { methodLabel } from '../src/experiments/better-hessians/results/setting-table.ts';
import { readDigested } from '../src/experiments/files/digested-file.ts';
import { basisSentences } from '../src/experiments/judging/basis.ts';
import {
  type Estimate,
  interval,
  ranged,
  signed,
  signOf,
  TWO_DECIMALS,
} from '../src/experiments/judging/estimate.ts';
import { fixed } from '../src/experiments/judging/table.ts';
import { LADDER_RESULTS } from '../src/experiments/ladder/ladder-results.ts';
import { fewerNetworks, ladderBasis } from '../src/experiments/ladder/ladder-table.ts';
import {
  NETWORKS_RESULTS,
  type NetworkResults,
  type NetworksResults,
  type RungEntry,
} from '../src/experiments/networks/networks-results.ts';
import { networkBasis } from '../src/experiments/networks/networks-table.ts';
import { type Columns, columnsOf, markdown } from '../src/experiments/pages/table.ts';
import { CONTRASTS } from '../src/experiments/tokens/relations.ts';
import { TOKENS_RESULTS, type MethodEntry as TokenMethod } from '../src/experiments/tokens/tokens-results.ts';
import { tokensBasis } from '../src/experiments/tokens/tokens-table.ts';
import { networksNeeded } from '../src/influence/index.ts';
import { from } from './if-there.ts';

type LadderSetting = v.InferOutput<typeof LADDER_RESULTS.schema>['settings'][number];
type Rung = LadderSetting['rungs'][number];
type Reading = 'single' | 'ensemble';

const fromLadder = (make: (settings: readonly LadderSetting[]) => string): string =>
  from(
    'results/ladder/ladder.json',
    'npm run -s cli -- ladder --profile full',
    (file) => readDigested(file, LADDER_RESULTS).settings,
    make,
  );

const isCurvature = ({ id }: { readonly id: string }): boolean => LADDER.includes(id as LadderKind);

const rungOf = ({ rungs }: LadderSetting, id: string): Rung | undefined =>
  rungs.find((rung) => rung.id === id);

/** The curvature of the highest LDS, each at its own best damping. */
function nearest({ rungs }: LadderSetting, reading: Reading): Rung | undefined {
  return rungs.filter(isCurvature).sort((a, b) => (b[reading].lds ?? -1) - (a[reading].lds ?? -1))[0];
}

const ldsOf = (rung: Rung | undefined, reading: Reading): Estimate =>
  interval(rung?.[reading].lds ?? null, rung?.[reading].ci ?? [null, null]);

const SAME = 'Networks, retrainings and intervals are those of the first table. Source: `results/ladder/`.';

/** By how much `trajectory` is ahead of the best curvature. */
function ahead(setting: LadderSetting, reading: Reading): Estimate {
  const behind = nearest(setting, reading)?.[reading].behind;
  return interval(behind?.difference ?? null, behind?.ci ?? [null, null]);
}

/** A short training of its own against every inverse, and against the derivative of the whole training. */
export function shortTraining(): string {
  return fromLadder((settings) => {
    const columns: Columns<LadderSetting> = {
      setting: ({ setting }) => setting,
      'could be reached': ({ ceiling }) => fixed(ceiling, 2),
      'whole training, differentiated': (s) => ranged(ldsOf(rungOf(s, 'run-derivative'), 'single')),
      'short training, differentiated': (s) => ranged(ldsOf(rungOf(s, 'trajectory'), 'single')),
      'ahead of the best curvature': (s) => signed(ahead(s, 'single')),
      'several averaged': (s) => ranged(ldsOf(rungOf(s, 'trajectory'), 'ensemble')),
      'ahead of the best curvature, averaged': (s) => signed(ahead(s, 'ensemble')),
    };
    const won = (reading: Reading): number =>
      settings.filter((s) => signOf(ahead(s, reading)) === 'positive').length;
    const lost = (reading: Reading): number =>
      settings.filter((s) => signOf(ahead(s, reading)) === 'negative').length;
    return [
      `Of ${settings.length} settings the short training is ahead of every curvature at its own best damping in ${won('single')} by one network (behind in ${lost('single')}), in ${won('ensemble')} by several averaged (behind in ${lost('ensemble')}); the rest is not told apart.`,
      '',
      ...markdown(columns, settings),
      '',
      `LDS, with 95 % intervals. ${basisSentences(settings.map(ladderBasis))} ${fewerNetworks(settings)} Source: \`results/ladder/\`.`,
    ].join('\n');
  });
}

/** What the rule of inversion moves, beside what the choice of the matrix moves. */
export function ruleAndMatrix(): string {
  return fromLadder((settings) => {
    const best = (s: LadderSetting): number[] =>
      s.rungs.filter(isCurvature).map(({ single }) => single.lds ?? 0);
    const matrix = (s: LadderSetting): number => Math.max(...best(s)) - Math.min(...best(s));
    const byRule = (s: LadderSetting): number => {
      const moves = LADDER.map(
        (kind) => (rungOf(s, kind)?.single.lds ?? 0) - (rungOf(s, `${kind}-published`)?.single.lds ?? 0),
      );
      return Math.max(...moves.map(Math.abs));
    };
    const columns: Columns<LadderSetting> = {
      setting: ({ setting }) => setting,
      'best and worst of five matrices, each damped best': (s) => fixed(matrix(s), 3),
      'most that one matrix gains or loses by its rule': (s) => fixed(byRule(s), 3),
    };
    const more = settings.filter((s) => byRule(s) > matrix(s)).length;
    return [
      `In ${more} of ${settings.length} settings the rule of inversion moves some matrix by more than the whole ladder of matrices spans.`,
      '',
      ...markdown(columns, settings),
      '',
      `Differences of LDS of one network. The rule: from |σ| ≤ 1e-4 left out to the best damping of a grid, chosen by the very retrainings. ${SAME}`,
    ].join('\n');
  });
}

/** What class membership alone predicts. */
export function labelAlone(): string {
  return fromLadder((settings) => {
    const label = (s: LadderSetting, reading: Reading): number => rungOf(s, 'label')?.[reading].lds ?? -1;
    const labelled = settings.filter((s) => rungOf(s, 'label') !== undefined);
    const above = (reading: Reading): number =>
      labelled.filter((s) => label(s, reading) > (nearest(s, reading)?.[reading].lds ?? 1)).length;
    const columns: Columns<LadderSetting> = {
      setting: ({ setting }) => setting,
      'label alone': (s) => ranged(ldsOf(rungOf(s, 'label'), 'single')),
      'best curvature, one network': (s) => ranged(ldsOf(nearest(s, 'single'), 'single')),
      'best curvature, averaged': (s) => ranged(ldsOf(nearest(s, 'ensemble'), 'ensemble')),
    };
    return [
      `In ${above('single')} of ${labelled.length} settings it is above the best curvature of one network, in ${above('ensemble')} above the best average.`,
      '',
      ...markdown(columns, labelled),
      '',
      `LDS, each curvature damped best. ${SAME}`,
    ].join('\n');
  });
}

interface Known {
  readonly setting: string;
  readonly results: SettingResults;
}

/** How much wider an interval is that covers the networks, and how many networks a given width takes. */
export function networksMatter(): string {
  return from(
    'results/paper/results.json',
    'npm run -s cli -- reproduce --profile paper --models 10',
    (file) => readDigested(file, RESULTS_FILE).settings,
    (settings) => {
      const known = Object.entries(settings)
        .map(([setting, results]): Known => ({ setting, results }))
        .filter(({ results }) => results.covers !== undefined);
      const width = (ci: readonly [number | null, number | null] | undefined): number =>
        ci?.[0] == null || ci[1] === null ? Number.NaN : ci[1] - ci[0];
      const wider = ({ results }: Known): number[] =>
        LADDER.map((kind) => width(results.lds[kind].ci) / width(results.lds[kind].subsetsCi));
      const needed = ({ results }: Known, kind: LadderKind): number =>
        networksNeeded(results.lds[kind].variance ?? { networks: 0, subsets: 0, residual: 0 }, 0.05);
      const columns: Columns<Known> = {
        setting: ({ setting }) => setting,
        'Hessian of single networks, least … greatest': ({ results }) => {
          const values = results.lds.hessian.single.values.filter((value) => value !== null);
          return `${fixed(Math.min(...values), 2)} … ${fixed(Math.max(...values), 2)}`;
        },
        'interval over networks too, × that over subsets alone': (of) =>
          `${Math.min(...wider(of)).toFixed(1)} to ${Math.max(...wider(of)).toFixed(1)}`,
        'networks for ± 0.05, the ladder’s most': (of) => {
          const most = Math.max(...LADDER.map((kind) => needed(of, kind)));
          return Number.isFinite(most)
            ? `${most} (${methodLabel(LADDER.find((kind) => needed(of, kind) === most) ?? 'hessian')})`
            : '∞';
        },
      };
      const all = known.flatMap(wider);
      return [
        `An interval that covers networks and subsets is ${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)} times as wide as one over subsets alone.`,
        '',
        ...markdown(columns, known),
        '',
        `${basisSentences(known.map(({ setting, results }) => settingBasis(setting, results)))} Source: \`results/paper/results.json\`; whole: [networks.md](docs/networks.md).`,
      ].join('\n');
    },
  );
}

const fromNetworks = (make: (results: NetworksResults) => string): string =>
  from(
    'results/networks/networks.json',
    'npm run -s cli -- networks --profile full',
    (file) => readDigested(file, NETWORKS_RESULTS),
    make,
  );

const rungIn = ({ rungs }: NetworkResults, ...ids: readonly string[]): RungEntry | undefined =>
  rungs.find(({ id }) => ids.includes(id));

const bestOf = (rung: RungEntry | undefined): string => fixed(rung?.best.ensemble.lds ?? null, 3);

/** The ladder of every network that is no perceptron with tanh, and what the paper’s statements are worth there. */
export function beyondPerceptrons(): string {
  return fromNetworks(({ settings, claims }) => {
    const columns: Columns<NetworkResults> = {
      network: ({ network }) => network,
      'could be reached': ({ ceiling }) => fixed(ceiling, 2),
      Hessian: (s) => bestOf(rungIn(s, 'hessian')),
      GGN: (s) => bestOf(rungIn(s, 'ggn')),
      'Block-GGN': (s) => bestOf(rungIn(s, 'block-ggn')),
      'EK-FAC, expand': (s) => bestOf(rungIn(s, 'ekfac-expand', 'ekfac')),
      'EK-FAC, reduce': (s) => bestOf(rungIn(s, 'ekfac-reduce')),
      'gradient dot product': (s) => bestOf(rungIn(s, 'grad-dot')),
    };
    const top = (s: NetworkResults): RungEntry =>
      [...s.rungs].sort((a, b) => (b.best.ensemble.lds ?? -1) - (a.best.ensemble.lds ?? -1))[0];
    const half = settings.filter((s) => (top(s).best.ensemble.lds ?? 0) < (s.ceiling ?? 0) / 2);
    const papers = claims.filter(({ place }) => place !== 'left open there');
    const confirmed = papers.filter(({ verdict }) => verdict === 'confirmed');
    return [
      `In ${half.length} of ${settings.length} networks the best rung has less than half of what could be reached. Of ${papers.length} statements of the paper ${confirmed.length} hold on every network here: ${confirmed.map(({ claim }) => claim.replace(/\.$/, '')).join('; ')}.`,
      '',
      ...markdown(columns, settings),
      '',
      `LDS of averaged scores, each rung at its best damping. ${basisSentences(settings.map(networkBasis))} Source: \`results/networks/\`; whole: [beyond-mlps.md](docs/beyond-mlps.md).`,
    ].join('\n');
  });
}

/** What a Kronecker product misses where a weight is used at several positions. */
export function sharedWeights(): string {
  return fromNetworks(({ settings }) => {
    const shared = settings.filter(({ steps }) => steps.some((step) => step.shared !== null));
    const misses = (s: NetworkResults, form: string, where: 'shared' | 'unshared'): string => {
      const found = s.steps.find((step) => step.form === form)?.[where];
      return found == null ? '–' : ranged(interval(found.ekfac.mean, found.ekfac.ci));
    };
    const lead = (s: NetworkResults): Estimate => {
      const found = s.differences.find(
        ({ a, b, treatment, reading }) =>
          a === 'ekfac-expand' && b === 'ekfac-reduce' && treatment === 'best' && reading === 'ensemble',
      );
      return interval(found?.difference ?? null, found?.ci ?? [null, null]);
    };
    const columns: Columns<NetworkResults> = {
      network: ({ network }) => network,
      'misses, expand': (s) => misses(s, 'expand', 'shared'),
      'misses, reduce': (s) => misses(s, 'reduce', 'shared'),
      'misses, weights used once': (s) => misses(s, 'expand', 'unshared'),
      'LDS, expand over reduce': (s) => signed(lead(s)),
    };
    const ahead = shared.filter((s) => signOf(lead(s)) === 'positive').length;
    return [
      `Expand predicts retraining better than reduce in ${ahead} of ${shared.length} networks with shared weights.`,
      '',
      ...markdown(columns, shared),
      '',
      `Misses: what EK-FAC leaves of the blocks of the GGN, √(Σ ‖B − Ĝ‖²/Σ ‖B‖²), with 95 % intervals over networks. LDS: averaged scores, each form at its best damping. ${basisSentences(shared.map(networkBasis))}`,
    ].join('\n');
  });
}

/** Posterior sampling against EK-FAC by the share of the data that stays: a perceptron, and a ResNet-9. */
export function posteriorSampling(): string {
  return [
    sampledBy('results/bif', 'full', 'bayesian.md'),
    sampledBy('results/bif-resnet', 'resnet', 'bayesian-resnet.md'),
  ].join('\n\n');
}

function sampledBy(folder: string, profile: string, page: string): string {
  return from(
    `${folder}/results.json`,
    `npm run -s cli -- bif --profile ${profile}`,
    (file): BifResults => readDigested(file, BIF_RESULTS_FORMAT),
    ({ fractions, curves, setting, seeds, subsets, repeats, grid }) => {
      const of = (method: string, fraction: number): Estimate => {
        const found = curves.find((one) => one.method === method && one.fraction === fraction);
        return interval(found?.value ?? null, [found?.lo ?? null, found?.hi ?? null]);
      };
      const columns: Columns<number> = {
        'share that stays': (fraction) => String(fraction),
        'BIF, tuned': (fraction) => ranged(of('bif-tuned', fraction)),
        'EK-FAC, tuned': (fraction) => ranged(of('ekfac-tuned', fraction)),
        'BIF by its defaults': (fraction) => ranged(of('bif', fraction)),
        'gradient dot product': (fraction) => ranged(of('grad-dot', fraction)),
      };
      return [
        ...markdown(columns, fractions),
        '',
        `LDS at ${setting}, the mean over ${seeds} seeds, each with its own base network, ${subsets} subsets × ${repeats} retrainings at every share; intervals over seeds. Tuned at seed 0 and the share ${grid.fraction}. Source: \`${folder}/\`; whole: [${page}](docs/${page}).`,
      ].join('\n');
    },
  );
}

/** Which tokens speak for which, by sampling and by curvature. */
export function relatedTokens(): string {
  return from(
    'results/tokens/tokens.json',
    'npm run -s cli -- tokens',
    (file) => readDigested(file, TOKENS_RESULTS),
    ({ settings }) =>
      settings
        .flatMap((setting) => {
          const { methods, samplers, network, parameters } = setting;
          const shown = methods.filter(({ id, kind }) => kind === 'curvature' || id === samplers[0].id);
          const columns: Columns<TokenMethod> = {
            method: ({ label }) => label,
            ...columnsOf(
              CONTRASTS,
              ({ label }) => label,
              ({ answers }: TokenMethod, { id }) =>
                ranged(interval(answers[id].mean, answers[id].ci), TWO_DECIMALS),
            ),
          };
          const [first] = samplers;
          const ekfac = first.agreement.find((one) => one.with === 'ekfac')?.tokens.spearman;
          return [
            ...markdown(columns, shown),
            '',
            `The probability that a related training character, or word, has a higher score than an unrelated one (½ is chance), ${network}, ${parameters} parameters; intervals over networks. Token by token, ${first.label} and EK-FAC correlate by ${ranged(interval(ekfac?.mean ?? null, ekfac?.ci ?? [null, null]), TWO_DECIMALS)} (Spearman); half of the chains and the other half by ${ranged(interval(first.halves.tokens.spearman.mean, first.halves.tokens.spearman.ci), TWO_DECIMALS)}. ${basisSentences([tokensBasis(setting)])} Source: \`results/tokens/\`; whole: [tokens.md](docs/tokens.md).`,
          ];
        })
        .join('\n'),
  );
}
