/** @file Networks of any shape: sites with their weights used once or at several positions, in groups or as tables. */
import { checkOptions } from '../linalg/border/arguments.ts';
import { checkInteger } from '../linalg/checks.ts';
import { Network } from './network.ts';
import { checkShapes } from './shared/site-shapes.ts';
import { SHARED_WEIGHTS } from './shared/table.ts';
import type { SharedWeights } from './shared-weights.ts';
import type { SiteShape } from './site.ts';
import { layOut } from './site-layout.ts';

/** What a network may say of itself beside sizes and sites. */
export interface NetworkOptions {
  /** How many columns of outputs an example has: the tokens of a language model. Default 1. */
  readonly outputPositions?: number;
  /** Inputs are tokens, integers from 0 to below this number. Default: real numbers. */
  readonly vocabulary?: number;
  /** Names the class in errors. */
  readonly where?: string;
}

/**
 * A function of inputs and parameters θ, recorded on a tape: linear sites with any ops between them, each example by itself. Holds shapes
 * only; θ is a plain vector of length `parameterCount`, block by block in the order of their first sites, each [outputs, inputs + 1]
 * row-major with the bias as last column, or [outputs, inputs] without one; inputs are those of one group, and the block of a lookup is
 * [inputs, outputs].
 *
 * A subclass names its sites and records what lies between them; training, derivatives, every curvature and every attribution method then
 * take it as they take an `Mlp`, which is one. Not so the formats of files, which are those of an MLP.
 *
 * @throws {ShapeError} no site, groups that do not divide its inputs and outputs, or tied sites of different shapes. @throws {DomainError} a size
 * is not an integer ≥ 1, a lookup has a bias or groups, or a tie is to no earlier site.
 * @example
 * class Residual extends Network {
 *   constructor() {
 *     super(8, 3, [{ inputs: 8, outputs: 8 }, { inputs: 8, outputs: 3 }]);
 *   }
 *   override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
 *     return site(1, tape.add(x, tape.tanh(site(0, x))));
 *   }
 * }
 */
export abstract class GeneralNetwork extends Network {
  constructor(inputs: number, outputs: number, shapes: readonly SiteShape[], options: NetworkOptions = {}) {
    checkOptions('Network', options, ['outputPositions', 'vocabulary', 'where']);
    const { outputPositions = 1, vocabulary, where = 'Network' } = options;
    checkInteger(where, 'inputs', inputs, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, 'outputs', outputs, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, 'outputPositions', outputPositions, 1, Number.MAX_SAFE_INTEGER);
    if (vocabulary !== undefined) checkInteger(where, 'vocabulary', vocabulary, 1, Number.MAX_SAFE_INTEGER);
    checkShapes(where, shapes);
    super({ inputs, outputs, outputPositions, vocabulary }, layOut(shapes));
  }

  /** An `Mlp` is one too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits this, and means itself
    return Function.prototype[Symbol.hasInstance].call(this === GeneralNetwork ? Network : this, value);
  }

  override get shared(): SharedWeights<Network> | undefined {
    return this.plain ? undefined : SHARED_WEIGHTS;
  }
}
