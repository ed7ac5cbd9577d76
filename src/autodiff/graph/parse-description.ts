/** @file Reading an architecture.json strictly: a frozen description, or one error that names node and field. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { describe } from '../../linalg/border/describe.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import { jsonKeys, nestingDepth } from '../../linalg/io/json-keys.ts';
import { isStoredLoss, STORED_LOSSES } from '../losses/loss-name.ts';
import { NODE_FORMS, NODE_OPS } from './attributes.ts';
import type { DescribedInput, DescribedNode, NetworkDescription, NodeOp } from './description.ts';
import { ARCHITECTURE_FORMAT, INPUT_ID } from './description.ts';
import {
  asRecord,
  type Field,
  list,
  MAX_SIZE,
  name,
  optional,
  quoted,
  readFields,
  refuse,
  whole,
  word,
} from './fields.ts';

/** A text or a list of nodes longer than this is no network that could be computed with. */
const MAX_LENGTH = 10_000_000;
const MAX_NODES = 100_000;
/** The outermost object, its nodes, a node, its lists; one more is refused where it stands. */
const MAX_DEPTH = 8;

const anything: Field = { expected: 'a value', optional: false, read: (value) => value };
const lossName: Field = {
  expected: `one of ${STORED_LOSSES.join(', ')}`,
  optional: false,
  read: (value) => (isStoredLoss(value) ? value : undefined),
};
const head = {
  format: word(ARCHITECTURE_FORMAT),
  version: whole(1),
  input: anything,
  nodes: list({ ...anything, expected: 'a node' }, 1, MAX_NODES),
  output: name,
  loss: optional(lossName),
};

/**
 * Reads an architecture.json: the description of a network, checked as far as it goes without shapes.
 *
 * @param source - The text, or what JSON.parse makes of it. Not modified, and not held.
 * @returns a new description, frozen throughout.
 * @throws {FormatError} text that is no JSON or has a key twice; a field that is missing, unknown, or of another type or range; an id that
 * is there twice; an operand that is not an earlier node; a node that the output does not need; one line that names node and field.
 * @throws {UnsupportedError} a later version, or an unknown op. @throws {DomainError} neither text nor object. Not checked: shapes.
 * @example
 * parseDescription({
 *   format: 'eigenfluence-architecture',
 *   version: 1,
 *   input: { kind: 'real', shape: [4] },
 *   nodes: [{ id: 'fc', op: 'linear', inputs: ['x'], weight: 'fc.weight', bias: 'fc.bias' }],
 *   output: 'fc',
 * }).nodes[0].op; // 'linear'
 */
export function parseDescription(source: string | object): NetworkDescription {
  const value = typeof source === 'string' ? parseText(source) : source;
  checkObject('parseDescription', 'source', value);
  const { version } = asRecord('the description', value);
  if (Number.isInteger(version) && (version as number) > 1)
    throw new UnsupportedError(`architecture: version ${String(version)} is not supported; 1 is.`);
  const read = readFields<NetworkDescription>('the description', value, head);
  const description = Object.freeze({ ...read, input: readInput(read.input), nodes: readNodes(read.nodes) });
  checkOutput(description);
  checkPaddingTokens(description);
  return description;
}

function parseText(text: string): unknown {
  if (text.length > MAX_LENGTH) refuse(`it has ${text.length} characters, more than ${MAX_LENGTH}.`);
  if (nestingDepth(text) > MAX_DEPTH) refuse(`it is nested more than ${MAX_DEPTH} deep.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    refuse('it is not JSON.');
  }
  asRecord('the description', value);
  const { twice } = jsonKeys(text);
  if (twice !== undefined) refuse(`the key ${quoted(twice)} occurs twice in one object.`);
  return value;
}

function readInput(value: unknown): DescribedInput {
  const token = { kind: word('real', 'token'), length: whole(1), vocabulary: whole(1) };
  const real = { kind: word('real', 'token'), shape: list(whole(1), 1) };
  const { kind } = asRecord('input', value);
  const input = readFields<DescribedInput>('input', value, (kind === 'token' ? token : real) as never);
  if (input.kind === 'real' && input.shape.reduce((a, b) => a * b, 1) > MAX_SIZE)
    refuse(`input: shape must have at most ${MAX_SIZE} elements, got [${input.shape.join(', ')}].`);
  return Object.freeze(input);
}

function readNodes(values: readonly unknown[]): readonly DescribedNode[] {
  const known = new Set([INPUT_ID]);
  const nodes = values.map((value, at): DescribedNode => {
    const node = readNode(value, at);
    if (known.has(node.id))
      refuse(
        node.id === INPUT_ID
          ? `nodes[${at}]: id must not be '${INPUT_ID}', which is the input.`
          : `nodes[${at}]: id ${quoted(node.id)} is there twice.`,
      );
    const missing = node.inputs.find((operand) => !known.has(operand));
    if (missing !== undefined)
      refuse(
        `node ${quoted(node.id)}: inputs must name '${INPUT_ID}' or earlier nodes, got ${quoted(missing)}.`,
      );
    known.add(node.id);
    return node;
  });
  return Object.freeze(nodes);
}

function readNode(value: unknown, at: number): DescribedNode {
  const { id, op } = asRecord(`nodes[${at}]`, value);
  const what = typeof id === 'string' && name.read(id) !== undefined ? `node ${quoted(id)}` : `nodes[${at}]`;
  if (typeof op !== 'string') refuse(`${what}: op must be the name of an op, got ${describe(op)}.`);
  if (!NODE_OPS.includes(op as NodeOp))
    throw new UnsupportedError(
      `architecture: ${what}: op ${quoted(op)} is not supported; supported are ${NODE_OPS.join(', ')}.`,
    );
  const { operands, attributes } = NODE_FORMS[op as NodeOp];
  const fields = { id: name, op: word(op), inputs: list(name, ...operands), ...attributes };
  const node = readFields<DescribedNode>(what, value, fields);
  if (node.op === 'split' && node.stop <= node.start)
    refuse(`${what}: stop must be > start = ${node.start}, got ${node.stop}.`);
  if (node.op === 'transpose' && Math.max(...node.axes) >= node.axes.length)
    refuse(`${what}: axes must name each axis from 0 once, got [${node.axes.join(', ')}].`);
  return Object.freeze(node);
}

/** A token that no input can have would leave nothing out, without a word. */
function checkPaddingTokens({ input, nodes }: NetworkDescription): void {
  if (input.kind !== 'token') return;
  for (const node of nodes)
    if ('paddingToken' in node && node.paddingToken !== undefined && node.paddingToken >= input.vocabulary)
      refuse(
        `node ${quoted(node.id)}: paddingToken must be in the vocabulary, 0..${input.vocabulary - 1}, got ${node.paddingToken}.`,
      );
}

/** The output is a node, and needs all others. */
function checkOutput({ nodes, output }: NetworkDescription): void {
  const needed = new Set([output]);
  for (const { id, inputs } of [...nodes].reverse()) {
    if (!needed.has(id)) {
      if (needed.size === 1 && !nodes.some((node) => node.id === output))
        refuse(`the description: output must be the id of a node, got ${quoted(output)}.`);
      refuse(`node ${quoted(id)} is not needed for the output ${quoted(output)}.`);
    }
    for (const operand of inputs) needed.add(operand);
  }
  if (!needed.has(INPUT_ID)) refuse(`the output ${quoted(output)} does not depend on the input.`);
}
