/** @file What networks say of their sites: held against each other, and where their blocks lie in θ. */
import { checkBoolean, checkOneOf, checkOptions } from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import type { SiteShape } from './site.ts';

const FIELDS = ['inputs', 'outputs', 'bias', 'tie', 'positions', 'groups', 'kronecker', 'lookup'];

/** Refuses shapes that are none. Throws as the constructor of a network says. */
export function checkShapes(where: string, shapes: readonly SiteShape[]): void {
  asList(where, 'sites', shapes, 'shapes');
  if (shapes.length === 0) throw new ShapeError(where, 'sites', 'at least one', 'none');
  for (const [l, site] of shapes.entries()) {
    const what = `sites[${l}]`;
    checkOptions(where, site, FIELDS, what);
    const { inputs, outputs, tie, positions = 1, groups = 1, kronecker = true, lookup } = site;
    checkBoolean(where, `${what}.bias`, hasBias(site));
    checkBoolean(where, `${what}.kronecker`, kronecker);
    for (const [name, size] of Object.entries({ inputs, outputs, positions, groups }))
      checkInteger(where, `${what}.${name}`, size, 1, Number.MAX_SAFE_INTEGER);
    if (inputs % groups !== 0 || outputs % groups !== 0)
      throw new ShapeError(
        where,
        `${what}.groups`,
        `a divisor of inputs ${inputs} and outputs ${outputs}`,
        `${groups}`,
      );
    if (lookup !== undefined) {
      checkOneOf(where, `${what}.lookup`, lookup, ['token', 'position']);
      if (groups > 1) throw new DomainError(where, `${what}.groups`, '1 for a lookup', groups);
      if (hasBias(site)) throw new DomainError(where, `${what}.bias`, 'false for a lookup', true);
    }
    if (tie !== undefined) checkTie(where, shapes, l, tie);
  }
}

function checkTie(
  where: string,
  shapes: readonly SiteShape[],
  l: number,
  tie: NonNullable<SiteShape['tie']>,
): void {
  const what = `sites[${l}].tie`;
  checkOptions(where, tie, ['source', 'shares'], what);
  const { source, shares = 'layer' } = tie;
  checkInteger(where, `${what}.source`, source, 0, l - 1);
  if (shape(shapes[l]) !== shape(shapes[source]))
    throw new ShapeError(
      where,
      `tied layer ${l}`,
      `${shape(shapes[source])} as layer ${source}`,
      shape(shapes[l]),
    );
  if (shares === 'layer' && hasBias(shapes[l]) !== hasBias(shapes[source]))
    throw new DomainError(where, `${what}.shares`, "'weight', where one of the layers has no bias", shares);
}

function hasBias({ bias, lookup }: SiteShape): boolean {
  return bias ?? lookup === undefined;
}

/** Rows and columns of the weights in a block. */
function weights({ inputs, outputs, groups = 1, lookup }: SiteShape): { rows: number; inputs: number } {
  return lookup === undefined
    ? { rows: outputs, inputs: inputs / groups }
    : { rows: inputs, inputs: outputs };
}

function shape(site: SiteShape): string {
  const { rows, inputs } = weights(site);
  const { groups = 1 } = site;
  return `[${rows}, ${inputs}]${groups === 1 ? '' : ` in ${groups} groups`}`;
}

interface Laid {
  readonly rows: number;
  readonly inputs: number;
  readonly cols: number;
  readonly offset: number;
}

/** Blocks in the order of their first sites, and each site's block and bias column. */
export function layOut(shapes: readonly SiteShape[]): {
  places: readonly { block: number; bias: number | undefined }[];
  blocks: readonly Laid[];
} {
  const places: { block: number; bias: number | undefined }[] = [];
  const blocks: { rows: number; inputs: number; cols: number }[] = [];
  for (const site of shapes) {
    const { tie } = site;
    const { rows, inputs } = weights(site);
    if (tie === undefined) blocks.push({ rows, inputs, cols: inputs });
    const block = tie === undefined ? blocks.length - 1 : places[tie.source].block;
    const shared = tie !== undefined && tie.shares !== 'weight' ? places[tie.source].bias : undefined;
    places.push({ block, bias: hasBias(site) ? (shared ?? blocks[block].cols++) : undefined });
  }
  let offset = 0;
  const laid = blocks.map((block): Laid => {
    const at = offset;
    offset += block.rows * block.cols;
    return { ...block, offset: at };
  });
  return { places, blocks: laid };
}
