/** @file The two sides of every site on some examples: ā, what its parameters are multiplied by, and δ, what it passes back. */
import { Matrix, type Vec } from '../linalg/matrix.ts';
import type { Dataset } from './dataset.ts';
import type { ExampleFunction } from './functions.ts';
import type { Network } from './network.ts';
import { homogeneous } from './outer-products.ts';
import type { Site, SiteSides } from './site.ts';
import { type SweepOptions, sweepChunks } from './sweep.ts';

export type { SiteSides };

/**
 * What is differentiated: a function of each example, one of its logits at an output position (default the first), or the logits with cotangents
 * [C, P·count] of your own, P the output positions.
 */
export type Differentiated = ExampleFunction | Logit | ((logits: Matrix, start: number) => readonly Matrix[]);

/** An output of the network. */
export interface Logit {
  readonly logit: number;
  readonly position?: number;
}

/**
 * Calls `body` with the sides of successive chunks of examples, and the index of the first. They change with the next chunk.
 *
 * @param of - Not checked: a logit is one of the model's.
 * Not checked: that θ, data and range fit.
 * Cost: one forward sweep, and one reverse sweep per cotangent.
 */
export function sweepSides(
  model: Network,
  of: Differentiated,
  theta: Vec,
  data: Dataset,
  options: SweepOptions,
  body: (sides: SiteSides, start: number) => void,
): void {
  const own = typeof of === 'string' || 'record' in of ? of : undefined;
  const output = own ?? 'logits';
  sweepChunks(model, output, theta, data, options, (sweep, start, count) => {
    sweep.forward();
    const inputs = model.sites.map((site) => homogeneous(site, sweep.input(site.index)));
    if (own !== undefined) {
      sweep.backward();
      const deltas = model.sites.map(({ index }) => sweep.delta(index));
      body({ count, samples: 1, inputs, deltas }, start);
      return;
    }
    const seeds = cotangents(model, of as Cotangents, sweep.outputs, start, count);
    const samples = seeds.length;
    const deltas = model.sites.map(
      ({ outputs, positions }) => new Matrix(outputs, samples * positions * count),
    );
    for (const [s, seed] of seeds.entries()) {
      sweep.backward(seed);
      for (const { index, positions } of model.sites)
        copyColumns(sweep.delta(index), deltas[index], s * positions * count);
    }
    body({ count, samples, inputs, deltas }, start);
  });
}

/** What is no function of each example. */
type Cotangents = Exclude<Differentiated, ExampleFunction>;

function cotangents(
  model: Network,
  of: Cotangents,
  logits: Matrix,
  start: number,
  count: number,
): readonly Matrix[] {
  return typeof of === 'function' ? of(logits, start) : [unitSeed(model, of, count)];
}

/**
 * The sides of examples start..end−1 together, one cotangent each.
 *
 * Cost: that of {@link sweepSides}; Σ (width + outputs) doubles per example, against Σ width·outputs for its gradient.
 */
export function siteSides(
  model: Network,
  of: ExampleFunction | Logit,
  theta: Vec,
  data: Dataset,
  start: number,
  end: number,
): SiteSides {
  const count = end - start;
  const inputs = model.sites.map((site) => new Matrix(sideRows(site), site.positions * count));
  const deltas = model.sites.map(({ outputs, positions }) => new Matrix(outputs, positions * count));
  sweepSides(model, of, theta, data, { start, end }, (sides, first) => {
    for (const { index, positions } of model.sites)
      for (let s = 0; s < positions; s++) {
        const to = s * count + first - start;
        copyColumns(sides.inputs[index], inputs[index], to, s * sides.count, sides.count);
        copyColumns(sides.deltas[index], deltas[index], to, s * sides.count, sides.count);
      }
  });
  return { count, samples: 1, inputs, deltas };
}

/** Examples whose sides fit in 16 MiB. */
export function sidesPerChunk(model: Network): number {
  const numbers = model.sites.reduce(
    (total, site) => total + site.positions * (sideRows(site) + site.outputs),
    0,
  );
  return Math.max(1, Math.floor(2 ** 21 / numbers));
}

/** Rows of ā; see {@link SiteSides}. */
export function sideRows({ groups, width, lookup }: Site): number {
  return lookup === undefined ? groups * width : 1;
}

/** to[:, first..] ← from[:, start..start+count−1]. */
function copyColumns(from: Matrix, to: Matrix, first: number, start = 0, count: number = from.cols): void {
  for (let r = 0; r < from.rows; r++)
    to.data.set(
      from.data.subarray(r * from.cols + start, r * from.cols + start + count),
      r * to.cols + first,
    );
}

/** Cotangent of the logits that picks one of them, [C, P·count]. */
function unitSeed(
  { outputs, outputPositions }: Network,
  { logit, position = 0 }: Logit,
  count: number,
): Matrix {
  const seed = new Matrix(outputs, outputPositions * count);
  seed.row(logit).fill(1, position * count, (position + 1) * count);
  return seed;
}
