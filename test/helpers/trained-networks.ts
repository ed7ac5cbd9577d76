/** Networks of layers that network-training.py writes in torch.nn, with the same names of parameters. */
import {
  conv1d,
  conv2d,
  embedding,
  flatten,
  type GraphNetwork,
  gated,
  gelu,
  globalAvgPool,
  groupNorm,
  layerNorm,
  linear,
  mean,
  network,
  positionEmbedding,
  residual,
  rmsNorm,
  selfAttention,
  sequential,
  silu,
  softplus,
  tanh,
  transpose,
} from '../../src/autodiff/index.ts';

export const TRAINED_NETWORKS: Readonly<Record<string, () => GraphNetwork>> = {
  image: () =>
    network(
      { shape: [2, 4, 5] },
      sequential({
        a: conv2d(4, 3, { padding: 1, bias: false }),
        n: groupNorm(2),
        s: silu(),
        b: conv2d(4, 3, { stride: [2, 1], padding: [1, 0], groups: 2 }),
        m: groupNorm(2, 1e-3),
        t: tanh(),
        f: flatten(),
        fc: linear(3),
      }),
    ),
  features: () =>
    network(
      { shape: [5] },
      sequential({
        a: linear(6),
        block: residual(
          sequential({ n: layerNorm(), up: linear(7), g: gelu(), down: linear(6, { bias: false }) }),
        ),
        n: layerNorm(1e-2),
        fc: linear(2),
      }),
    ),
  sequence: () =>
    network(
      { shape: [2, 7] },
      sequential({
        a: conv1d(4, 3, { dilation: 2, padding: 1 }),
        t: transpose([1, 0]),
        n: layerNorm(),
        b: linear(3, { bias: false }),
        s: softplus(2, 20),
        back: transpose([1, 0]),
        p: globalAvgPool(),
        fc: linear(2),
      }),
    ),
  tied: () =>
    network(
      { tokens: 4, vocabulary: 6 },
      sequential({
        e: embedding(4),
        p: positionEmbedding(),
        block: residual(sequential({ n: layerNorm(), att: selfAttention(2, { causal: true }) })),
        m: layerNorm(),
        head: linear(6, { weight: 'e.weight', bias: false }),
      }),
    ),
  padded: () =>
    network(
      { tokens: 5, vocabulary: 6 },
      sequential({
        e: embedding(4, { paddingToken: 0 }),
        p: positionEmbedding(6),
        att: residual(sequential({ n: rmsNorm(), a: selfAttention(2, { keyHeads: 1, paddingToken: 0 }) })),
        mlp: residual(
          sequential({
            n: rmsNorm(1e-5),
            h: gated(sequential({ up: linear(5), s: silu() }), linear(5)),
            down: linear(4),
          }),
        ),
        mean: mean([0], { paddingToken: 0 }),
        fc: linear(3),
      }),
    ),
};
