/** @file What a network is, as data: the types of an architecture.json (format `eigenfluence-architecture`, version 1). */
import type { StoredLoss } from '../losses/loss-name.ts';

/** The value of the field `format`. */
export const ARCHITECTURE_FORMAT = 'eigenfluence-architecture';

/** What nodes call the input. */
export const INPUT_ID = 'x';

/** A number for each spatial axis: [height, width]. */
export type Pair = readonly [number, number];

/** Inputs of one example: real numbers of a shape (an image: [channels, height, width]), or ids of tokens, `length` of them in 0..vocabulary − 1. */
export type DescribedInput =
  | { readonly kind: 'real'; readonly shape: readonly number[] }
  | { readonly kind: 'token'; readonly length: number; readonly vocabulary: number };

/** Weight and bias by their names among the parameters. */
interface Affine {
  readonly weight: string;
  readonly bias?: string;
}

/** Scale and shift after normalising: both may be absent. */
interface Normalising {
  readonly weight?: string;
  readonly bias?: string;
  /** Is added to the variance, inside the root. */
  readonly eps: number;
}

interface SequencePooling {
  readonly kernel: readonly [number];
  readonly stride: readonly [number];
  readonly padding: readonly [number];
}

interface Pooling {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

type None = Readonly<Record<never, never>>;

/** The attributes of each op. Shapes are those of one example, without the batch. */
export interface NodeAttributes {
  /** [..., in] → [..., out], y = W x + b; weight [out, in], or [in, out] where it is stored `transposed`. */
  readonly linear: Affine & { readonly transposed?: boolean };
  /** [C, H, W] → [out, H′, W′], cross-correlation; weight [out, C/groups, kernel height, kernel width]. */
  readonly conv2d: Affine &
    Pooling & {
      readonly dilation: Pair;
      readonly groups: number;
    };
  /** [C, L] → [out, L′]; weight [out, C/groups, kernel]. */
  readonly conv1d: Affine & {
    readonly kernel: readonly [number];
    readonly stride: readonly [number];
    readonly padding: readonly [number];
    readonly dilation: readonly [number];
    readonly groups: number;
  };
  /**
   * [C, H, W] → [out, H′, W′], the adjoint of a convolution; weight [C, out/groups, kernel height, kernel width].
   * H′ = (H − 1) stride − 2 padding + dilation (kernel − 1) + 1 + outputPadding.
   */
  readonly 'conv-transpose2d': Affine &
    Pooling & {
      readonly outputPadding: Pair;
      readonly dilation: Pair;
      readonly groups: number;
    };
  /** [C, L] → [out, L′]; weight [C, out/groups, kernel]. */
  readonly 'conv-transpose1d': Affine &
    SequencePooling & {
      readonly outputPadding: readonly [number];
      readonly dilation: readonly [number];
      readonly groups: number;
    };
  /** [T] ids → [T, d]; weight [rows, d]. `paddingToken`: the row of this id is 0 and is not trained, whatever the weight has there. */
  readonly embedding: { readonly weight: string; readonly rows: number; readonly paddingToken?: number };
  /** [T, d] → [T, d]: adds row t of the weight [rows, d] to position t. */
  readonly 'position-embedding': { readonly weight: string; readonly rows: number };
  /** Over the last axis: (x − mean)/√(variance + eps) ⊙ weight + bias. */
  readonly 'layer-norm': Normalising;
  /** [C, …], over the positions and the channels of a group; weight [C]. */
  readonly 'group-norm': Normalising & { readonly groups: number };
  /** Over the last axis: x/√(mean of squares + eps) ⊙ weight. */
  readonly 'rms-norm': { readonly weight?: string; readonly eps: number };
  /** [C, …] in evaluation mode: mean and variance [C] are constants, stored beside the parameters. */
  readonly 'batch-norm': Normalising & { readonly mean: string; readonly variance: string };
  readonly identity: None;
  readonly tanh: None;
  readonly relu: None;
  readonly silu: None;
  readonly sigmoid: None;
  /** x Φ(x) (`none`), or its approximation by tanh. */
  readonly gelu: { readonly approximate: 'none' | 'tanh' };
  /** x where x > 0, slope · x elsewhere. */
  readonly 'leaky-relu': { readonly slope: number };
  /** log(1 + e^{beta x})/beta; x itself where beta x > threshold, if one is given. */
  readonly softplus: { readonly beta: number; readonly threshold?: number };
  /** log σ(x). */
  readonly 'log-sigmoid': None;
  /** min(max(x, min), max), with slope 0 where it is min or max; ReLU6 has 0 and 6. */
  readonly hardtanh: { readonly min: number; readonly max: number };
  /** min(max(x, min), max), with slope 1 at min and max; either may be absent. */
  readonly clamp: { readonly min?: number; readonly max?: number };
  /** scale · x where x > 0, scale · alpha (e^{rate x} − 1) elsewhere: ELU, SELU, CELU. */
  readonly elu: { readonly alpha: number; readonly scale: number; readonly rate: number };
  readonly hardsigmoid: None;
  readonly hardswish: None;
  readonly mish: None;
  /** x − sign(x) lambda where |x| > lambda, 0 elsewhere. */
  readonly softshrink: { readonly lambda: number };
  /** x where x > threshold, value elsewhere. */
  readonly threshold: { readonly threshold: number; readonly value: number };
  readonly abs: None;
  readonly sin: None;
  readonly cos: None;
  readonly erf: None;
  readonly exp: None;
  readonly log: None;
  readonly log1p: None;
  /** x^exponent. */
  readonly power: { readonly exponent: number };
  /** √(Σ x²) over axes, which vanish; its derivative at 0 is 0. */
  readonly norm: { readonly axes: readonly number[] };
  /** The identity, in training too: what is attributed is the training without noise. */
  readonly dropout: { readonly rate: number };
  readonly add: None;
  /** Element by element. */
  readonly multiply: None;
  readonly scale: { readonly factor: number };
  /** Over the last axis: x ⊙ weight + bias, a number for each feature: LayerScale (Touvron et al. 2021). */
  readonly 'layer-scale': { readonly weight: string; readonly bias?: string };
  /** x ⊙ scale + shift, constants stored beside the parameters, whose axes are the last of x or of size 1: tables of positions, rotations. */
  readonly 'constant-affine': { readonly scale?: string; readonly shift?: string };
  /**
   * y = M x along an axis, M a constant [size, entries of the axis]: padding, resampling, averages over windows that do not divide. Its elements that
   * are not 0 as PyTorch's sparse tensors have them, stored beside the parameters: indices [2, n], rows before columns, in order; values [n].
   */
  readonly 'sparse-matmul': {
    readonly axis: number;
    readonly size: number;
    readonly indices: string;
    readonly values: string;
  };
  readonly 'max-pool': Pooling;
  /** `countPadding`: whether zeros of the padding count in the mean. */
  readonly 'avg-pool': Pooling & { readonly countPadding: boolean };
  /** [C, L] → [C, L′]. */
  readonly 'max-pool1d': SequencePooling;
  readonly 'avg-pool1d': SequencePooling & { readonly countPadding: boolean };
  /** [C, …] → [C]. */
  readonly 'global-avg-pool': None;
  /** The mean over axes, which vanish; counted from 0. `paddingToken`: of a sequence [T, …] over axis 0, positions of this id left out; 0 if none is left. */
  readonly mean: { readonly axes: readonly number[]; readonly paddingToken?: number };
  /** [T, d] → [d]: the last position whose id is not this. */
  readonly last: { readonly paddingToken: number };
  /** All axes become one, in C order. */
  readonly flatten: None;
  /** The same numbers in C order. */
  readonly reshape: { readonly shape: readonly number[] };
  /** Axis i of the result is axis axes[i] of the operand. */
  readonly transpose: { readonly axes: readonly number[] };
  /** Entries start..stop − 1 of an axis, by default the last. */
  readonly split: { readonly start: number; readonly stop: number; readonly axis?: number };
  /** One entry of an axis, which vanishes. */
  readonly select: { readonly axis: number; readonly index: number };
  /** Side by side along an axis, by default the last. */
  readonly concat: { readonly axis?: number };
  /** Each entry of an axis so many times, one behind the other. */
  readonly repeat: { readonly axis: number; readonly times: number };
  /** [..., R, K] and [..., K, P] → [..., R, P] for equal axes before; `transpose`: the second is [..., P, K]. */
  readonly matmul: { readonly transpose?: boolean };
  /**
   * [..., T, S] before a softmax: −∞ where key s is not seen. `causal`: s > t. `paddingToken`: the input has this id at s. `keep`: a constant
   * stored beside the parameters is 0, its axes the last of x or of size 1.
   */
  readonly mask: { readonly causal?: boolean; readonly paddingToken?: number; readonly keep?: string };
  /** Over the last axis; 0 where all is −∞. */
  readonly softmax: None;
  /**
   * q, k, v [T, d] → [T, d]: softmax(q kᵀ scale + mask) v in each of `heads` consecutive slices of d/heads features.
   * `causal`: position t sees 0..t. `scale`: by default 1/√(d/heads). `paddingToken`: keys where the input has this id are not seen.
   */
  readonly attention: {
    readonly heads: number;
    readonly causal: boolean;
    readonly scale?: number;
    readonly paddingToken?: number;
  };
}

/** The name of an op. */
export type NodeOp = keyof NodeAttributes;

/** A node of op K: its id, the nodes that it reads ('x' is the input), its attributes. */
export type NodeOf<K extends NodeOp> = {
  readonly id: string;
  readonly op: K;
  readonly inputs: readonly string[];
} & NodeAttributes[K];

/** A node of any op; `op` tells which. */
export type DescribedNode = { [K in NodeOp]: NodeOf<K> }[NodeOp];

/** A network: nodes in topological order. */
export interface NetworkDescription {
  readonly format: typeof ARCHITECTURE_FORMAT;
  readonly version: 1;
  readonly input: DescribedInput;
  readonly nodes: readonly DescribedNode[];
  /** Id of the node that is the result. */
  readonly output: string;
  readonly loss?: StoredLoss;
}
