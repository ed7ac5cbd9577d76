/** @file A described network as files: architecture.json, and tensors with metadata that say it again. */
import { checkOptions, checkString } from '../../linalg/border/arguments.ts';
import { checkInstance } from '../../linalg/border/instances.ts';
import type { VectorInput } from '../../linalg/border/vector.ts';
import type { TensorInput } from '../../linalg/io/safetensors.ts';
import { asLoss, functionName } from '../functions.ts';
import {
  ARCHITECTURE_KEY,
  LOSS_KEY,
  type NetworkFacts,
  PREPROCESSING_KEY,
  VERSION_KEY,
} from '../network-metadata.ts';
import { GraphNetwork } from './graph-network.ts';

/** What {@link writeGraphNetwork} gives. */
export interface WrittenNetwork {
  /** The text of an architecture.json, as `parseDescription` and `GraphNetwork` read it. */
  readonly architecture: string;
  /** For `writeSafetensors`: parameters in the order in which the nodes first name them, then buffers; PyTorch's shapes, F64. */
  readonly tensors: ReadonlyMap<string, TensorInput>;
  /** `__metadata__`: the architecture once more, and what else is known. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The files of a network: read again, they give the same bits.
 *
 * @param theta - Its parameters in our layout, [parameterCount]. @param facts - `loss` stands in the description too.
 * @throws {ShapeError} θ of another length. @throws {DomainError} no GraphNetwork; a fact that is none.
 * @example
 * const { architecture, tensors, metadata } = writeGraphNetwork(model, theta, { loss: 'cross-entropy' });
 * const again = readSafetensors(writeSafetensors(tensors, metadata));
 * new GraphNetwork(architecture, again, again).fromTensors(again); // theta
 */
export function writeGraphNetwork(
  model: GraphNetwork,
  theta: VectorInput,
  facts: NetworkFacts = {},
): WrittenNetwork {
  const where = 'writeGraphNetwork';
  checkInstance(where, 'model', model, GraphNetwork, 'a GraphNetwork');
  checkOptions(where, facts, ['loss', 'preprocessing', 'version'], 'facts');
  const { preprocessing, version } = facts;
  if (facts.loss !== undefined) asLoss(where, 'loss', facts.loss);
  const loss = facts.loss === undefined ? model.description.loss : functionName(facts.loss);
  if (preprocessing !== undefined) checkString(where, 'preprocessing', preprocessing);
  if (version !== undefined) checkString(where, 'version', version);
  const description = { ...model.description, ...(loss === undefined ? {} : { loss }) };
  return {
    architecture: `${JSON.stringify(description, null, 1)}\n`,
    tensors: new Map<string, TensorInput>([...model.toTensors(theta), ...model.bufferTensors]),
    metadata: {
      [ARCHITECTURE_KEY]: JSON.stringify(description),
      ...(loss === undefined ? {} : { [LOSS_KEY]: loss }),
      ...(preprocessing === undefined ? {} : { [PREPROCESSING_KEY]: preprocessing }),
      ...(version === undefined ? {} : { [VERSION_KEY]: version }),
    },
  };
}
