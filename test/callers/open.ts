/**
 * @file Exports that may still fail {@link file://./wrong-arguments.test.ts}: exactly those. One that passes must leave this list, one that
 * fails must not be added without its reason. The upper layers have no samples yet: `unsampled` names the sub-paths for which that is so.
 */

/** Sub-paths whose exports have no samples in samples.ts yet. */
export const UNSAMPLED: readonly string[] = [];

/** `sub-path.export`, or `sub-path.Class.method`, that fails for some wrong argument. */
export const OPEN: readonly string[] = [
  'io.readCsv', // a revoked proxy
  'io.readTable', // a revoked proxy
  'io.writeNpy', // a vector whose memory was transferred; a revoked proxy
  'io.writeNpz', // a revoked proxy
  'io.writeSafetensors', // anything that is no record of tensors
];

/** Classes that only the library constructs: what they hold is checked where it is read. */
export const MADE_INSIDE: readonly string[] = ['io.NpzArrays', 'io.SafetensorsFile'];
