/** @file How much memory the jobs in flight may hold together. */
import { totalmem } from 'node:os';

/** A part is left to the system, to what every worker holds, and to estimates that were too low. */
const SHARE = 0.75;

/** Bytes: a share of the machine's memory, or of what a container grants this process. */
export function memoryLimit(): number {
  return SHARE * machineMemory();
}

/** Bytes of the machine, or of the container. */
export function machineMemory(): number {
  const granted = process.constrainedMemory();
  return Math.min(totalmem(), granted > 0 ? granted : Number.POSITIVE_INFINITY);
}

/** Memory of a worker that computes nothing large, in bytes: code, data, a recorded network. */
export const WORKER_MEMORY = 150e6;
