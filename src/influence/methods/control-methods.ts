/** @file Controls without gradients, as lines of the registry. */
import { labelControl, randomControl } from '../baselines/controls.ts';
import { SEED } from './common-hyperparameters.ts';
import { fittedMethod, measurementOf, undefinedShare } from './fitted-method.ts';
import type { MethodDescription } from './method.ts';

const COST = { fit: 'N', score: 'Q·N', memory: 'N' };
const UNSEEN = undefinedShare('a control looks at no gradient');
const REFERENCE = 'a control of this library: what any method must beat';

/** Random scores, and labels alone. */
export const CONTROL_METHODS: { readonly [K in 'random' | 'label']: MethodDescription } = {
  random: {
    name: 'random',
    label: 'Random',
    approximates: 'nothing: standard normal scores, whose expected LDS is 0',
    cost: COST,
    hyperparameters: [SEED],
    needsTrajectory: false,
    scaled: false,
    reference: REFERENCE,
    fit(options, context) {
      const { seed = 0 } = options;
      const attributor = randomControl({ seed, measurement: measurementOf(options) }).fit(
        context.fitted,
        context.train,
      );
      return fittedMethod(context, attributor, {
        settings: { seed },
        seed,
        parameters: 0,
        discarded: UNSEEN,
      });
    },
  },
  label: {
    name: 'label',
    label: 'Label only',
    approximates: 'all of a query’s own class help equally, no other example does',
    cost: COST,
    hyperparameters: [],
    needsTrajectory: false,
    scaled: false,
    reference: REFERENCE,
    fit(options, context) {
      const attributor = labelControl({ measurement: measurementOf(options) }).fit(
        context.fitted,
        context.train,
      );
      return fittedMethod(context, attributor, { settings: {}, parameters: 0, discarded: UNSEEN });
    },
  },
};
