/** @file Training in float32. */
import { UnsupportedError } from '../../linalg/errors.ts';
import type { DatasetInput } from '../dataset.ts';
import { asLoss, type Loss } from '../functions.ts';
import { LOSS_TABLE } from '../losses/table.ts';
import { Mlp } from '../mlp.ts';
import type { Network } from '../network.ts';
import { Trainer } from '../train.ts';
import type { TrainingOptions } from '../training-config.ts';
import { float32Descent, isFloat32Optimiser } from './optimiser.ts';
import { type Float32Functions, Float32Step } from './step.ts';

/** What numbers a trainer computes in. */
export type Precision = 'float64' | 'float32';

const FUNCTIONS: Readonly<Record<string, Float32Functions['activation']>> = {
  identity: undefined,
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  relu: 'relu',
};

/**
 * A {@link Trainer} that computes in float32, as PyTorch does by default: about twice as fast, meant for the many retrainings that judge scores. θ,
 * gradients, the optimiser's states, activations and losses are float32 numbers; θ is returned as doubles that float32 holds exactly. Starts are those
 * of {@link Trainer} rounded, and so are the orders of the examples, so that a run in float32 is the run in float64 up to rounding, which training
 * amplifies as it amplifies any disturbance. Results of the two must not be mixed in one set of retrainings.
 *
 * Both kernel tiers give the same bits. Gradients, curvatures and scores have no float32 form: they stay in doubles.
 *
 * @param model - An Mlp without ties, with the activation tanh, relu, sigmoid or identity.
 * @param loss - `cross-entropy` or `squared-error`. @param config - As of {@link Trainer}; the optimiser is SGD or `adamW()`.
 * @throws {UnsupportedError} another network, activation, loss or optimiser: names it. @throws as {@link Trainer}.
 * Cost: no allocation of arrays per step; a float32 copy of the inputs per size of batch that occurs.
 * Accuracy as tested: a few float32 roundings from PyTorch's float32 training after 20 steps.
 * @example new Float32Trainer(model, 'cross-entropy', train, { epochs: 50 }).train({ seed: 0 });
 */
export class Float32Trainer extends Trainer {
  readonly precision: Precision = 'float32';

  constructor(model: Network, loss: Loss, data: DatasetInput, config: TrainingOptions = {}) {
    super(model, loss, data, config);
    const reason = whyNotFloat32(this);
    if (reason !== undefined) throw new UnsupportedError(`Float32Trainer: ${reason}`);
  }

  protected override newStep(size: number): Float32Step {
    const { model, loss, config, data } = this;
    const functions = functionsOf(model as Mlp, loss);
    return new Float32Step(model as Mlp, functions, size, float32Descent(config), data);
  }
}

function functionsOf({ activation }: Mlp, loss: Loss): Float32Functions {
  const classes = asLoss('Float32Trainer', 'loss', loss) === LOSS_TABLE['cross-entropy'];
  return { activation: FUNCTIONS[activation], loss: classes ? 'crossEntropy' : 'squaredError' };
}

/** Why training cannot be done in float32; undefined where it can. */
function whyNotFloat32({ model, loss, config }: Trainer): string | undefined {
  if (!(model instanceof Mlp)) return 'only an Mlp is trained in float32; other networks are in float64.';
  if (model.options.ties.length > 0)
    return 'an Mlp with tied layers is not trained in float32, only in float64.';
  if (model.layers.length > 1 && !(model.activation in FUNCTIONS))
    return `the activation ${model.activation} has no float32 form; ${Object.keys(FUNCTIONS).join(', ')} have.`;
  const definition = asLoss('Float32Trainer', 'loss', loss);
  if (!Object.values(LOSS_TABLE).some((known) => known === definition))
    return `this loss has no float32 form; ${Object.keys(LOSS_TABLE).join(' and ')} have.`;
  if (!isFloat32Optimiser(config.optimiser))
    return `the optimiser ${config.optimiser?.name} has no float32 form; SGD and AdamW have.`;
  return undefined;
}
