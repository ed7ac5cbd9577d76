/** @file The description of a network: what is read, and that everything else ends in one line with node and field. */
import { describe, expect, test } from 'vitest';
import { NODE_FORMS, NODE_OPS } from '../../../src/autodiff/graph/attributes.ts';
import { parseDescription } from '../../../src/autodiff/graph/parse-description.ts';
import { FormatError, UnsupportedError } from '../../../src/linalg/errors.ts';

const conv = {
  id: 'conv1',
  op: 'conv2d',
  inputs: ['x'],
  kernel: [3, 3],
  stride: [1, 2],
  padding: [1, 0],
  dilation: [1, 1],
  groups: 1,
  weight: 'conv1.weight',
  bias: 'conv1.bias',
};
const nodes = [
  conv,
  { id: 'act1', op: 'gelu', inputs: ['conv1'], approximate: 'none' },
  { id: 'res', op: 'add', inputs: ['act1', 'conv1'] },
  { id: 'part', op: 'split', inputs: ['res'], start: 1, stop: 3 },
  { id: 'flat', op: 'flatten', inputs: ['part'] },
  { id: 'fc', op: 'linear', inputs: ['flat'], weight: 'fc.weight' },
];
const network = {
  format: 'eigenfluence-architecture',
  version: 1,
  input: { kind: 'real', shape: [1, 8, 8] },
  nodes,
  output: 'fc',
  loss: 'cross-entropy',
};
const tokens = {
  ...network,
  input: { kind: 'token', length: 6, vocabulary: 9 },
  nodes: [{ id: 'wte', op: 'embedding', inputs: ['x'], weight: 'wte.weight', rows: 9 }],
  output: 'wte',
};

/** The network with one node changed. */
const withNode = (at: number, changes: object) => ({
  ...network,
  nodes: nodes.map((node, i) => (i === at ? { ...node, ...changes } : node)),
});

/** A value that each expectation of a field takes. */
const VALUES: readonly (readonly [RegExp, unknown])[] = [
  [/^one of none/, 'tanh'],
  [/^a list of 1, each an integer/, [1]],
  [/^a list of 2, each an integer/, [1, 1]],
  [/^a list of 1 to 8, each an integer in 0/, [1, 0]],
  [/^a list of 1 to 8, each an integer in 1/, [2, 3]],
  [/^an integer/, 1],
  [/^a finite number/, 0.5],
  [/^true or false/, false],
  [/^a name/, 'p'],
];
const valueFor = (expected: string): unknown => VALUES.find(([pattern]) => pattern.test(expected))?.[1];

describe('what is read', () => {
  test('text and object give the same description, which is a new one and frozen', () => {
    const read = parseDescription(network);
    expect(read).toEqual(network);
    expect(parseDescription(JSON.stringify(network, null, 1))).toEqual(network);
    expect(read.nodes[0]).not.toBe(nodes[0]);
    for (const part of [read, read.input, read.nodes, read.nodes[0], read.nodes[0].inputs])
      expect(Object.isFrozen(part)).toBe(true);
    expect(parseDescription(tokens)).toEqual(tokens);
  });

  test.each(NODE_OPS)('%s, with and without what may be absent', (op) => {
    const { operands, attributes } = NODE_FORMS[op];
    const fields = Object.entries(attributes).map(([key, { expected, optional }]) => {
      const value = valueFor(expected);
      expect(value, expected).toBeDefined();
      return { key, value, optional };
    });
    const inputs = new Array<string>(operands[0]).fill('x');
    for (const [which, chosen] of [fields, fields.filter(({ optional }) => !optional)].entries()) {
      const own = Object.fromEntries(chosen.map(({ key, value }) => [key, value]));
      const node = { id: 'a', op, inputs, ...own, ...(op === 'split' ? { start: 0 } : {}) };
      const one = { ...network, nodes: [node], output: 'a' };
      expect(parseDescription(one).nodes, `${which}`).toEqual([node]);
    }
    for (const { key, value, optional } of fields) {
      const own = Object.fromEntries(fields.map((field) => [field.key, field.value]));
      const base = { id: 'a', op, inputs, ...own, ...(op === 'split' ? { start: 0 } : {}) };
      const wrong = (changes: object) => ({ ...network, nodes: [{ ...base, ...changes }], output: 'a' });
      const line = new RegExp(`^architecture: node "a"(:| lacks the field) ${key}\\b`);
      if (!optional) expect(() => parseDescription(wrong({ [key]: undefined }))).toThrow(line);
      const none = [
        null,
        {},
        [],
        typeof value === 'string' ? 1 : '1',
        Number.NaN,
        Number.POSITIVE_INFINITY,
        [1e300, 1],
      ];
      for (const other of none)
        expect(() => parseDescription(wrong({ [key]: other })), `${key} = ${String(other)}`).toThrow(
          /^architecture: node "a"/,
        );
    }
  });
});

describe('what is refused, with node and field', () => {
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ['format', { ...network, format: 'onnx' }, /^architecture: the description: format must be one of eigen/],
    ['no version', { ...network, version: undefined }, /the description lacks the field version/],
    ['a fraction of a version', { ...network, version: 0.5 }, /version must be an integer/],
    ['an unknown field', { ...network, losses: 1 }, /the description has the unknown field "losses"/],
    ['an unknown loss', { ...network, loss: 'hinge' }, /loss must be one of cross-entropy, /],
    ['no nodes', { ...network, nodes: [] }, /nodes must be a list of 1 to 100000/],
    ['a node that is none', { ...network, nodes: [null] }, /nodes\[0\] must be an object, got null/],
    ['a node without op', withNode(1, { op: undefined }), /node "act1": op must be the name of an op/],
    ['a node without id', withNode(1, { id: undefined }), /nodes\[1\] lacks the field id/],
    ['a foreign attribute', withNode(5, { stride: [1, 1] }), /node "fc" has the unknown field "stride"/],
    ['a forward reference', withNode(0, { inputs: ['act1'] }), /node "conv1": inputs must name 'x' or earlier nodes, got "act1"/],
    ['itself', withNode(1, { inputs: ['act1'] }), /node "act1": inputs .* got "act1"/],
    ['a node that is not there', withNode(2, { inputs: ['act1', 'gone'] }), /node "res": inputs .* got "gone"/],
    ['one operand of two', withNode(2, { inputs: ['act1'] }), /node "res": inputs must be a list of 2/],
    ['an id twice', withNode(1, { id: 'conv1' }), /nodes\[1\]: id "conv1" is there twice/],
    ['the id of the input', withNode(1, { id: 'x' }), /nodes\[1\]: id must not be 'x'/],
    ['the id __proto__', JSON.stringify(withNode(1, { id: 'P' })).replace('"P"', '"__proto__"'), /nodes\[1\]: id must be a name/],
    ['a weight called constructor', withNode(5, { weight: 'constructor' }), /node "fc": weight must be a name/],
    ['a huge kernel', withNode(0, { kernel: [3, 1e12] }), /node "conv1": kernel must be a list of 2.* got \[3, 1000000000000\]/],
    ['a stride of 0', withNode(0, { stride: [0, 1] }), /node "conv1": stride must be/],
    ['a slice backwards', withNode(3, { start: 3, stop: 3 }), /node "part": stop must be > start = 3, got 3/],
    ['a huge input', { ...network, input: { kind: 'real', shape: [65536, 65536] } }, /input: shape must have at most/],
    ['an input of another kind', { ...network, input: { kind: 'text', shape: [1] } }, /input: kind must be one of real, token/],
    ['an input that is none', { ...network, input: null }, /input must be an object, got null/],
    ['no vocabulary', { ...tokens, input: { kind: 'token', length: 6 } }, /input lacks the field vocabulary/],
    ['an output that is no node', { ...network, output: 'head' }, /output must be the id of a node, got "head"/],
    ['a dead end', { ...network, output: 'flat' }, /node "fc" is not needed for the output "flat"/],
    ['no JSON', '{', /^architecture: it is not JSON/],
    ['a list', '[]', /the description must be an object|it must be an object/],
    ['a key twice', '{"format": 1, "format": 2}', /the key "format" occurs twice/],
    ['depth', `${'['.repeat(1e5)}${']'.repeat(1e5)}`, /nested more than/],
  ]; // biome-ignore format: a table
  test.each(cases)('%s', (_, source, line) => {
    expect(() => parseDescription(source as string)).toThrow(line);
    expect(() => parseDescription(source as string)).toThrow(FormatError);
  });

  test.each(['lstm', 'toString', '__proto__', 'constructor'])('the op %s', (op) => {
    const json = JSON.stringify(withNode(1, { op }));
    expect(() => parseDescription(json)).toThrow(UnsupportedError);
    expect(() => parseDescription(json)).toThrow(`architecture: node "act1": op "${op}" is not supported`);
  });

  test('a later version', () => {
    expect(() => parseDescription({ ...network, version: 2 })).toThrow(UnsupportedError);
  });
});
