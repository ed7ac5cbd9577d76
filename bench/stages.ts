/** @file Where the time of a piece of work goes: its stages, timed apart on the inputs of the work. */
import { BatchProgram } from '../src/autodiff/batch-program.ts';
import { type ClassificationData, type Network, sweepExamples } from '../src/autodiff/index.ts';
import { hessianMatrix, type Problem } from '../src/curvature/index.ts';
import { multiplyByReflections, reflectionRoom } from '../src/linalg/eigen/compact-wy.ts';
import { divideAndConquer, mergeRoom } from '../src/linalg/eigen/divide-and-conquer.ts';
import { reductionRoom, tridiagonalise } from '../src/linalg/eigen/tridiagonal.ts';
import type { Matrix, Vec } from '../src/linalg/index.ts';
import { withWorkspace } from '../src/linalg/workspace.ts';
import { median } from './harness.ts';

/** Seconds per stage. */
export type Stages = Record<string, number>;

const REPEATS = 3;
const LOOPS = 200;

function seconds(body: () => unknown): number {
  const start = performance.now();
  body();
  return (performance.now() - start) / 1e3;
}

/** The median of each stage over a few runs. */
function repeated(run: () => Stages): Stages {
  const runs = Array.from({ length: REPEATS }, run);
  return Object.fromEntries(
    Object.keys(runs[0]).map((stage) => [stage, median(runs.map((stages) => stages[stage]))]),
  );
}

/** The three steps of symmetricEigen on a matrix of norm about 1 to 100. */
export function eigenStages(a: Matrix): Stages {
  const n = a.rows;
  return repeated(() =>
    withWorkspace(mergeRoom(n) + reflectionRoom(n) + n * n, (room) =>
      withWorkspace(reductionRoom(n), (work) => {
        work.set(a.data);
        const start = performance.now();
        const reduction = tridiagonalise(work, n);
        const reduced = performance.now();
        const pairs = divideAndConquer(reduction.diagonal, reduction.offDiagonal, undefined, room);
        const conquered = performance.now();
        multiplyByReflections(pairs.rows, pairs.values.length, reduction, room.subarray(n * n));
        const end = performance.now();
        return {
          tridiagonalise: (reduced - start) / 1e3,
          'divide and conquer': (conquered - reduced) / 1e3,
          'back-transform': (end - conquered) / 1e3,
        };
      }),
    ),
  );
}

/** The sweeps of the exact Hessian; its products, with what collects for them, are the rest. */
export function hessianStages(problem: Problem): Stages {
  const { model, loss, theta, data } = problem;
  const directions = Math.min(16, Math.max(...model.sites.map((layer) => layer.outputs)));
  return repeated(() => {
    const whole = seconds(() => hessianMatrix(problem));
    const sweeps = seconds(() =>
      sweepExamples(model, loss, theta, data, { directions }, (sweep) => {
        sweep.forward();
        sweep.backward();
        for (const { index, outputs } of model.sites)
          for (let first = 0; first < outputs; first += directions) {
            sweep.seedUnits(index, first, Math.min(directions, outputs - first));
            sweep.forwardTangent();
            sweep.backwardTangent();
          }
      }),
    );
    return { sweeps, products: Math.max(whole - sweeps, 0) };
  });
}

/** One SGD step on a batch of examples spread over the data. */
export function stepStages(model: Network, theta: Vec, data: ClassificationData, batch: number): Stages {
  const options = { state: 1, room: 3, resident: data.inputs };
  const step = new BatchProgram(model, 'cross-entropy', batch, options, (tape, values) => tape.mean(values));
  const { program, spare } = step;
  const { kernels, memory } = program.arena;
  const { theta: parameters, state } = program.plan;
  const order = Int32Array.from({ length: data.labels.length }, (_, i) => (i * 389) % data.labels.length);
  const loop = (body: (i: number) => void): number =>
    seconds(() => {
      for (let i = 0; i < LOOPS; i++) body(i);
    }) / LOOPS;
  const run = (): Stages => {
    program.parameters.set(theta);
    memory.set([0, 0.9, 0], spare); // a rate of 0 leaves θ where it is
    return {
      gather: loop((i) => step.loadSelected(data, order, (i * batch) % (order.length - batch))),
      forward: loop(() => program.forward()),
      reverse: loop(() => program.backward()),
      update: loop(() =>
        kernels.sgd(program.parameterCount, spare, parameters.bar, state[0], parameters.value),
      ),
    };
  };
  for (let i = 0; i < 50; i++) run(); // let the engine compile
  return repeated(run);
}
