/** @file The figures of the experiment on tokens. */
import {
  facets,
  mark,
  names,
  oneOf,
  panel,
  points,
  pointsWithIntervals,
  quantity,
  type Spec,
} from '../pages/chart.ts';
import { passagesSpec } from '../pages/passages.ts';
import type { Drawing } from '../pages/render.ts';
import { MUTED, PALETTE } from '../pages/theme.ts';
import { CURVATURE_IDS, CURVATURES } from './curvature-tokens.ts';
import { CONTRASTS } from './relations.ts';
import type { PassagesEntry, TokenResults, TokensResults } from './tokens-results.ts';

/** Everything, of every network. */
export function tokensFigures({ settings }: Pick<TokensResults, 'settings'>): Drawing[] {
  return settings.flatMap((setting) => [
    {
      name: `tokens-relations-${setting.network}`,
      caption:
        'How likely a related training token, or word, has a higher score than an unrelated one; ½ is chance. 95 % intervals over networks (Student’s).',
      alt: 'Points with intervals by method, one panel a question; the table below has the numbers.',
      spec: relationsSpec(setting),
    },
    {
      name: `tokens-agreement-${setting.network}`,
      caption:
        'Spearman’s correlation of token scores with those of methods that do not sample, and of two halves of the chains with each other: means over the tokens of the queries, 95 % intervals over networks.',
      alt: 'Points with intervals by sampler and method; the table below has the numbers.',
      spec: agreementSpec(setting),
    },
    ...setting.passages.map((one) => passagesFigure(setting, one)),
  ]);
}

/** Name of the figure of the passages of a method. */
export function passagesName(network: string, method: string): string {
  const words = method
    .toLowerCase()
    .replace(/nβ ×/g, 'n')
    .replace(/[^a-z0-9]+/g, '-');
  return `tokens-passages-${network}-${words}`;
}

function passagesFigure({ network, methods }: TokenResults, passages: PassagesEntry): Drawing {
  const label = methods.find(({ id }) => id === passages.method)?.label ?? passages.method;
  return {
    name: passagesName(network, passages.method),
    caption: `The first query, and the training sequences with the highest and the lowest scores at the first base network, by ${label}. A character is coloured by what its loss, given those before it, has of the score: blue helps, vermilion harms; on a scale of its line. The query has its shares in the first pair. The first character is not predicted.`,
    alt: 'Lines of text, the characters coloured by influence; tokens.json has the shares.',
    spec: passagesSpec(passages),
  };
}

function relationsSpec({ methods }: TokenResults): Spec {
  const rows = methods.flatMap(({ label, kind, answers }, order) =>
    CONTRASTS.map(({ id, label: question }) => {
      const { mean, ci } = answers[id];
      return { method: label, order, question, share: mean, lo: ci[0], hi: ci[1], kind: KINDS[kind] };
    }),
  );
  const y = names('method', { sort: { field: 'order' }, axis: { labelLimit: 400 } });
  const x = quantity('share', null, { scale: { zero: false } });
  const color = oneOf('kind', Object.values(KINDS), [PALETTE.blue, PALETTE.vermilion], {
    legend: { orient: 'bottom' },
  });
  return facets(
    'question',
    2,
    rows,
    [230, 17 * methods.length],
    [
      mark('rule', { x: { datum: 0.5, type: 'quantitative' } }, { strokeDash: [6, 4], color: MUTED }),
      ...pointsWithIntervals('x', { y, x, color }, { size: 45, width: 2 }),
    ],
  );
}

const KINDS = { sampler: 'sampled', curvature: 'not sampled' } as const;

function agreementSpec({ samplers }: TokenResults): Spec {
  const halves = 'its own other half';
  const rows = samplers.flatMap(({ label, halves: own, agreement }, order) =>
    [
      { other: halves, found: own.tokens.spearman },
      ...agreement.map((one) => ({
        other: CURVATURES[one.with as keyof typeof CURVATURES],
        found: one.tokens.spearman,
      })),
    ].map(({ other, found: { mean, ci } }) => ({
      sampler: label,
      order,
      other,
      rho: mean,
      lo: ci[0],
      hi: ci[1],
    })),
  );
  const y = names('sampler', { sort: { field: 'order' }, axis: { labelLimit: 300 } });
  const x = quantity('rho', 'Spearman’s correlation', { scale: { zero: true } });
  const others = [halves, ...CURVATURE_IDS.map((id) => CURVATURES[id])];
  const colours = [PALETTE.black, PALETTE.green, PALETTE.orange, PALETTE.vermilion, PALETTE.grey];
  const color = oneOf('other', others, colours, {
    legend: { orient: 'bottom', columns: 2, labelLimit: 400 },
  });
  return panel([460, { step: 26 }], rows, [
    mark(
      'rule',
      { y, x: { ...x, field: 'lo' }, x2: { field: 'hi' }, color },
      { strokeWidth: 2, opacity: 0.5 },
    ),
    points({ y, x, color }, 50),
  ]);
}
