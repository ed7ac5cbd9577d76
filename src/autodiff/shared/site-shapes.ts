/** @file What networks say of their sites, held against each other. */
import { checkBoolean, checkOneOf, checkOptions } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { SiteShape } from '../site.ts';
import { checkTied, hasBias } from '../site-layout.ts';

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
  checkInteger(where, `${what}.source`, tie.source, 0, l - 1);
  checkTied(where, shapes, l, tie);
}
