/** @file `eigenfluence/io`: pure functions between bytes and arrays; no file system. */
export type { Bytes } from './bytes.ts';
export { type FileArray, toLabels, toMatrix, toVector } from './convert.ts';
export { crc32 } from './crc32.ts';
export { type CsvOptions, type CsvTable, readCsv, readTable, type TextTable } from './csv.ts';
export type { TableOptions } from './csv-cells.ts';
export type { WritableKind } from './elements.ts';
export { type NpyArray, type NpyDtype, type NpyInput, type NpyOptions, readNpy, writeNpy } from './npy.ts';
export { NpzArrays, type NpzOptions, readNpz, type SkippedMember, writeNpz } from './npz.ts';
export { type Pt2Archive, type Pt2Options, type Pt2Tensor, readPt2 } from './pt2.ts';
export {
  readSafetensors,
  readSafetensorsMetadata,
  type SafetensorsDtype,
  SafetensorsFile,
  type Tensor,
  type TensorInput,
  writeSafetensors,
} from './safetensors.ts';
export type { InflateRaw } from './zip.ts';
