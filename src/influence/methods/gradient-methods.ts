/** @file Gradient similarity at the final weights, as lines of the registry. */
import { gradientDot } from '../attributors/gradient-dot.ts';
import type { Measurement } from '../measurement.ts';
import { fittedMethod } from './fitted-method.ts';
import { type FittedMethod, type Method, type MethodContext, method } from './method.ts';

const COST = { fit: 'nothing', score: 'Q·N·D', memory: 'two chunks of gradients' };

/** Dot product. */
export const GRAD_DOT: Method<object> = method<object>({
  name: 'grad-dot',
  label: 'Gradient dot',
  approximates: '∇m·∇L: influence with C = I, or one step of gradient descent taken back',
  cost: COST,
  options: {},
  needsTrajectory: false,
  modules: true,
  scaled: false,
  reference: 'Charpiat et al., Input similarity from the neural network perspective (2019)',
  fit: (options, context) => similarity('dot', options.measurement, context),
});

/** Cosine. */
export const GRAD_COS: Method<object> = method<object>({
  name: 'grad-cos',
  label: 'Gradient cosine',
  approximates: 'the cosine of ∇m and ∇L: gradient dot without the norms; not linear in the training example',
  cost: COST,
  options: {},
  needsTrajectory: false,
  modules: true,
  scaled: false,
  reference: 'Charpiat et al., Input similarity from the neural network perspective (2019)',
  fit: (options, context) => similarity('cosine', options.measurement, context),
});

function similarity(kind: 'dot' | 'cosine', measurement: Measurement, context: MethodContext): FittedMethod {
  const attributor = gradientDot({ similarity: kind, measurement }).fit(context.fitted, context.train);
  return fittedMethod(context, attributor, { settings: {} });
}
