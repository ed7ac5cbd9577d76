/** @file The networks that are judged, made of layers. */
import {
  conv2d,
  flatten,
  type GraphNetwork,
  groupNorm,
  type Layer,
  layerNorm,
  linear,
  maxPool,
  network,
  relu,
  residual,
  sequential,
  tanh,
} from '../../autodiff/index.ts';
import { CLASSES, PIXELS } from '../protocol/data/digits.ts';

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

/** Plain values: they enter the keys of stored results. */
export type Architecture = Convolutional | Perceptron;

/** The network of an architecture. */
export function networkOf(architecture: Architecture): GraphNetwork {
  return architecture.kind === 'cnn' ? convolutional(architecture) : perceptron(architecture);
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
