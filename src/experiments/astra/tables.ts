/** @file Tables. */
import type { AstraResults } from './astra-results.ts';
export function astraCsv(_: AstraResults): string {
  return '';
}
export function astraMarkdown(_: AstraResults): string {
  return '';
}
export function astraLines(r: AstraResults): string[] {
  return r.settings.flatMap((s) =>
    s.entries.map((e) =>
      JSON.stringify([e.label, e.models, e.single, e.ensemble, e.residual, e.alpha, e.seconds, e.minusEkfac]),
    ),
  );
}
