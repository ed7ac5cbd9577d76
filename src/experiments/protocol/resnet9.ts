/** @file ResNet-9 with group normalisation, as narrow as one likes. */
import {
  conv2d,
  flatten,
  type GraphNetwork,
  groupNorm,
  type Layer,
  linear,
  maxPool,
  network,
  relu,
  residual,
  sequential,
} from '../../autodiff/index.ts';

/** Plain values: they enter the keys of stored results. */
export interface ResNet9 {
  /** Channels of the first convolution, w; the others have 2w, 4w and 2w. */
  readonly width: number;
  /** Groups of every normalisation. */
  readonly groups: number;
  /** Height and width of the images, a multiple of 4 and at least 16. */
  readonly side: number;
  readonly colours: number;
  readonly classes: number;
}

const made = new Map<string, GraphNetwork>();

/**
 * Eight convolutions, each with group normalisation and ReLU, and one linear layer: 3 × 3 to w channels; 5 × 5 with stride 2 to 2w; a residual pair 3 × 3; 3 × 3 to 4w,
 * max-pooling; a residual pair; 3 × 3 without padding to 2w; the maximum over what is left of the image; classes. The same shape and as wide as w = 64 is the ResNet-9 that kronfluence trains
 * on CIFAR-10, with batch normalisation instead, whose statistics would tie examples to each other.
 *
 * @example resnet9({ width: 2, groups: 2, side: 16, colours: 3, classes: 6 }).parameterCount; // 2426
 */
export function resnet9(shape: ResNet9): GraphNetwork {
  const key = JSON.stringify(shape);
  const found = made.get(key) ?? built(shape);
  made.set(key, found);
  return found;
}

function built({ width, groups, side, colours, classes }: ResNet9): GraphNetwork {
  const convolution = (channels: number, kernel: number, options: { padding: number; stride?: number }) => [
    conv2d(channels, kernel, options),
    groupNorm(groups),
    relu(),
  ];
  const pair = (channels: number): Layer =>
    residual(
      sequential([...convolution(channels, 3, { padding: 1 }), ...convolution(channels, 3, { padding: 1 })]),
    );
  return network(
    { shape: [colours, side, side] },
    sequential([
      ...convolution(width, 3, { padding: 1 }),
      ...convolution(2 * width, 5, { padding: 2, stride: 2 }),
      pair(2 * width),
      ...convolution(4 * width, 3, { padding: 1 }),
      maxPool(2),
      pair(4 * width),
      ...convolution(2 * width, 3, { padding: 0 }),
      maxPool(side / 4 - 2),
      flatten(),
      linear(classes),
    ]),
  );
}
