/** @file How the numbers of the report were computed: machine, versions, sizes, times, commands. */

import { escapeXml } from '../../pages/escape.ts';
import { paragraph, type Section, table } from '../../pages/html.ts';

import type { NamedResults } from '../claims/sweeps.ts';
import type { ResultsHead } from '../results/results.ts';

/** The stages of a setting's `seconds`, and the columns that they go to. */
const STAGES: readonly (readonly [column: string, belongs: (stage: string) => boolean])[] = [
  ['base networks', (stage) => stage === 'base-training'],
  ['retraining', (stage) => stage === 'retraining'],
  ['error (Eq. 9)', (stage) => stage.endsWith('/error')],
  ['diagnostics', (stage) => stage === 'diagnostics'],
];
const REST = 'curvature and scores';

/** The last section of the page. */
export function makingSection(
  { versions, machine, seed, kernelTier, incomplete, kept = {} }: ResultsHead,
  digest: string,
  settings: readonly NamedResults[],
): Section {
  const made = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const short = Object.entries(incomplete ?? {}).map(([name, { asked, used, missing }]) => {
    const have = used === null ? 'nothing' : `${used.subsets} subsets × ${used.seeds} seeds`;
    return `${name}: ${have} of ${asked.subsets} × ${asked.seeds} (${missing.join(', ')})`;
  });
  const rows = settings.map(({ name, results }) => {
    const seconds = stageColumns(results.seconds);
    const columns = [REST, ...STAGES.map(([column]) => column)].map((column) => seconds.get(column) ?? 0);
    const total = columns.reduce((sum, value) => sum + value, 0);
    return [
      name,
      `${results.subsets} × ${results.seeds}`,
      String(results.models),
      ...[...columns, total].map(duration),
    ];
  });
  return {
    id: 'making',
    title: 'How it was computed',
    body: [
      paragraph(
        `On ${machine}, with ${made.join(', ')}; kernels: ${kernelTier}; seed ${seed}. The digest of all numbers is ${digest}: another run with ` +
          'the same settings, seed and code ends with the same one, whatever the machine, the number of workers or the interruptions.',
        'digest',
      ),
      ...(short.length === 0
        ? []
        : [paragraph(`Smaller than asked for, as the run stopped earlier: ${short.join('; ')}.`, 'gap')]),
      ...(Object.keys(kept).length === 0
        ? []
        : [
            paragraph(
              `Kept as an earlier run left them, their work not being stored here: ${Object.entries(kept)
                .map(([name, from]) => `${name} (digest ${from.slice(0, 16)})`)
                .join(', ')}.`,
              'gap',
            ),
          ]),
      table(
        [
          'setting',
          'subsets × seeds',
          'base networks',
          REST,
          ...STAGES.map(([column]) => column),
          'all, one core',
        ],
        rows,
      ),
      paragraph('Times are those of one core, added up over workers, and measured while other tasks ran.'),
      `<p>This page and the figures are made from stored results by <code>npm run -s cli -- reproduce</code> with the options of the run; the tables beside it hold the same numbers as Markdown and CSV. ` +
        `<code>npm run -s cli -- evaluate --scores S.npy --setting ${escapeXml(settings[0].name)}</code> judges any other score matrix by the same retrainings.</p>`,
    ],
    figures: [],
  };
}

/** Seconds by column; whatever is no other stage is curvature, its eigenvalues, or scores. */
export function stageColumns(seconds: Readonly<Record<string, number>>): Map<string, number> {
  const columns = new Map<string, number>();
  for (const [stage, value] of Object.entries(seconds)) {
    const column = STAGES.find(([, belongs]) => belongs(stage))?.[0] ?? REST;
    columns.set(column, (columns.get(column) ?? 0) + value);
  }
  return columns;
}

/** "3.2 s", "4 min 10 s", "2 h 05 min". */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toPrecision(2)} s`.replace(/^0\.0+ s$/, '0 s');
  const whole = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
