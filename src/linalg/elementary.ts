/** @file Elementary functions of our own, so that results have the same bits on every engine. */
export { erf } from './elementary/erf.ts';
export { exp, expm1 } from './elementary/exp.ts';
export {
  erfInto,
  expInto,
  expm1Into,
  type FunctionInto,
  log1pInto,
  logInto,
  sigmoidInto,
  tanhInto,
} from './elementary/into.ts';
export { log, log1p } from './elementary/log.ts';
export { sigmoid } from './elementary/sigmoid.ts';
export { cosPi, sinPi } from './elementary/sin-pi.ts';
export { tanh } from './elementary/tanh.ts';
