/** @file All that networks with shared weights hand out. */
import type { Network } from '../network.ts';
import type { SharedWeights } from '../shared-weights.ts';
import { addRotatedSquares, splitBlocks } from './blocks.ts';
import { sumPairs } from './gradient-pairs.ts';
import { sweepLabels } from './label-sweep.ts';
import { inputOf, recordLookup } from './lookups.ts';
import { gatherPositions, weightedSum } from './position-answers.ts';
import { addBlockSquares, addSiteGradients, siteGradients } from './site-gradients.ts';
import { blockRows } from './site-rows.ts';
import { prefersTangents, tailBatch, tangentMatrix, unsharedTail } from './tangent-matrix.ts';
import { useFactors } from './use-factors.ts';

/** See `SharedWeights`. */
export const SHARED_WEIGHTS: SharedWeights<Network> = {
  recordLookup,
  inputOf,
  gatherPositions,
  weightedSum,
  addSiteGradients,
  siteGradients,
  blockRows,
  addBlockSquares,
  tangentMatrix,
  unsharedTail,
  tailBatch,
  prefersTangents,
  sweepLabels,
  sumPairs,
  useFactors,
  splitBlocks,
  addRotatedSquares,
};
