/** @file The scalar tier of the float32 kernels: doubles rounded after every operation, which gives the bits of float32. */
import type { Float32Arena, Float32Kernels } from './kernels.ts';
import { crossEntropyKernel, laneSum, squaredErrorKernel } from './scalar-losses.ts';

type Memory = Float32Array;

const { fround } = Math;

/** An arena of `length` float32 numbers, all zero, on an ordinary array. */
export function scalarFloat32Arena(length: number): Float32Arena {
  const memory = new Float32Array(length);
  const integers = new Int32Array(memory.buffer);
  return { memory, integers, kernels: scalarFloat32Kernels(memory, integers) };
}

/** The scalar kernels on a memory, seen also as whole numbers. */
export function scalarFloat32Kernels(m: Memory, integers: Int32Array): Float32Kernels {
  return {
    products: (...given) => productsKernel(m, ...given),
    transpose(rows, cols, x, out) {
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < cols; c++) m[out + c * rows + r] = m[x + r * cols + c];
    },
    gatherRows(cols, batch, rows, x, out) {
      for (let b = 0; b < batch; b++) {
        const from = x + integers[rows + b] * cols;
        m.copyWithin(out + b * cols, from, from + cols);
      }
    },
    rowSums(rows, cols, x, out) {
      for (let r = 0; r < rows; r++) {
        const lanes = new Float32Array(4);
        for (let c = 0; c < cols; c++) lanes[c & 3] += m[x + r * cols + c];
        m[out + r] = laneSum(lanes);
      }
    },
    tanh: (...given) => tanhKernel(m, ...given),
    sigmoid: (...given) => sigmoidKernel(m, ...given),
    relu(n, x, y, slope) {
      for (let i = 0; i < n; i++) {
        const v = m[x + i];
        m[y + i] = v < 0 ? 0 : v;
        m[slope + i] = v > 0 ? 1 : 0;
      }
    },
    crossEntropy: (...given) => crossEntropyKernel(m, ...given),
    squaredError: (...given) => squaredErrorKernel(m, ...given),
    sgd: (...given) => sgdKernel(m, ...given),
    adamw: (...given) => adamwKernel(m, ...given),
  };
}

function productsKernel(
  m: Memory,
  rows: number,
  depth: number,
  lanes: number,
  w: number,
  rowStep: number,
  depthStep: number,
  bias: number,
  x: number,
  factor: number,
  out: number,
): void {
  for (let r = 0; r < rows; r++)
    for (let j = 0; j < lanes; j++) {
      let sum = bias < 0 ? 0 : m[bias + r];
      let u = w + r * rowStep;
      for (let d = 0; d < depth; d++, u += depthStep) sum = fround(sum + fround(m[u] * m[x + d * lanes + j]));
      m[out + r * lanes + j] = factor < 0 ? sum : sum * m[factor + r * lanes + j];
    }
}

/** x P(x²)/Q(x²) within ±9; the coefficients of assembly/float32/activations.ts. */
function tangent(x: number): number {
  const w = 9 < x ? 9 : x;
  const v = w < -9 ? -9 : w;
  const z = fround(v * v);
  let p = P[4];
  let q = Q[4];
  for (let i = 3; i >= 0; i--) {
    p = fround(P[i] + fround(z * p));
    q = fround(Q[i] + fround(z * q));
  }
  const y = fround(fround(v * p) / q);
  const top = 1 < y ? 1 : y;
  return top < -1 ? -1 : top;
}

const P = Float32Array.of(1, 0.13381025, 0.0034955877, 2.0609073e-5, 1.3354649e-8);
const Q = Float32Array.of(1, 0.4671434, 0.02587698, 0.0003285634, 7.7765534e-7);

function slopeOf(y: number): number {
  return fround(fround(1 - y) * fround(1 + y));
}

function tanhKernel(m: Memory, n: number, x: number, y: number, slope: number): void {
  for (let i = 0; i < n; i++) {
    const value = tangent(m[x + i]);
    m[y + i] = value;
    m[slope + i] = slopeOf(value);
  }
}

function sigmoidKernel(m: Memory, n: number, x: number, y: number, slope: number): void {
  for (let i = 0; i < n; i++) {
    const t = tangent(fround(0.5 * m[x + i]));
    m[y + i] = 0.5 + fround(0.5 * t);
    m[slope + i] = 0.25 * slopeOf(t);
  }
}

function sgdKernel(
  m: Memory,
  n: number,
  settings: number,
  gradient: number,
  velocity: number,
  theta: number,
): void {
  const [rate, momentum, decay] = m.subarray(settings, settings + 3);
  for (let i = 0; i < n; i++) {
    const t = m[theta + i];
    const g = fround(m[gradient + i] + fround(decay * t));
    const v = fround(fround(momentum * m[velocity + i]) + g);
    m[velocity + i] = v;
    m[theta + i] = t - fround(rate * v);
  }
}

function adamwKernel(
  memory: Memory,
  n: number,
  settings: number,
  gradient: number,
  first: number,
  second: number,
  theta: number,
): void {
  const [keep, a, beta, b, rate, root, epsilon] = memory.subarray(settings, settings + 7);
  for (let i = 0; i < n; i++) {
    const g = memory[gradient + i];
    const old = memory[first + i];
    const m = fround(old + fround(a * fround(g - old)));
    const v = fround(fround(beta * memory[second + i]) + fround(fround(b * g) * g));
    memory[first + i] = m;
    memory[second + i] = v;
    const length = fround(fround(fround(Math.sqrt(v)) / root) + epsilon);
    memory[theta + i] = fround(keep * memory[theta + i]) - fround(rate * fround(m / length));
  }
}
