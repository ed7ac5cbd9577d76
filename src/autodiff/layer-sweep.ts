/** @file Layer inputs, layer gradients and their derivatives along unit seeds, for a batch: what curvature is built from. */
import { checkBoolean, checkOptions } from '../linalg/border/arguments.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkInteger, checkLength, checkShape } from '../linalg/checks.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { asModel } from './as-model.ts';
import { BatchProgram } from './batch-program.ts';
import {
  asDataset,
  asExamples,
  checkTokens,
  type Dataset,
  type DatasetInput,
  datasetSize,
} from './dataset.ts';
import { asExampleFunction, type ExampleFunction, functionName } from './functions.ts';
import type { Network } from './network.ts';
import { positionRows } from './site-gradients.ts';
import type { Tangents } from './tangents.ts';

/**
 * One forward and reverse sweep of a network over a batch, and, on request, forward-over-reverse sweeps along unit
 * directions of a layer's pre-activations s_l = W_l a_{l−1} + b_l. With δ_l = ∂f/∂s_l per example, the gradient of
 * example n with respect to layer l is δ_l[:, n] [a_{l−1}[:, n]; 1]ᵀ.
 *
 * Every matrix it hands out is [units, batch], one example per column, a view that the next call overwrites. Of a site at S positions it is
 * [units, S · batch], position-major: position s of example n in column s·batch + n.
 * Order of use: `load`, `forward`, `backward`, then per chunk of units `seedUnits`, `forwardTangent`, `backwardTangent`.
 *
 * @param output - What is differentiated: a function of each example, or the logits with a cotangent of your own.
 * @param batch - Number of examples, ≥ 1.
 * @param options.directions - How many unit directions one tangent sweep carries; default 0.
 * @param options.weighted - Whether the examples of a network with one output position have weights; default false.
 * Cost: memory about (2 + 2 · directions) · Σ units · batch doubles.
 * @example
 * const sweep = new LayerSweep(model, 'cross-entropy', 128);
 * sweep.load(theta, data, 0); // examples 0..127
 * sweep.forward();
 * sweep.backward();
 * sweep.delta(0); // ∂ℓ/∂s of the first layer, [outputs, 128]
 */
export class LayerSweep {
  readonly model: Network;
  readonly batch: number;
  readonly directions: number;
  /** Logits, [C, P · batch] at P output positions. */
  readonly outputs: Matrix;
  private readonly output: 'logits' | ExampleFunction;
  private readonly recorded: BatchProgram;
  private readonly schedules: (Tangents | undefined)[];
  private readonly zeros: (Matrix | undefined)[];
  private seeded = -1;
  private count = 0;
  /** The data set last loaded, as given and as checked. */
  private given: DatasetInput | undefined;
  private checked: Dataset | undefined;

  constructor(
    model: Network,
    output: 'logits' | ExampleFunction,
    batch: number,
    options: { readonly directions?: number; readonly weighted?: boolean } = {},
  ) {
    const network = asModel('LayerSweep', 'model', model);
    if (output !== 'logits') asExampleFunction('LayerSweep', 'output', output);
    checkOptions('LayerSweep', options, ['directions', 'weighted']);
    const { directions = 0, weighted = false } = options;
    checkBoolean('LayerSweep', 'weighted', weighted);
    checkInteger('LayerSweep', 'batch', batch, 1, Number.MAX_SAFE_INTEGER);
    checkInteger('LayerSweep', 'directions', directions, 0, Number.MAX_SAFE_INTEGER);
    this.model = network;
    this.batch = batch;
    this.directions = directions;
    this.output = output;
    this.recorded = new BatchProgram(network, output, batch, {
      wrt: 'activations',
      directions,
      weighted,
    });
    this.outputs = this.recorded.program.value(this.recorded.nodes.logits);
    this.schedules = network.sites.map(() => undefined);
    this.zeros = network.sites.map(() => undefined);
  }

  /**
   * Loads θ and the examples start..start+batch−1. A data set is checked when it is first seen, not again.
   * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit the model or the function.
   */
  load(theta: VectorInput, data: DatasetInput, start: number): void {
    const parameters = asVector('LayerSweep.load', 'theta', theta);
    checkLength('LayerSweep.load', 'theta', parameters, this.model.parameterCount);
    const examples = this.checkedData(data);
    checkInteger('LayerSweep.load', 'start', start, 0, datasetSize(examples) - this.batch);
    this.recorded.program.parameters.set(parameters);
    this.recorded.load(examples, start);
  }

  /** Computes `outputs`, `values` and every `input(l)`. */
  forward(): void {
    this.recorded.program.forward();
  }

  /** The function of each example, [batch], after `forward`. @throws {UnsupportedError} the output is the logits. */
  get values(): Vec {
    if (this.output === 'logits')
      throw new UnsupportedError("LayerSweep.values: none, the output is 'logits'.");
    return this.recorded.program.value(this.recorded.program.output).data;
  }

  /**
   * Computes every `delta(l)`. Needs `forward` before.
   * @param seed - Cotangent of the logits, [C, P · batch]: required when the output is 'logits', refused otherwise (each
   * example's own function is differentiated).
   */
  backward(seed?: MatrixInput): void {
    if (this.output === 'logits' && seed === undefined)
      throw new DomainError('LayerSweep.backward', 'seed', "given, for the output 'logits'", seed);
    if (this.output !== 'logits' && seed !== undefined)
      throw new DomainError(
        'LayerSweep.backward',
        'seed',
        `absent, for the output '${functionName(this.output)}'`,
        seed,
      );
    const where = 'LayerSweep.backward';
    const cotangent = seed === undefined ? undefined : asMatrix(where, 'seed', seed);
    if (cotangent !== undefined) checkShape(where, 'seed', cotangent, this.outputs.rows, this.outputs.cols);
    this.recorded.program.backward(cotangent);
  }

  /** a_{l−1}, the input of layer l, [inputs, S · batch], without the row of ones. Of a lookup: the rows of its table, [1, S · batch]. */
  input(l: number): Matrix {
    const { lookup, positions } = this.model.sites[this.layer('input', l)];
    if (lookup === 'position') return positionRows(positions, this.batch);
    const value = this.recorded.program.value(this.recorded.nodes.inputs[l]);
    return lookup === 'token' ? new Matrix(1, positions * this.batch, value.data) : value;
  }

  /** δ_l = ∂f/∂s_l per example, [outputs, S · batch]. */
  delta(l: number): Matrix {
    return this.recorded.program.cotangent(this.recorded.nodes.preactivations[this.layer('delta', l)]);
  }

  /**
   * Direction j = 0..count−1: tangent 1 at s_l[first + j] of every example, 0 at the layer's other units. Of a layer at S positions, unit
   * r·S + s is row r at position s.
   * @throws {DomainError} count outside 1..directions, or the units outside the layer.
   */
  seedUnits(l: number, first: number, count: number): void {
    const { outputs, positions } = this.model.sites[this.layer('seedUnits', l)];
    checkInteger('LayerSweep.seedUnits', 'count', count, 1, this.directions);
    checkInteger('LayerSweep.seedUnits', 'first', first, 0, outputs * positions - count);
    const { program, nodes } = this.recorded;
    for (let j = 0; j < count; j++) {
      const { data } = program.tangent(nodes.preactivations[l], j);
      data.fill(0);
      data.fill(1, (first + j) * this.batch, (first + j + 1) * this.batch);
    }
    this.seeded = l;
    this.count = count;
  }

  /** Tangents of everything after the seeded layer, in all seeded directions. Needs `forward` and `seedUnits` before. */
  forwardTangent(): void {
    this.recorded.program.forwardTangent(this.schedule('forwardTangent'), this.count);
  }

  /** Tangents of δ_l from the last layer down to the seeded one. Needs `backward` and `forwardTangent` before. */
  backwardTangent(): void {
    this.recorded.program.backwardTangent(this.schedule('backwardTangent'), this.count);
  }

  /** ∂a_{l−1}/∂s_seed[first + j], of the shape of {@link input}; zero where the input does not depend on the seeded layer. Not to be written to. */
  inputTangent(l: number, j: number): Matrix {
    this.layer('inputTangent', l);
    this.direction('inputTangent', j);
    const node = this.recorded.nodes.inputs[l];
    const { lookup, positions, inputs } = this.model.sites[l];
    if (lookup !== undefined || !this.schedule('inputTangent').moves(node)) {
      this.zeros[l] ??= Matrix.zeros(lookup === undefined ? inputs : 1, positions * this.batch);
      return this.zeros[l];
    }
    return this.recorded.program.tangent(node, j);
  }

  /**
   * ∂δ_l/∂s_seed[first + j], [outputs, S · batch], for l at or after the seeded layer.
   * @throws {UnsupportedError} l before the seeded layer: those are not computed (they follow by symmetry).
   */
  deltaTangent(l: number, j: number): Matrix {
    this.layer('deltaTangent', l);
    this.direction('deltaTangent', j);
    if (l < this.seeded)
      throw new UnsupportedError(
        `LayerSweep.deltaTangent: layer ${l} lies before the seeded layer ${this.seeded}. Seed layer ${l} and use symmetry.`,
      );
    return this.recorded.program.cotangentTangent(this.recorded.nodes.preactivations[l], j);
  }

  /** Tangent of the logits, [C, P · batch], in direction j. */
  outputTangent(j: number): Matrix {
    this.direction('outputTangent', j);
    return this.recorded.program.tangent(this.recorded.nodes.logits, j);
  }

  private checkedData(data: DatasetInput): Dataset {
    if (this.given === data && this.checked !== undefined) return this.checked;
    const { model, output } = this;
    const where = 'LayerSweep.load';
    this.checked =
      output === 'logits' ? asExamples(where, 'data', data) : asDataset(where, model, output, data);
    if (output === 'logits') {
      checkShape(where, 'inputs', this.checked.inputs, datasetSize(this.checked), model.inputs);
      checkTokens(where, model, this.checked.inputs);
    }
    this.given = data;
    return this.checked;
  }

  private schedule(method: string): Tangents {
    if (this.seeded < 0)
      throw new DomainError(`LayerSweep.${method}`, 'seeds', 'set by seedUnits before', 'none');
    const { program, nodes } = this.recorded;
    const schedule =
      this.schedules[this.seeded] ??
      program.tangentsFrom([nodes.preactivations[this.seeded]], { stopAtSources: true });
    this.schedules[this.seeded] = schedule;
    return schedule;
  }

  private layer(method: string, l: number): number {
    checkInteger(`LayerSweep.${method}`, 'l', l, 0, this.model.sites.length - 1);
    return l;
  }

  private direction(method: string, j: number): void {
    checkInteger(`LayerSweep.${method}`, 'j', j, 0, this.count - 1);
  }
}
