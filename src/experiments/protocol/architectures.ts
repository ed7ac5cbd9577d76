/** @file The networks that are judged, made of layers. */
import {
  conv2d,
  embedding,
  flatten,
  type GraphNetwork,
  gelu,
  groupNorm,
  type Layer,
  layerNorm,
  linear,
  maxPool,
  network,
  positionEmbedding,
  relu,
  residual,
  selfAttention,
  sequential,
  tanh,
} from '../../autodiff/index.ts';
import { CLASSES, PIXELS } from './data/digits.ts';
import { ALPHABET } from './data/moby-dick.ts';
import { type ResNet9, resnet9 } from './resnet9.ts';

/** Two convolutions 3 × 3 with ReLU and pooling, a hidden layer, classes: LeNet's shape. */
export interface Convolutional {
  readonly kind: 'cnn';
  /** Height and width of the images. */
  readonly side: number;
  readonly channels: readonly [number, number];
  readonly hidden: number;
  /** A convolution more between the two, around which the identity leads. */
  readonly skip?: true;
  /** Group normalisation with so many groups after each convolution. */
  readonly groups?: number;
}

/** Hidden layers of one width. */
export interface Perceptron {
  readonly kind: 'mlp';
  readonly depth: number;
  readonly width: number;
  readonly activation: 'tanh' | 'relu';
  /** Layer normalisation before each activation. */
  readonly layerNorm?: true;
}

/** A decoder of characters: blocks of causal attention and two linear layers with GELU, each behind a layer normalisation and beside the identity. */
export interface Transformer {
  readonly kind: 'gpt';
  readonly blocks: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  /** Characters of a sequence. */
  readonly length: number;
}

/** {@link resnet9}. */
export interface Residual extends ResNet9 {
  readonly kind: 'resnet9';
}

/** Plain values: they enter the keys of stored results. */
export type Architecture = Convolutional | Perceptron | Transformer | Residual;

/** The network of an architecture. */
export function networkOf(architecture: Architecture): GraphNetwork {
  switch (architecture.kind) {
    case 'cnn':
      return convolutional(architecture);
    case 'mlp':
      return perceptron(architecture);
    case 'gpt':
      return transformer(architecture);
    case 'resnet9':
      return resnet9(architecture);
  }
}

function transformer({ blocks, width, heads, hidden, length }: Transformer): GraphNetwork {
  const block = (): Layer[] => [
    residual(sequential([layerNorm(), selfAttention(heads, { causal: true })])),
    residual(sequential([layerNorm(), linear(hidden), gelu(), linear(width)])),
  ];
  return network(
    { tokens: length, vocabulary: ALPHABET.length },
    sequential([
      embedding(width),
      positionEmbedding(),
      ...Array.from({ length: blocks }, block).flat(),
      layerNorm(),
      linear(ALPHABET.length),
    ]),
  );
}

function convolutional({ side, channels, hidden, skip, groups }: Convolutional): GraphNetwork {
  const convolution = (count: number): Layer[] => [
    conv2d(count, 3, { padding: 1 }),
    ...(groups === undefined ? [] : [groupNorm(groups)]),
    relu(),
  ];
  const [first, second] = channels;
  return network(
    { shape: [1, side, side] },
    sequential([
      ...convolution(first),
      maxPool(2),
      ...(skip === undefined ? [] : [residual(sequential(convolution(first)))]),
      ...convolution(second),
      maxPool(2),
      flatten(),
      linear(hidden),
      relu(),
      linear(CLASSES),
    ]),
  );
}

function perceptron({ depth, width, activation, layerNorm: normalised }: Perceptron): GraphNetwork {
  const hidden = (): Layer[] => [
    linear(width),
    ...(normalised === undefined ? [] : [layerNorm()]),
    activation === 'tanh' ? tanh() : relu(),
  ];
  return network(
    { shape: [PIXELS] },
    sequential([...Array.from({ length: depth }, hidden).flat(), linear(CLASSES)]),
  );
}
