/** @file Approaches that need damping: block Cholesky of neighbouring layers, and a few preconditioned conjugate-gradient steps. */
import {
  blockGgnMatrices,
  blockTridiagonalInverse,
  CURVATURES,
  chainInverse,
  conjugateSteps,
  type EigenOperator,
  ggnOperator,
  hessianOperator,
  type InverseRule,
} from '../../../curvature/index.ts';
import {
  denseOperator,
  directSumOperator,
  type LinearOperator,
  type Matrix,
  NotPositiveDefiniteError,
  shiftedOperator,
} from '../../../linalg/index.ts';
import { cpuTimed } from '../../engine/cpu-time.ts';
import type { Answer, Approach, Family, Network } from './approach.ts';
import { chainNumbers, storedNumbers, tridiagonalNumbers } from './stored-numbers.ts';

/** After how many steps conjugate gradients are looked at. */
export const STEPS: readonly number[] = [1, 2, 4, 8, 16];

type Preconditioner = 'ekfac' | 'kfac';

/** A matrix that conjugate gradients solve with: as a method would apply it, and as a judge may, who has the matrix anyway. */
interface Target {
  readonly label: string;
  readonly family: Family;
  /** The operator, and how many numbers it keeps. */
  readonly build: (network: Network) => { readonly operator: LinearOperator; readonly stored: number };
  readonly judge: (network: Network, built: LinearOperator) => LinearOperator;
}

const TARGETS: Readonly<Record<'ggn' | 'block-ggn' | 'hessian', Target>> = {
  ggn: {
    label: 'GGN',
    family: 'cg-ggn',
    build: ({ problem }) => ({ operator: ggnOperator(problem), stored: 0 }),
    judge: ({ ggn }) => denseOperator(ggn(), 'psd'),
  },
  'block-ggn': {
    label: 'block-GGN',
    family: 'cg-ggn',
    build: ({ problem, options }) => {
      const blocks = blockGgnMatrices(problem, { ...options, partition: 'layer' });
      return {
        operator: directSumOperator(blocks.map(({ matrix }) => denseOperator(matrix, 'psd'))),
        stored: blocks.reduce((sum, { matrix }) => sum + matrix.data.length, 0),
      };
    },
    judge: (_, built) => built,
  },
  hessian: {
    label: 'Hessian',
    family: 'cg-hessian',
    build: ({ problem }) => ({ operator: hessianOperator(problem), stored: 0 }),
    judge: ({ hessian }) => denseOperator(hessian(), 'symmetric'),
  },
};

const SHORTS = { ggn: 'GGN', 'block-ggn': 'B', hessian: 'H' } as const;

/** Everything that takes damped rules only. */
export const DAMPED_APPROACHES: readonly Approach[] = [
  directApproach(
    { id: 'block-tridiagonal-cholesky', label: 'block-tridiagonal GGN, Cholesky', short: 'T·chol' },
    ({ problem, options }, lambda) => ({
      inverse: blockTridiagonalInverse(problem, lambda, options),
      stored: tridiagonalNumbers(problem.model.sites),
    }),
  ),
  directApproach(
    { id: 'layer-chain', label: 'chain of layer pairs', short: 'C' },
    ({ problem, options }, lambda) => ({
      inverse: chainInverse(problem, lambda, options),
      stored: chainNumbers(problem.model.sites),
    }),
  ),
  stepsApproach('ggn', 'ekfac'),
  stepsApproach('ggn', 'kfac'),
  stepsApproach('block-ggn', 'ekfac'),
  stepsApproach('hessian', 'ekfac'),
];

/** No answer where the damping does not make the matrix definite. */
function directApproach(
  name: Approach['answers'][number],
  build: (network: Network, lambda: number) => { readonly inverse: LinearOperator; readonly stored: number },
): Approach {
  return {
    id: name.id,
    family: 'neighbours',
    answers: [name],
    details: [],
    rules: 'damped',
    prepare: (network) => (rule) => {
      try {
        const built = cpuTimed(() => build(network, dampingOf(rule)));
        const { inverse, stored } = built.result;
        const solved = cpuTimed(() => inverse.applyRows(network.queries));
        const sample = inverse.applyRows(network.sample);
        const seconds = built.seconds + solved.seconds;
        return [{ id: name.id, queries: solved.result, sample, seconds, stored, details: {} }];
      } catch (error) {
        if (error instanceof NotPositiveDefiniteError) return undefined;
        throw error;
      }
    },
  };
}

function stepsApproach(target: keyof typeof TARGETS, preconditioner: Preconditioner): Approach {
  const { label, family, build, judge } = TARGETS[target];
  const by = CURVATURES[preconditioner].label;
  const name = (m: number): string => `${target}-cg-${preconditioner}-${m}`;
  return {
    id: `${target}-cg-${preconditioner}`,
    family,
    answers: STEPS.map((m) => ({
      id: name(m),
      label: `${label}, ${m} CG ${m === 1 ? 'step' : 'steps'} from ${by}`,
      short: `${SHORTS[target]}+${m}${preconditioner === 'kfac' ? 'K' : ''}`,
    })),
    details: ['stopped'],
    rules: 'damped',
    prepare: (network) => {
      const approximate = cpuTimed(() => CURVATURES[preconditioner].build(network.problem, network.options));
      const built = cpuTimed(() => build(network));
      const { operator, stored } = built.result;
      const seconds = approximate.seconds + built.seconds;
      return (rule) => {
        const cheap = { operator, inverse: approximate.result.inverse(rule), rule };
        const sample = snapshots({ ...cheap, operator: judge(network, operator) }, network.sample);
        return snapshots(cheap, network.queries).map(
          (state, k): Answer => ({
            id: name(STEPS[k]),
            queries: state.x,
            sample: sample[k].x,
            seconds: seconds + state.seconds,
            stored: stored + storedNumbers(approximate.result, rule),
            details: { stopped: state.stopped },
          }),
        );
      };
    },
  };
}

/** The iterates after each of {@link STEPS}, with the seconds until then. */
function snapshots(
  { operator, inverse, rule }: { operator: LinearOperator; inverse: EigenOperator; rule: InverseRule },
  rows: Matrix,
): { x: Matrix; stopped: number; seconds: number }[] {
  const steps = conjugateSteps(shiftedOperator(operator, dampingOf(rule)), rows, inverse);
  const out: { x: Matrix; stopped: number; seconds: number }[] = [];
  const start = process.cpuUsage();
  for (let m = 1; m <= STEPS[STEPS.length - 1]; m++) {
    const { x, stopped } = steps.next().value;
    const { user, system } = process.cpuUsage(start);
    if (STEPS.includes(m)) out.push({ x, stopped, seconds: (user + system) / 1e6 });
  }
  return out;
}

function dampingOf(rule: InverseRule): number {
  if (rule.kind !== 'damped') throw new Error(`a damped rule is needed, got ${rule.kind}.`);
  return rule.lambda;
}
