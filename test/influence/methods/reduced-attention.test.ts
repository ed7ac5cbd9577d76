/** @file The warning that K-FAC's reduced factors are degenerate: where positions attend to each other, as one op or by hand, and nowhere else. */
import { expect, test } from 'vitest';
import {
  embedding,
  GraphNetwork,
  linear,
  Mlp,
  mean,
  type Network,
  network,
  selfAttention,
  sequential,
} from '../../../src/autodiff/index.ts';
import { reducedAttention } from '../../../src/influence/methods/warnings.ts';

const classifier = sequential({ e: embedding(2), m: mean([0], { paddingToken: 0 }), fc: linear(2) });
const byHand = new GraphNetwork(
  {
    format: 'eigenfluence-architecture',
    version: 1,
    input: { kind: 'real', shape: [3, 2] },
    nodes: [
      { id: 'q', op: 'linear', inputs: ['x'], weight: 'q' },
      { id: 's', op: 'matmul', inputs: ['q', 'x'], transpose: true },
      { id: 'p', op: 'softmax', inputs: ['s'] },
      { id: 'y', op: 'matmul', inputs: ['p', 'x'] },
      { id: 'f', op: 'flatten', inputs: ['y'] },
    ],
    output: 'f',
  },
  new Map([['q', [2, 2]]]),
);

test.each<[string, Network, boolean]>([
  ['attention', network({ shape: [3, 4] }, selfAttention(2)), true],
  ['attention by hand', byHand, true],
  [
    'a mean without padding, whose weights are a softmax of constants',
    network({ tokens: 3, vocabulary: 4 }, classifier),
    false,
  ],
  ['linear layers', new Mlp([2, 3, 2], 'tanh'), false],
])('%s', (_, model, warns) => {
  const found = reducedAttention(model);
  expect(found.length).toBe(warns ? 1 : 0);
  if (warns) expect(found[0]).toContain("kfac: 'reduce' is degenerate under attention");
});
