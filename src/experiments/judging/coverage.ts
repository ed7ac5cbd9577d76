/** @file What the width of a 95 % interval may come from. */
export const COVERAGES = ['subsets', 'networks', 'networks and subsets'] as const;
export type Coverage = (typeof COVERAGES)[number];
