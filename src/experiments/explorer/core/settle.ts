/** @file Training to the very end: Newton's method from where a network stands to the minimum beside it. */
import { type Dataset, exampleValues, type Loss, type Mlp, meanGradient } from '../../../autodiff/index.ts';
import { hessianMatrix } from '../../../curvature/index.ts';
import { dot, maxAbs, mean, symmetricEigen, type Vec } from '../../../linalg/index.ts';

/** What is minimised: the mean loss and ½ w ‖θ‖². */
export interface Penalised {
  readonly model: Mlp;
  readonly loss: Loss;
  readonly data: Dataset;
  readonly penalty: number;
}

const MOST_STEPS = 60;
/** Largest entry of the gradient at the end. */
const TOLERANCE = 1e-10;
/** Eigenvalues of less than this share of the largest count as this. */
const FLOOR = 1e-9;

/**
 * θ of the minimum beside the given one, by θ ← θ − t |H + wI|⁻¹ ∇J: eigenvalues by their sizes, so that every step descends, with t halved
 * until J falls. Close to the minimum t is 1 and the number of correct digits doubles with every step.
 *
 * @returns θ, and the largest entry of the gradient there. Cost: a Hessian and an eigendecomposition per step, O(D³).
 */
export function settle(problem: Penalised, start: Vec): { theta: Vec; gradient: number } {
  const { model, loss, data, penalty } = problem;
  let theta: Vec = start.slice();
  for (let step = 0; ; step++) {
    const gradient = meanGradient(model, loss, theta, data);
    for (let k = 0; k < theta.length; k++) gradient[k] += penalty * theta[k];
    const largest = maxAbs(gradient);
    if (largest <= TOLERANCE || step === MOST_STEPS) return { theta, gradient: largest };
    const next = descend(problem, theta, newtonStep(problem, theta, gradient));
    if (next === undefined) return { theta, gradient: largest };
    theta = next;
  }
}

function newtonStep({ model, loss, data, penalty }: Penalised, theta: Vec, gradient: Vec): Vec {
  const { values, vectors } = symmetricEigen(hessianMatrix({ model, loss, theta, data }), {
    overwrite: true,
  });
  const sizes = values.map((sigma) => Math.abs(sigma + penalty));
  const least = FLOOR * maxAbs(sizes);
  const out = new Float64Array(theta.length);
  for (const [k, size] of sizes.entries()) {
    const v = vectors.column(k);
    const share = dot(v, gradient) / Math.max(size, least);
    for (let i = 0; i < out.length; i++) out[i] -= share * v[i];
  }
  return out;
}

/** The longest of θ + step, θ + step/2, … at which J is lower; undefined when none is, in double precision. */
function descend(problem: Penalised, theta: Vec, step: Vec): Vec | undefined {
  const now = objective(problem, theta);
  for (let t = 1; t > 1e-6; t /= 2) {
    const next = theta.map((value, k) => value + t * step[k]);
    if (objective(problem, next) < now) return next;
  }
  return undefined;
}

function objective({ model, loss, data, penalty }: Penalised, theta: Vec): number {
  return mean(exampleValues(model, loss, theta, data)) + 0.5 * penalty * dot(theta, theta);
}
