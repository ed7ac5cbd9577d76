/** @file Elementary functions of our own, so that results have the same bits on every engine. */
export { erf, erfInto } from './elementary/erf.ts';
export { exp, expInto, expm1, expm1Into } from './elementary/exp.ts';
export { log, log1p, log1pInto, logInto } from './elementary/log.ts';
export { sigmoid, sigmoidInto } from './elementary/sigmoid.ts';
export { cosPi, sinPi } from './elementary/sin-pi.ts';
export { tanh, tanhInto } from './elementary/tanh.ts';
