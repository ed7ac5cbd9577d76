/** @file The types of safetensors 0.8: how many bits, and how elements become float64. */
import { FormatError } from '../errors.ts';
import type { Vec } from '../matrix.ts';
import { decodeElements, type ElementKind } from './elements.ts';

/** Types of a file, as the reference implementation 0.8 names them. */
export type SafetensorsDtype =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'I64'
  | 'I32'
  | 'I16'
  | 'I8'
  | 'U64'
  | 'U32'
  | 'U16'
  | 'U8'
  | 'BOOL'
  | 'F8_E4M3'
  | 'F8_E5M2'
  | 'F8_E8M0'
  | 'F8_E4M3FNUZ'
  | 'F8_E5M2FNUZ'
  | 'C64'
  | 'F4'
  | 'F6_E2M3'
  | 'F6_E3M2';

/** Bits of an element, and what is stored: numbers of a kind, eight-bit floats, or what has no float64 here. */
interface Dtype {
  readonly bits: number;
  readonly elements: ElementKind | Small | undefined;
}

/** A float of eight bits: sign if there is one, exponent, fraction. */
interface Small {
  readonly fraction: number;
  readonly bias: number;
  /** What exponents and zero of all ones mean: `ieee` ∞ and NaN; `finite` one NaN per sign; `unsigned-zero` NaN for −0; `scale` no sign, no zero. */
  readonly kind: 'ieee' | 'finite' | 'unsigned-zero' | 'scale';
}

export const DTYPES: Readonly<Record<SafetensorsDtype, Dtype>> = {
  F64: { bits: 64, elements: 'f8' },
  F32: { bits: 32, elements: 'f4' },
  F16: { bits: 16, elements: 'f2' },
  BF16: { bits: 16, elements: 'bf2' },
  I64: { bits: 64, elements: 'i8' },
  I32: { bits: 32, elements: 'i4' },
  I16: { bits: 16, elements: 'i2' },
  I8: { bits: 8, elements: 'i1' },
  U64: { bits: 64, elements: 'u8' },
  U32: { bits: 32, elements: 'u4' },
  U16: { bits: 16, elements: 'u2' },
  U8: { bits: 8, elements: 'u1' },
  BOOL: { bits: 8, elements: 'b1' },
  F8_E4M3: { bits: 8, elements: { fraction: 3, bias: 7, kind: 'finite' } },
  F8_E5M2: { bits: 8, elements: { fraction: 2, bias: 15, kind: 'ieee' } },
  F8_E8M0: { bits: 8, elements: { fraction: 0, bias: 127, kind: 'scale' } },
  F8_E4M3FNUZ: { bits: 8, elements: { fraction: 3, bias: 8, kind: 'unsigned-zero' } },
  F8_E5M2FNUZ: { bits: 8, elements: { fraction: 2, bias: 16, kind: 'unsigned-zero' } },
  C64: { bits: 64, elements: undefined },
  F4: { bits: 4, elements: undefined },
  F6_E2M3: { bits: 6, elements: undefined },
  F6_E3M2: { bits: 6, elements: undefined },
};

/** Whether a type holds floats that are read. */
export function isFloat(dtype: SafetensorsDtype): boolean {
  return dtype.startsWith('F') && DTYPES[dtype].elements !== undefined ? true : dtype === 'BF16';
}

/**
 * `count` elements of a type from byte `start`, exact.
 *
 * @throws {FormatError} the type has no float64 (complex numbers, floats of four and six bits), an integer beyond ±(2⁵³ − 1), a
 * Boolean that is neither 0 nor 1.
 */
export function decodeTensor(dtype: SafetensorsDtype, bytes: Uint8Array, start: number, count: number): Vec {
  const { elements } = DTYPES[dtype];
  if (elements === undefined) throw new FormatError('safetensors', `elements of type ${dtype} are not read.`);
  if (typeof elements === 'string') return decodeElements('safetensors', elements, bytes, start, count);
  const values = Float64Array.from({ length: 256 }, (_, code) => smallToNumber(elements, code));
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = values[bytes[start + i]];
  return out;
}

/**
 * The number that an eight-bit code stands for.
 * References: Open Compute Project, OFP8 specification 1.0 (E4M3, E5M2) and Microscaling formats 1.0 (E8M0); Noune et al. 2022,
 * 8-bit numerical formats for deep neural networks (the forms without −0).
 */
function smallToNumber({ fraction, bias, kind }: Small, code: number): number {
  if (kind === 'scale') return code === 255 ? Number.NaN : 2 ** (code - bias);
  if (kind === 'unsigned-zero' && code === 128) return Number.NaN;
  const sign = code & 128 ? -1 : 1;
  const exponent = (code & 127) >> fraction;
  const rest = code & ((1 << fraction) - 1);
  if (kind === 'ieee' && exponent === 31) return rest === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (kind === 'finite' && (code & 127) === 127) return Number.NaN;
  return exponent === 0
    ? sign * rest * 2 ** (1 - bias - fraction)
    : sign * ((1 << fraction) + rest) * 2 ** (exponent - bias - fraction);
}
