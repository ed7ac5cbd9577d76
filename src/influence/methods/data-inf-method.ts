/** @file DataInf, as a line of the registry. */
import { dataInf } from '../baselines/data-inf.ts';
import { fittedMethod } from './fitted-method.ts';
import { LAYER_LAMBDA, layerLambda, layerSetting, layerWarnings } from './layer-damping-option.ts';
import { type Filled, type FittedMethod, type Method, type MethodContext, method } from './method.ts';

/** What `datainf` reads. */
export interface DataInfOptions {
  readonly damping: number | 'auto' | undefined;
}

/** DataInf. */
export const DATAINF: Method<DataInfOptions> = method<DataInfOptions>({
  name: 'datainf',
  label: 'DataInf',
  approximates:
    'influence with the inverse of the layer-wise empirical Fisher replaced by the mean of the inverses of its terms',
  cost: { fit: 'N·D', score: '3·Q·N·D', memory: 'three chunks of gradients' },
  options: {
    damping: LAYER_LAMBDA,
  },
  needsTrajectory: false,
  modules: true,
  scaled: true,
  reference:
    'Kwon et al., DataInf: efficiently estimating data influence in LoRA-tuned LLMs and diffusion models (2023), Eqs. 4 and 5',
  fit: fitDataInf,
});

function fitDataInf(options: Filled<DataInfOptions>, context: MethodContext): FittedMethod {
  const damping = layerLambda(options.damping);
  const attributor = dataInf({ damping, measurement: options.measurement }).fit(
    context.fitted,
    context.train,
  );
  return fittedMethod(context, attributor, {
    settings: { damping: layerSetting(attributor.dampings) },
    damping: typeof damping === 'number' ? damping : undefined,
    warnings: layerWarnings(damping, context),
  });
}
