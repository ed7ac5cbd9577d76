/** @file What Kreer et al. claim about the local Bayesian influence function, each with a verdict and its numbers. */
import { type Estimate, type Sign, signOf } from '../claims/estimate.ts';
import { values } from './assemble-bif.ts';
import { BIF_METHODS, type BifMethod } from './bif-method.ts';
import { DEFAULT_SAMPLER, samplerLabel } from './bif-profile.ts';
import type { BifResults, GridEntry } from './bif-results.ts';
import { pearson } from './judge-bif.ts';
import { overSeeds, studentQuantile } from './over-seeds.ts';

export type BifVerdict = 'confirmed' | 'not confirmed' | 'not testable here';

/** A claim with what was found. */
export interface BifClaim {
  readonly id: string;
  /** Section or figure of the paper. */
  readonly place: string;
  /** In our words. */
  readonly claim: string;
  readonly verdict: BifVerdict;
  /** What was compared, one line each; for claims that cannot be tested, why. */
  readonly findings: readonly string[];
}

/** The methods whose curves the paper draws. */
const PAPER_METHODS: readonly BifMethod[] = ['bif', 'ekfac', 'trak', 'grad-dot'];

/** All claims, in the order of the paper. */
export function judgeBifClaims(results: BifResults): BifClaim[] {
  return [
    firstOrder(results),
    smallerIsBetter(results),
    sizeClaim(results, 'smallest', 'default'),
    sizeClaim(results, 'smallest', 'tuned'),
    sizeClaim(results, 'largest', 'default'),
    sizeClaim(results, 'largest', 'tuned'),
    similarCurves(results),
    trakLower(results),
    seedsAgree(results),
    ekfacFaster(results),
    scaling(results),
    stable(results),
    rmsprop(results),
    ...UNTESTABLE,
  ];
}

/** "+0.034 [0.011, 0.057]". */
export function withInterval({ value, lo, hi }: Estimate, digits = 3, sign = true): string {
  if (value === null) return 'not computed';
  const fixed = (x: number): string => x.toFixed(digits).replace('-', '−');
  const head = `${sign && value > 0 ? '+' : ''}${fixed(value)}`;
  return lo === null || hi === null ? `${head} (no interval)` : `${head} [${fixed(lo)}, ${fixed(hi)}]`;
}

function firstOrder({ agreement, sampling }: BifResults): BifClaim {
  const own = agreement.filter(({ method }) => method === 'damped-if');
  const r = overSeeds(own.map(({ correlation }) => correlation ?? Number.NaN));
  const noise = overSeeds(
    sampling
      .filter(({ variant }) => samplerLabel(variant) === samplerLabel(DEFAULT_SAMPLER))
      .map(({ figures }) => figures['relativeError'] ?? Number.NaN),
  ).value;
  const bound = noise === null ? Number.NaN : Math.sqrt(Math.max(0, 1 - noise ** 2));
  return {
    id: 'first-order',
    place: '§2.3, A.2',
    claim: 'The local BIF goes with the damped influence function, its leading order',
    verdict: verdict([signOf(r) === 'positive']),
    findings: [
      `correlation of BIF scores with those of (G + γ/(nβ) I)⁻¹ over training examples, mean over queries and seeds: ${withInterval(r)}`,
      `by their error bars ${Math.round(100 * (noise ?? Number.NaN))} % of the size of the scores is sampling noise; were the two the same without it, the correlation would be about ${bound.toFixed(2)}. The rest is higher orders: the chains leave the region where the loss is quadratic`,
      'that scores tend to the damped influence function as nβ grows is shown by tests on problems with a known answer',
    ],
  };
}

function smallerIsBetter({ cells, fractions }: BifResults): BifClaim {
  const [low, high] = [Math.min(...fractions), Math.max(...fractions)];
  const found = PAPER_METHODS.map((method) => {
    const top = values(cells, method, high);
    return { method, gap: overSeeds(values(cells, method, low).map((v, i) => v - top[i])) };
  });
  return {
    id: 'smaller-is-better',
    place: '§4.2',
    claim: 'Every method does better the smaller the retraining subset',
    verdict: verdict(found.map(({ gap }) => signOf(gap) === 'positive')),
    findings: found.map(
      ({ method, gap }) =>
        `${BIF_METHODS[method]}: LDS at α = ${low} less that at α = ${high}: ${withInterval(gap)}`,
    ),
  };
}

/** At one end of the α, by the default rules or with sampler and λ chosen at seed 0, as the paper chose its own by sweeps. */
function sizeClaim(
  { differences, fractions }: BifResults,
  end: 'smallest' | 'largest',
  rules: 'default' | 'tuned',
): BifClaim {
  const fraction = end === 'smallest' ? Math.min(...fractions) : Math.max(...fractions);
  const expected: Sign = end === 'smallest' ? 'positive' : 'negative';
  const [first, second]: readonly BifMethod[] =
    rules === 'default' ? ['bif', 'ekfac'] : ['bif-tuned', 'ekfac-tuned'];
  const own = differences.filter(({ a, b }) => a === first && b === second);
  const decisive = own.filter((d) => d.fraction === fraction);
  const words =
    end === 'smallest'
      ? 'With small retraining subsets the local BIF has a higher LDS than EK-FAC'
      : 'With large retraining subsets EK-FAC has a higher LDS than the local BIF';
  return {
    id: `${end}-subsets${rules === 'tuned' ? '-tuned' : ''}`,
    place: '§4.2, C.2, Figure 4',
    claim: `${words}: ${rules === 'default' ? 'by the default rules' : 'both tuned'}`,
    verdict: verdict(decisive.map((d) => signOf(d) === expected)),
    findings: [
      ...decisive.map(
        (d) => `α = ${d.fraction}: ${BIF_METHODS[first]} − ${BIF_METHODS[second]} ${withInterval(d)}`,
      ),
      ...own
        .filter((d) => d.fraction !== fraction)
        .map((d) => `for comparison, α = ${d.fraction}: ${withInterval(d)}`),
    ],
  };
}

function similarCurves({ differences, curves, fractions }: BifResults): BifClaim {
  const own = differences.filter(({ a, b }) => a === 'bif' && b === 'ekfac');
  const curve = (method: BifMethod): number[] =>
    fractions.map((f) => curves.find((c) => c.method === method && c.fraction === f)?.value ?? Number.NaN);
  return {
    id: 'similar-curves',
    place: 'C.2, Figure 4',
    claim: 'Overall the LDS of EK-FAC and BIF are consistent with each other',
    verdict: verdict(own.map((d) => signOf(d) === 'undecided')),
    findings: [
      ...own.map((d) => `α = ${d.fraction}: BIF − EK-FAC ${withInterval(d)}`),
      'an undecided difference is consistent with none, which is not the same as equal',
      `correlation of the two mean curves over ${fractions.length} values of α: ${pearson(curve('bif'), curve('ekfac')).toFixed(2)}`,
    ],
  };
}

function trakLower({ differences }: BifResults): BifClaim {
  const own = differences.filter(({ a }) => a === 'trak');
  return {
    id: 'trak-lower',
    place: 'C.2, Figure 4',
    claim: 'TRAK, from one network, has a lower LDS than BIF and EK-FAC',
    verdict: verdict(own.map((d) => signOf(d) === 'negative')),
    findings: own.map((d) => `α = ${d.fraction}: TRAK − ${BIF_METHODS[d.b]} ${withInterval(d)}`),
  };
}

/** Values of two methods, each less its mean over seeds at the same α. */
function seedsAgree({ cells, fractions, seeds }: BifResults): BifClaim {
  const centred = (method: BifMethod): number[] =>
    fractions.flatMap((f) => {
      const own = values(cells, method, f);
      const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
      return own.map((v) => v - mean);
    });
  const spread = (x: readonly number[]): number =>
    Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / Math.max(1, (seeds - 1) * fractions.length));
  const bif = centred('bif');
  const others: readonly BifMethod[] = ['ekfac', 'grad-dot'];
  const found = others.map((method) => {
    const other = centred(method);
    return { method, ...fisher(pearson(bif, other), (seeds - 1) * fractions.length), spread: spread(other) };
  });
  return {
    id: 'seeds-agree',
    place: 'C.2, Figure 7',
    claim: 'The LDS varies between seeds, but BIF, EK-FAC and gradient dot agree within each seed',
    verdict: verdict(found.map((estimate) => signOf(estimate) === 'positive')),
    findings: [
      `standard deviation of the LDS between seeds at the same α: BIF ${spread(bif).toFixed(3)}, ${found.map((f) => `${BIF_METHODS[f.method]} ${f.spread.toFixed(3)}`).join(', ')}`,
      ...found.map(
        (estimate) =>
          `correlation over seeds and α, each α less its mean, of BIF with ${BIF_METHODS[estimate.method]}: ${withInterval(estimate)} ` +
          '(Fisher’s interval, as if the α of a seed, which share a network, were independent)',
      ),
    ],
  };
}

/** Fisher's interval of a correlation with so many degrees of freedom. */
function fisher(r: number, degrees: number): Estimate {
  if (!Number.isFinite(r)) return { value: null, lo: null, hi: null };
  if (degrees < 4) return { value: r, lo: null, hi: null };
  const reach = 1.959963984540054 / Math.sqrt(degrees - 2);
  const z = Math.atanh(Math.max(-0.999999, Math.min(0.999999, r)));
  return { value: r, lo: Math.tanh(z - reach), hi: Math.tanh(z + reach) };
}

/** Draws of the paper's own scaling comparison, §4.3. */
export const DRAWS_COMPARED = 2000;

/** Draws of the paper's retraining experiment, Table 3. */
const DRAWS_OF_PAPER = 400;

function ekfacFaster({ timing }: BifResults): BifClaim {
  const ratios = timing.map(({ parameters, draw, fit, score }) => ({
    parameters,
    ratio: (DRAWS_OF_PAPER * draw) / (fit + score),
  }));
  return {
    id: 'ekfac-faster',
    place: '§4.2, C.2, Figure 6',
    claim: 'On a small network EK-FAC is faster than the local BIF, about five times',
    verdict: verdict(ratios.slice(0, 1).map(({ ratio }) => ratio > 1)),
    findings: ratios.map(
      ({ parameters, ratio }) =>
        `${parameters} parameters: ${DRAWS_OF_PAPER} draws of BIF, as many as the paper takes, need ${ratio.toPrecision(2)} times the processor time of EK-FAC's fit and scores`,
    ),
  };
}

/** Slope of log(EK-FAC/BIF) on log(parameters): positive when EK-FAC grows faster. */
function scaling({ timing }: BifResults): BifClaim {
  const slopes = (name: string, of: (entry: (typeof timing)[number]) => number): string => {
    const { value } = slope(timing.map((t) => [Math.log(t.parameters), Math.log(of(t))] as const));
    return `${name} grows as parameters^${value === null ? '?' : value.toFixed(2)}`;
  };
  const whole = slope(
    timing.map((t) => [Math.log(t.parameters), Math.log((t.fit + t.score) / t.draw)] as const),
  );
  const fit = slope(timing.map((t) => [Math.log(t.parameters), Math.log(t.fit / t.draw)] as const));
  return {
    id: 'scaling',
    place: '§3.3, §4.3, Figure 5',
    claim: 'The time of the local BIF grows more slowly with the size of the network than that of EK-FAC',
    verdict: timing.length < 3 ? 'not testable here' : verdict([signOf(whole) === 'positive']),
    findings: [
      `exponent of EK-FAC (fit and scores) less that of BIF: ${withInterval(whole, 2)}; of the fit alone less that of BIF: ${withInterval(fit, 2)}`,
      [
        slopes('BIF', (t) => t.draw),
        slopes('the fit of EK-FAC', (t) => t.fit),
        slopes('its scores', (t) => t.score),
      ].join(', '),
      'the paper compares models of 14 million to 2.8 billion parameters with 18 queries; here all pairs of 180 queries and 1,617 examples are scored, on networks of two hidden layers',
    ],
  };
}

/** Least-squares slope with Student's 95 % interval from the residuals. */
function slope(points: readonly (readonly [x: number, y: number])[]): Estimate {
  const n = points.length;
  if (n < 2) return { value: null, lo: null, hi: null };
  const mx = points.reduce((sum, [x]) => sum + x, 0) / n;
  const my = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const xx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const value = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / xx;
  if (n < 3) return { value, lo: null, hi: null };
  const rest = points.reduce((sum, [x, y]) => sum + (y - my - value * (x - mx)) ** 2, 0);
  const reach = studentQuantile(n - 2) * Math.sqrt(rest / (n - 2) / xx);
  return { value, lo: value - reach, hi: value + reach };
}

function stable({ grid }: BifResults): BifClaim {
  const sgld = grid.entries.filter(({ variant }) => variant.method === 'sgld');
  const converged = sgld.filter((entry) => entry.converged && entry.lds !== null);
  const others = converged.slice(1); // the first is the default, which the others are held against
  const decided = others.filter((entry) => signOf(differenceOf(entry)) !== 'undecided');
  const lds = converged.map((entry) => entry.lds ?? Number.NaN);
  const refused = sgld.filter(({ refused: reason }) => reason !== null);
  return {
    id: 'stable',
    place: 'C.4, Figures 9–13',
    claim: 'The LDS of the BIF is stable over ε, γ and nβ, as long as the loss trace converges',
    verdict: others.length === 0 ? 'not testable here' : verdict([decided.length === 0]),
    findings: [
      `${sgld.length} samplers, ${converged.length} with a converged loss trace (split R-hat ≤ 1.1), ${refused.length} refused as diverged`,
      `LDS of the converged ones at α = ${grid.fraction}: ${Math.min(...lds).toFixed(3)} to ${Math.max(...lds).toFixed(3)}`,
      `${decided.length} of ${others.length} differ from the default sampler by more than their paired 95 % intervals${decided.length === 0 ? '' : ':'}`,
      ...decided.map((entry) => `${samplerLabel(entry.variant)}: ${withInterval(differenceOf(entry))}`),
    ],
  };
}

function differenceOf({ difference: [value, lo, hi] }: GridEntry): Estimate {
  return { value, lo, hi };
}

function rmsprop({ grid }: BifResults): BifClaim {
  const own = grid.entries.filter(({ variant }) => variant.method === 'rmsprop-sgld');
  const found = own.flatMap((entry) => {
    if (entry.counterpart === null) return [];
    const [value, lo, hi] = entry.counterpart;
    return [{ entry, gap: { value, lo, hi } }];
  });
  return {
    id: 'rmsprop',
    place: 'B.1',
    claim: 'RMSprop-SGLD gives better scores than SGLD over a wider range of hyper-parameters',
    verdict:
      found.length === 0 ? 'not testable here' : verdict(found.map(({ gap }) => signOf(gap) === 'positive')),
    findings: found.map(
      ({ entry, gap }) => `${samplerLabel(entry.variant)}: LDS less that of SGLD ${withInterval(gap)}`,
    ),
  };
}

function verdict(checks: readonly boolean[]): BifVerdict {
  if (checks.length === 0) return 'not testable here';
  return checks.every(Boolean) ? 'confirmed' : 'not confirmed';
}

const UNTESTABLE: readonly BifClaim[] = [
  {
    id: 'language-models',
    place: 'C.3, Table 5',
    claim: 'On a fine-tuned Pythia-14M the LDS of the BIF is below that of EK-FAC and GradSim',
    verdict: 'not testable here',
    findings: ['there is no language model here'],
  },
  {
    id: 'large-models',
    place: '§4.3, Figure 5',
    claim: 'On models of a billion parameters the BIF is faster than EK-FAC, whose factors take 41 GiB',
    verdict: 'not testable here',
    findings: ['the networks here are smaller by four orders of magnitude; see the growth of times above'],
  },
  {
    id: 'per-token',
    place: '§4.1, B.4, D.3',
    claim: 'The per-token BIF finds words of similar meaning in one sampling run',
    verdict: 'not testable here',
    findings: ['there are no sequences here'],
  },
  {
    id: 'visual',
    place: '§4.1, D.1, Figures 3 and 15',
    claim: 'The most influential ImageNet images by BIF and EK-FAC look like the query',
    verdict: 'not testable here',
    findings: ['this is a judgement of images of ImageNet by eye'],
  },
];
