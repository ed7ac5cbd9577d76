/** @file Where the named parameters of a description lie in θ, and which of them are shared. */
import { UnsupportedError } from '../../linalg/errors.ts';
import type { Site, SiteShape } from '../site.ts';
import type { NamedSite, StoredWeight } from './node-context.ts';
import type { GivenShapes } from './parameter-shapes.ts';

/** A tensor of the network: columns first..first+cols−1 of a block of θ. */
export interface GraphParameter {
  readonly name: string;
  /** As PyTorch has it; row-major, rows · cols elements. */
  readonly shape: readonly number[];
  readonly kind: 'weight' | 'bias';
  /** The node that uses it first. */
  readonly node: string;
  readonly rows: number;
  readonly cols: number;
  /** Where its block begins in θ, and how long a row of it is. */
  readonly offset: number;
  readonly width: number;
  readonly first: number;
  /** How the tensor has the block's elements, if not row by row. */
  readonly stored?: StoredWeight;
}

/** The sites as a network takes them: a weight that an earlier site has is tied to it, and so is a bias. */
export function tiedShapes(sites: readonly NamedSite[]): SiteShape[] {
  return sites.map(({ id, op, weight, bias, shape, stored }, l): SiteShape => {
    const before = sites.slice(0, l);
    const own = { ...shape, bias: bias !== undefined };
    const sharesBias = bias !== undefined && before.some((site) => site.bias === bias);
    const same = before.findIndex((site) => site.weight === weight && site.bias === bias);
    const source = same >= 0 ? same : before.findIndex((site) => site.weight === weight);
    if (
      before.some((site) => site.bias === weight || (bias !== undefined && site.weight === bias)) ||
      weight === bias
    )
      throw new UnsupportedError(
        `node '${id}' (${op}): a tensor as weight of one node and bias of another is not supported.`,
      );
    if (sharesBias && same < 0)
      throw new UnsupportedError(
        `node '${id}' (${op}): shares bias ${bias} with a node of another weight: not supported.`,
      );
    if (source < 0) return own;
    if (JSON.stringify(before[source].stored) !== JSON.stringify(stored))
      throw new UnsupportedError(
        `node '${id}' (${op}): uses ${weight} as it is, another node its transpose: not supported.`,
      );
    return { ...own, tie: { source, shares: same >= 0 && bias !== undefined ? 'layer' : 'weight' } };
  });
}

/** The parameters in the order in which the nodes first name them. */
export function graphParameters(
  named: readonly NamedSite[],
  sites: readonly Site[],
  shapes: GivenShapes,
): GraphParameter[] {
  const out = new Map<string, GraphParameter>();
  for (const [l, { id, weight, bias, stored }] of named.entries()) {
    const { rows, inputs, outputs, groups, lookup, offset, width } = sites[l];
    const block = { node: id, rows, offset, width };
    const cols = lookup === undefined ? inputs / groups : outputs;
    if (!out.has(weight))
      out.set(weight, {
        name: weight,
        shape: shapes.get(weight) ?? [],
        kind: 'weight',
        cols,
        first: 0,
        ...(stored === undefined ? {} : { stored }),
        ...block,
      });
    const column = sites[l].bias;
    if (bias !== undefined && column !== undefined && !out.has(bias))
      out.set(bias, {
        name: bias,
        shape: shapes.get(bias) ?? [],
        kind: 'bias',
        cols: 1,
        first: column,
        ...block,
      });
  }
  return [...out.values()];
}

/** Where a tensor has the element of a row and column of its block; undefined: row by row. */
export function storedAt(
  stored: StoredWeight | undefined,
  rows: number,
  cols: number,
): ((row: number, col: number) => number) | undefined {
  if (stored === undefined) return undefined;
  if (stored === 'transposed') return (r, c) => c * rows + r;
  const { elements, groups } = stored;
  const [outputs, inputs] = [rows / groups, cols / elements];
  return (r, c) => {
    const group = Math.floor(r / outputs);
    const input = group * inputs + Math.floor(c / elements);
    return (input * outputs + (r % outputs)) * elements + elements - 1 - (c % elements);
  };
}

/** Where in θ the elements of a tensor lie, in its own order. */
export function placesOf({ rows, cols, offset, width, first, stored }: GraphParameter): Int32Array {
  const places = new Int32Array(rows * cols);
  const at = storedAt(stored, rows, cols);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++) places[at?.(r, c) ?? r * cols + c] = offset + r * width + first + c;
  return places;
}
