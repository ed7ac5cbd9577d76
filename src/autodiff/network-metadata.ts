/** @file What a file of parameters says of its network: architecture, loss, preprocessing, and which names are one tensor. */
import { checkOptions, checkString } from '../linalg/border/arguments.ts';
import { asMlp } from './as-model.ts';
import type { Activation, Loss } from './functions.ts';
import { ACTIVATIONS, activationAttributes, asLoss, functionName } from './functions.ts';
import { isStoredLoss, STORED_LOSSES, type StoredLoss } from './losses/loss-name.ts';
import type { Mlp } from './mlp.ts';
import { refuse } from './refuse-parameters.ts';
import { torchTensors } from './torch-order.ts';

/** Keys of `__metadata__`. */
export const ARCHITECTURE_KEY = 'eigenfluence.architecture';
export const LOSS_KEY = 'eigenfluence.loss';
export const PREPROCESSING_KEY = 'eigenfluence.preprocessing';
export const VERSION_KEY = 'eigenfluence.version';

const FORMAT = 'eigenfluence-architecture';
/** A description longer than this is no MLP's. */
const MAX_LENGTH = 10_000_000;

/** What is known beside the model itself. */
export interface NetworkFacts {
  readonly loss?: Loss;
  /** What was done to the inputs before training: 'none', or in words. */
  readonly preprocessing?: string;
  /** Version of the program that writes. */
  readonly version?: string;
}

/**
 * `__metadata__` for the tensors of `writeTorchParameters`: the architecture as JSON (format eigenfluence-architecture, version 1), what else is
 * known, and for tied layers the names that are not stored → those that are, as `safetensors.torch.save_model` writes them.
 *
 * @example writeSafetensors(writeTorchParameters(model, theta), networkMetadata(model, { loss: 'cross-entropy' }));
 */
export function networkMetadata(model: Mlp, facts: NetworkFacts = {}): Record<string, string> {
  const where = 'networkMetadata';
  const network = asMlp(where, 'model', model);
  checkOptions(where, facts, ['loss', 'preprocessing', 'version'], 'facts');
  const { loss, preprocessing, version } = facts;
  if (loss !== undefined) asLoss(where, 'loss', loss);
  if (preprocessing !== undefined) checkString(where, 'preprocessing', preprocessing);
  if (version !== undefined) checkString(where, 'version', version);
  const out: Record<string, string> = {};
  for (const [name, kept] of tensorNames(network)) if (name !== kept) out[name] = kept;
  out[ARCHITECTURE_KEY] = JSON.stringify(describe(network, loss));
  if (loss !== undefined) out[LOSS_KEY] = functionName(loss);
  if (preprocessing !== undefined) out[PREPROCESSING_KEY] = preprocessing;
  if (version !== undefined) out[VERSION_KEY] = version;
  return out;
}

/** Every name of an nn.Sequential of this shape → the name under which the tensor is stored: its own, or that of the layer it is tied to. */
export function tensorNames(model: Mlp): ReadonlyMap<string, string> {
  const stored = torchTensors(model);
  const out = new Map<string, string>();
  for (const { index, offset, bias } of model.layers)
    for (const [kind, first] of [
      ['weight', 0],
      ['bias', bias],
    ] as const) {
      const owner = stored.find((tensor) => tensor.offset === offset && tensor.first === first);
      if (owner !== undefined) out.set(`${2 * index}.${kind}`, `${2 * owner.layer}.${kind}`);
    }
  return out;
}

function describe(model: Mlp, loss: Loss | undefined): object {
  const names = tensorNames(model);
  const nodes: object[] = [];
  let before = 'x';
  for (const { index, bias } of model.layers) {
    const id = `${2 * index}`;
    const own = {
      weight: names.get(`${id}.weight`),
      ...(bias === undefined ? {} : { bias: names.get(`${id}.bias`) }),
    };
    nodes.push({ id, op: 'linear', inputs: [before], ...own });
    before = id;
    if (index + 1 === model.layers.length || model.activation === 'identity') continue;
    const between = { id: `${2 * index + 1}`, op: model.activation, inputs: [before] };
    nodes.push({ ...between, ...activationAttributes(model.activation) });
    before = between.id;
  }
  return {
    format: FORMAT,
    version: 1,
    input: { kind: 'real', shape: [model.inputs] },
    nodes,
    output: before,
    ...(loss === undefined ? {} : { loss: functionName(loss) }),
  };
}

/** A chain of linear layers, as a description has it. */
export interface DescribedNetwork {
  readonly inputs: number;
  /** Undefined: one layer, so nothing lies between. */
  readonly activation: Activation | undefined;
  readonly layers: readonly {
    readonly id: string;
    readonly weight: string;
    readonly bias: string | undefined;
  }[];
  readonly loss: StoredLoss | undefined;
}

/**
 * Reads a description, as far as it is an MLP's.
 *
 * @throws {FormatError} not JSON, another format or version, an op that an MLP does not have, no chain, activations of several kinds.
 */
export function readArchitecture(text: string): DescribedNetwork {
  if (text.length > MAX_LENGTH) bad(`it has ${text.length} characters, more than ${MAX_LENGTH}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    bad('it is not JSON');
  }
  const { format, version, input, nodes, output, loss } = fields(value, 'it');
  if (format !== FORMAT) bad(`its format is ${shown(format)}, not ${FORMAT}`);
  if (version !== 1) bad(`its version is ${shown(version)}; 1 is known`);
  const { kind, shape } = fields(input, 'input');
  if (kind !== 'real' || !Array.isArray(shape) || shape.length !== 1 || !Number.isSafeInteger(shape[0]))
    bad('its input is not { kind: real, shape: [features] }: only that of an MLP is supported');
  if (!Array.isArray(nodes) || nodes.length === 0) bad('it has no nodes');
  const layers: { id: string; weight: string; bias: string | undefined }[] = [];
  const between: (Activation | undefined)[] = [];
  const ids = new Set(['x']);
  let before = 'x';
  let pending: Activation | undefined;
  for (const node of nodes as unknown[]) {
    const described = fields(node, 'a node');
    const { id, op, inputs, weight, bias } = described;
    if (typeof id !== 'string' || ids.has(id)) bad(`the id ${shown(id)} is none, or is there twice`);
    if (!Array.isArray(inputs) || inputs.length !== 1 || inputs[0] !== before)
      bad(`node ${shown(id)} does not follow ${shown(before)}: only a chain of layers is supported`);
    ids.add(id);
    before = id;
    if (op === 'linear') {
      if (typeof weight !== 'string' || (bias !== undefined && typeof bias !== 'string'))
        bad(`node ${shown(id)} does not name its weight and bias`);
      if (layers.length > 0) between.push(pending ?? 'identity');
      else if (pending !== undefined)
        bad('an activation comes before the first linear layer, which is not supported');
      pending = undefined;
      layers.push({ id, weight, bias });
      continue;
    }
    const activation = ACTIVATIONS.find((known) => known === op);
    if (activation === undefined)
      bad(
        `node ${shown(id)} is ${shown(op)}: only linear layers with one activation between them are supported`,
      );
    for (const [attribute, form] of Object.entries(activationAttributes(activation)))
      if (described[attribute] !== undefined && described[attribute] !== form)
        bad(
          `node ${shown(id)} is ${activation} with ${attribute} = ${shown(described[attribute])}; only ${shown(form)} is supported`,
        );
    if (pending !== undefined) bad(`node ${shown(id)} is a second activation in a row`);
    pending = activation;
  }
  if (pending !== undefined && pending !== 'identity')
    bad('an activation comes after the last linear layer, which is not supported');
  if (layers.length === 0) bad('it has no linear layer');
  if (output !== before) bad(`its output is ${shown(output)}, not the last node`);
  const activation = between[0];
  if (between.some((other) => other !== activation))
    bad(`it has several activations (${[...new Set(between)].join(', ')}); one is supported`);
  return { inputs: shape[0], activation, layers, loss: loss === undefined ? undefined : readLoss(loss) };
}

/** @throws {FormatError} not the name of a loss. */
export function readLoss(value: unknown): StoredLoss {
  if (!isStoredLoss(value))
    refuse(
      `the loss ${shown(value)} in the file's metadata is unknown; known are ${STORED_LOSSES.join(', ')}.`,
    );
  return value;
}

/**
 * The names in `__metadata__` that stand for other tensors of the file, followed to the ones that are there.
 *
 * @param metadata - As in the file; entries that are no names of parameters are passed over.
 * @param stored - Names of the tensors.
 * @throws {FormatError} a name that leads to no tensor, in a circle, or that is itself a tensor.
 */
export function readAliases(
  metadata: ReadonlyMap<string, string>,
  stored: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  const parameter = /^(.*\.)?(weight|bias)$/;
  for (const [name, first] of metadata) {
    if (!parameter.test(name) || !(parameter.test(first) || stored.has(first))) continue;
    if (stored.has(name))
      refuse(`__metadata__ says that ${shown(name)} is ${shown(first)}, but both are in the file.`);
    let kept = first;
    const seen = new Set([name]);
    while (!stored.has(kept)) {
      const next = metadata.get(kept);
      if (next === undefined || seen.has(kept))
        refuse(`__metadata__ says that ${shown(name)} is ${shown(first)}, which is not in the file.`);
      seen.add(kept);
      kept = next;
    }
    out.set(name, kept);
  }
  return out;
}

function fields(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) bad(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, 60))
    : typeof value === 'number'
      ? `${value}`
      : `of type ${typeof value}`;
}

function bad(problem: string): never {
  return refuse(`the ${ARCHITECTURE_KEY} of the file is not one that is read: ${problem}.`);
}
