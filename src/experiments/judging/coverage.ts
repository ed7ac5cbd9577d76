/** @file What the width of a 95 % interval may come from. */
export const COVERAGES = ['subsets', 'networks', 'networks and subsets'] as const;
export type Coverage = (typeof COVERAGES)[number];

/** What the intervals of all settings cover: subsets, and networks where every setting had several. */
export function commonCoverage(settings: readonly { readonly covers?: Coverage }[]): Coverage {
  return settings.length > 0 && settings.every(({ covers }) => covers === 'networks and subsets')
    ? 'networks and subsets'
    : 'subsets';
}
