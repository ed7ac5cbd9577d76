/** @file Controls without gradients, as lines of the registry. */
import { labelControl, randomControl } from '../baselines/controls.ts';
import { SEED } from './common-hyperparameters.ts';
import { fittedMethod, undefinedShare } from './fitted-method.ts';
import { type Method, method } from './method.ts';

const COST = { fit: 'N', score: 'Q·N', memory: 'N' };
const UNSEEN = undefinedShare('a control looks at no gradient');
const REFERENCE = 'a control of this library: what any method must beat';

/** What `random` reads. */
export interface RandomOptions {
  readonly seed: number;
}

/** Random scores. */
export const RANDOM: Method<RandomOptions> = method<RandomOptions>({
  name: 'random',
  label: 'Random',
  approximates: 'nothing: standard normal scores, whose expected LDS is 0',
  cost: COST,
  options: { seed: SEED },
  needsTrajectory: false,
  scaled: false,
  reference: REFERENCE,
  fit(options, context) {
    const { seed } = options;
    const attributor = randomControl({ seed, measurement: options.measurement }).fit(
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
});

/** Labels alone. */
export const LABEL: Method<object> = method<object>({
  name: 'label',
  label: 'Label only',
  approximates: 'all of a query’s own class help equally, no other example does',
  cost: COST,
  options: {},
  needsTrajectory: false,
  scaled: false,
  reference: REFERENCE,
  fit(options, context) {
    const attributor = labelControl({ measurement: options.measurement }).fit(context.fitted, context.train);
    return fittedMethod(context, attributor, { settings: {}, parameters: 0, discarded: UNSEEN });
  },
});
