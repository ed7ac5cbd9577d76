/** @file Bytes for people. */

/** 12 MB, 3.4 GB, 20,000 GB. */
export function byteCount(count: number): string {
  if (count < 1e9) return `${Math.ceil(count / 1e6)} MB`;
  return count < 1e13
    ? `${(count / 1e9).toFixed(1)} GB`
    : `${Math.round(count / 1e9).toLocaleString('en-US')} GB`;
}
