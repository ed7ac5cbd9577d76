/** @file Reverse mode through steps of training: many adjoints at once taken back through one step on a batch. */
import { NOT_WANTED, START_BIAS, START_ZERO } from '../linalg/kernels/arena.ts';
import { type AllKernels, networkKernels } from '../linalg/kernels/network/in-arena.ts';
import type { Matrix, Vec } from '../linalg/matrix.ts';
import { BatchProgram } from './batch-program.ts';
import type { CompiledTape } from './compiled-tape.ts';
import { type Dataset, isWeighted } from './dataset.ts';
import type { Loss } from './functions.ts';
import type { Network } from './network.ts';
import { ABSENT } from './op.ts';
import { affine } from './ops/affine.ts';
import type { StepBackward } from './optimisers/optimiser.ts';
import type { Buffers } from './plan.ts';
import type { Step } from './steps.ts';
import type { AnyTrainingConfig } from './training-config.ts';
import type { TakenStep } from './training-replay.ts';
import { residentInputs } from './training-step.ts';

/** The curvature C of a batch in the adjoint: its Hessian H, its Gauss–Newton matrix G, or the mean of the two, G + (H − G)/2. */
export type AdjointCurvature = 'hessian' | 'ggn' | 'mean';

/** Where the arrays of one linear op lie in the arena: s = W a + b. */
interface Linear {
  readonly inputs: number;
  readonly outputs: number;
  readonly width: number;
  readonly columns: number;
  /** W, its first element within θ, and that of the bias; {@link ABSENT} without one. */
  readonly w: number;
  readonly block: number;
  readonly bias: number;
  /** a, its tangent, and where the tangent of its cotangent goes; the last two {@link ABSENT} where a does not depend on θ. */
  readonly a: number;
  readonly aDot: number;
  readonly aBarDot: number;
  /** The tangent of s, its cotangent δ and the tangent of δ. */
  readonly sDot: number;
  readonly delta: number;
  readonly deltaDot: number;
}

/** One op in a sweep: a linear one by its arrays, any other by its rule. */
interface SweepStep extends Step {
  readonly linearOp: Linear | undefined;
}

/** Momentum, −η of the step before, weight decay, ½. */
const SETTINGS = 4;
/** Lanes of a sum of squares. */
const LANES = 8;

/**
 * The step v ← μ v + g(θ) + λ θ, θ ← θ − η v on the mean loss of a batch, backwards. With p = ∂m/∂θ and u = ∂m/∂v behind the step (u holds
 * what reaches v through θ too), C the curvature of the batch's mean loss at θ, and η′ the rate of the step before:
 *
 *   ∂m/∂w_i += ⟨u, ∇ℓ_i(θ)⟩ / B,   p ← p + C u + λ u,   u ← μ u − η′ p.
 *
 * Of another optimiser p and what is owed to its states go back as it says, and u is what is owed to the gradient of the step.
 *
 * Forward over reverse as the rules of the ops say, but what the rule of a linear op does is done here by hand: u is read where it lies, and C u
 * added to p in place. One adjoint after the other, so that its arrays stay in the cache.
 * ⟨u, ∇ℓ_i⟩ is the tangent of the logits times the cotangent of the logits: no gradient of an example is formed.
 *
 * Cost per adjoint: 6 products [outputs, inputs, batch] per layer with the Hessian or the mean, 4 with the Gauss–Newton matrix, 2 in the first layer.
 * Nothing is allocated by a step. Both tiers of kernels give the same bits.
 */
export class AdjointSweep {
  readonly size: number;
  private readonly program: CompiledTape;
  /** Those of the program and of the second module: the same bits, more of them compiled for this. */
  private readonly kernels: AllKernels;
  private readonly recorded: BatchProgram;
  /** In order, and in reverse. */
  private readonly forward: readonly SweepStep[];
  private readonly reverse: readonly SweepStep[];
  /** Weights are used at several positions, in groups or as tables: every op is run by its rule, on copies of u and p. */
  private readonly general: boolean;
  private readonly positions: number;
  private readonly decays: boolean;
  private readonly capacity: number;
  /** Doubles from one adjoint to the next: D, padded with zeros to whole cache lines. */
  private readonly stride: number;
  /** Offsets in the arena: {@link SETTINGS} numbers; a number per example; {@link LANES}; one adjoint; all u; all p. */
  private readonly settings: number;
  private readonly products: number;
  private readonly lanes: number;
  private readonly scaled: number;
  private readonly u: number;
  private readonly p: number;
  private readonly logits: { readonly rows: number; readonly bar: number; readonly dot: number };
  /** Cotangents of the network up to the logits, as offset and length, which `mean` halves: H − G is linear in them. */
  private readonly halved: readonly (readonly [number, number])[];

  /** Of another optimiser than SGD: its steps backwards, and what is owed to its states, for each adjoint. */
  private readonly backward: StepBackward | undefined;
  private states: readonly (readonly Vec[])[];

  /** @param size - Examples of the batch. @param capacity - How many adjoints there is room for. */
  constructor(
    model: Network,
    loss: Loss,
    size: number,
    data: Dataset,
    config: AnyTrainingConfig,
    adjoint: AdjointCurvature,
    capacity: number,
  ) {
    this.size = size;
    this.capacity = capacity;
    const { momentum = 0, weightDecay = 0, optimiser } = config;
    this.decays = weightDecay > 0;
    this.stride = padded(model.parameterCount);
    const all = capacity * this.stride;
    this.general = !model.plain;
    this.positions = model.outputPositions;
    const lengths = [SETTINGS, size * this.positions, LANES, this.stride, all, all].map(padded);
    const room = lengths.reduce((sum, length) => sum + length, LANES);
    const options = { directions: 1, room, weighted: isWeighted(data), ...residentInputs(data.inputs) };
    this.recorded = new BatchProgram(model, loss, size, options, (tape, values) => tape.mean(values));
    const { program, nodes, spare } = this.recorded;
    this.program = program;
    this.kernels = networkKernels(program.arena);
    let end = padded(spare);
    const places = lengths.map((length) => {
      end += length;
      return end - length;
    });
    [this.settings, this.products, this.lanes, this.scaled, this.u, this.p] = places;
    const { memory } = program.arena;
    memory.set([momentum, 0, weightDecay, 0.5], this.settings);
    const { rows, bar, dot } = program.plan.nodes[nodes.logits.id];
    this.logits = { rows, bar, dot };
    const cotangents = program.plan.nodes.slice(0, nodes.logits.id + 1).filter(({ bar }) => bar !== ABSENT);
    this.halved = adjoint === 'mean' ? cotangents.map(({ rows, cols, bar }) => [bar, rows * cols]) : [];
    const gaussNewton = adjoint === 'ggn' ? { gaussNewton: nodes.logits } : {};
    const schedule = program.tangentsFrom(['parameters'], gaussNewton);
    this.backward = optimiser?.backward?.(model.parameterCount);
    this.states = Array.from({ length: optimiser === undefined ? 0 : capacity }, () =>
      Array.from({ length: optimiser?.states ?? 0 }, () => new Float64Array(model.parameterCount)),
    );
    const { theta } = program.plan;
    const sweepStep = (given: Step): SweepStep => {
      const own = given.frame.kernels === program.arena.kernels;
      const step = own ? { ...given, frame: { ...given.frame, kernels: this.kernels } } : given;
      return this.general ? { ...step, linearOp: undefined } : linearStep(step, theta);
    };
    this.forward = schedule.forward.map(([step]) => sweepStep(step));
    this.reverse = schedule.reverse.map(([step]) => sweepStep(step));
  }

  /** Begins behind the last step with p = ∂m/∂θ, one adjoint per row, and the rate of that step. */
  begin(gradients: Matrix, rate: number): void {
    const { memory } = this.program.arena;
    const length = this.capacity * this.stride;
    memory.fill(0, this.u, this.u + length);
    memory.fill(0, this.p, this.p + length);
    for (const state of this.states.flat()) state.fill(0);
    this.add(gradients, rate);
  }

  /** Adds what m owes to θ as it is here, between two steps: p += ∂m/∂θ, u −= η′ ∂m/∂θ, with the rate of the step before. */
  add(gradients: Matrix, previousRate: number): void {
    const { memory } = this.program.arena;
    const { u, p, stride } = this;
    for (let q = 0; q < gradients.rows; q++) {
      const row = gradients.row(q);
      for (let i = 0; i < row.length; i++) {
        memory[p + q * stride + i] += row[i];
        memory[u + q * stride + i] -= previousRate * row[i];
      }
    }
  }

  /** Continues where a sweep of another batch size stopped. */
  takeOver(other: AdjointSweep): this {
    const length = this.capacity * this.stride;
    const { memory } = other.program.arena;
    this.program.arena.memory.set(memory.subarray(other.u, other.u + length), this.u);
    this.program.arena.memory.set(memory.subarray(other.p, other.p + length), this.p);
    [this.states, other.states] = [other.states, this.states];
    return this;
  }

  /** Values and cotangents of the examples order[start..start+size−1] at θ, which the next calls of `step` need. */
  load(
    theta: Vec,
    data: Dataset,
    order: Int32Array,
    start: number,
    previousRate: number,
    taken?: TakenStep,
  ): void {
    const { program } = this;
    program.arena.memory[this.settings + 1] = -previousRate;
    program.parameters.set(theta);
    this.recorded.loadSelected(data, order, start);
    program.forward();
    program.backward();
    const { kernels, memory } = program.arena;
    const { bar: gradient } = program.plan.theta;
    if (taken !== undefined)
      this.backward?.prepare(
        taken.settings,
        memory.subarray(gradient, gradient + program.parameterCount),
        taken.states,
      );
    for (const [bar, length] of this.halved) kernels.scaleBy(length, this.settings + 3, bar, bar);
  }

  /**
   * Takes adjoint q back through the step.
   *
   * @param sums - [examples of the data, capacity]: element q of row order[start + b] receives ∂m/∂w of the example in column b. Rows
   * of examples, so that neighbouring adjoints share cache lines. @returns ‖p‖², which may have overflowed.
   */
  step(q: number, sums: Vec, order: Int32Array, start: number): number {
    const { program, size, stride, capacity, settings, scaled, logits, positions } = this;
    const { memory } = program.arena;
    const { kernels } = this;
    const u = this.u + q * stride;
    const p = this.p + q * stride;
    const { theta, sharedParameters } = program.plan;
    const { parameterCount } = program;
    this.backward?.take(this.adjoint(q), this.states[q], memory.subarray(u, u + parameterCount));
    if (this.general) {
      kernels.copy(program.parameterCount, u, theta.dot);
      if (sharedParameters) kernels.fill(program.parameterCount, 0, theta.barDot);
    }
    for (const { linearOp, rule, frame } of this.forward)
      if (linearOp !== undefined) tangent(kernels, linearOp, u);
      else rule.jvp(frame);
    const columns = size * positions;
    kernels.columnDot(logits.rows, columns, logits.bar, logits.dot, this.products);
    const whole = this.halved.length > 0 ? 2 : 1;
    for (let k = this.products, s = 0; s < positions; s++)
      for (let b = 0; b < size; b++) sums[order[start + b] * capacity + q] += whole * memory[k++];
    if (this.decays) {
      kernels.scaleBy(stride, settings + 2, u, scaled);
      kernels.add(stride, scaled, p);
    }
    for (const { linearOp, rule, frame, linear, contributions } of this.reverse) {
      if (linearOp !== undefined) cotangent(kernels, linearOp, linear, u, p);
      else if (linear) rule.vjp(frame);
      else rule.vjpDot(frame);
      for (const { n, from, to } of contributions) kernels.add(n, from, to);
    }
    if (this.general) kernels.add(program.parameterCount, theta.barDot, p);
    if (this.backward === undefined) kernels.adjointStep(stride, settings, p, u, this.lanes);
    else kernels.columnDot(stride / LANES, LANES, p, p, this.lanes);
    let squares = 0;
    for (let j = 0; j < LANES; j++) squares += memory[this.lanes + j];
    return squares;
  }

  /** p of adjoint q: a view. */
  adjoint(q: number): Vec {
    const start = this.p + q * this.stride;
    return this.program.arena.memory.subarray(start, start + this.program.parameterCount);
  }
}

/** ṡ = U a + W ȧ; U the block of u. */
function tangent(kernels: AllKernels, op: Linear, u: number): void {
  const { inputs, outputs, width, columns, w, block, bias, a, aDot, sDot } = op;
  const start = bias === ABSENT ? START_ZERO : START_BIAS;
  if (aDot === ABSENT) kernels.affine(outputs, inputs, width, columns, start, u + block, u + bias, a, sDot);
  else kernels.affineTangent(outputs, inputs, width, columns, start, u + block, u + bias, a, w, aDot, sDot);
}

/** p += δ̇ aᵀ + δ ȧᵀ, and (ā)˙ = Wᵀ δ̇ + Uᵀ δ; the first terms alone for Gauss–Newton. */
function cotangent(kernels: AllKernels, op: Linear, gaussNewton: boolean, u: number, p: number): void {
  const { inputs, outputs, width, columns, w, block, bias, a, aDot, aBarDot, delta, deltaDot } = op;
  const second = aDot === ABSENT || gaussNewton ? NOT_WANTED : delta;
  kernels.affineWeightTangent(
    outputs,
    inputs,
    width,
    columns,
    deltaDot,
    a,
    second,
    aDot,
    bias === ABSENT ? NOT_WANTED : p + bias,
    p + block,
  );
  if (aBarDot === ABSENT) return;
  if (gaussNewton) kernels.affineInput(outputs, inputs, width, columns, START_ZERO, w, deltaDot, aBarDot);
  else kernels.affineInputTangent(outputs, inputs, width, columns, w, deltaDot, u + block, delta, aBarDot);
}

/** What the sweep does for one step of the program, in direction 0 of which θ has the tangent u instead of its own. */
function linearStep(step: Step, own: Buffers): SweepStep {
  const { rule, frame, linear, contributions } = step;
  if (rule !== affine.rule) return { ...step, linearOp: undefined };
  const { x, y, theta, bias } = frame;
  const block = theta.value - own.value;
  const linearOp = {
    inputs: x.rows,
    outputs: y.rows,
    width: theta.cols,
    columns: y.cols,
    w: theta.value,
    block,
    bias: bias === ABSENT ? ABSENT : block + bias,
    a: x.value,
    aDot: x.dot,
    aBarDot: linear ? x.bar : x.barDot,
    sDot: y.dot,
    delta: y.bar,
    deltaDot: linear ? y.bar : y.barDot,
  };
  // p takes the place of the tangent of θ's cotangent.
  const others = contributions.filter(({ to }) => to < own.barDot || to >= own.barDot + own.stride);
  return { ...step, contributions: others, linearOp };
}

function padded(n: number): number {
  return Math.ceil(n / LANES) * LANES;
}
