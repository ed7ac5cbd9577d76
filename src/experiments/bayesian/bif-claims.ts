/** @file What Kreer et al. say of the local Bayesian influence function, as data. Nothing here is a result. */

import { type Claim, consistent, fact, type JudgedClaim, judgeClaims, ordered } from '../judging/claim.ts';
import { fisherInterval, pearson } from '../judging/correlation.ts';
import { type Estimate, interval, ranged, signed, TWO_DECIMALS } from '../judging/estimate.ts';
import { DEFAULT_SAMPLER, samplerLabel } from '../protocol/sampler-variant.ts';
import { RHAT_LIMIT, values } from './assemble-bif.ts';
import { BIF_METHODS, type BifMethod } from './bif-method.ts';
import type { BifResults, GridEntry } from './bif-results.ts';
import { subjectOf } from './bif-subject.ts';
import { KIN_METHODS } from './kin.ts';
import { overSeeds, slope } from './over-seeds.ts';

type BifClaim = Claim<BifResults>;

/** Judges every claim by a run. */
export function judgeBifClaims(results: BifResults): JudgedClaim[] {
  return judgeClaims(results.kin === undefined ? [...BIF_CLAIMS, VISUAL_BY_EYE] : [...BIF_CLAIMS, VISUAL], [
    { results },
  ]);
}

/** The methods whose curves the paper draws. */
const PAPER_METHODS: readonly BifMethod[] = ['bif', 'ekfac', 'trak', 'grad-dot'];

const OVER_SEEDS = 'difference of LDS, paired within seeds, with Student’s interval over seeds';
const OVER_SUBSETS = 'difference of LDS at one seed, paired over subsets, with its BCa interval';

const FIRST_ORDER: BifClaim = {
  id: 'first-order',
  place: '§2.3, A.2',
  claim: 'The local BIF goes with the damped influence function, its leading order',
  criterion:
    'correlation of BIF scores with those of (G + γ/(nβ) I)⁻¹ over training examples, mean over queries and seeds',
  findings: ({ agreement }) => {
    const own = agreement.filter(({ method }) => method === 'damped-if');
    return ordered('correlation', overSeeds(own.map(({ correlation }) => correlation ?? Number.NaN)));
  },
  notes: ({ sampling }) => {
    const noise = overSeeds(
      sampling
        .filter(({ variant }) => samplerLabel(variant) === samplerLabel(DEFAULT_SAMPLER))
        .map(({ figures }) => figures['relativeError'] ?? Number.NaN),
    ).value;
    const bound = noise === null ? Number.NaN : Math.sqrt(Math.max(0, 1 - noise ** 2));
    return [
      `by their error bars ${Math.round(100 * (noise ?? Number.NaN))} % of the size of the scores is sampling noise; were the two the same without it, the correlation would be about ${bound.toFixed(2)}. The rest is higher orders: the chains leave the region where the loss is quadratic`,
      'that scores tend to the damped influence function as nβ grows is shown by tests on problems with a known answer',
    ];
  },
};

const SMALLER_IS_BETTER: BifClaim = {
  id: 'smaller-is-better',
  place: '§4.2',
  claim: 'Every method does better the smaller the retraining subset',
  criterion: OVER_SEEDS,
  findings: ({ cells, fractions }) => {
    const [low, high] = [Math.min(...fractions), Math.max(...fractions)];
    return PAPER_METHODS.flatMap((method) => {
      const top = values(cells, method, high);
      const gap = overSeeds(values(cells, method, low).map((v, i) => v - top[i]));
      return ordered(`${BIF_METHODS[method]}, LDS at α = ${low} less that at α = ${high}`, gap);
    });
  },
};

/** At one end of the α, by the default rules or with sampler and λ chosen at seed 0, as the paper chose its own by sweeps. */
function sizeClaim(end: 'smallest' | 'largest', rules: 'default' | 'tuned'): BifClaim {
  const at = end === 'smallest' ? Math.min : Math.max;
  const [first, second]: readonly BifMethod[] =
    rules === 'default' ? ['bif', 'ekfac'] : ['bif-tuned', 'ekfac-tuned'];
  const differences = (results: BifResults): BifResults['differences'] =>
    results.differences.filter(({ a, b }) => a === first && b === second);
  const words =
    end === 'smallest'
      ? 'With small retraining subsets the local BIF has a higher LDS than EK-FAC'
      : 'With large retraining subsets EK-FAC has a higher LDS than the local BIF';
  return {
    id: `${end}-subsets${rules === 'tuned' ? '-tuned' : ''}`,
    place: '§4.2, C.2, Figure 4',
    claim: `${words}: ${rules === 'default' ? 'by the default rules' : 'both tuned'}`,
    criterion: OVER_SEEDS,
    findings: (results) =>
      differences(results)
        .filter((d) => d.fraction === at(...results.fractions))
        .flatMap((d) =>
          ordered(
            `${BIF_METHODS[first]} − ${BIF_METHODS[second]} at α = ${d.fraction}`,
            d,
            end === 'smallest' ? 'positive' : 'negative',
          ),
        ),
    notes: (results) => {
      const others = differences(results).filter((d) => d.fraction !== at(...results.fractions));
      return others.length === 0
        ? []
        : [`for comparison, ${others.map((d) => `α = ${d.fraction}: ${signed(d)}`).join('; ')}`];
    },
  };
}

const SIMILAR_CURVES: BifClaim = {
  id: 'similar-curves',
  place: 'C.2, Figure 4',
  claim: 'Overall the LDS of EK-FAC and BIF are consistent with each other',
  criterion: `${OVER_SEEDS}, which must include zero: consistent with none, which is not the same as equal`,
  findings: ({ differences }) =>
    differences
      .filter(({ a, b }) => a === 'bif' && b === 'ekfac')
      .flatMap((d) => consistent(`BIF − EK-FAC at α = ${d.fraction}`, d)),
  notes: ({ curves, fractions }) => {
    const curve = (method: BifMethod): number[] =>
      fractions.map((f) => curves.find((c) => c.method === method && c.fraction === f)?.value ?? Number.NaN);
    return [
      `correlation of the two mean curves over ${fractions.length} values of α: ${pearson(curve('bif'), curve('ekfac')).toFixed(2)}`,
    ];
  },
};

const TRAK_LOWER: BifClaim = {
  id: 'trak-lower',
  place: 'C.2, Figure 4',
  claim: 'TRAK, from one network, has a lower LDS than BIF and EK-FAC',
  criterion: OVER_SEEDS,
  findings: ({ differences }) =>
    differences
      .filter(({ a }) => a === 'trak')
      .flatMap((d) => ordered(`TRAK − ${BIF_METHODS[d.b]} at α = ${d.fraction}`, d, 'negative')),
};

/** Values of a method, each less its mean over seeds at the same α. */
function centred({ cells, fractions }: BifResults, method: BifMethod): number[] {
  return fractions.flatMap((f) => {
    const own = values(cells, method, f);
    const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
    return own.map((v) => v - mean);
  });
}

const SEEDS_AGREE: BifClaim = {
  id: 'seeds-agree',
  place: 'C.2, Figure 7',
  claim: 'The LDS varies between seeds, but BIF, EK-FAC and gradient dot agree within each seed',
  criterion:
    'correlation over seeds and α, each α less its mean, with Fisher’s interval as if the α of a seed, which share a network, were independent',
  findings: (results) =>
    (['ekfac', 'grad-dot'] as const).flatMap((method) => {
      const r = pearson(centred(results, 'bif'), centred(results, method));
      const pairs = (results.seeds - 1) * results.fractions.length + 1; // one more than degrees of freedom
      return ordered(`BIF with ${BIF_METHODS[method]}`, fisherInterval(r, pairs));
    }),
  notes: (results) => {
    const degrees = Math.max(1, (results.seeds - 1) * results.fractions.length);
    const spread = (method: BifMethod): string =>
      Math.sqrt(centred(results, method).reduce((sum, v) => sum + v * v, 0) / degrees).toFixed(3);
    const methods: readonly BifMethod[] = ['bif', 'ekfac', 'grad-dot'];
    return [
      `standard deviation of the LDS between seeds at the same α: ${methods.map((method) => `${BIF_METHODS[method]} ${spread(method)}`).join(', ')}`,
    ];
  },
};

/** Draws of the paper's retraining experiment, Table 3. */
const DRAWS_OF_PAPER = 400;

function slowdowns({ timing }: BifResults): { text: string; ratio: number }[] {
  return timing.map(({ parameters, draw, fit, score }) => {
    const ratio = (DRAWS_OF_PAPER * draw) / (fit + score);
    return { text: `${parameters} parameters: ${ratio.toPrecision(2)} times`, ratio };
  });
}

const EKFAC_FASTER: BifClaim = {
  id: 'ekfac-faster',
  place: '§4.2, C.2, Figure 6',
  claim: 'On a small network EK-FAC is faster than the local BIF, about five times',
  criterion: `processor time of ${DRAWS_OF_PAPER} draws of BIF, as many as the paper takes, over that of EK-FAC’s fit and scores, on the smallest network`,
  findings: (results) =>
    slowdowns(results)
      .slice(0, 1)
      .map(({ text, ratio }) => fact(text, ratio > 1)),
  notes: (results) => {
    const others = slowdowns(results).slice(1);
    return others.length === 0 ? [] : [`for comparison, ${others.map(({ text }) => text).join('; ')}`];
  },
};

type Timing = BifResults['timing'];
type Seconds = (entry: Timing[number]) => number;
const fitAndScores: Seconds = ({ fit, score }) => fit + score;

/** Slope of log seconds on log parameters. */
function growth(timing: Timing, seconds: Seconds): Estimate {
  return slope(timing.map((t) => [Math.log(t.parameters), Math.log(seconds(t))] as const));
}

/** Positive when EK-FAC grows faster. */
const SCALING: BifClaim = {
  id: 'scaling',
  place: '§3.3, §4.3, Figure 5',
  claim: 'The time of the local BIF grows more slowly with the size of the network than that of EK-FAC',
  criterion:
    'exponent of the number of parameters in the time of EK-FAC, fit and scores, less that of BIF, with Student’s interval of the slope',
  findings: ({ timing }) =>
    timing.length < 3
      ? []
      : ordered(
          'difference of exponents',
          growth(timing, (t) => fitAndScores(t) / t.draw),
          'positive',
          TWO_DECIMALS,
        ),
  notes: (results) => {
    const { timing, queries, examples } = results;
    const fit = growth(timing, (t) => t.fit / t.draw);
    const power = (name: string, seconds: Seconds): string =>
      `${name} as parameters^${ranged({ ...growth(timing, seconds), lo: null, hi: null }, TWO_DECIMALS)}`;
    return [
      `the exponent of the fit alone less that of BIF: ${signed(fit, TWO_DECIMALS)}`,
      `${power('BIF grows', (t) => t.draw)}, ${power('the fit of EK-FAC', (t) => t.fit)}, ${power('its scores', (t) => t.score)}`,
      `the paper compares models of 14 million to 2.8 billion parameters with 18 queries; here all pairs of ${queries} queries and ${examples.toLocaleString('en')} examples are scored, on ${results.kin === undefined ? 'networks of two hidden layers' : subjectOf(results).timed}`,
    ];
  },
};

const STABLE: BifClaim = {
  id: 'stable',
  place: 'C.4, Figures 9–13',
  claim: 'The LDS of the BIF is stable over ε, γ and nβ, as long as the loss trace converges',
  criterion: `${OVER_SUBSETS}, between a sampler and the default one, which must include zero`,
  findings: (results) =>
    converged(results)
      .slice(1) // the first is the default, which the others are held against
      .flatMap(({ variant, difference: [value, ...ci] }) =>
        consistent(samplerLabel(variant), interval(value, ci)),
      ),
  notes: (results) => {
    const { grid } = results;
    const sgld = grid.entries.filter(({ variant }) => variant.method === 'sgld');
    const refused = sgld.filter(({ refused: reason }) => reason !== null);
    const lds = converged(results).map((entry) => entry.lds ?? Number.NaN);
    return [
      `${sgld.length} samplers, ${lds.length} with a converged loss trace (split R-hat ≤ ${RHAT_LIMIT}), ${refused.length} refused as diverged`,
      ...(lds.length === 0
        ? []
        : [
            `LDS of the converged ones at α = ${grid.fraction}: ${Math.min(...lds).toFixed(3)} to ${Math.max(...lds).toFixed(3)}`,
          ]),
    ];
  },
};

/** Samplers of the grid that can be compared, the default first. */
function converged({ grid }: BifResults): GridEntry[] {
  return grid.entries.filter(
    (entry) => entry.variant.method === 'sgld' && entry.converged && entry.lds !== null,
  );
}

const RMSPROP: BifClaim = {
  id: 'rmsprop',
  place: 'B.1',
  claim: 'RMSprop-SGLD gives better scores than SGLD over a wider range of hyper-parameters',
  criterion: `${OVER_SUBSETS}, between RMSprop-SGLD and the SGLD of equal nβ, γ and step`,
  findings: ({ grid }) =>
    grid.entries.flatMap(({ variant, counterpart }) => {
      if (variant.method !== 'rmsprop-sgld' || counterpart === null) return [];
      const [value, ...ci] = counterpart;
      return ordered(samplerLabel(variant), interval(value, ci));
    }),
};

/** What needs other models or other data. */
function untestable(id: string, place: string, claim: string, reason: string): BifClaim {
  return { id, place, claim, untestable: reason };
}

/** In the order of the paper. */
export const BIF_CLAIMS: readonly BifClaim[] = [
  FIRST_ORDER,
  SMALLER_IS_BETTER,
  sizeClaim('smallest', 'default'),
  sizeClaim('smallest', 'tuned'),
  sizeClaim('largest', 'default'),
  sizeClaim('largest', 'tuned'),
  SIMILAR_CURVES,
  TRAK_LOWER,
  SEEDS_AGREE,
  EKFAC_FASTER,
  SCALING,
  STABLE,
  RMSPROP,
  untestable(
    'language-models',
    'C.3, Table 5',
    'On a fine-tuned Pythia-14M the LDS of the BIF is below that of EK-FAC and GradSim',
    'there is no language model here; `tokens` asks it of a transformer of characters',
  ),
  untestable(
    'large-models',
    '§4.3, Figure 5',
    'On models of a billion parameters the BIF is faster than EK-FAC, whose factors take 41 GiB',
    'the networks here are smaller by four orders of magnitude; see the growth of times above',
  ),
  untestable(
    'per-token',
    '§4.1, B.4, D.3',
    'The per-token BIF finds words of similar meaning in one sampling run',
    'there are no sequences here; `tokens` asks it of a transformer of characters',
  ),
];

const VISUAL_BY_EYE: BifClaim = untestable(
  'visual',
  '§4.1, D.1, Figures 3 and 15',
  'The most influential ImageNet images by BIF and EK-FAC look like the query',
  'this is a judgement of images of ImageNet by eye',
);

/** The same of drawings, whose category and whose variants in other skin tones are known. */
const VISUAL: BifClaim = {
  id: 'visual',
  place: '§4.1, D.1, Figures 3 and 15',
  claim: 'The most influential images by BIF and EK-FAC look like the query',
  criterion:
    'among the ten training drawings with the highest scores, the share of those of the query’s category, and of its own drawing in other skin tones, less what ten at random have; Student’s interval over seeds',
  findings: ({ kin }) => {
    if (kin === undefined) return [];
    const { chance, entries } = kin;
    return KIN_METHODS.flatMap((method) => {
      const own = entries.filter((entry) => entry.method === method);
      const more = (of: (entry: (typeof own)[number]) => number | null, by: number | null): Estimate =>
        overSeeds(own.map((entry) => (of(entry) ?? Number.NaN) - (by ?? Number.NaN)));
      return [
        ...ordered(
          `${BIF_METHODS[method]}, category`,
          more(({ category }) => category, chance.category),
        ),
        ...ordered(
          `${BIF_METHODS[method]}, other skin tones`,
          more(({ tones }) => tones, chance.tones),
        ),
      ];
    });
  },
  notes: ({ kin }) =>
    kin === undefined
      ? []
      : [
          `by chance ${kin.chance.category.toFixed(3)} are of the category${kin.chance.tones === null ? '' : `, and ${kin.chance.tones.toFixed(3)} of the variants are found; ${kin.toned} queries have any`}`,
        ],
};
