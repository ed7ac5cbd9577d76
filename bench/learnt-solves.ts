/** @file The generated part of docs/what-we-learnt.md on ASTRA: what a more exact solve is worth, by λ. */
import {
  ASTRA_RESULTS,
  type MethodEntry,
  type SettingAstra,
} from '../src/experiments/astra/astra-results.ts';
import { astraBasis } from '../src/experiments/astra/tables.ts';
import { readDigested } from '../src/experiments/files/digested-file.ts';
import { basisSentences } from '../src/experiments/judging/basis.ts';
import { type Estimate, interval, ranged, signed } from '../src/experiments/judging/estimate.ts';
import { fixed, precise } from '../src/experiments/judging/table.ts';
import { type Columns, markdown } from '../src/experiments/pages/table.ts';
import { from, ifThere } from './if-there.ts';

/** Of perceptrons, and of a ResNet-9. */
const [FIRST, SECOND] = ['results/astra/astra.json', 'results/astra-emoji/astra.json'];

/** From the roughest solve of (G + λI) x = ∇m to the exact one. */
const SOLVERS: Readonly<Record<string, string>> = {
  ekfac: 'EK-FAC in place of G',
  lissa: 'SNI',
  astra: 'ASTRA',
  exact: 'exact',
};

const EXACT = 'exact';

interface Row {
  readonly setting: SettingAstra;
  readonly solver: string;
}

/** The smaller λ and the larger. */
const dampingsOf = ({ config }: SettingAstra): number[] => [...config.dampings].sort((a, b) => a - b);

function entryOf({ setting, solver }: Row, which: number): MethodEntry | undefined {
  const damping = dampingsOf(setting)[which];
  return setting.entries.find((one) => one.method === solver && one.damping === damping);
}

const scored = (
  of: { readonly mean: number | null; readonly ci: MethodEntry['single']['ci'] } | null | undefined,
): Estimate => interval(of?.mean ?? null, of?.ci ?? [null, null]);

/** LDS of each solver at a small λ and a larger one, in every setting where the exact solution was computed. */
export function exactSolves(): string {
  const read = (file: string): readonly SettingAstra[] => readDigested(file, ASTRA_RESULTS).settings;
  return from(FIRST, 'npm run -s cli -- astra --profile full', read, (own) => {
    const settings = [...own, ...(ifThere(SECOND, read) ?? [])].filter(({ entries }) =>
      entries.some(({ method }) => method === EXACT),
    );
    const column = (which: number, reading: 'single' | 'ensemble') => (row: Row) =>
      ranged(scored(entryOf(row, which)?.[reading]));
    const columns: Columns<Row> = {
      setting: ({ setting }) =>
        `${setting.name}, λ = ${dampingsOf(setting)
          .map((lambda) => precise(lambda))
          .join(' and ')}`,
      solver: ({ solver }) => SOLVERS[solver],
      'smaller λ, one network': column(0, 'single'),
      'smaller λ, averaged': column(0, 'ensemble'),
      'larger λ, one network': column(1, 'single'),
      'larger λ, averaged': column(1, 'ensemble'),
    };
    const rows = settings.flatMap((setting) => Object.keys(SOLVERS).map((solver) => ({ setting, solver })));
    const leads = settings.map((setting) => {
      const parts = dampingsOf(setting).map(
        (lambda, which) =>
          `${signed(scored(entryOf({ setting, solver: EXACT }, which)?.against?.single))} at λ = ${precise(lambda)}`,
      );
      return `${setting.name}: ${parts.join(', ')}`;
    });
    return [
      `The exact solution less EK-FAC, one network: ${leads.join('; ')}.`,
      '',
      ...markdown(columns, rows),
      '',
      `LDS. ${basisSentences(settings.map(astraBasis))} What could be reached: ${settings.map(({ name, ceiling }) => `${name} ${fixed(ceiling.perfect, 2)}`).join(', ')}. Source: \`results/astra/\`, \`results/astra-emoji/\`; whole: [astra.md](docs/astra.md), [astra-beyond-mlps.md](docs/astra-beyond-mlps.md).`,
    ].join('\n');
  });
}
