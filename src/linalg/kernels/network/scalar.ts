/** @file The scalar tier of the kernels of other networks than an Mlp. */
import type { Vec } from '../../matrix.ts';
import type { NetworkKernels } from './kernels.ts';
import { adamwKernel } from './scalar-adamw.ts';
import {
  adjointStepKernel,
  affineInputTangentKernel,
  affineTangentKernel,
  affineWeightTangentKernel,
} from './scalar-adjoint.ts';
import { multiplyExamplesKernel } from './scalar-batched.ts';
import * as curves from './scalar-curves.ts';
import { normaliseCurveKernel, normaliseKernel, normaliseSlopeKernel } from './scalar-normalise.ts';
import * as pools from './scalar-pools.ts';
import { softCrossEntropyKernel } from './scalar-soft-labels.ts';
import { softmaxCurveKernel, softmaxKernel, softmaxSlopeKernel } from './scalar-softmax.ts';
import { lookUpAdjointKernel, lookUpKernel } from './scalar-tables.ts';
import { foldKernel, unfoldKernel } from './scalar-windows.ts';

/** The kernels on any memory. */
export function scalarNetworkKernels(m: Vec): NetworkKernels {
  return {
    unfold: (_, xCols, yRows, _cols, windows, x, y) => unfoldKernel(m, xCols, yRows, windows, x, y),
    fold: (xRows, xCols, yRows, _, windows, y, x) => foldKernel(m, xRows, xCols, yRows, windows, y, x),
    maxPool: (xRows, xCols, _rows, _cols, windows, x, y, index) =>
      pools.maxPoolKernel(m, xRows, xCols, windows, x, y, index),
    gather: (_, n, index, x, out) => pools.gatherKernel(m, n, index, x, out),
    scatter: (xSize, n, index, y, x) => pools.scatterKernel(m, xSize, n, index, y, x),
    averagePool: (xRows, xCols, _rows, _cols, windows, x, y) =>
      pools.averagePoolKernel(m, xRows, xCols, windows, x, y),
    spreadPool: (xRows, xCols, _rows, _cols, windows, y, x) =>
      pools.spreadPoolKernel(m, xRows, xCols, windows, y, x),
    normalise: (...given) => normaliseKernel(m, ...given),
    normaliseSlope: (...given) => normaliseSlopeKernel(m, ...given),
    normaliseCurve: (...given) => normaliseCurveKernel(m, ...given),
    softmax: (...given) => softmaxKernel(m, ...given),
    softmaxSlope: (...given) => softmaxSlopeKernel(m, ...given),
    softmaxCurve: (...given) => softmaxCurveKernel(m, ...given),
    adamw: (...given) => adamwKernel(m, ...given),
    affineTangent: (...given) => affineTangentKernel(m, ...given),
    affineInputTangent: (...given) => affineInputTangentKernel(m, ...given),
    affineWeightTangent: (...given) => affineWeightTangentKernel(m, ...given),
    adjointStep: (...given) => adjointStepKernel(m, ...given),
    softCrossEntropy: (...given) => softCrossEntropyKernel(m, ...given),
    lookUp: (...given) => lookUpKernel(m, ...given),
    lookUpAdjoint: (...given) => lookUpAdjointKernel(m, ...given),
    silu: (...given) => curves.siluKernel(m, ...given),
    softplus: (...given) => curves.softplusKernel(m, ...given),
    leakyRelu: (...given) => curves.leakyReluKernel(m, ...given),
    geluInner: (...given) => curves.geluInnerKernel(m, ...given),
    geluOuter: (...given) => curves.geluOuterKernel(m, ...given),
    select: (...given) => curves.selectKernel(m, ...given),
    transposeExamples: (...given) => curves.transposeExamplesKernel(m, ...given),
    multiplyExamples: (...given) => multiplyExamplesKernel(m, ...given),
  };
}
