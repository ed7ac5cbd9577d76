/** @file The generated parts of README.md and docs: what was measured, from stored results, and the folders of src. Nothing in them is typed by hand. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type * as v from 'valibot';
import { LADDER } from '../src/curvature/index.ts';
import { RESULTS_FILE, type SettingTable } from '../src/experiments/better-hessians/results/results.ts';
import { settingBasis } from '../src/experiments/better-hessians/results/setting-basis.ts';
import {
  COST_COLUMNS,
  fromTo,
  type MethodRow,
  methodLabel,
  methodRows,
  SCORE_COLUMNS,
} from '../src/experiments/better-hessians/results/setting-table.ts';
import { readDigested } from '../src/experiments/files/digested-file.ts';
import { readJson } from '../src/experiments/files/json.ts';
import { basisSentence, basisSentences } from '../src/experiments/judging/basis.ts';
import { CLAIMS_FILE } from '../src/experiments/judging/claims-file.ts';
import { interval, ranged, signed } from '../src/experiments/judging/estimate.ts';
import { fixed } from '../src/experiments/judging/table.ts';
import { CONVENTION_SHARE, countVerdicts } from '../src/experiments/judging/verdict.ts';
import { LADDER_RESULTS } from '../src/experiments/ladder/ladder-results.ts';
import { fewerNetworks, ladderBasis } from '../src/experiments/ladder/ladder-table.ts';
import { METHODS_RESULTS } from '../src/experiments/methods/methods.ts';
import { ENSEMBLE_NOTE, methodsBasis } from '../src/experiments/methods/methods-table.ts';
import { type Columns, markdown } from '../src/experiments/pages/table.ts';
import { METHODS } from '../src/experiments/protocol/methods.ts';
import { METHODS as METHODS_TABLE } from '../src/influence/index.ts';
import { FLOORS, LAYER_PURPOSES } from '../test/helpers/layers.ts';
import { float32 } from './float32-block.ts';
import { chooseMethod, fiveMinutes, hessianLoses } from './guide-blocks.ts';
import { ifThere } from './if-there.ts';
import { wrongAnswers } from './learnt-answers.ts';
import {
  beyondPerceptrons,
  labelAlone,
  networksMatter,
  posteriorSampling,
  relatedTokens,
  ruleAndMatrix,
  sharedWeights,
  shortTraining,
} from './learnt-blocks.ts';
import { exactSolves } from './learnt-solves.ts';
import { RunSchema } from './result-schemas.ts';
import { pace, speed } from './speed-blocks.ts';

const SETTING = 'd1-w16-e100';

/** The settings of a results.json. @throws {CommandError} it is not as `reproduce` wrote it. */
function stored(file: string): SettingTable | undefined {
  return ifThere(file, (name) => readDigested(name, RESULTS_FILE).settings);
}

function results(): string {
  const file = stored('results/quick/results.json');
  const run = ifThere('results/quick/run.json', (name) => readJson(name, RunSchema));
  const setting = file?.[SETTING];
  if (setting === undefined || run === undefined) return 'Not measured yet.';
  const columns: Columns<MethodRow> = {
    ...SCORE_COLUMNS,
    '95 % interval': ({ method, results: { lds } }) => fromTo(lds[method].ci),
    ...COST_COLUMNS,
  };
  return [
    `\`npm start\`: UCI Digits, 1,617 training and 180 query images, an MLP 64-16-10 (${setting.parameters.toLocaleString('en')} parameters, tanh), 100 epochs; training accuracy ${(100 * setting.accuracy.train).toFixed(1)} %, query accuracy ${(100 * setting.accuracy.query).toFixed(1)} %.`,
    `Judged by retraining on random halves of the training set. A perfect predictor could reach about ${fixed(setting.ceiling, 2)} (noise ceiling).`,
    '',
    ...markdown(columns, methodRows(setting)),
    '',
    basisSentence(settingBasis(SETTING, setting)),
    'Eq. 9 error: mean over training gradients v of ‖H Ĉ⁻¹ v − v‖² / ‖v‖². Share: the step of that error from the method above, relative to the whole gap from H to K-FAC. Seconds: building, decomposing and scoring, on one core.',
    `Wall time of the whole run: ${run.wall.toFixed(0)} s with ${run.cores} workers (${run.cpu}, Node ${run.node}, ${run.date}). Source: \`results/quick/\`, made again by \`npm run results:quick\`.`,
  ].join('\n');
}

function paper(): string {
  const file = stored('results/paper/results.json');
  if (file === undefined) return 'Not run yet: `npm run reproduce:paper`.';
  const settings = Object.entries(file).filter(([name]) => /^d\d+-w\d+-e\d+$/.test(name));
  const retrainings = settings.reduce((sum, [, s]) => sum + s.subsets * s.seeds, 0);
  const seconds = settings.reduce(
    (sum, [, s]) => sum + Object.values(s.seconds).reduce((a, b) => a + b, 0),
    0,
  );
  const rows = settings.map(([name, { lds, ceiling, subsets, seeds, models = 1 }]) => {
    const cells = METHODS.map(
      (id) => `${fixed(lds[id].mean, 3)} [${fixed(lds[id].ci[0], 3)}, ${fixed(lds[id].ci[1], 3)}]`,
    );
    return `| ${name} | ${cells.join(' | ')} | ${fixed(ceiling, 2)} | ${subsets} × ${seeds}, ${models} |`;
  });
  const claims =
    ifThere('results/paper/claims.json', (name) => readDigested(name, CLAIMS_FILE))?.claims ?? [];
  return [
    `LDS [95 % interval] by setting (depth, width, epochs), ${retrainings.toLocaleString('en')} retrainings in all. Last column: subsets × retrainings of each, base networks.`,
    '',
    `| setting | ${METHODS.map(methodLabel).join(' | ')} | ceiling | K × R, models |`,
    `|---|${METHODS.map(() => '---|').join('')}---|---|`,
    ...rows,
    '',
    basisSentences(settings.map(([name, setting]) => settingBasis(name, setting))),
    '',
    ...(claims.length === 0
      ? []
      : [
          `Of ${claims.length} statements of the paper: ${countVerdicts(claims)}. One that does not hold throughout is confirmed under some conventions only when at least ${100 * CONVENTION_SHARE} % of those studied carry it; [claims.md](docs/claims.md) says under how many each holds.`,
          '',
        ]),
    `${(seconds / 3600).toFixed(1)} hours of one core in all, measured while other work shared the machine. Source: \`results/paper/\` (tables, figures, the whole report as one page), kept by \`npm run results:paper\` from a run of \`npm run reproduce:paper\`.`,
  ].join('\n');
}

/** Methods that ran on fewer networks than the others: " On fewer networks: ASTRA (1 of 10 of d8-w16-e100)." */
function onFewerNetworks(settings: MethodsSettings): string {
  const fewer = settings.flatMap(({ setting, models, entries }) =>
    entries
      .filter((entry) => entry.models < models && entry.kind !== 'best')
      .map(({ label, models: own }) => `${label} (${own} of ${models} at ${setting})`),
  );
  return fewer.length === 0 ? '' : ` On fewer networks: ${fewer.join(', ')}.`;
}

type MethodsSettings = v.InferOutput<typeof METHODS_RESULTS.schema>['settings'];

/** Every method once: the curvatures with the λ that the iterative methods solve with. */
function methods(): string {
  const settings =
    ifThere('results/methods/methods.json', (name) => readDigested(name, METHODS_RESULTS))?.settings ?? [];
  const [first] = settings;
  if (first === undefined) return 'Not run yet: `npm run -s cli -- methods --profile full`.';
  const damped = new Set(first.entries.filter(({ kind }) => kind === 'auto').map(({ method }) => method));
  const shown = (entry: (typeof first.entries)[number]): boolean =>
    entry.kind === (damped.has(entry.method) ? 'auto' : 'default') && entry.single.mean !== null;
  const sizes = settings.map(({ entries }) =>
    Math.max(1, ...entries.flatMap(({ ensembles }) => ensembles.map(({ size }) => size))),
  );
  const rows = first.entries
    .filter(shown)
    .sort((a, b) => (b.single.mean ?? 0) - (a.single.mean ?? 0))
    .map(({ method, kind, label, seconds }) => {
      const cells = settings.flatMap(({ entries }, k) => {
        const entry = entries.find((e) => e.method === method && e.kind === kind);
        const together = entry?.ensembles.find(({ size }) => size === sizes[k]);
        const { mean, ci } = entry?.single ?? { mean: null, ci: [Number.NaN, Number.NaN] };
        const one = mean === null ? '–' : `${fixed(mean, 3)} [${fixed(ci[0], 3)}, ${fixed(ci[1], 3)}]`;
        return sizes[k] > 1 ? [one, together === undefined ? '–' : fixed(together.lds, 3)] : [one];
      });
      return `| ${label} | ${cells.join(' | ')} | ${(seconds.fit + seconds.score).toFixed(2)} |`;
    });
  const heads = settings.flatMap(({ setting }, k) =>
    sizes[k] > 1 ? [`${setting}, one network`, `${sizes[k]} networks`] : [`${setting}, one network`],
  );
  return [
    `LDS by method: mean over single base networks [95 % interval over subsets], and the scores of several networks averaged. Noise ceilings: ${settings.map(({ setting, ceiling }) => `${setting} ${fixed(ceiling, 2)}`).join(', ')}. Seconds of one core for one network of ${first.setting}, from its parameters to the scores.`,
    '',
    `| method | ${heads.join(' | ')} | seconds |`,
    `|---|${heads.map(() => '---|').join('')}---|`,
    ...rows,
    '',
    `${basisSentences(settings.map(methodsBasis))} ${ENSEMBLE_NOTE}${onFewerNetworks(settings)}`,
    '',
    `![LDS against processor seconds for every method, one network and ensembles](results/methods/figures/${first.setting}-methods-pareto.svg)`,
    '',
    'Source: `results/methods/`, kept by `npm run results:methods` from a run of `npm run -s cli -- methods --profile full`. λ auto: damped by 0.1 tr(G)/D, the λ of CG, LiSSA and ASTRA.',
  ].join('\n');
}

/** The five curvatures on the ladder, each at its own best damping. */
const CURVATURE_RUNGS: readonly string[] = LADDER;

/** `trajectory` beside the best of the curvatures, each at its own best damping, and the best of all other methods. */
function trajectory(): string {
  const settings =
    ifThere('results/ladder/ladder.json', (name) => readDigested(name, LADDER_RESULTS))?.settings ?? [];
  const methods =
    ifThere('results/methods/methods.json', (name) => readDigested(name, METHODS_RESULTS))?.settings ?? [];
  const rows = settings.flatMap(({ setting, choice, rungs, ceiling }) => {
    const own = rungs.find(({ id }) => id === 'trajectory');
    if (own === undefined) return [];
    const value = ({ lds, ci }: LadderReading): string => ranged(interval(lds, ci));
    const nearest = (reading: 'single' | 'ensemble'): string => {
      const [top] = rungs
        .filter(({ id }) => CURVATURE_RUNGS.includes(id))
        .sort((a, b) => (b[reading].lds ?? -1) - (a[reading].lds ?? -1));
      const { lds, behind } = top?.[reading] ?? {};
      if (lds === undefined || behind === undefined) return '–';
      return `${fixed(lds, 3)} (${METHODS_TABLE[top.id as keyof typeof METHODS_TABLE].label}), ${signed(interval(behind.difference, behind.ci))}`;
    };
    return [
      `| ${setting} | ${choice.epochs} epochs, ${choice.initialisation} | ${value(own.single)}, sd ${fixed(own.sd, 3)} | ${value(own.ensemble)} | ${nearest('single')} | ${nearest('ensemble')} | ${bestOther(methods, setting)} | ${fixed(ceiling, 2)} | ${fixed(own.seconds, 1)} |`,
    ];
  });
  const [first] = settings;
  if (rows.length === 0 || first === undefined)
    return 'Not run yet: `npm run -s cli -- ladder --profile full`.';
  const { models } = first;
  return [
    `LDS of \`trajectory\` by its rule: one network (the mean over ${models}; sd between them) and the scores of ${models} averaged, with 95 % intervals over networks and subsets. Beside them the nearest of the five curvatures, each at its own best damping of a grid chosen by the very retrainings, and by how much \`trajectory\` is ahead, paired; and the best of all other methods where all were run, over their defaults and a grid.`,
    '',
    '| setting | run | one network | averaged | nearest curvature, ahead | the same, averaged | best other method: one, ten | ceiling | seconds |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `${basisSentences(settings.map(ladderBasis))} ${fewerNetworks(settings)} Where the averages are of fewer networks, so is that of \`trajectory\` that they are compared with. The best other methods: ${basisSentences(methods.map(methodsBasis))} Seconds of one core for one network and all queries (${[...new Set(settings.map(({ queries }) => queries))].join(', ')}), its training included; the rule takes four to fifteen more, once for all networks. Source: \`results/ladder/\`, kept by \`npm run results:ladder\` from a run of \`npm run -s cli -- ladder --profile full\`, and \`results/methods/\`.`,
  ].join('\n');
}

type LadderReading = v.InferOutput<
  typeof LADDER_RESULTS.schema
>['settings'][number]['rungs'][number]['single'];

/** The best of all other methods, of one network and of the largest ensemble. */
function bestOther(methods: MethodsSettings, setting: string): string {
  const entries = methods.find((other) => other.setting === setting)?.entries ?? [];
  const best = (of: (entry: MethodsEntry) => number | null): string => {
    const [top] = [...entries].sort((a, b) => (of(b) ?? -1) - (of(a) ?? -1));
    const lds = top === undefined ? null : of(top);
    return lds === null ? '–' : `${fixed(lds, 3)} (${top.label})`;
  };
  if (entries.length === 0) return '–';
  return `${best(({ single }) => single.mean)}, ${best(({ ensembles }) => ensembles.at(-1)?.lds ?? null)}`;
}

type MethodsEntry = MethodsSettings[number]['entries'][number];

function picture(): string {
  return existsSync('results/quick/lds.svg')
    ? '![Linear data-modelling score of each curvature, with 95 % intervals and the noise ceiling](results/quick/lds.svg)'
    : '';
}

/** The folders of src/experiments, top → bottom, one floor a line. */
function folders(): string {
  const floors = [...FLOORS].reverse().map((floor) => {
    const names = Object.entries(floor).map(
      ([name, purpose]) => `[${name}](src/experiments/${name}): ${purpose}`,
    );
    return `- ${names.join(' · ')}`;
  });
  return [
    `\`src/experiments\` is ${LAYER_PURPOSES.experiments}. From top to bottom, folders of one floor in one line:`,
    '',
    ...floors,
  ].join('\n');
}

/** The pages with generated blocks, and what makes each block. A block NAME stands between `<!-- NAME… -->` and `<!-- /NAME -->`. */
export const GENERATED: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'README.md': { picture, results, pace },
  'docs/paper.md': { paper },
  'docs/attribution.md': { methods },
  'docs/trajectory.md': { trajectory },
  'docs/speed.md': { speed, float32 },
  'docs/five-minutes.md': { minutes: fiveMinutes },
  'docs/choose-a-method.md': { choose: chooseMethod },
  'docs/why-not-the-hessian.md': { hessian: hessianLoses },
  'docs/what-we-learnt.md': {
    short: shortTraining,
    networks: networksMatter,
    rule: ruleAndMatrix,
    label: labelAlone,
    beyond: beyondPerceptrons,
    shared: sharedWeights,
    solves: exactSolves,
    sampling: posteriorSampling,
    tokens: relatedTokens,
    answers: wrongAnswers,
  },
  'docs/architecture.md': { folders },
};

/** `text` of a page of {@link GENERATED}, with its blocks as they are now. Links of blocks are written from the root. */
export function filledPage(page: string, text: string): string {
  const blocks = Object.entries(GENERATED[page]).map(([name, make]) => [
    name,
    make().replace(
      /\]\((?!https?:)([^)]+)\)/g,
      (_, target: string) => `](${path.posix.relative(path.posix.dirname(page), target)})`,
    ),
  ]);
  return fillBlocks(text, Object.fromEntries(blocks));
}

/** `text` with what stands between the marks of each block replaced. */
export function fillBlocks(text: string, blocks: Record<string, string>): string {
  for (const [name, body] of Object.entries(blocks))
    text = text.replace(
      new RegExp(`(<!-- ${name}[^>]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`),
      (_, open: string, close: string) => `${open}${body === '' ? '' : `${body}\n`}${close}`,
    );
  return text;
}
