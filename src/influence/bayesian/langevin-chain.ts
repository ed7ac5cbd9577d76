/** @file One chain of stochastic gradient Langevin dynamics around fitted parameters. */
import { datasetSize } from '../../autodiff/dataset.ts';
import { meanGradient } from '../../autodiff/mean-loss.ts';
import { exampleValues } from '../../autodiff/per-example.ts';
import { asProblem, type ProblemInput } from '../../curvature/problem.ts';
import { checkNumber, checkObject } from '../../linalg/border/arguments.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkNonNegative } from '../../linalg/checks.ts';
import type { Vec } from '../../linalg/matrix.ts';
import { Rng } from '../../linalg/random/random.ts';
import { streamName } from '../../linalg/random/stream-name.ts';
import { mean, norm2 } from '../../linalg/sum.ts';
import { BatchGradient } from './batch-gradient.ts';
import { ChainDivergenceError } from './chain-divergence-error.ts';
import { ExampleOrder } from './example-order.ts';
import { asSettings, RMSPROP_DECAY, RMSPROP_FLOOR, type SamplerSettings } from './sampler-settings.ts';

/** Where a chain stands: with its problem and settings, all that its future depends on. Random streams are named by `steps`. */
export interface ChainState {
  /** Number of the chain, which names its streams. */
  readonly chain: number;
  /** Langevin steps taken. */
  readonly steps: number;
  /** w, shape [D]. */
  readonly theta: Vec;
  /** V of `rmsprop-sgld`, shape [D]; empty for `sgld`. */
  readonly squares: Vec;
}

/** The state of chain `chain` over d parameters, plain lists made vectors. @throws {DomainError} it is none. */
function asChainState(
  where: string,
  state: ChainState,
  chain: number,
  d: number,
  preconditioned: boolean,
): ChainState {
  checkObject(where, 'state', state);
  checkInteger(where, 'state.chain', state.chain, chain, chain);
  checkInteger(where, 'state.steps', state.steps, 0, Number.MAX_SAFE_INTEGER);
  const theta = asVector(where, 'state.theta', state.theta);
  checkLength(where, 'state.theta', theta, d);
  checkFinite(where, 'state.theta', theta);
  const squares = asVector(where, 'state.squares', state.squares);
  checkLength(where, 'state.squares', squares, preconditioned ? d : 0);
  for (const value of squares) checkNonNegative(where, 'state.squares', value);
  return { chain, steps: state.steps, theta, squares };
}

/** 32-bit words that one normal number takes from its stream. */
const WORDS = 2;

/**
 * w_{t+1} = w_t − (ε/2) G [nβ ĝ_t + γ(w_t − w*)] + √(εG) ξ_t on the parameters that move, ξ_t standard normal; G = 1, or that of RMSprop, see
 * `SamplingMethod`. ĝ_t is the gradient of the mean loss of step t's minibatch (`ExampleOrder`). w_0 = w*.
 *
 * Chain c's noise is the stream rng(seed, ...path, 'langevin-noise', c): it depends on nothing but seed, path, c and t.
 *
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} problem, chain or state are not valid.
 * Cost: per step one gradient over the minibatch and a normal number per moving parameter; no allocation but that of a shuffle.
 * Reference: Welling & Teh 2011; Li, Chen, Carlson & Carin 2016; the constants are those of devinterp (van Wingerden et al. 2024).
 * @example
 * const chain = new LangevinChain(problem, resolveSampler(problem), 0);
 * for (let t = 0; t < 100; t++) chain.step();
 * const later = new LangevinChain(problem, settings, 0, chain.state()); // goes on with the same bits
 */
export class LangevinChain {
  readonly chain: number;
  /** w, shape [D]: a view that `step` changes. */
  readonly theta: Vec;
  private readonly settings: SamplerSettings;
  private readonly anchor: Vec;
  private readonly squares: Vec;
  private readonly gradient: BatchGradient;
  private readonly order: ExampleOrder;
  private readonly random: Rng;
  /** ξ of the step, shape [moving parameters]. */
  private readonly noise: Vec;
  /** ‖∇L(w*)‖ on the moving parameters. */
  private readonly slope: number;
  /** L(w*). */
  private readonly startLoss: number;
  private taken: number;

  constructor(given: ProblemInput, decided: SamplerSettings, chain: number, state?: ChainState) {
    const where = 'LangevinChain';
    const problem = asProblem(where, given);
    const settings = asSettings(where, decided, problem);
    checkInteger(where, 'chain', chain, 0, Number.MAX_SAFE_INTEGER);
    const { model, loss, theta, data } = problem;
    const { seed, path, batch, parameters, method } = settings;
    const d = model.parameterCount;
    const preconditioned = method === 'rmsprop-sgld';
    const known = state === undefined ? undefined : asChainState(where, state, chain, d, preconditioned);
    this.chain = chain;
    this.settings = settings;
    this.anchor = theta;
    this.theta = (known?.theta ?? theta).slice();
    this.squares = known?.squares.slice() ?? new Float64Array(preconditioned ? d : 0);
    this.taken = known?.steps ?? 0;
    this.gradient = new BatchGradient(model, loss, data, batch);
    this.order = new ExampleOrder(datasetSize(data), batch, seed, path, chain);
    const drawn = WORDS * parameters.length * this.taken;
    this.random = new Rng(streamName(seed, ...path, 'langevin-noise', chain), drawn);
    this.noise = new Float64Array(parameters.length);
    const whole = meanGradient(model, loss, theta, data);
    this.slope = norm2(Float64Array.from(parameters, (j) => whole[j]));
    this.startLoss = mean(exampleValues(model, loss, theta, data));
  }

  /** Langevin steps taken, burn-in included. */
  get steps(): number {
    return this.taken;
  }

  /** Takes one step. */
  step(): void {
    const { order, gradient, theta } = this;
    order.load(this.taken);
    gradient.evaluate(theta, order.examples);
    this.random.fillNormal(this.noise);
    if (this.squares.length === 0) this.move();
    else this.movePreconditioned();
    this.taken++;
  }

  /** A copy of where the chain stands. */
  state(): ChainState {
    return {
      chain: this.chain,
      steps: this.taken,
      theta: this.theta.slice(),
      squares: this.squares.slice(),
    };
  }

  /**
   * Takes the steps up to draw k = 0, 1, …, which comes after burnIn + (k + 1) stepsPerDraw steps, and looks at the distance after each.
   *
   * @throws {DomainError} k is not within the draws of the settings.
   * @throws {ChainDivergenceError} ‖w − w*‖ is greater than `divergenceLimit` times √(d·s + (nβ‖∇L(w*)‖ s')²) with s = min(1/γ, εt),
   * s' = min(1/γ, εt/2): the spread of the localising Gaussian, or of free noise, with the drift where w* is no minimum. On a
   * convex loss the root is about the most that the distance has on average.
   */
  stepsTo(k: number): void {
    checkInteger('LangevinChain.stepsTo', 'k', k, 0, this.settings.draws - 1);
    const target = this.settings.burnIn + (k + 1) * this.settings.stepsPerDraw;
    while (this.taken < target) {
      this.step();
      this.checkDistance(k);
    }
  }

  /**
   * Refuses a draw whose mean training loss is too high.
   *
   * @param loss - L(w) over all training examples. @param draw - Draws counted before.
   * @throws {ChainDivergenceError} L(w) − L(w*) is greater than `divergenceLimit` times d/(2nβ), which is the most that a quadratic
   * posterior of d parameters has on average; or NaN.
   */
  checkLoss(loss: number, draw: number): void {
    checkNumber('LangevinChain.checkLoss', 'loss', loss);
    checkInteger('LangevinChain.checkLoss', 'draw', draw, 0, Number.POSITIVE_INFINITY);
    const { parameters, nBeta, divergenceLimit } = this.settings;
    const rise = loss - this.startLoss;
    const limit = (divergenceLimit * parameters.length) / (2 * nBeta);
    if (!(rise <= limit)) this.refuse('loss', rise, limit, draw);
  }

  private checkDistance(draw: number): void {
    const { theta, anchor, settings } = this;
    const { parameters, gamma, nBeta, divergenceLimit, stepSize, method } = settings;
    let sum = 0;
    for (let k = 0; k < parameters.length; k++) {
      const gap = theta[parameters[k]] - anchor[parameters[k]];
      sum += gap * gap;
    }
    const reach = (method === 'sgld' ? stepSize : stepSize / RMSPROP_FLOOR) * this.taken;
    const drift = nBeta * this.slope * Math.min(1 / gamma, reach / 2);
    const limit = Math.sqrt(parameters.length * Math.min(1 / gamma, reach) + drift * drift);
    const value = Math.sqrt(sum);
    if (!(value <= divergenceLimit * limit)) this.refuse('distance', value, divergenceLimit * limit, draw);
  }

  private refuse(quantity: 'distance' | 'loss', value: number, limit: number, draw: number): never {
    const { stepSize } = this.settings;
    const what = { chain: this.chain, step: this.taken, draw, quantity, value, limit, stepSize };
    throw new ChainDivergenceError('LangevinChain', what);
  }

  private move(): void {
    const { theta, anchor, noise } = this;
    const { parameters, stepSize, nBeta, gamma } = this.settings;
    const g = this.gradient.gradient;
    const half = stepSize / 2;
    const width = Math.sqrt(stepSize);
    for (let k = 0; k < parameters.length; k++) {
      const j = parameters[k];
      const drift = nBeta * g[j] + gamma * (theta[j] - anchor[j]);
      theta[j] = theta[j] - half * drift + width * noise[k];
    }
  }

  private movePreconditioned(): void {
    const { theta, anchor, noise, squares } = this;
    const { parameters, stepSize, nBeta, gamma } = this.settings;
    const g = this.gradient.gradient;
    for (let k = 0; k < parameters.length; k++) {
      const j = parameters[k];
      squares[j] = RMSPROP_DECAY * squares[j] + (1 - RMSPROP_DECAY) * (g[j] * g[j]);
      const rate = stepSize / (Math.sqrt(squares[j]) + RMSPROP_FLOOR);
      const drift = nBeta * g[j] + gamma * (theta[j] - anchor[j]);
      theta[j] = theta[j] - 0.5 * rate * drift + Math.sqrt(rate) * noise[k];
    }
  }
}
