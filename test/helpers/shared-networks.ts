/** @file Small networks whose weights are used at several positions, in groups, as tables, or twice. */
import {
  type Dataset,
  Network,
  OP_TABLE,
  type Ops,
  positionWeights,
  type SiteRecorder,
  type Tape,
  type TapeNode,
} from '../../src/autodiff/index.ts';
import type { Problem } from '../../src/curvature/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';

abstract class Shared extends Network {
  override get ops(): Partial<Ops> {
    return OP_TABLE;
  }
}

/** [rows · positions, B] as [rows, positions · B], and back. */
function shaped(tape: Tape, a: TapeNode, rows: number): TapeNode {
  return tape.apply('reshape', [a], { rows, cols: (a.rows * a.cols) / rows });
}

/** x [4, 3 positions] → W at each → tanh → scale and shift → two groups at each → tanh → all positions → 3 classes; or classes at each. */
export class Mixed extends Shared {
  private readonly tokens: boolean;

  constructor(tokens: boolean, tied = false) {
    super(
      12,
      3,
      [
        { inputs: 4, outputs: 4, positions: 3 },
        { inputs: 4, outputs: 4, positions: 3, groups: 4, kronecker: false },
        tied
          ? { inputs: 4, outputs: 4, positions: 3, tie: { source: 0, shares: 'weight' } }
          : { inputs: 4, outputs: 6, positions: 3, groups: 2 },
        tied ? { inputs: 12, outputs: 12 } : { inputs: 18, outputs: 12 },
        tokens ? { inputs: 4, outputs: 3, positions: 3, bias: false } : { inputs: 12, outputs: 3 },
      ],
      { outputPositions: tokens ? 3 : 1 },
    );
    this.tokens = tokens;
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    const { cols: batch } = x;
    const h = tape.tanh(site(0, shaped(tape, x, 4)));
    const g = tape.tanh(site(2, site(1, h)));
    const mixed = tape.tanh(site(3, shaped(tape, g, (g.rows * g.cols) / batch)));
    return this.tokens ? site(4, tape.add(h, shaped(tape, mixed, 4))) : site(4, mixed);
  }
}

/** 6 × 6 pixels → convolution 1 → 3 (3 × 3, padding 1, stride 2) → tanh → depthwise, dilated → tanh → flattened → 4 classes. */
export class Convolutional extends Shared {
  constructor() {
    super(36, 4, [
      { inputs: 9, outputs: 3, positions: 9 },
      { inputs: 12, outputs: 3, positions: 1, groups: 3, bias: false },
      { inputs: 3, outputs: 5 },
      { inputs: 5, outputs: 4 },
    ]);
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    const a = tape.apply('unfold', [shaped(tape, x, 1)], {
      height: 6,
      width: 6,
      kernel: 3,
      stride: 2,
      padding: 1,
    });
    const h = tape.tanh(site(0, a));
    const b = tape.apply('unfold', [h], { height: 3, width: 3, kernel: 2, dilation: 2 });
    return site(3, tape.tanh(site(2, tape.tanh(site(1, b)))));
  }
}

/**
 * Tokens → two tables → [layer-norm → q, k, v → causal attention → projection, skipped] → [layer-norm → hidden → gelu → out, skipped] →
 * layer-norm → logits of every token, by a matrix of their own or that of the first table, with or without a bias.
 */
export class Transformer extends Shared {
  private readonly heads: number;

  constructor(
    vocabulary: number,
    length: number,
    width: number,
    hidden: number,
    heads: number,
    tied: boolean,
    bias = false,
  ) {
    const positions = length;
    const norm = { inputs: width, outputs: width, positions, groups: width, kronecker: false };
    const linear = { inputs: width, outputs: width, positions };
    super(
      length,
      vocabulary,
      [
        { inputs: vocabulary, outputs: width, positions, lookup: 'token' },
        { inputs: length, outputs: width, positions, lookup: 'position' },
        norm,
        linear,
        linear,
        linear,
        linear,
        norm,
        { inputs: width, outputs: hidden, positions },
        { inputs: hidden, outputs: width, positions },
        norm,
        {
          inputs: width,
          outputs: vocabulary,
          positions,
          bias,
          ...(tied ? { tie: { source: 0, shares: 'weight' } } : {}),
        },
      ],
      { outputPositions: length, vocabulary },
    );
    this.heads = heads;
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    const normed = (a: TapeNode, scale: number): TapeNode =>
      site(scale, tape.apply('layer-norm', [a], { epsilon: 1e-5 }));
    const h = site(1, site(0, x));
    const n = normed(h, 2);
    const [q, k, v] = [site(3, n), site(4, n), site(5, n)];
    const qkv = tape.apply('concat', [tape.apply('concat', [q, k]), v]);
    const seen = tape.apply('attention', [qkv], { heads: this.heads, causal: true, positions: this.inputs });
    const mixed = tape.add(h, site(6, seen));
    const out = tape.add(mixed, site(9, tape.apply('gelu', [site(8, normed(mixed, 7))])));
    return site(11, normed(out, 10));
  }
}

const N = 7;
const random = rng(5, 'shared-networks');
const draw = (n: number): Float64Array => random.fillNormal(new Float64Array(n));
const inputs = (width: number): Matrix => new Matrix(N, width, draw(N * width));
const classes = (width: number, C: number): Dataset => ({
  inputs: inputs(width),
  labels: Int32Array.from({ length: N }, (_, i) => i % C),
});
const mask = new Matrix(
  N,
  3,
  Float64Array.from({ length: 3 * N }, (_, i) => (i % 5 === 0 ? 0 : 1)),
);
const tokens: Dataset = {
  inputs: inputs(12),
  labels: Int32Array.from({ length: 3 * N }, (_, i) => (i % 5 === 0 ? -100 : (i * i) % 3)),
  weights: positionWeights(mask),
};

const sequences: Dataset = {
  ...tokens,
  inputs: new Matrix(
    N,
    3,
    Float64Array.from({ length: 3 * N }, (_, i) => (i * i + 1) % 5),
  ),
};

const problemOf = (model: Network, data: Dataset): Problem => ({
  model,
  loss: 'labels' in data ? 'cross-entropy' : 'squared-error',
  theta: draw(model.parameterCount).map((t) => 0.5 * t),
  data,
});

/** Each with data and θ. */
export const SHARED_PROBLEMS: readonly (readonly [string, Problem])[] = [
  ['convolutions', problemOf(new Convolutional(), classes(36, 4))],
  ['shared, scaled and grouped weights', problemOf(new Mixed(false), classes(12, 3))],
  ['outputs at positions', problemOf(new Mixed(true), tokens)],
  ['tied', problemOf(new Mixed(true, true), tokens)],
  ['a transformer', problemOf(new Transformer(5, 3, 4, 5, 2, false), sequences)],
  ['a transformer with one table', problemOf(new Transformer(5, 3, 4, 5, 2, true), sequences)],
  [
    'targets at positions',
    problemOf(new Mixed(true), { inputs: inputs(12), targets: new Matrix(N, 9, draw(9 * N)) }),
  ],
  [
    'a transformer with one table, and a bias beside it',
    problemOf(new Transformer(5, 3, 4, 5, 2, true, true), sequences),
  ],
];
