/** @file A network as plain data that threads can send each other. */
import { asModel } from '../../autodiff/as-model.ts';
import { GraphNetwork, Mlp, type Network } from '../../autodiff/index.ts';
import { UnsupportedError } from '../../linalg/errors.ts';

/** What makes the same network again, to the bit: shapes and names, no parameters. */
export type PlainNetwork =
  | Pick<Mlp, 'sizes' | 'activation' | 'options'>
  | Pick<GraphNetwork, 'description' | 'parameters' | 'bufferTensors'>;

/** @throws {UnsupportedError} a network of neither kind, whose code no message can hold. */
export function plainNetwork(model: Network): PlainNetwork {
  if (model instanceof Mlp) {
    const { sizes, activation, options } = model;
    return { sizes, activation, options };
  }
  if (model instanceof GraphNetwork) {
    const { description, parameters, bufferTensors } = model;
    return { description, parameters, bufferTensors };
  }
  throw new UnsupportedError(
    `threads: a network must be an Mlp or a GraphNetwork to be sent to one, not ${model.constructor.name}.`,
  );
}

/** The reverse of {@link plainNetwork}. */
export function networkOf(plain: PlainNetwork): Network {
  return asModel('networkOf', 'the network sent', plain);
}
