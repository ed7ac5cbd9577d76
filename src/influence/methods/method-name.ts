/** @file The names of the attribution methods. */

/** Every method of the registry. */
export type MethodName =
  | 'hessian'
  | 'ggn'
  | 'block-ggn'
  | 'ekfac'
  | 'kfac'
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
