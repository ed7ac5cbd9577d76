/** @file The scalar tier of the arena kernels: pure TypeScript on an ordinary array. */
import type { Vec } from '../matrix.ts';
import type { Arena, ArenaKernels } from './arena.ts';
import { affineBiasKernel, affineInputKernel, affineKernel, affineWeightKernel } from './arena-affine.ts';
import * as columns from './arena-columns.ts';
import * as elementwise from './arena-elementwise.ts';

/** An arena of `length` doubles, all zero, with the kernels of the scalar tier. */
export function scalarArena(length: number): Arena {
  const memory = new Float64Array(length);
  return { memory, kernels: scalarArenaKernels(memory) };
}

/** The scalar kernels on any memory. */
export function scalarArenaKernels(m: Vec): ArenaKernels {
  return {
    fill: (n, value, out) => {
      m.fill(value, out, out + n);
    },
    copy: (n, x, out) => {
      m.copyWithin(out, x, x + n);
    },
    add: (n, x, out) => elementwise.addKernel(m, n, x, out),
    subtract: (n, x, z, out) => elementwise.subtractKernel(m, n, x, z, out),
    scale: (n, c, x, out) => elementwise.scaleKernel(m, n, c, x, out),
    scaleBy: (n, factor, x, out) => elementwise.scaleKernel(m, n, m[factor], x, out),
    multiply: (n, x, z, out) => elementwise.multiplyKernel(m, n, x, z, out),
    multiplyAdd: (n, x, z, out) => elementwise.multiplyAddKernel(m, n, x, z, out),
    multiplyAdd3: (n, a, b, c, out) => elementwise.multiplyAdd3Kernel(m, n, a, b, c, out),
    tanh: (n, x, y, slope, curvature) => elementwise.tanhKernel(m, n, x, y, slope, curvature),
    relu: (n, x, y, slope, curvature) => elementwise.reluKernel(m, n, x, y, slope, curvature),
    gelu: (n, x, y, slope, curvature) => elementwise.geluKernel(m, n, x, y, slope, curvature),
    sigmoid: (n, x, y, slope, curvature) => elementwise.sigmoidKernel(m, n, x, y, slope, curvature),
    logSigmoid: (n, x, y, slope, curvature) => elementwise.logSigmoidKernel(m, n, x, y, slope, curvature),
    map: (n, phi, x, y, slope, curvature) => elementwise.mapKernel(m, n, phi, x, y, slope, curvature),
    columnDot: (rows, batch, x, z, out) => columns.columnDotKernel(m, rows, batch, x, z, out),
    scaleColumns: (rows, batch, x, g, out) => columns.scaleColumnsKernel(m, rows, batch, x, g, out),
    scaleColumnsAdd: (rows, batch, x, g, out) => columns.scaleColumnsAddKernel(m, rows, batch, x, g, out),
    sumColumns: (rows, batch, x, out) => columns.sumColumnsKernel(m, rows, batch, x, out),
    gatherColumns: (cols, batch, rows, x, out) =>
      columns.gatherColumnsKernel(cols, batch, m, rows, m, x, m, out),
    spreadColumns: (rows, batch, x, out) => columns.spreadColumnsKernel(m, rows, batch, x, out),
    margin: (classes, batch, u, labels, y, out) => columns.marginKernel(m, classes, batch, u, labels, y, out),
    marginCurve: (classes, batch, n, labels, v, g, out) =>
      columns.marginCurveKernel(m, classes, batch, n, labels, v, g, out),
    affine: (outputs, inputs, width, batch, start, w, bias, x, y) =>
      affineKernel(m, outputs, inputs, width, batch, start, w, bias, x, y),
    affineInput: (outputs, inputs, width, batch, start, w, yBar, xBar) =>
      affineInputKernel(m, outputs, inputs, width, batch, start, w, yBar, xBar),
    affineWeight: (outputs, inputs, width, batch, start, yBar, x, wBar) =>
      affineWeightKernel(m, outputs, inputs, width, batch, start, yBar, x, wBar),
    affineBias: (outputs, width, batch, yBar, biasBar) =>
      affineBiasKernel(m, outputs, width, batch, yBar, biasBar),
    sgd: (n, settings, gradient, velocity, theta) =>
      elementwise.sgdKernel(m, n, settings, gradient, velocity, theta),
  };
}
