/** @file The names of the attribution methods. */

import type { CurvatureKind } from '../../curvature/registry.ts';

/** Every method of the registry. */
export type MethodName =
  | CurvatureKind
  | 'cg'
  | 'lissa'
  | 'astra'
  | 'bif'
  | 'bif-correlation'
  | 'grad-dot'
  | 'grad-cos'
  | 'trak'
  | 'datainf'
  | 'arnoldi'
  | 'logra'
  | 'source'
  | 'astra-source'
  | 'tracin'
  | 'random'
  | 'label';
