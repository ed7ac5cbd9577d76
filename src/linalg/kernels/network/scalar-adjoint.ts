/** @file What one adjoint of training needs: two products of a layer in one sum, and a step of SGD backwards. */
import type { Vec } from '../../matrix.ts';
import { NOT_WANTED, START_PRESENT, START_ZERO } from '../arena.ts';
import { affineInputKernel, affineKernel, affineWeightKernel, biasSum } from '../arena-affine.ts';

const LANES = 8;

/** u ← μ u + r p and sums of squares of p; see NetworkKernels. */
export function adjointStepKernel(
  m: Vec,
  n: number,
  settings: number,
  p: number,
  u: number,
  squares: number,
): void {
  const momentum = m[settings];
  const rate = m[settings + 1];
  m.fill(0, squares, squares + LANES);
  for (let i = 0; i < n; i += LANES)
    for (let j = 0; j < LANES; j++) {
      const v = m[p + i + j];
      m[squares + j] += v * v;
      m[u + i + j] = momentum * m[u + i + j] + rate * v;
    }
}

/** y ← (start + U x) + W z; see NetworkKernels. */
export function affineTangentKernel(
  m: Vec,
  outputs: number,
  inputs: number,
  width: number,
  batch: number,
  start: number,
  u: number,
  bias: number,
  x: number,
  w: number,
  z: number,
  y: number,
): void {
  affineKernel(m, outputs, inputs, width, batch, start, u, bias, x, y);
  affineKernel(m, outputs, inputs, width, batch, START_PRESENT, w, w, z, y);
}

/** x̄ ← (0 + Wᵀ y) + Uᵀ z; see NetworkKernels. */
export function affineInputTangentKernel(
  m: Vec,
  outputs: number,
  inputs: number,
  width: number,
  batch: number,
  w: number,
  y: number,
  u: number,
  z: number,
  xBar: number,
): void {
  affineInputKernel(m, outputs, inputs, width, batch, START_ZERO, w, y, xBar);
  affineInputKernel(m, outputs, inputs, width, batch, START_PRESENT, u, z, xBar);
}

/** w̄ ← (w̄ + ẏ xᵀ) + y ẋᵀ, b̄ ← b̄ + ẏ 1; see NetworkKernels. */
export function affineWeightTangentKernel(
  m: Vec,
  outputs: number,
  inputs: number,
  width: number,
  batch: number,
  yDot: number,
  x: number,
  y: number,
  xDot: number,
  biasBar: number,
  wBar: number,
): void {
  affineWeightKernel(m, outputs, inputs, width, batch, START_PRESENT, yDot, x, wBar);
  if (biasBar !== NOT_WANTED)
    for (let i = 0; i < outputs; i++) m[biasBar + i * width] += biasSum(m, batch, yDot + i * batch);
  if (y !== NOT_WANTED) affineWeightKernel(m, outputs, inputs, width, batch, START_PRESENT, y, xDot, wBar);
}
