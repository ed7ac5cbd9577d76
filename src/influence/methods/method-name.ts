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
  | 'grad-dot'
  | 'grad-cos';
