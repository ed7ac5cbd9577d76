/** @file Gradient similarity at the final weights, as lines of the registry. */
import { gradientDot } from '../gradient-dot.ts';
import { fittedMethod, type measurementOf } from './fitted-method.ts';
import type { MethodDescription } from './method.ts';

const COST = { fit: 'nothing', score: 'Q·N·D', memory: 'two chunks of gradients' };

/** Dot product and cosine. */
export const GRADIENT_METHODS: { readonly [K in 'grad-dot' | 'grad-cos']: MethodDescription } = {
  'grad-dot': {
    name: 'grad-dot',
    label: 'Gradient dot',
    approximates: '∇m·∇L: influence with C = I, or one step of gradient descent taken back',
    cost: COST,
    hyperparameters: [],
    needsTrajectory: false,
    scaled: false,
    reference: 'Charpiat et al., Input similarity from the neural network perspective (2019)',
    fit: (options, context) => similarity('dot', options.measurement, context),
  },
  'grad-cos': {
    name: 'grad-cos',
    label: 'Gradient cosine',
    approximates:
      'the cosine of ∇m and ∇L: gradient dot without the norms; not linear in the training example',
    cost: COST,
    hyperparameters: [],
    needsTrajectory: false,
    scaled: false,
    reference: 'Charpiat et al., Input similarity from the neural network perspective (2019)',
    fit: (options, context) => similarity('cosine', options.measurement, context),
  },
};

function similarity(
  kind: 'dot' | 'cosine',
  measurement: Parameters<typeof measurementOf>[0]['measurement'],
  context: Parameters<MethodDescription['fit']>[1],
): ReturnType<MethodDescription['fit']> {
  const of = gradientDot({ similarity: kind, ...(measurement === undefined ? {} : { measurement }) });
  return fittedMethod(context, of.fit(context.fitted, context.train), { settings: {} });
}
