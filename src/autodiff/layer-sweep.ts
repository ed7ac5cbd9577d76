/** @file Layer inputs, layer gradients and their derivatives along unit seeds, for a batch: what curvature is built from. */
import { checkBoolean, checkOptions } from '../linalg/border/arguments.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkInteger, checkLength, checkShape } from '../linalg/checks.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import type { Matrix, Vec } from '../linalg/matrix.ts';
import { asModel } from './as-model.ts';
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
import { Sweep } from './sweep.ts';

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
export class LayerSweep extends Sweep {
  private readonly output: 'logits' | ExampleFunction;
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
    super(network, output, batch, directions, weighted);
    this.output = output;
  }

  /**
   * Loads θ and the examples start..start+batch−1. A data set is checked when it is first seen, not again.
   * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit the model or the function.
   */
  override load(theta: VectorInput, data: DatasetInput, start: number): void {
    const parameters = asVector('LayerSweep.load', 'theta', theta);
    checkLength('LayerSweep.load', 'theta', parameters, this.model.parameterCount);
    const examples = this.checkedData(data);
    checkInteger('LayerSweep.load', 'start', start, 0, datasetSize(examples) - this.batch);
    super.load(parameters, examples, start);
  }

  /** The function of each example, [batch], after `forward`. @throws {UnsupportedError} the output is the logits. */
  override get values(): Vec {
    if (this.output === 'logits')
      throw new UnsupportedError("LayerSweep.values: none, the output is 'logits'.");
    return super.values;
  }

  /**
   * Computes every `delta(l)`. Needs `forward` before.
   * @param seed - Cotangent of the logits, [C, P · batch]: required when the output is 'logits', refused otherwise (each
   * example's own function is differentiated).
   */
  override backward(seed?: MatrixInput): void {
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
    super.backward(cotangent);
  }

  override input(l: number): Matrix {
    return super.input(this.layer('input', l));
  }

  override delta(l: number): Matrix {
    return super.delta(this.layer('delta', l));
  }

  /**
   * Direction j = 0..count−1: tangent 1 at s_l[first + j] of every example, 0 at the layer's other units. Of a layer at S positions, unit
   * r·S + s is row r at position s.
   * @throws {DomainError} count outside 1..directions, or the units outside the layer.
   */
  override seedUnits(l: number, first: number, count: number): void {
    const { outputs, positions } = this.model.sites[this.layer('seedUnits', l)];
    checkInteger('LayerSweep.seedUnits', 'count', count, 1, this.directions);
    checkInteger('LayerSweep.seedUnits', 'first', first, 0, outputs * positions - count);
    super.seedUnits(l, first, count);
  }

  override forwardTangent(): void {
    this.checkSeeded('forwardTangent');
    super.forwardTangent();
  }

  override backwardTangent(): void {
    this.checkSeeded('backwardTangent');
    super.backwardTangent();
  }

  override inputTangent(l: number, j: number): Matrix {
    this.layer('inputTangent', l);
    this.direction('inputTangent', j);
    return super.inputTangent(l, j);
  }

  /**
   * ∂δ_l/∂s_seed[first + j], [outputs, S · batch], for l at or after the seeded layer.
   * @throws {UnsupportedError} l before the seeded layer: those are not computed (they follow by symmetry).
   */
  override deltaTangent(l: number, j: number): Matrix {
    this.layer('deltaTangent', l);
    this.direction('deltaTangent', j);
    if (l < this.seeded)
      throw new UnsupportedError(
        `LayerSweep.deltaTangent: layer ${l} lies before the seeded layer ${this.seeded}. Seed layer ${l} and use symmetry.`,
      );
    return super.deltaTangent(l, j);
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

  private checkSeeded(method: string): void {
    if (this.seeded < 0)
      throw new DomainError(`LayerSweep.${method}`, 'seeds', 'set by seedUnits before', 'none');
  }

  private layer(method: string, l: number): number {
    checkInteger(`LayerSweep.${method}`, 'l', l, 0, this.model.sites.length - 1);
    return l;
  }

  private direction(method: string, j: number): void {
    checkInteger(`LayerSweep.${method}`, 'j', j, 0, this.count - 1);
  }
}
