/** @file What Wang et al. (2025) say of ASTRA, as data. Nothing here is a result. */
import {
  type Claim,
  type Finding,
  fact,
  finding,
  type JudgedClaim,
  judgeClaims,
  ordered,
  within,
} from '../judging/claim.ts';
import { isDefined, ranged, signed } from '../judging/estimate.ts';
import { fixed, precise } from '../judging/table.ts';
import type { AstraResults, MethodEntry, Scored, SettingAstra } from './astra-results.ts';
import { estimateOf, thresholdLabel } from './tables.ts';

type AstraClaim = Claim<SettingAstra>;

/** Judges every claim by all settings of a run; those about convolutional networks where there is one. */
export function judgeAstraClaims({ settings }: AstraResults): JudgedClaim[] {
  const convolutional = settings.some(({ config }) => config.resnet !== undefined);
  return judgeClaims(
    ASTRA_CLAIMS.flatMap((claim) =>
      convolutional && claim.id === CONVOLUTION ? CONVOLUTION_CLAIMS : [claim],
    ),
    settings.map((results) => ({ name: results.name, results })),
  );
}

const CONVOLUTION = 'convolution';

/** A difference that should be above zero. */
function above(label: string, value: Scored | null | undefined): Finding[] {
  return ordered(label, estimateOf(value));
}

/** An LDS that should be at a level: its interval holds the level, or lies above it where that counts too. Undecided where no scores could reach it. */
function reaches(
  { ceiling: { perfect } }: SettingAstra,
  label: string,
  value: Scored | null | undefined,
  level: number,
  orMore: boolean,
): Finding[] {
  const found = estimateOf(value);
  if (found.value === null) return [];
  if (perfect !== null && perfect < level)
    return [finding(`${label}: ${ranged(found)}, and the noise ceiling is ${fixed(perfect, 2)}`, '', 'open')];
  const there = isDefined(found) && found.hi >= level && (orMore || found.lo <= level);
  return [fact(`${label}: ${ranged(found)}`, there)];
}

function entry({ entries, config }: SettingAstra, method: string): MethodEntry | undefined {
  const [damping] = config.dampings;
  return entries.find((e) => e.method === method && (e.damping === null || e.damping === damping));
}

/** A solve counts as converged at this distance to the minimum, and its LDS as that of the exact solution within this. */
const NEAR = 0.01;
const LDS_NEAR = 0.02;

const solverOf = (
  { convergence }: SettingAstra,
  solver: 'astra' | 'sni',
): SettingAstra['convergence'][number] | undefined => convergence.find((one) => one.solver === solver);

/** In the order of the paper. */
export const ASTRA_CLAIMS: readonly AstraClaim[] = [
  {
    id: 'above-ekfac',
    place: 'Figure 2',
    claim:
      'ASTRA-IF is at least as good as EKFAC-IF in almost all settings, for single models and for ensembles.',
    criterion:
      'paired difference of LDS with the λ of Table 3; none may be below zero, at least one must be above',
    demand: 'not-below',
    findings: (setting) => {
      const astra = entry(setting, 'astra');
      return [...above('one model', astra?.against?.single), ...above('ensemble', astra?.against?.ensemble)];
    },
  },
  {
    id: 'above-ekfac-converged',
    place: 'Title, Figure 2',
    claim: 'More accurate solves give better attribution: the exact solution is better than EKFAC-IF.',
    criterion: 'paired difference of LDS between the exact inverse and EKFAC-IF, with the same λ',
    demand: 'not-below',
    findings: ({ entries }) =>
      entries
        .filter(({ method }) => method === 'exact')
        .flatMap(({ label, against }) => [
          ...above(`${label}, one model`, against?.single),
          ...above(`${label}, ensemble`, against?.ensemble),
        ]),
  },
  {
    id: 'level',
    place: 'Text on Figure 2',
    claim: 'ASTRA-IF reaches an LDS of about 0.5 in many settings.',
    criterion: 'the interval of the LDS of one model contains 0.5',
    findings: (setting) => reaches(setting, 'ASTRA-IF', entry(setting, 'astra')?.single, 0.5, false),
  },
  {
    id: 'ensembling',
    place: 'Text on Figure 2',
    claim: 'Ensembling raises the LDS of ASTRA-IF.',
    criterion: 'LDS of the mean score less the mean LDS of single models is above zero',
    findings: (setting) => {
      const astra = entry(setting, 'astra');
      return above(`${astra?.models} models`, astra?.ensembling);
    },
  },
  {
    id: 'ensemble-level',
    place: 'Text on Figure 2',
    claim: 'Ensembled, it often reaches 0.6.',
    criterion: 'the interval of the LDS of the ensemble reaches 0.6',
    findings: (setting) => {
      const astra = entry(setting, 'astra');
      return reaches(setting, `${astra?.models} models`, astra?.ensemble, 0.6, true);
    },
  },
  {
    id: CONVOLUTION,
    place: 'Figure 2',
    claim: 'On a ResNet-9, ensembled, ASTRA-IF reaches 0.6 and EKFAC-IF 0.25.',
    untestable: 'networks here are multilayer perceptrons',
  },
  {
    id: 'source',
    place: 'Figure 2',
    claim: 'ASTRA improves SOURCE as it improves influence functions.',
    criterion:
      'paired difference of LDS between ASTRA-SOURCE and SOURCE; none below zero, at least one above',
    demand: 'not-below',
    findings: (setting) => {
      const against = entry(setting, 'astra-source')?.against;
      return [...above('one model', against?.single), ...above('ensemble', against?.ensemble)];
    },
  },
  {
    id: 'fast',
    place: 'Figure 3',
    claim: 'ASTRA converges within 200 iterations.',
    criterion: `after 200 iterations without momentum, at the best rate of the sweep: median distance to the minimum at most ${NEAR}, and the LDS within ±${LDS_NEAR} of that of the exact solutions`,
    findings: (setting) => {
      const point = solverOf(setting, 'astra')?.points.find(({ iteration }) => iteration === 200);
      if (point === undefined) return [];
      const { medianDistance, minusExact } = point;
      return [
        fact(`median distance ${precise(medianDistance)}`, medianDistance !== null && medianDistance <= NEAR),
        ...within('LDS less that of the exact solutions', estimateOf(minusExact), LDS_NEAR),
      ];
    },
  },
  {
    id: 'faster-than-sni',
    place: 'Figure 3',
    claim: 'Stochastic Neumann iterations converge more slowly.',
    criterion:
      'mean distance to the minimum after 10, 50, 100 and 200 iterations, each solver at its best rate',
    findings: (setting) => {
      const [astra, sni] = [solverOf(setting, 'astra'), solverOf(setting, 'sni')];
      return [10, 50, 100, 200].flatMap((iteration) => {
        const [a, b] = [astra, sni].map(
          (solver) => solver?.points.find((point) => point.iteration === iteration)?.medianDistance,
        );
        return a === undefined || b === undefined || a === null || b === null
          ? []
          : [fact(`${iteration} iterations: ASTRA ${precise(a)}, SNI ${precise(b)} (medians)`, a < b)];
      });
    },
  },
  {
    id: 'rates',
    place: 'Figure 3, learning rates',
    claim: 'The best learning rate is 1e-2 for ASTRA everywhere, and 0.1 for SNI on Concrete.',
    criterion: 'the best of the sweep 10⁰ … 10⁻⁵',
    findings: (setting) =>
      setting.name !== 'concrete'
        ? []
        : setting.convergence.map(({ solver, rate }) => {
            const stated = solver === 'astra' ? 1e-2 : 0.1;
            return fact(
              `${solver === 'astra' ? 'ASTRA' : 'SNI'}: ${rate}, the paper ${stated}`,
              rate === stated,
            );
          }),
  },
  {
    id: 'low-curvature',
    place: 'Figure 4',
    claim: 'Directions of low curvature matter: leaving them out lowers the LDS.',
    criterion: 'LDS of the whole exact solution less that of its components with σ above 1e-1 and above 1e-2',
    findings: ({ ablation }) =>
      ablation === null
        ? []
        : ablation.solvers
            .filter(({ name }) => name === 'exact')
            .flatMap(({ gain }) =>
              ablation.thresholds.flatMap((threshold, t) =>
                threshold === 1e-1 || threshold === 1e-2
                  ? above(`less ${thresholdLabel(threshold)}`, gain[t])
                  : [],
              ),
            ),
  },
  {
    id: 'where-the-gain-is',
    place: 'Figure 4',
    claim: 'ASTRA’s gain over EKFAC-IF and SNI lies in the directions of low curvature.',
    criterion: 'with all components ASTRA’s LDS is above EKFAC-IF’s; the better of the two ASTRA runs counts',
    findings: ({ ablation }) => {
      if (ablation === null) return [];
      const last = ablation.thresholds.length - 1;
      const runs = ablation.solvers.filter(({ name, diverged }) => name.startsWith('astra') && !diverged);
      const [best] = [...runs].sort((a, b) => (b.lds[last].mean ?? 0) - (a.lds[last].mean ?? 0));
      if (best === undefined) return [];
      const upper = best.minusEkfac[0];
      return [
        ...above(`${best.label} less EKFAC-IF, all components`, best.minusEkfac[last]),
        fact(
          `only ${thresholdLabel(ablation.thresholds[0])}: ${signed(estimateOf(upper))}`,
          (upper.mean ?? 0) < (best.minusEkfac[last].mean ?? 0),
        ),
      ];
    },
  },
  {
    id: 'implicit-damping',
    place: 'Text on implicit damping',
    claim: 'Stopping a Neumann series after J steps acts as 1/(αJ) of additional damping.',
    criterion: `for every α and J the truncated series is nearer to the exact solution with λ + 1/(αJ) than to that with λ, and its LDS lies within ±${LDS_NEAR} of the former's`,
    findings: ({ damping }) =>
      (damping?.rows ?? []).flatMap(({ alpha, steps, toDamped, toExact, difference }) => {
        const label = `α = ${alpha}, J = ${steps}`;
        return [
          fact(
            `${label}: distance ${precise(toDamped)} with, ${precise(toExact)} without`,
            toDamped !== null && toExact !== null && toDamped < toExact,
          ),
          ...within(`${label}: LDS`, estimateOf(difference), LDS_NEAR),
        ];
      }),
  },
];

/** Both step sizes that Table 3 gives: of CIFAR-10, the paper's convolutional network, and of every other data set but text. */
const CONVOLUTION_RUNS = ['astra', 'astra-cifar'] as const;

/** What the paper says of convolutions, taken apart; and one that is put here: fixed before anything was judged. */
const CONVOLUTION_CLAIMS: readonly AstraClaim[] = [
  {
    id: CONVOLUTION,
    place: 'Figure 2',
    claim: 'On a ResNet-9, ensembled, ASTRA-IF is ahead of EKFAC-IF.',
    criterion: 'paired difference of the LDS of ensembles, for each step size of Table 3',
    findings: (setting) =>
      CONVOLUTION_RUNS.flatMap((method) => {
        const run = entry(setting, method);
        return above(run?.label ?? method, run?.against?.ensemble);
      }),
  },
  {
    id: 'convolution-size',
    place: 'Figure 2',
    claim: 'It is ahead by 0.35 or more: 0.6 against 0.25.',
    criterion:
      'the interval of the paired difference of ensembles reaches 0.35; that of ASTRA-IF reaches 0.6; undecided where the noise ceiling is lower',
    findings: (setting) =>
      CONVOLUTION_RUNS.flatMap((method) => {
        const run = entry(setting, method);
        const label = run?.label ?? method;
        return [
          ...reaches(setting, `${label} less EKFAC-IF`, run?.against?.ensemble, 0.35, true),
          ...reaches(setting, label, run?.ensemble, 0.6, true),
        ];
      }),
  },
  {
    id: 'convolution-ensembling',
    place: 'put here, after Figure 2',
    claim: 'Ensembling helps ASTRA-IF more than EKFAC-IF.',
    criterion: 'paired difference of what ensembling adds to the LDS',
    findings: (setting) =>
      CONVOLUTION_RUNS.flatMap((method) => {
        const run = entry(setting, method);
        return above(run?.label ?? method, run?.against?.ensembling);
      }),
  },
];
