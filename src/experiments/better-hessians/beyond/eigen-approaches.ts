/** @file Approaches with an eigenbasis: the five curvatures, Kronecker approximations, and the block-tridiagonal GGN. */
import {
  blockTridiagonal,
  CURVATURES,
  decompose,
  type EigenOperator,
  eigenOfFactors,
  ekfacInBasis,
  ekfacSearched,
  hessianMatrix,
  kroneckerSumOperator,
  LADDER,
  nearestKronecker,
  nearestKroneckerFactors,
  PAPER_RULE,
} from '../../../curvature/index.ts';
import { cpuTimed } from '../../engine/cpu-time.ts';
import type { AnswerName, Approach, Family, Network } from './approach.ts';
import { storedNumbers } from './stored-numbers.ts';

/** Below this eigenvalues count as zero in the log-determinant: the ε of the paper's rule. */
export const FLOOR = PAPER_RULE.kind === 'truncated' ? PAPER_RULE.eps : 0;

/** How many terms the sums have. */
export const TERMS: readonly number[] = [2, 3, 4];

const SHORTS = { hessian: 'H', ggn: 'GGN', 'block-ggn': 'B', ekfac: 'EK', kfac: 'K' } as const;

/** Everything with a spectrum. The Hessian is built anew, so that its cost is counted. */
export const EIGEN_APPROACHES: readonly Approach[] = [
  ...LADDER.map((kind) =>
    eigenApproach('ladder', { id: kind, label: CURVATURES[kind].label, short: SHORTS[kind] }, (network) =>
      kind === 'hessian'
        ? decompose(hessianMatrix(network.problem), { overwrite: true })
        : CURVATURES[kind].build(network.problem, network.options),
    ),
  ),
  eigenApproach(
    'nearest',
    { id: 'nearest-kronecker', label: 'nearest Kronecker', short: 'N' },
    ({ problem, options }) => nearestKronecker(problem, options),
  ),
  ...TERMS.map((terms) =>
    eigenApproach(
      'sum',
      { id: `kronecker-sum-${terms}`, label: `sum of ${terms} Kronecker`, short: `Σ${terms}` },
      ({ problem, options }) => kroneckerSumOperator(problem, { ...options, terms }),
    ),
  ),
  eigenApproach(
    'basis',
    { id: 'ekfac-nearest', label: 'EK-FAC, nearest Kronecker’s basis', short: 'EK·N' },
    ({ problem, options }) =>
      ekfacInBasis(problem, eigenOfFactors(nearestKroneckerFactors(problem, options)), options),
  ),
  eigenApproach(
    'basis',
    { id: 'ekfac-mass', label: 'EK-FAC, basis of largest mass', short: 'EK·mass' },
    ({ problem, options }) => ekfacSearched(problem, options),
  ),
  eigenApproach(
    'basis',
    { id: 'ekfac-logdet', label: 'EK-FAC, basis of smallest log-determinant', short: 'EK·det' },
    ({ problem, options }) =>
      ekfacSearched(problem, { ...options, criterion: { kind: 'log-determinant', floor: FLOOR } }),
  ),
  eigenApproach(
    'neighbours',
    { id: 'block-tridiagonal', label: 'block-tridiagonal GGN', short: 'T' },
    ({ problem, options }) => blockTridiagonal(problem, options),
  ),
];

function eigenApproach(
  family: Family,
  name: AnswerName,
  build: (network: Network) => EigenOperator,
): Approach {
  return {
    id: name.id,
    family,
    answers: [name],
    details: ['rank', 'negative'],
    rules: 'any',
    prepare: (network) => {
      const built = cpuTimed(() => build(network));
      const operator = built.result;
      return (rule) => {
        const solved = cpuTimed(() => operator.applyInverse(network.queries, rule));
        const { rank, negative } = operator.kept(rule);
        return [
          {
            id: name.id,
            queries: solved.result,
            sample: operator.applyInverse(network.sample, rule),
            seconds: built.seconds + solved.seconds,
            stored: storedNumbers(operator, rule),
            details: { rank, negative },
          },
        ];
      };
    },
  };
}
