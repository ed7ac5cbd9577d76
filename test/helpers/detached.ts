/** @file Arrays whose memory was given away, as after a postMessage with a transfer list. */

/** Transfers the memory of `x` elsewhere and returns `x`, which then has length 0. */
export function detached<T extends ArrayBufferView>(x: T): T {
  structuredClone(x.buffer, { transfer: [x.buffer as ArrayBuffer] });
  return x;
}
