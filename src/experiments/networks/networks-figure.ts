/** @file The ladder of each network as figures: LDS of every rung in both treatments, and the Kronecker step layer by layer. */
import {
  facets,
  ldsWithInterval,
  logarithmic,
  looks,
  mark,
  names,
  panel,
  pointsWithIntervals,
  quantity,
  type Spec,
  sideBySide,
} from '../pages/chart.ts';
import { passagesSpec } from '../pages/passages.ts';
import type { Drawing } from '../pages/render.ts';
import { MUTED, PALETTE } from '../pages/theme.ts';
import type { NetworkResults, NetworksResults } from './networks-results.ts';

/** Both figures, of all networks. */
export function networksFigures({ settings }: Pick<NetworksResults, 'settings'>): Drawing[] {
  return [
    {
      name: 'networks-lds',
      caption:
        'LDS of averaged scores for every rung, under the rule of the paper (|σ| ≤ 1e-4 left out) and at the best damping of each rung, which was chosen by the very retrainings; 95 % intervals over networks and subsets. Grey: noise ceiling.',
      alt: 'Points of LDS by rung and network, with intervals; the tables below have the numbers.',
      spec: ldsSpec(settings),
    },
    {
      name: 'networks-kronecker',
      caption:
        'What a Kronecker product misses of each layer’s block of the GGN, ∥B − Ĝ∥/∥B∥ (Frobenius), with 95 % intervals over networks, those that reach 0 from the left edge on. Layers in the order of the network, with the number of positions at which their weight is used.',
      alt: 'Points of relative distance by layer and network, for EK-FAC and K-FAC in both forms; the CSV has the numbers.',
      spec: kroneckerSpec(settings),
    },
    ...settings.flatMap(({ network, passages }) =>
      passages === undefined ? [] : [passagesFigure(network, passages)],
    ),
  ];
}

/** Name of the figure of a network's passages. */
export function passagesName(network: string): string {
  return `networks-passages-${network}`;
}

function passagesFigure(network: string, passages: NonNullable<NetworkResults['passages']>): Drawing {
  return {
    name: passagesName(network),
    caption: `The first query of ${network}, and the training sequences that helped it and that harmed it most at the first base network, by Block-GGN at ${passages.variant}. A character is coloured by what its loss, given those before it, has of the score: blue helps, vermilion harms; on a scale of its line. The query has its shares in the first pair. The first character is not predicted.`,
    alt: 'Lines of text, the characters coloured by influence; networks.json has the shares.',
    spec: passagesSpec(passages),
  };
}

const TREATMENT_LOOKS = [
  { label: 'rule of the paper', colour: PALETTE.black },
  { label: 'best damping', colour: PALETTE.vermilion },
];
/** Pixels of a rung, and of a layer. */
const ROW = 16;
const LAYER = 24;

function ldsSpec(settings: readonly NetworkResults[]): Spec {
  const rows = settings.flatMap(({ network, ceiling, rungs }) =>
    rungs.flatMap(({ label, published, best }) =>
      [published, best].map((treatment, k) => ({
        network,
        rung: label,
        ceiling,
        treatment: TREATMENT_LOOKS[k].label,
        ...ldsWithInterval(treatment.ensemble.lds, treatment.ensemble.ci),
      })),
    ),
  );
  const order = [...new Set(rows.map(({ rung }) => rung))];
  const y = names('rung', { sort: order, axis: { grid: true, labelLimit: 400 } });
  const { color } = looks('treatment', TREATMENT_LOOKS, { legend: { orient: 'bottom' } });
  const yOffset = sideBySide(
    'treatment',
    TREATMENT_LOOKS.map(({ label }) => label),
  );
  return facets(
    'network',
    2,
    rows,
    [300, ROW * order.length],
    [
      mark('rule', { x: quantity('ceiling', 'LDS') }, { strokeDash: [6, 4], color: MUTED }),
      ...pointsWithIntervals(
        'x',
        { x: quantity('lds', 'LDS'), y, yOffset, color },
        { size: 26, width: 1.6, opacity: 0.6 },
      ),
    ],
  );
}

const KRONECKER_LOOKS = [
  { label: 'EK-FAC', colour: PALETTE.black },
  { label: 'K-FAC', colour: PALETTE.grey },
  { label: 'EK-FAC expand', colour: PALETTE.blue },
  { label: 'K-FAC expand', colour: PALETTE.sky },
  { label: 'EK-FAC reduce', colour: PALETTE.vermilion },
  { label: 'K-FAC reduce', colour: PALETTE.orange },
];

function kroneckerSpec(settings: readonly NetworkResults[]): Spec {
  const drawn = settings.flatMap(({ network, steps }) =>
    steps.flatMap(({ form, layers }) =>
      layers
        .filter(({ op }) => !op.endsWith('-norm'))
        .flatMap(({ layer, op, positions, ...distances }) =>
          (['ekfac', 'kfac'] as const).map((kind) => ({
            layer: `${network}: ${layer}, ${op} × ${positions}`,
            kind: `${kind === 'ekfac' ? 'EK-FAC' : 'K-FAC'}${form === 'one' ? '' : ` ${form}`}`,
            ...ldsWithInterval(distances[kind].mean, distances[kind].ci),
          })),
        ),
    ),
  );
  const edge = 0.7 * Math.min(...drawn.map(({ lds }) => lds ?? Number.POSITIVE_INFINITY));
  const farthest = Math.max(...drawn.map(({ lds, hi }) => hi ?? lds ?? 0));
  const rows = drawn.map((row) => ({ ...row, lo: row.lo === null ? null : Math.max(row.lo, edge) }));
  const shown = KRONECKER_LOOKS.filter(({ label }) => rows.some(({ kind }) => kind === label));
  const y = names('layer', { axis: { grid: true, labelLimit: 400 } });
  const { color } = looks('kind', shown, { legend: { orient: 'bottom', columns: 6 } });
  const yOffset = sideBySide(
    'kind',
    shown.map(({ label }) => label),
  );
  const x = logarithmic('lds', '∥B − Ĝ∥/∥B∥', {}, { domain: [edge, farthest] });
  const count = new Set(rows.map(({ layer }) => layer)).size;
  return panel(
    [460, LAYER * count],
    rows,
    pointsWithIntervals('x', { x, y, yOffset, color }, { size: 20, width: 1.4, opacity: 0.6 }),
  );
}
