/** @file What a run would take: jobs counted, a few steps of each kind measured on this machine. */
import { Trainer } from '../../autodiff/index.ts';
import { ekfac, type Problem } from '../../curvature/index.ts';
import { astraPreconditioner, minibatchCurvature } from '../../influence/index.ts';
import { Matrix, rng, type Vec } from '../../linalg/index.ts';
import { duration } from '../engine/progress.ts';
import type { Output } from '../terminal/output.ts';
import { subsetsOf } from './groups.ts';
import { jacobianCurvature } from './jacobian-curvature.ts';
import { ASTRA_METHODS, isSmall, variantsOf } from './method.ts';
import { astraModel, type DataFolder, settingSets } from './network.ts';
import type { AstraCase } from './run-astra.ts';
import type { AstraSetting, AstraSize } from './setting.ts';

/** Seconds of one core. */
interface Estimate {
  readonly retraining: number;
  /** One iteration of a stochastic solver for all queries. */
  readonly iteration: number;
  readonly retrainings: number;
  readonly solves: number;
}

/** Right-hand sides in the measured step of a solver. */
const ROWS = 8;

/** Counts everything as if nothing were stored; methods that do not iterate, and studies, are left out: they are minutes. */
export function planAstra(cases: readonly AstraCase[], workers: number, data: DataFolder): Output {
  const estimates = cases.map(({ setting, size }) => ({
    setting,
    size,
    estimate: estimateCase(setting, size, data),
  }));
  return {
    figures: {
      workers,
      settings: Object.fromEntries(estimates.map(({ setting, estimate }) => [setting.name, { ...estimate }])),
    },
    lines: estimates.flatMap(({ setting, size, estimate }) => [
      `${setting.name}: ${size.subsets} masks × ${size.seeds} retrainings of ${estimate.retraining.toPrecision(2)} s: ${duration(estimate.retrainings)} of one core`,
      `${setting.name}: iterative solves for ${size.queries} queries at ${size.models} base models, ${estimate.iteration.toPrecision(2)} s per iteration: ${duration(estimate.solves)} of one core`,
      `${setting.name}: about ${duration((estimate.retrainings + estimate.solves) / workers)} with ${workers} workers, each on a core of its own`,
    ]),
  };
}

function estimateCase(setting: AstraSetting, size: AstraSize, data: DataFolder): Estimate {
  const { training, loss, solver } = setting;
  const { train } = settingSets(setting, data);
  const model = astraModel(setting);
  const [subset] = subsetsOf(setting, 1);
  const trainer = new Trainer(model, loss, train, { ...training, epochs: 1 });
  trainer.train({ seed: 0, subset: subset.subarray(0, training.batch) }); // records the program
  let theta: Vec = new Float64Array(0);
  const epoch = seconds(() => {
    theta = trainer.train({ seed: 0, subset });
  });
  const problem = { model, loss, theta, data: train };
  const blocks = size.queries / ROWS;
  const iteration = isSmall(setting)
    ? (size.queries / ROWS) * matrixStep(problem, setting)
    : blocks * tangentStep(problem, setting);
  const retraining = epoch * training.epochs;
  const iterated = variantsOf(setting).filter(({ method }) => ASTRA_METHODS[method].blocks);
  // in the span of the gradients, plain Neumann iterations cost next to nothing
  const astraRuns = iterated.filter(({ method }) => method !== 'lissa').length;
  const cheap = isSmall(setting) && setting.resnet === undefined;
  const neumannRuns = cheap ? 0 : iterated.length - astraRuns;
  return {
    retraining,
    iteration,
    retrainings: retraining * size.subsets * size.seeds,
    solves:
      size.models * iteration * (astraRuns * solver.iterations + neumannRuns * solver.neumannIterations),
  };
}

/** Two products with a block of the Jacobian. */
function matrixStep({ model }: Problem, { solver, draw }: AstraSetting): number {
  const jacobian = noise(Math.min(solver.batch, draw.train) * model.outputs, model.parameterCount);
  const source = jacobianCurvature(jacobian, { batch: 'full', seed: 0 });
  const rows = noise(ROWS, model.parameterCount);
  source.mean.applyRows(rows);
  return seconds(() => source.mean.applyRows(rows));
}

/** Tangent sweeps over a batch, and a solve with EK-FAC. */
function tangentStep(problem: Problem, { solver, fisher, dampings }: AstraSetting): number {
  const inverse = astraPreconditioner(ekfac(problem, { fisher }), dampings[0]);
  const source = minibatchCurvature(problem, { batch: solver.batch });
  const rows = noise(ROWS, problem.model.parameterCount);
  inverse.applyRows(source.at(0, 0).applyRows(rows));
  return seconds(() => inverse.applyRows(source.at(0, 1).applyRows(rows)));
}

function noise(rows: number, cols: number): Matrix {
  return new Matrix(rows, cols, rng(0, 'plan').fillNormal(new Float64Array(rows * cols)));
}

/** Processor time: what others do on the machine does not count. */
function seconds(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
