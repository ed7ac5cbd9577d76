/** @file Elementary functions of our own, so that results have the same bits on every engine. */
export { log } from './elementary/log.ts';
