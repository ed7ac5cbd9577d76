/** @file The files that NumPy and the safetensors package wrote (test/reference/formats.py), decoded. */
import { readFileSync } from 'node:fs';

interface Contents {
  readonly shape: number[];
  readonly data: number[];
}
interface NpyCase extends Contents {
  readonly name: string;
  /** Our writer must give the same bytes. */
  readonly same: boolean;
  readonly dtype: string;
  readonly bytes: string;
}
interface TensorCase {
  readonly name: string;
  readonly same: boolean;
  readonly metadata: Record<string, string>;
  readonly bytes: string;
  readonly tensors: Record<string, Contents>;
}
interface Formats {
  readonly npy: NpyCase[];
  readonly npzStored: { readonly bytes: string; readonly arrays: Record<string, Contents> };
  readonly npzCompressed: { readonly bytes: string; readonly arrays: Record<string, Contents> };
  readonly npzPlain: { readonly bytes: string };
  readonly safetensors: TensorCase[];
  /** A saved nn.Sequential and its outputs. */
  readonly sequential: {
    readonly bytes: string;
    readonly sizes: number[];
    readonly activation: 'tanh';
    readonly inputs: number[][];
    readonly outputs: number[][];
  };
}

export const FORMATS = JSON.parse(
  readFileSync(new URL('../../reference/formats.json', import.meta.url), 'utf8'),
) as Formats;

/** The bytes, at an odd offset of a larger buffer: readers must not assume alignment or ownership. */
export function decode(base64: string): Uint8Array {
  const bytes = Buffer.from(base64, 'base64');
  const out = new Uint8Array(bytes.length + 5).fill(0xee).subarray(3, 3 + bytes.length);
  out.set(bytes);
  return out;
}

/** ASCII → bytes. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** The arrays after each other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}
