/** @file Every figure that the experiments write, drawn from the committed results, and the data they must show. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CURVATURE_KINDS } from '../../src/curvature/index.ts';
import { ASTRA_RESULTS, type AstraResults } from '../../src/experiments/astra/astra-results.ts';
import { astraFigures } from '../../src/experiments/astra/figures.ts';
import { strongestFigure } from '../../src/experiments/astra/strongest-figure.ts';
import { bifFigures } from '../../src/experiments/bayesian/bif-figures.ts';
import { BIF_RESULTS_FORMAT, type BifResults } from '../../src/experiments/bayesian/bif-results.ts';
import { BEYOND_FILE, type Beyond } from '../../src/experiments/better-hessians/beyond/beyond.ts';
import { renderReport } from '../../src/experiments/better-hessians/report/report.ts';
import type { SettingView } from '../../src/experiments/better-hessians/report/view.ts';
import { RESULTS_FILE, type Results } from '../../src/experiments/better-hessians/results/results.ts';
import {
  STUDY_FILE,
  type Study,
  type StudyEntry,
} from '../../src/experiments/better-hessians/study/study.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { ladderFigures } from '../../src/experiments/ladder/ladder-figure.ts';
import { LADDER_RESULTS, type LadderResults } from '../../src/experiments/ladder/ladder-results.ts';
import { METHODS_RESULTS, type MethodsResults } from '../../src/experiments/methods/methods.ts';
import { methodsFigures } from '../../src/experiments/methods/methods-figure.ts';
import { networksFigures } from '../../src/experiments/networks/networks-figure.ts';
import { NETWORKS_RESULTS, type NetworksResults } from '../../src/experiments/networks/networks-results.ts';
import { rendered } from '../../src/experiments/pages/render.ts';
import { loadDigits } from '../../src/experiments/protocol/data/digits.ts';
import { METHODS } from '../../src/experiments/protocol/methods.ts';
import { tokensFigures } from '../../src/experiments/tokens/tokens-figures.ts';
import { TOKENS_RESULTS, type TokensResults } from '../../src/experiments/tokens/tokens-results.ts';
import { ROOT } from '../helpers/sources.ts';
import { byName } from './sample-results.ts';

/** What the figures are made from. */
export interface FigureData {
  readonly paper: Results;
  readonly views: readonly SettingView[];
  readonly study: Study;
  readonly beyond: Beyond;
  readonly methods: MethodsResults;
  readonly ladder: LadderResults;
  readonly networks: NetworksResults;
  readonly tokens: TokensResults;
  readonly astra: AstraResults;
  readonly bif: BifResults;
}

const stored = (file: string): string => path.join(ROOT, 'results', file);

/** The committed results; studies cut down to a few settings, and arrays that are not kept made up. */
export function figureData(): FigureData {
  const paper = readDigested(stored('paper/results.json'), RESULTS_FILE);
  const study = readDigested(stored('paper/study.json'), STUDY_FILE);
  const beyond = readDigested(stored('paper/beyond.json'), BEYOND_FILE);
  const entries = studyEntries();
  return {
    paper,
    views: Object.entries(paper.settings).map(([name, results], k) => view(name, results, k)),
    study: {
      ...study,
      settings: study.settings
        .slice(0, 2)
        .map((setting) => ({ ...setting, entries: entries.get(setting.setting) ?? [] })),
    },
    beyond: { ...beyond, settings: beyond.settings.slice(0, 1) },
    methods: readDigested(stored('methods/methods.json'), METHODS_RESULTS),
    ladder: readDigested(stored('ladder/ladder.json'), LADDER_RESULTS),
    networks: readDigested(stored('networks/networks.json'), NETWORKS_RESULTS),
    tokens: readDigested(stored('tokens/tokens.json'), TOKENS_RESULTS),
    astra: {
      ...readDigested(stored('astra/astra.json'), ASTRA_RESULTS),
      settings: ['astra', 'astra-emoji'].flatMap(
        (folder) => readDigested(stored(`${folder}/astra.json`), ASTRA_RESULTS).settings,
      ),
    },
    bif: readDigested(stored('bif/results.json'), BIF_RESULTS_FORMAT),
  };
}

/** Every figure by name. */
export async function drawAll({
  paper,
  views,
  study,
  beyond,
  methods,
  ladder,
  networks,
  tokens,
  astra,
  bif,
}: FigureData): Promise<Map<string, string>> {
  const { head, digest } = paper;
  const report = await renderReport({ head, digest, settings: views, supplements: { study, beyond } });
  const others = await rendered([
    ...methodsFigures(methods),
    ...ladderFigures(ladder),
    ...networksFigures(networks),
    ...tokensFigures(tokens),
    ...astra.settings.flatMap(astraFigures),
    ...bifFigures(bif),
  ]);
  const pictures = astra.settings.flatMap((setting) => strongestFigure(setting));
  return new Map([...report.figures, ...others, ...pictures].map(({ name, svg }) => [name, svg]));
}

function view(name: string, results: Results['settings'][string], k: number): SettingView {
  const { pixels } = loadDigits();
  const example = (i: number, score: number) => ({
    pixels: pixels.slice(64 * i, 64 * (i + 1)),
    label: i % 10,
    score,
  });
  const loss = (i: number): number => Math.sin(7 * i);
  return {
    name,
    results,
    eps: 1e-4,
    spectra: byName(CURVATURE_KINDS, (_, j) =>
      Float64Array.from(
        { length: 300 },
        (_, i) => (j === 0 && i > 250 ? -1e-3 : 1 + j) * Math.exp(-i / (30 + 4 * j + k)),
      ),
    ),
    showcases: [
      {
        pixels: pixels.slice(0, 64),
        label: 4,
        predicted: 9,
        loss: 8.25,
        strongest: byName(METHODS, (_, j) => ({
          helped: [0, 1, 2].map((i) => example(10 * j + i, 3 - i)),
          harmed: [3, 4, 5].map((i) => example(10 * j + i, i - 7)),
        })),
      },
    ],
    protocol: {
      pixels: pixels.slice(64, 128),
      label: 4,
      method: 'Hessian',
      predicted: Array.from({ length: 30 }, (_, i) => loss(i)),
      measured: Array.from({ length: 30 }, (_, i) => loss(i) + 0.4 * Math.cos(3 * i)),
      rho: 0.83,
      seeds: 50,
      masks: Array.from({ length: 8 }, (_, s) =>
        Array.from({ length: 20 }, (_, i) => (7 * i + 3 * s) % 5 > 2),
      ),
    },
  };
}

/** The entries of the study, which study.csv holds in full. */
function studyEntries(): Map<string, StudyEntry[]> {
  const [head, ...lines] = readFileSync(stored('paper/study.csv'), 'utf8').trimEnd().split('\n');
  const names = head.split(',');
  const entries = new Map<string, StudyEntry[]>();
  for (const line of lines) {
    const fields = Object.fromEntries(line.split(',').map((text, i) => [names[i], text]));
    const number = (name: string): number | null => (fields[name] === '' ? null : Number(fields[name]));
    const entry = {
      ...fields,
      value: number('value'),
      lds: number('lds'),
      ci: [number('lds_lo'), number('lds_hi')],
      error: number('error'),
      rank: number('rank'),
      negativeInverted: number('negative_inverted'),
      smallestDivisor: number('smallest_divisor'),
      negativeShare: number('share_negative'),
      sharesBelow: names.filter((name) => name.startsWith('share_below_')).map(number),
    } as unknown as StudyEntry;
    const own = entries.get(fields['setting']) ?? [];
    entries.set(fields['setting'], [...own, entry]);
  }
  return entries;
}
