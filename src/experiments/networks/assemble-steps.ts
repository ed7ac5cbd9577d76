/** @file The Kronecker step of a network over its base networks: shares of the error, overlaps, layer by layer. */
import { finiteOrNull } from '../files/json-number.ts';
import { aroundModels } from '../judging/estimate.ts';
import { average } from '../judging/judge.ts';
import type { StoredCurvatures } from './network-tasks.ts';
import type { LayerEntry, OverNetworks, StepEntry } from './networks-results.ts';
import { overNetworks } from './over-networks.ts';

type StoredStep = StoredCurvatures['steps'][number];
type StoredLayer = StoredStep['layers'][number];

/** Each form of the step. @param found - Of each base network. */
export function stepEntries(found: readonly StoredCurvatures[]): StepEntry[] {
  const [first] = found;
  return first.steps.map(({ form, layers }, k): StepEntry => {
    const own = found.map(({ steps }) => steps[k]);
    const overlap = (
      field: 'eigenvalueOverlapEkfac' | 'eigenvalueOverlapKfac' | 'basisOverlapEkfac' | 'basisOverlapKfac',
    ) => overNetworks(own.map((step) => step[field]));
    return {
      form,
      shares: shares(found, form),
      eigenvalueOverlapEkfac: overlap('eigenvalueOverlapEkfac'),
      eigenvalueOverlapKfac: overlap('eigenvalueOverlapKfac'),
      basisOverlapEkfac: overlap('basisOverlapEkfac'),
      basisOverlapKfac: overlap('basisOverlapKfac'),
      shared: together(own, ({ positions }) => positions > 1),
      unshared: together(own, ({ positions }) => positions === 1),
      layers: layers.map(({ layer, op, parameters, positions }, l): LayerEntry => {
        const same = own.map((step) => step.layers[l]);
        return {
          ...{ layer, op, parameters, positions },
          norm: average(same.map(({ norm }) => norm)),
          ekfac: overNetworks(same.map(({ ekfac }) => ekfac)),
          kfac: overNetworks(same.map(({ kfac }) => kfac)),
        };
      }),
    };
  });
}

/**
 * What each step adds to the mean error over networks, as a share of the gap from the Hessian to K-FAC; the interval is Student's, from the shares
 * without each network. `values`: of each network by itself.
 */
function shares(found: readonly StoredCurvatures[], form: StepEntry['form']): StepEntry['shares'] {
  const suffix = form === 'one' ? '' : `-${form}`;
  const chain = ['hessian', 'ggn', 'block-ggn', `ekfac${suffix}`, `kfac${suffix}`];
  const share = (networks: readonly StoredCurvatures[], step: number): number => {
    const errors = chain.map((id) => average(networks.map(({ rungs }) => rungs[id].error ?? Number.NaN)));
    return (errors[step + 1] - errors[step]) / (errors[errors.length - 1] - errors[0]);
  };
  return chain.slice(1).map((to, step) => {
    const whole = share(found, step);
    const { value, lo, hi } = aroundModels(
      whole,
      found.length < 2
        ? []
        : found.map((_, m) =>
            share(
              found.filter((_one, n) => n !== m),
              step,
            ),
          ),
    );
    return {
      from: chain[step],
      to,
      share: {
        mean: finiteOrNull(value ?? Number.NaN),
        ci: [finiteOrNull(lo ?? Number.NaN), finiteOrNull(hi ?? Number.NaN)],
        values: found.map((one) => finiteOrNull(share([one], step))),
      },
    };
  });
}

/** Layers taken together; scale and shift of norms, which have no Kronecker product, are left out. */
function together(
  steps: readonly StoredStep[],
  member: (layer: StoredLayer) => boolean,
): { readonly ekfac: OverNetworks; readonly kfac: OverNetworks } | null {
  const factored = (layer: StoredLayer): boolean => !layer.op.endsWith('-norm') && member(layer);
  if (!steps[0].layers.some(factored)) return null;
  const of = (kind: 'ekfac' | 'kfac'): OverNetworks =>
    overNetworks(
      steps.map(({ layers }) => {
        const own = layers.filter(factored);
        const gap = own.reduce((sum, layer) => sum + (layer[kind] * layer.norm) ** 2, 0);
        const whole = own.reduce((sum, { norm }) => sum + norm ** 2, 0);
        return finiteOrNull(Math.sqrt(gap / whole));
      }),
    );
  return { ekfac: of('ekfac'), kfac: of('kfac') };
}
